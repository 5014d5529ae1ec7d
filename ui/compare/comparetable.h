// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "opstable.h"

namespace taffrail::items {
class CompareModel;
}

namespace taffrail::ui {

/// The table of a comparison: its first column, the key, stays in sight (a second view over the same rows lies over
/// it). Enter, Left and Right fold files; what is at the top stays there when rows come and go.
class CompareTable : public OpsTable {
    Q_OBJECT

public:
    CompareTable(const QString &name, const TimeFormat &time, QWidget *parent);

    void showModel(items::CompareModel *model);
    QTableView *frozen() const { return m_frozen; }
    /// Makes the row current and brings it into sight; the column stays.
    void goTo(int row);

    void scrollTo(const QModelIndex &index, ScrollHint hint = EnsureVisible) override;

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void showEvent(QShowEvent *event) override;
    bool viewportEvent(QEvent *event) override;

private:
    void placeFrozen();
    void fitKeys();
    bool fold(bool folded);

    items::CompareModel *m_rows = nullptr;
    QTableView *m_frozen;
    QPersistentModelIndex m_top; // while rows move
    bool m_fitting = false;
    bool m_sized = false; // the key column, by hand
    int m_left = 0; // columns scrolled before a reset of the same many
};

} // namespace taffrail::ui
