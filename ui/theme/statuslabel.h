// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "status.h"

#include <QWidget>

namespace taffrail::ui {

/// Silhouette and word of a status; Critical in its filled pill.
class StatusLabel : public QWidget {
    Q_OBJECT

public:
    explicit StatusLabel(QWidget *parent);

    void setStatus(Status status);
    Status status() const { return m_status; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Status m_status = Status::None;
};

} // namespace taffrail::ui
