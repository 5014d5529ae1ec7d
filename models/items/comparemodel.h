// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparerows.h"
#include "roles.h"

#include <QAbstractTableModel>
#include <QThreadPool>

namespace taffrail::items {

/// What a cell of a comparison gives beside the usual roles.
enum CompareRole {
    CellStateRole = Qt::UserRole + 101, ///< int(CellState); invalid for the key column and for a section
    SectionRole, ///< bool: the row names a file and groups the keys below it
    FoldedRole, ///< bool: of a section
};

/// A matrix as a table: the key, then the environments with the reference first; a row before the keys of each file.
/// Rows are chosen on a thread of its own and the last wish wins. Another look, or a newer comparison of the same
/// columns, moves rows: what is current, selected and on the screen stays.
class CompareModel : public QAbstractTableModel {
    Q_OBJECT

public:
    explicit CompareModel(QObject *parent = nullptr);
    ~CompareModel() override;
    Q_DISABLE_COPY_MOVE(CompareModel)

    void setComparison(const ComparisonPtr &comparison);
    void setLook(const CompareLook &look);
    const CompareLook &look() const { return m_look; } ///< as last wished
    /// Folds or unfolds the section of a row.
    void toggle(int row);

    bool isBusy() const { return m_wanted != m_adopted; }
    /// What is on the screen. Never null.
    const CompareShown &shown() const { return *m_shown; }
    const ComparisonPtr &comparison() const { return m_shown->comparison; }
    /// Column of the matrix, -1 for the key column and outside.
    int matrixColumn(int column) const;
    /// Row of the matrix, -1 for a section and outside.
    int matrixRow(int row) const;
    int rowOf(const QString &id) const { return m_shown->rowOf(id); }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

signals:
    /// The table shows what was last asked for.
    void settled();

private:
    void request();
    void adopt(quint64 job, const CompareShownPtr &shown, const CompareShownPtr &before, bool sameRows);
    void resetTo(const CompareShownPtr &shown);
    void moveTo(const CompareShownPtr &shown);
    void letGo(CompareShownPtr old);
    bool hasSameColumns(const CompareShown &shown) const;
    QVariant sectionData(const CompareSection &section, int column, int role) const;

    CompareShownPtr m_shown;
    std::vector<int> m_order; // columns of the matrix as they are shown
    int m_count = 0; // rows that the views know of; those behind the shown ones are blank for a moment
    ComparisonPtr m_next;
    CompareLook m_look;
    quint64 m_wanted = 0;
    quint64 m_adopted = 0;
    std::shared_ptr<std::atomic_bool> m_cancel;
    QThreadPool m_thread; // last: it waits for its job before the rest goes
};

} // namespace taffrail::items
