// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "roles.h"

#include "assessment.h"

#include <QAbstractItemModel>
#include <QHash>

#include <memory>

namespace taffrail::items {

/// Services and below each its environments, production first. Two levels, changed row by row, never reset.
class EnvironmentTreeModel : public QAbstractItemModel {
    Q_OBJECT

public:
    enum Column { Name, Kind, Age, ColumnCount };
    Q_ENUM(Column)

    explicit EnvironmentTreeModel(QObject *parent = nullptr);
    ~EnvironmentTreeModel() override;

    void setEnvironments(const std::vector<EnvironmentSpecPtr> &environments);
    void applyState(const EnvironmentStatePtr &state);
    void setNow(const QDateTime &now);

    /// The row of an environment, or an invalid index.
    QModelIndex indexOf(const QString &environment) const;

    QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    QModelIndex parent(const QModelIndex &index) const override;
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    struct Leaf;
    struct Group;

    QModelIndex indexOfGroup(const Group &group) const;
    void mergeGroup(Group &group, std::vector<Leaf> leaves);
    QVariant groupData(const Group &group, int column, int role) const;
    QVariant leafData(const Leaf &leaf, int column, int role) const;

    std::vector<std::unique_ptr<Group>> m_groups; // by title
    QHash<QString, EnvironmentStatePtr> m_states;
    QDateTime m_now;
};

} // namespace taffrail::items
