// SPDX-License-Identifier: GPL-3.0-or-later
#include "celltable.h"

#include "text.h"

#include <algorithm>

namespace taffrail::items {

namespace {

bool isAge(const Cell &cell)
{
    return cell.form == Cell::Form::Age || cell.form == Cell::Form::AgeAtLeast;
}

} // namespace

Cell textCell(QString text)
{
    return {std::move(text), {}, {}, {}, Cell::Form::Text, false};
}

Cell statusCell(Status status, QString word)
{
    return {word.isEmpty() ? statusTitle(status) : std::move(word), int(status), status, {}, Cell::Form::Text, false};
}

Cell numberCell(QString text, QVariant sort)
{
    return {std::move(text), std::move(sort), {}, {}, Cell::Form::Number, false};
}

Cell ageCell(const QDateTime &time)
{
    return {{}, time, {}, time, Cell::Form::Age, false};
}

Cell atLeastCell(const QDateTime &time)
{
    return {{}, time, {}, time, Cell::Form::AgeAtLeast, false};
}

Cell timeCell(const QDateTime &time)
{
    return {{}, time, {}, time, Cell::Form::Absolute, false};
}

Status withStaleness(Status status, bool stale)
{
    const bool goodNews = status == Status::Ok || status == Status::Notice || status == Status::Running;
    return stale && goodNews ? Status::Stale : status;
}

QString absentText()
{
    return QStringLiteral("--");
}

QString utcText(const QDateTime &time)
{
    return time.isValid() ? time.toUTC().toString(QStringLiteral("yyyy-MM-dd HH:mm'Z'")) : QString();
}

QString relativeText(const QDateTime &time, const QDateTime &now)
{
    if (!time.isValid() || !now.isValid())
        return {};
    if (time > now.addSecs(1))
        return CellTable::tr("in %1").arg(ageText(std::chrono::seconds(now.secsTo(time))));
    return ageText(ageOf(time, now));
}

bool ageDiffers(const QDateTime &time, const QDateTime &before, const QDateTime &now)
{
    if (!time.isValid() || before == now)
        return false;
    // Above five minutes no figure changes within one minute: most rows need no formatting.
    const qint64 then = before.isValid() ? time.msecsTo(before) / 1000 : -1, after = time.msecsTo(now) / 1000;
    if (then >= 300 && after >= 300 && then / 60 == after / 60)
        return false;
    return relativeText(time, before) != relativeText(time, now);
}

CellTable::CellTable(std::vector<ColumnSpec> columns, QObject *parent)
    : SnapshotTable<CellRow>(parent),
      m_columns(std::move(columns))
{
}

int CellTable::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_columns.size());
}

QString CellTable::shown(const CellRow &row, const Cell &cell) const
{
    QString text = cell.text;
    if (cell.status && text == statusTitle(*cell.status))
        text = statusTitle(withStaleness(*cell.status, row.stale || cell.stale));
    else if (cell.form == Cell::Form::Age)
        text = relativeText(cell.time, m_now);
    else if (cell.form == Cell::Form::AgeAtLeast && cell.time.isValid() && cell.time <= m_now)
        text = QStringLiteral("> ") + relativeText(cell.time, m_now);
    else if (cell.form == Cell::Form::Absolute)
        text = utcText(cell.time);
    return text.isEmpty() ? absentText() : text;
}

QString CellTable::accessible(const CellRow &row, const Cell &cell) const
{
    QString text = shown(row, cell);
    if (text == absentText())
        text = tr("none");
    else if (cell.form == Cell::Form::AgeAtLeast)
        text = tr("at least %1").arg(relativeText(cell.time, m_now));
    const bool stale = row.stale || cell.stale;
    const Status status = withStaleness(cell.status.value_or(row.status), stale);
    QStringList parts{text};
    if (status != Status::None && statusTitle(status) != text)
        parts << statusTitle(status);
    if (stale && status != Status::Stale)
        parts << statusTitle(Status::Stale);
    if (cell.form != Cell::Form::Age) {
        // The last one: how old the reading is; ages before it are of other things.
        const auto age = std::find_if(row.cells.rbegin(), row.cells.rend(),
                                      [](const Cell &each) { return each.form == Cell::Form::Age; });
        const QString ageShown = age == row.cells.rend() ? QString() : relativeText(age->time, m_now);
        if (!ageShown.isEmpty())
            parts << ageShown;
    }
    if (const QString mark = m_marks.value(row.id); !mark.isEmpty())
        parts << mark;
    return parts.join(QStringLiteral(", "));
}

DetailLines CellTable::details(const CellRow &row) const
{
    DetailLines lines;
    for (size_t column = 0; column < row.cells.size() && column < m_columns.size(); ++column) {
        const Cell &cell = row.cells[column];
        const bool absolute = cell.form == Cell::Form::Absolute;
        lines.push_back({m_columns[column].title, shown(row, cell), absolute ? cell.time : QDateTime()});
    }
    if (!row.reason.isEmpty())
        lines.push_back({tr("Reason"), row.reason, {}});
    if (const QString mark = m_marks.value(row.id); !mark.isEmpty())
        lines.push_back({tr("Linked"), mark, {}});
    lines.insert(lines.end(), row.extras.begin(), row.extras.end());
    return lines;
}

QVariant CellTable::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const CellRow &row = rowAt(index.row());
    static const Cell empty;
    const bool known = size_t(index.column()) < row.cells.size();
    const Cell &cell = known ? row.cells[size_t(index.column())] : empty;
    switch (role) {
    case Qt::DisplayRole: return shown(row, cell);
    case Qt::AccessibleTextRole: return accessible(row, cell);
    case Qt::TextAlignmentRole:
        return cell.form == Cell::Form::Number ? QVariant(int(Qt::AlignRight | Qt::AlignVCenter)) : QVariant();
    case StatusRole: return int(withStaleness(cell.status.value_or(row.status), row.stale || cell.stale));
    case HasStatusRole: return cell.status.has_value();
    case SortRole: return cell.sort.isValid() ? cell.sort : QVariant(cell.text);
    case IdRole: return row.id;
    case TimeRole: return cell.form == Cell::Form::Absolute ? QVariant(cell.time) : QVariant();
    case AgeTimeRole: return isAge(cell) ? QVariant(cell.time) : QVariant();
    case StaleRole: return row.stale || cell.stale;
    case DimmedRole: return row.dimmed;
    case ReasonRole: return row.reason;
    case DetailRole: return QVariant::fromValue(details(row));
    case EnvironmentRole: return row.environment;
    case TierRole: return row.tier;
    case MarkRole: return m_marks.value(row.id);
    case FilterRole: return row.filterFields;
    default: return {};
    }
}

QVariant CellTable::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
        return {};
    const ColumnSpec &column = m_columns[size_t(section)];
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole: return column.title;
    case Qt::TextAlignmentRole: return int(Qt::AlignLeft | Qt::AlignVCenter);
    case WidthRole: return column.width;
    case StretchRole: return column.stretch;
    default: return {};
    }
}

void CellTable::setNow(const QDateTime &now)
{
    const QDateTime before = std::exchange(m_now, now);
    const auto differs = [&](int row) {
        return std::ranges::any_of(rowAt(row).cells,
                                   [&](const Cell &cell) { return isAge(cell) && ageDiffers(cell.time, before, now); });
    };
    for (int row = 0; row < rowCount(); ++row) {
        const int first = row;
        while (row < rowCount() && differs(row))
            ++row;
        if (row > first) {
            emit dataChanged(index(first, 0), index(row - 1, columnCount() - 1),
                             {Qt::DisplayRole, Qt::AccessibleTextRole});
        }
    }
}

void CellTable::setMarks(const QHash<QString, QString> &marks)
{
    const QHash<QString, QString> before = std::exchange(m_marks, marks);
    for (int row = 0; row < rowCount(); ++row) {
        const QString id = rowAt(row).id;
        if (before.value(id) != m_marks.value(id)) {
            emit dataChanged(index(row, 0), index(row, columnCount() - 1),
                             {MarkRole, Qt::AccessibleTextRole, DetailRole});
        }
    }
}

int CellTable::markedCount() const
{
    int count = 0;
    for (auto mark = m_marks.cbegin(); mark != m_marks.cend(); ++mark)
        count += rowOf(mark.key()) >= 0 ? 1 : 0;
    return count;
}

void CellTable::apply(std::vector<CellRow> rows)
{
    std::ranges::stable_sort(rows, {}, &CellRow::id);
    const auto isSame = [](const CellRow &left, const CellRow &right) { return left.id == right.id; };
    rows.erase(std::unique(rows.begin(), rows.end(), isSame), rows.end());
    applyRows(std::move(rows));
}

void CellTable::announce(int first, const std::vector<CellRow> &before)
{
    // A sorted proxy re-sorts (one layoutChanged) only when the sort value is among the changed roles: say so only if
    // it is.
    bool sortValues = false;
    size_t left = m_columns.size(), right = 0;
    for (size_t i = 0; i < before.size(); ++i) {
        const CellRow &old = before[i];
        const CellRow &fresh = rowAt(first + int(i));
        const bool wholeRow = old.status != fresh.status || old.stale != fresh.stale || old.dimmed != fresh.dimmed
            || old.reason != fresh.reason || old.cells.size() != fresh.cells.size() || old.tier != fresh.tier;
        sortValues = sortValues || wholeRow || old.filterFields != fresh.filterFields;
        for (size_t column = 0; column < m_columns.size(); ++column) {
            const bool both = column < old.cells.size() && column < fresh.cells.size();
            if (!wholeRow && both && old.cells[column] == fresh.cells[column])
                continue;
            left = std::min(left, column);
            right = std::max(right, column);
            sortValues = sortValues || !both || old.cells[column].sort != fresh.cells[column].sort
                || (!fresh.cells[column].sort.isValid() && old.cells[column].text != fresh.cells[column].text);
        }
    }
    if (left > right)
        left = 0; // only details differ: a view that shows them must still hear of it
    QList<int> roles;
    if (!sortValues)
        roles = {Qt::DisplayRole, Qt::AccessibleTextRole, DetailRole, StatusRole, TimeRole, AgeTimeRole};
    emit dataChanged(index(first, int(left)), index(first + int(before.size()) - 1, int(right)), roles);
}

} // namespace taffrail::items
