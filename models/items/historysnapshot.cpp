// SPDX-License-Identifier: GPL-3.0-or-later
#include "historysnapshot.h"

#include <QDateTime>

#include <algorithm>
#include <numeric>

namespace taffrail::items {

namespace {

// How often a long loop looks whether it is still wanted.
constexpr quint32 cancelMask = 0xFFFF;

QString timeText(qint64 milliseconds)
{
    return QDateTime::fromMSecsSinceEpoch(milliseconds, Qt::UTC).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss'Z'"));
}

} // namespace

QString HistorySnapshot::text(int row, int column) const
{
    const Column &values = m_columns[size_t(column)];
    switch (values.spec.kind) {
    case HistoryColumn::Kind::Text: return values.texts[values.ids[size_t(row)]];
    case HistoryColumn::Kind::Time: return timeText(values.numbers[size_t(row)]);
    case HistoryColumn::Kind::Number: return QString::number(values.numbers[size_t(row)]);
    }
    return {};
}

std::vector<quint32> HistorySnapshot::filtered(const TableFilter &filter, const std::atomic_bool *cancelled) const
{
    std::vector<quint32> rows(static_cast<size_t>(m_rows));
    std::iota(rows.begin(), rows.end(), 0U);
    for (const TableFilter::Term &term : filter.terms()) {
        // Each distinct text is looked at once; rows are then one table look-up per column.
        struct Looked {
            const quint32 *ids;
            std::vector<char> hit;
        };
        std::vector<Looked> looked;
        bool knowsField = term.field.isEmpty();
        for (const Column &column : m_columns)
            knowsField = knowsField || column.spec.field == term.field;
        const QString wanted = knowsField ? term.value : term.field + QLatin1Char(':') + term.value;
        for (const Column &column : m_columns) {
            const bool asked = term.field.isEmpty() || !knowsField || column.spec.field == term.field;
            if (!asked || column.spec.kind != HistoryColumn::Kind::Text)
                continue;
            Looked one{column.ids.data(), std::vector<char>(column.texts.size())};
            for (size_t id = 0; id < column.texts.size(); ++id)
                one.hit[id] = column.texts[id].contains(wanted, Qt::CaseInsensitive) ? 1 : 0;
            looked.push_back(std::move(one));
        }
        const auto matches = [&](quint32 row) {
            for (const Looked &one : looked) {
                if (one.hit[one.ids[row]])
                    return true;
            }
            return false;
        };
        size_t kept = 0;
        for (size_t i = 0; i < rows.size(); ++i) {
            if (cancelled && (i & cancelMask) == 0 && *cancelled)
                return {};
            rows[kept] = rows[i];
            kept += matches(rows[i]) != term.negated ? 1 : 0;
        }
        rows.resize(kept);
    }
    return rows;
}

std::vector<quint32> HistorySnapshot::sorted(std::vector<quint32> rows, int column, Qt::SortOrder order) const
{
    if (column < 0 || column >= columnCount())
        return rows;
    const Column &values = m_columns[size_t(column)];
    const bool descending = order == Qt::DescendingOrder;
    if (values.spec.kind != HistoryColumn::Kind::Text) {
        std::vector<std::pair<qint64, quint32>> keyed(rows.size());
        for (size_t i = 0; i < rows.size(); ++i)
            keyed[i] = {descending ? ~values.numbers[rows[i]] : values.numbers[rows[i]], quint32(i)};
        std::ranges::sort(keyed);
        std::vector<quint32> result(rows.size());
        for (size_t i = 0; i < rows.size(); ++i)
            result[i] = rows[keyed[i].second];
        return result;
    }
    // Counting sort on the rank: linear, and equal ones keep their order.
    const size_t distinct = values.texts.size();
    const auto placeOf = [&](quint32 row) {
        const quint32 rank = values.ranks[values.ids[row]];
        return descending ? distinct - 1 - rank : size_t(rank);
    };
    std::vector<quint32> starts(distinct + 1);
    for (const quint32 row : rows)
        ++starts[placeOf(row) + 1];
    for (size_t rank = 1; rank < starts.size(); ++rank)
        starts[rank] += starts[rank - 1];
    std::vector<quint32> result(rows.size());
    for (const quint32 row : rows)
        result[starts[placeOf(row)]++] = row;
    return result;
}

HistoryBuilder::HistoryBuilder(std::vector<HistoryColumn> columns)
    : m_made(std::make_shared<HistorySnapshot>()),
      m_ids(columns.size())
{
    for (HistoryColumn &spec : columns)
        m_made->m_columns.push_back({std::move(spec), {}, {}, {}, {}});
}

void HistoryBuilder::addRow()
{
    ++m_made->m_rows;
    for (int column = 0; column < m_made->columnCount(); ++column) {
        HistorySnapshot::Column &values = m_made->m_columns[size_t(column)];
        if (values.spec.kind == HistoryColumn::Kind::Text) {
            values.ids.push_back(0);
            setText(column, {});
        } else {
            values.numbers.push_back(0);
        }
    }
}

void HistoryBuilder::setText(int column, const QString &text)
{
    HistorySnapshot::Column &values = m_made->m_columns[size_t(column)];
    QHash<QString, quint32> &ids = m_ids[size_t(column)];
    auto known = ids.find(text);
    if (known == ids.end()) {
        known = ids.insert(text, quint32(values.texts.size()));
        values.texts.push_back(text);
    }
    values.ids.back() = *known;
}

void HistoryBuilder::setNumber(int column, qint64 number)
{
    m_made->m_columns[size_t(column)].numbers.back() = number;
}

HistorySnapshotPtr HistoryBuilder::build()
{
    for (HistorySnapshot::Column &values : m_made->m_columns) {
        std::vector<quint32> order(values.texts.size());
        std::iota(order.begin(), order.end(), 0U);
        std::ranges::sort(order, [&](quint32 a, quint32 b) { return values.texts[a] < values.texts[b]; });
        values.ranks.resize(order.size());
        for (size_t rank = 0; rank < order.size(); ++rank)
            values.ranks[order[rank]] = quint32(rank);
    }
    m_ids.clear();
    return std::exchange(m_made, std::make_shared<HistorySnapshot>());
}

} // namespace taffrail::items
