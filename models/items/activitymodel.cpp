// SPDX-License-Identifier: GPL-3.0-or-later
#include "activitymodel.h"

#include "celltable.h"

namespace taffrail::items {

void ActivityModel::append(Activity activity)
{
    if (rowCount() >= limit) {
        // A tenth at once: a view that follows a busy log is told of removals rarely.
        const int gone = limit / 10;
        beginRemoveRows({}, 0, gone - 1);
        m_activities.erase(m_activities.begin(), m_activities.begin() + gone);
        m_dropped += quint64(gone);
        endRemoveRows();
    }
    beginInsertRows({}, rowCount(), rowCount());
    m_activities.push_back(std::move(activity));
    endInsertRows();
}

int ActivityModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_activities.size());
}

int ActivityModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ActivityModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Activity &activity = activityAt(index.row());
    const auto column = Column(index.column());
    const auto shown = [&]() -> QString {
        switch (column) {
        case At: return activity.at.toUTC().toString(QStringLiteral("HH:mm:ss'Z'"));
        case State: return statusTitle(activity.status);
        case Environment: return activity.environment.isEmpty() ? absentText() : activity.environment;
        case Text: return activity.text;
        case ColumnCount: break;
        }
        return {};
    };
    switch (role) {
    case Qt::DisplayRole: return shown();
    case Qt::AccessibleTextRole: {
        const QString text = shown() == absentText() ? tr("none") : shown();
        return column == State ? text : text + QStringLiteral(", ") + statusTitle(activity.status);
    }
    case StatusRole: return int(activity.status);
    case HasStatusRole: return column == State;
    case SortRole:
        return column == At ? QVariant(activity.at) : column == State ? QVariant(int(activity.status)) : shown();
    case IdRole: return QString::number(m_dropped + quint64(index.row()));
    case TimeRole: return column == At ? QVariant(activity.at) : QVariant();
    case StaleRole: return false;
    case EnvironmentRole: return activity.environment;
    case TierRole: return -1;
    case DetailRole:
        return QVariant::fromValue(DetailLines{{tr("At"), utcText(activity.at), activity.at},
                                               {tr("Environment"), activity.environment, {}},
                                               {tr("What"), activity.text, {}},
                                               {tr("Detail"), activity.detail, {}}});
    case FilterRole:
        return QStringList{QStringLiteral("env:") + activity.environment.toLower(),
                           QStringLiteral("status:") + statusWord(activity.status)};
    default: return {};
    }
}

QVariant ActivityModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    static constexpr int widths[ColumnCount] = {12, 12, 18, 60};
    if (section < 0 || section >= ColumnCount)
        return {};
    if (role == WidthRole)
        return widths[section];
    if (role == StretchRole)
        return section == Text;
    if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole)
        return {};
    switch (Column(section)) {
    case At: return tr("Time");
    case State: return tr("State");
    case Environment: return tr("Environment");
    case Text: return tr("What happened");
    case ColumnCount: break;
    }
    return {};
}

} // namespace taffrail::items
