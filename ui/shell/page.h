// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "roles.h"

#include <QWidget>

namespace taffrail::ui {

class OpsTable;

/// One screen of the window.
class Page : public QWidget {
    Q_OBJECT

public:
    using QWidget::QWidget;

    virtual QString title() const = 0;
    /// The table that the screen gives the focus to when it opens; may be null.
    virtual OpsTable *mainTable() const = 0;
    /// Gives the focus to the filter of the focused table.
    virtual void focusFilter() = 0;
    /// Gives the focus to where work starts.
    virtual void takeFocus();
    /// Next or previous pane; nothing on screens with one.
    virtual void cyclePane(bool /*forward*/) {}
    virtual void toggleMaximized() {}

signals:
    void environmentOpened(const QString &environment);
    void detailsRequested();
    /// What failed, in full.
    void failureRequested(const taffrail::items::DetailLines &lines);
};

} // namespace taffrail::ui
