// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "assessment.h"

#include <QWidget>

namespace taffrail::ui {

/// Where one is: kind word, name, who we are signed in as (told by the live connections), mode. Patterned for
/// production.
class EnvironmentBand : public QWidget {
    Q_OBJECT

public:
    explicit EnvironmentBand(QWidget *parent);

    void setState(const EnvironmentStatePtr &state, bool isDemo);
    QString text() const { return m_text; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Tier m_tier = Tier::Development;
    QString m_name; // never elided
    QString m_identity;
    QString m_text;
};

} // namespace taffrail::ui
