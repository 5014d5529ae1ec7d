// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "roles.h"

#include "status.h"

#include <QAbstractTableModel>

#include <deque>

namespace taffrail::items {

/// One thing that happened in this run of the console.
struct Activity {
    QDateTime at; ///< UTC
    Status status = Status::Notice;
    QString environment; ///< id, or ""
    QString text; ///< one line, already fit to show
    QString detail; ///< the rest, may have several lines
};

/// What happened, oldest first; append-only and bounded: the oldest lines go when there are more than `limit`.
class ActivityModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { At, State, Environment, Text, ColumnCount };
    Q_ENUM(Column)
    static constexpr int limit = 5000;

    using QAbstractTableModel::QAbstractTableModel;

    void append(Activity activity);
    const Activity &activityAt(int row) const { return m_activities[size_t(row)]; }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    std::deque<Activity> m_activities;
    quint64 m_dropped = 0; // rows removed so far, so that ids stay unique
};

} // namespace taffrail::items
