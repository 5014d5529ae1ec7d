// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineEdit>

namespace taffrail::ui {

class OpsTable;

/// The filter of one table: types into its proxy; Esc clears, a second Esc (or Enter, Down) goes back to the table.
class FilterLine : public QLineEdit {
    Q_OBJECT

public:
    FilterLine(OpsTable &table, const QString &what, QWidget *parent);

    void takeFocus();
    /// Shows it only while it is used.
    void setHiddenWhenIdle();

signals:
    void filterChanged();

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    OpsTable &m_table;
    bool m_hiddenWhenIdle = false;
};

} // namespace taffrail::ui
