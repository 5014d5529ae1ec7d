// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tablefilter.h"

#include <QByteArray>
#include <QHash>
#include <QString>

#include <atomic>
#include <memory>
#include <vector>

namespace taffrail::items {

/// One column of a long table: text, interned once, or 64-bit numbers (times as milliseconds UTC).
struct HistoryColumn {
    enum class Kind { Text, Time, Number };

    QString title;
    QString field; ///< name for `field:value` terms, "" = only as text
    Kind kind = Kind::Text;
};

/// An immutable table of up to millions of rows. Text is stored once per distinct value and ranked once, so that
/// filtering and sorting work on 32-bit integers.
class HistorySnapshot {
public:
    int rowCount() const { return m_rows; }
    int columnCount() const { return int(m_columns.size()); }
    const HistoryColumn &column(int column) const { return m_columns[size_t(column)].spec; }
    QString text(int row, int column) const;
    qint64 number(int row, int column) const { return m_columns[size_t(column)].numbers[size_t(row)]; }

    /// Row numbers that match, in base order. Stops early with what it has when `cancelled` turns true.
    std::vector<quint32> filtered(const TableFilter &filter, const std::atomic_bool *cancelled = nullptr) const;
    /// `rows` ordered by a column; equal ones keep their order.
    std::vector<quint32> sorted(std::vector<quint32> rows, int column, Qt::SortOrder order) const;

private:
    friend class HistoryBuilder;
    struct Column {
        HistoryColumn spec;
        std::vector<quint32> ids; // text: index into texts, one per row
        std::vector<QString> texts;
        std::vector<quint32> ranks; // of texts, in order
        std::vector<qint64> numbers; // time and number
    };

    int m_rows = 0;
    std::vector<Column> m_columns;
};
using HistorySnapshotPtr = std::shared_ptr<const HistorySnapshot>;

/// Collects rows and makes the snapshot. One thread at a time; the snapshot may then go to any thread.
class HistoryBuilder {
public:
    explicit HistoryBuilder(std::vector<HistoryColumn> columns);

    /// Starts a row; cells that are not set are "" or 0.
    void addRow();
    void setText(int column, const QString &text);
    void setNumber(int column, qint64 number);
    /// Ranks the texts and gives the snapshot away; the builder is empty then.
    HistorySnapshotPtr build();

private:
    std::shared_ptr<HistorySnapshot> m_made;
    std::vector<QHash<QString, quint32>> m_ids;
};

} // namespace taffrail::items
