// SPDX-License-Identifier: GPL-3.0-or-later
#include "environmenttreemodel.h"

#include "boardmodel.h"
#include "words.h"

#include <algorithm>
#include <map>

namespace taffrail::items {

struct EnvironmentTreeModel::Leaf {
    EnvironmentSpecPtr spec;
    Status status = Status::Unknown;
    QDateTime observedAt;
    qint64 until = 0; // its good news holds to then, milliseconds UTC

    QString name() const { return spec->name.isEmpty() ? spec->id : spec->name; }
    auto key() const { return std::make_tuple(int(spec->tier), name(), spec->id); }
};

struct EnvironmentTreeModel::Group {
    QString title;
    std::vector<Leaf> leaves;

    Status status() const
    {
        Status worst = Status::None;
        for (const Leaf &leaf : leaves)
            worst = worse(worst, leaf.status);
        return worst;
    }
};

EnvironmentTreeModel::EnvironmentTreeModel(QObject *parent) : QAbstractItemModel(parent) {}

EnvironmentTreeModel::~EnvironmentTreeModel() = default;

void EnvironmentTreeModel::setEnvironments(const std::vector<EnvironmentSpecPtr> &environments)
{
    std::map<QString, std::vector<Leaf>> wanted;
    for (const EnvironmentSpecPtr &spec : environments) {
        Leaf leaf{spec, Status::Unknown, {}, 0};
        if (const EnvironmentStatePtr state = m_states.value(spec->id)) {
            leaf.status = shownStatus(*state, m_now);
            leaf.observedAt = state->assessment.observedAt;
            leaf.until = goodUntil(*state);
        }
        wanted[spec->service.isEmpty() ? tr("Other") : spec->service].push_back(std::move(leaf));
    }
    for (int row = int(m_groups.size()) - 1; row >= 0; --row) {
        if (!wanted.contains(m_groups[size_t(row)]->title)) {
            beginRemoveRows({}, row, row);
            m_groups.erase(m_groups.begin() + row);
            endRemoveRows();
        }
    }
    int row = 0;
    for (auto &[title, leaves] : wanted) {
        std::ranges::sort(leaves, {}, &Leaf::key);
        if (row == int(m_groups.size()) || m_groups[size_t(row)]->title != title) {
            beginInsertRows({}, row, row);
            m_groups.insert(m_groups.begin() + row, std::make_unique<Group>(Group{title, {}}));
            endInsertRows();
        }
        mergeGroup(*m_groups[size_t(row)], std::move(leaves));
        ++row;
    }
}

void EnvironmentTreeModel::mergeGroup(Group &group, std::vector<Leaf> leaves)
{
    const QModelIndex parent = indexOfGroup(group);
    const auto has = [](const std::vector<Leaf> &list, const Leaf &leaf) {
        return std::ranges::any_of(list, [&](const Leaf &other) { return other.key() == leaf.key(); });
    };
    for (int row = int(group.leaves.size()) - 1; row >= 0; --row) {
        if (!has(leaves, group.leaves[size_t(row)])) {
            beginRemoveRows(parent, row, row);
            group.leaves.erase(group.leaves.begin() + row);
            endRemoveRows();
        }
    }
    for (int row = 0; row < int(leaves.size()); ++row) {
        Leaf &fresh = leaves[size_t(row)];
        if (row < int(group.leaves.size()) && group.leaves[size_t(row)].key() == fresh.key()) {
            group.leaves[size_t(row)] = std::move(fresh);
            continue;
        }
        beginInsertRows(parent, row, row);
        group.leaves.insert(group.leaves.begin() + row, std::move(fresh));
        endInsertRows();
    }
    emit dataChanged(parent, parent.siblingAtColumn(ColumnCount - 1));
    if (!group.leaves.empty()) {
        emit dataChanged(index(0, 0, parent), index(int(group.leaves.size()) - 1, ColumnCount - 1, parent));
    }
}

void EnvironmentTreeModel::applyState(const EnvironmentStatePtr &state)
{
    if (!state || !state->environment)
        return;
    const QModelIndex place = indexOf(state->environment->id);
    if (!place.isValid())
        return;
    m_states.insert(state->environment->id, state);
    auto *group = static_cast<Group *>(place.internalPointer());
    Leaf &leaf = group->leaves[size_t(place.row())];
    const Status groupBefore = group->status();
    leaf.until = goodUntil(*state);
    const Status before = std::exchange(leaf.status, shownStatus(*state, m_now));
    const QDateTime observedBefore = std::exchange(leaf.observedAt, state->assessment.observedAt);
    if (before != leaf.status || observedBefore != leaf.observedAt)
        emit dataChanged(place, place.siblingAtColumn(ColumnCount - 1));
    if (groupBefore != group->status())
        emit dataChanged(place.parent(), place.parent().siblingAtColumn(ColumnCount - 1));
}

void EnvironmentTreeModel::setNow(const QDateTime &now)
{
    const QDateTime before = std::exchange(m_now, now);
    for (const auto &group : m_groups) {
        const Status groupBefore = group->status();
        for (size_t row = 0; row < group->leaves.size(); ++row) {
            Leaf &leaf = group->leaves[row];
            const EnvironmentStatePtr state = m_states.value(leaf.spec->id);
            const bool overdue = state && now.toMSecsSinceEpoch() > leaf.until;
            const Status status = overdue ? shownStatus(*state, now) : leaf.status;
            if (std::exchange(leaf.status, status) == status && !ageDiffers(leaf.observedAt, before, now))
                continue;
            const QModelIndex place = createIndex(int(row), 0, group.get());
            emit dataChanged(place, place.siblingAtColumn(ColumnCount - 1));
        }
        const QModelIndex parent = indexOfGroup(*group);
        if (groupBefore != group->status())
            emit dataChanged(parent, parent.siblingAtColumn(ColumnCount - 1));
    }
}

QModelIndex EnvironmentTreeModel::indexOf(const QString &environment) const
{
    for (const auto &group : m_groups) {
        const auto leaf
            = std::ranges::find_if(group->leaves, [&](const Leaf &one) { return one.spec->id == environment; });
        if (leaf != group->leaves.end())
            return createIndex(int(leaf - group->leaves.begin()), 0, group.get());
    }
    return {};
}

QModelIndex EnvironmentTreeModel::indexOfGroup(const Group &group) const
{
    const auto place = std::ranges::find_if(m_groups, [&](const auto &one) { return one.get() == &group; });
    return place == m_groups.end() ? QModelIndex() : createIndex(int(place - m_groups.begin()), 0, nullptr);
}

QModelIndex EnvironmentTreeModel::index(int row, int column, const QModelIndex &parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, parent.isValid() ? m_groups[size_t(parent.row())].get() : nullptr);
}

QModelIndex EnvironmentTreeModel::parent(const QModelIndex &index) const
{
    const auto *group = static_cast<const Group *>(index.internalPointer());
    return group ? indexOfGroup(*group) : QModelIndex();
}

int EnvironmentTreeModel::rowCount(const QModelIndex &parent) const
{
    if (!parent.isValid())
        return int(m_groups.size());
    if (parent.column() != 0 || parent.internalPointer())
        return 0;
    return int(m_groups[size_t(parent.row())]->leaves.size());
}

int EnvironmentTreeModel::columnCount(const QModelIndex &) const
{
    return ColumnCount;
}

QVariant EnvironmentTreeModel::groupData(const Group &group, int column, int role) const
{
    switch (role) {
    case Qt::DisplayRole: return column == Name ? group.title : QString();
    case Qt::AccessibleTextRole:
        return column == Name ? joined({group.title, tr("service"), statusTitle(group.status())}) : group.title;
    case StatusRole: return int(group.status());
    case HasStatusRole: return false;
    case SortRole: return group.title;
    case TierRole: return -1;
    default: return {};
    }
}

QVariant EnvironmentTreeModel::leafData(const Leaf &leaf, int column, int role) const
{
    const QString age = relativeText(leaf.observedAt, m_now);
    switch (role) {
    case Qt::DisplayRole: return column == Name ? leaf.name() : column == Kind ? tierTitle(leaf.spec->tier) : age;
    case Qt::AccessibleTextRole: {
        const QString first = column == Name ? leaf.name()
            : column == Kind                 ? tierTitle(leaf.spec->tier)
            : age.isEmpty()                  ? tr("none")
                                             : age;
        return joined({first, column == Name ? tierTitle(leaf.spec->tier) : QString(), statusTitle(leaf.status),
                       column == Age ? QString() : age});
    }
    case StatusRole: return int(leaf.status);
    case HasStatusRole: return column == Name;
    case SortRole: return leaf.name();
    case IdRole:
    case EnvironmentRole: return leaf.spec->id;
    case TierRole: return int(leaf.spec->tier);
    case AgeTimeRole: return column == Age ? QVariant(leaf.observedAt) : QVariant();
    default: return {};
    }
}

QVariant EnvironmentTreeModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const auto *group = static_cast<const Group *>(index.internalPointer());
    if (!group)
        return groupData(*m_groups[size_t(index.row())], index.column(), role);
    return leafData(group->leaves[size_t(index.row())], index.column(), role);
}

QVariant EnvironmentTreeModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || (role != Qt::DisplayRole && role != Qt::AccessibleTextRole))
        return {};
    switch (section) {
    case Name: return tr("Environment");
    case Kind: return tr("Kind");
    case Age: return tr("As of");
    default: return {};
    }
}

} // namespace taffrail::items
