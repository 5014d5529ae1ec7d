// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparemodel.h"

#include "comparecells.h"
#include "text.h"
#include "words.h"

namespace taffrail::items {

CompareModel::CompareModel(QObject *parent)
    : QAbstractTableModel(parent),
      m_shown(std::make_shared<const CompareShown>()),
      m_cancel(std::make_shared<std::atomic_bool>(false))
{
    m_thread.setMaxThreadCount(1);
}

CompareModel::~CompareModel()
{
    *m_cancel = true;
}

void CompareModel::setComparison(const ComparisonPtr &comparison)
{
    m_next = comparison;
    request();
}

void CompareModel::setLook(const CompareLook &look)
{
    if (look == m_look)
        return;
    m_look = look;
    request();
}

void CompareModel::toggle(int row)
{
    if (row < 0 || row >= m_shown->count() || !m_shown->isSection(row))
        return;
    CompareLook look = m_look;
    const QString id = m_shown->section(row).id();
    if (!look.folded.remove(id))
        look.folded.insert(id);
    setLook(look);
}

void CompareModel::request()
{
    const quint64 number = ++m_wanted;
    *m_cancel = true;
    m_cancel = std::make_shared<std::atomic_bool>(false);
    m_thread.start([this, number, comparison = m_next, look = m_look, cancel = m_cancel, before = m_shown]() mutable {
        CompareShownPtr shown = shownRows(comparison, look, cancel.get());
        if (!shown || *cancel)
            return;
        const bool sameRows = haveSameRows(*shown, *before);
        comparison.reset();
        // Safe: the destructor of the pool waits for this function, and a queued call dies with its receiver.
        QMetaObject::invokeMethod(
            this,
            [this, number, shown = std::move(shown), before = std::move(before), sameRows] {
                adopt(number, shown, before, sameRows);
            },
            Qt::QueuedConnection);
    });
}

// A comparison of 400 000 values takes long to let go of: never in the GUI thread.
void CompareModel::letGo(CompareShownPtr old)
{
    m_thread.start([old = std::move(old)]() mutable { old.reset(); });
}

bool CompareModel::hasSameColumns(const CompareShown &shown) const
{
    if (!shown.comparison || !m_shown->comparison)
        return false;
    const Matrix &before = m_shown->comparison->matrix, &after = shown.comparison->matrix;
    const std::vector<int> order = columnOrder(after);
    if (order.size() != m_order.size())
        return false;
    for (size_t i = 0; i < order.size(); ++i) {
        if (after.environments[size_t(order[i])]->id != before.environments[size_t(m_order[i])]->id)
            return false;
    }
    return true;
}

void CompareModel::adopt(quint64 job, const CompareShownPtr &shown, const CompareShownPtr &before, bool sameRows)
{
    if (job != m_wanted)
        return; // a newer wish is under way
    m_adopted = job;
    CompareShownPtr old = m_shown;
    if (!hasSameColumns(*shown)) {
        resetTo(shown);
    } else if (before == m_shown && sameRows) {
        m_shown = shown;
        m_order = columnOrder(shown->comparison->matrix);
        if (m_count > 0)
            emit dataChanged(index(0, 0), index(m_count - 1, columnCount() - 1));
        emit headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
    } else {
        moveTo(shown);
    }
    letGo(std::move(old));
    emit settled();
}

void CompareModel::resetTo(const CompareShownPtr &shown)
{
    beginResetModel();
    m_shown = shown;
    m_order = shown->comparison ? columnOrder(shown->comparison->matrix) : std::vector<int>();
    m_count = shown->count();
    endResetModel();
}

// The table grows at its end, rows move, and what is too much is cut at the end: three messages however many rows
// come and go, and indexes that somebody keeps go along.
void CompareModel::moveTo(const CompareShownPtr &shown)
{
    const int wanted = shown->count();
    if (wanted > m_count) {
        beginInsertRows({}, m_count, wanted - 1);
        m_count = wanted;
        endInsertRows();
    }
    emit layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    QStringList ids;
    for (const QModelIndex &index : before)
        ids << (index.row() < m_shown->count() ? m_shown->id(index.row()) : QString());
    m_shown = shown;
    m_order = columnOrder(shown->comparison->matrix);
    QModelIndexList after;
    for (qsizetype i = 0; i < before.size(); ++i) {
        const int row = m_shown->rowOf(ids[i]);
        after << (row < 0 ? QModelIndex() : index(row, before[i].column()));
    }
    changePersistentIndexList(before, after);
    emit layoutChanged({}, QAbstractItemModel::VerticalSortHint);
    if (wanted < m_count) {
        beginRemoveRows({}, wanted, m_count - 1);
        m_count = wanted;
        endRemoveRows();
    }
}

int CompareModel::matrixColumn(int column) const
{
    return column >= 1 && column <= int(m_order.size()) ? m_order[size_t(column - 1)] : -1;
}

int CompareModel::matrixRow(int row) const
{
    return row >= 0 && row < m_shown->count() && !m_shown->isSection(row) ? int(m_shown->rows[size_t(row)]) : -1;
}

int CompareModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : m_count;
}

int CompareModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() || m_order.empty() ? 0 : int(m_order.size()) + 1;
}

QVariant CompareModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid) || index.row() >= m_shown->count())
        return {};
    const int column = index.column();
    if (role == IdRole)
        return m_shown->id(index.row());
    if (m_shown->isSection(index.row()))
        return sectionData(m_shown->section(index.row()), column, role);
    const Matrix &matrix = m_shown->comparison->matrix;
    const int row = int(m_shown->rows[size_t(index.row())]);
    const int place = matrixColumn(column);
    switch (role) {
    case Qt::DisplayRole:
        return place < 0 ? sanitizedLine(matrix.rows[size_t(row)].key.toUtf8()) : markedText(matrix, row, place);
    case Qt::AccessibleTextRole: return spokenCell(matrix, row, place);
    case CellStateRole: return place < 0 ? QVariant() : QVariant(int(matrix.cell(row, place).state));
    case SectionRole: return false;
    case EnvironmentRole: return place < 0 ? QVariant() : QVariant(matrix.environments[size_t(place)]->id);
    case DetailRole: return QVariant::fromValue(cellDetails(matrix, row));
    default: return {};
    }
}

QVariant CompareModel::sectionData(const CompareSection &section, int column, int role) const
{
    const Matrix &matrix = m_shown->comparison->matrix;
    const int place = matrixColumn(column);
    switch (role) {
    case Qt::DisplayRole: return place < 0 ? sectionTitle(matrix, section) : sourceTitle(matrix, section, place, false);
    case Qt::AccessibleTextRole:
        return place < 0 ? sectionTitle(matrix, section) + QStringLiteral(", ")
                + (m_look.folded.contains(section.id()) ? tr("folded") : tr("unfolded"))
                         : sourceTitle(matrix, section, place, true);
    case SectionRole: return true;
    case FoldedRole: return m_shown->look.folded.contains(section.id());
    case DetailRole: return QVariant::fromValue(sectionDetails(matrix, section));
    default: return {};
    }
}

QVariant CompareModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
        return {};
    const int place = matrixColumn(section);
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole: {
        if (place < 0)
            return tr("Key");
        const QString title = columnTitle(*m_shown->comparison->matrix.environments[size_t(place)]);
        return section == 1 ? tr("%1 (reference)").arg(title) : title;
    }
    case Qt::TextAlignmentRole: return int(Qt::AlignLeft | Qt::AlignVCenter);
    case WidthRole: return place < 0 ? 34 : 24;
    case TierRole: return place < 0 ? -1 : int(m_shown->comparison->matrix.environments[size_t(place)]->tier);
    default: return {};
    }
}

} // namespace taffrail::items
