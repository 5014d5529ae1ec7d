// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "status.h"

#include <QMap>
#include <QSet>
#include <QWidget>

class QToolButton;

namespace taffrail::ui {

/// "1 Critical · 1 Stale · 4 OK": how many environments show each status; each count is a toggle that filters.
class CountStrip : public QWidget {
    Q_OBJECT

public:
    explicit CountStrip(QWidget *parent);

    void setCounts(const QMap<Status, int> &counts);
    QSet<int> chosen() const;
    void clearChosen();
    QToolButton *button(Status status) const { return m_buttons.value(status); }

signals:
    void chosenChanged();

protected:
    void changeEvent(QEvent *event) override;

private:
    void updateIcons();

    QMap<Status, QToolButton *> m_buttons; // all of them, made once; those without environments are hidden
};

} // namespace taffrail::ui
