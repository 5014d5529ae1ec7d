// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "celltable.h"

#include "assessment.h"

#include <QHash>
#include <QMap>

namespace taffrail::items {

/// The status that may be shown at `now`: good news whose evidence is older than max(3 × interval, 90 s) is Stale, even
/// when nobody judged the environment again in the meantime.
Status shownStatus(const EnvironmentState &state, const QDateTime &now);
Status shownPaneStatus(const EnvironmentState &state, PaneKind pane, const QDateTime &now);
/// Until when the good news of a state may be shown without judging it anew, milliseconds UTC.
qint64 goodUntil(const EnvironmentState &state);
/// Why an environment is bad, one line: its worst finding that nobody accepted, else the first failure; "" below
/// Warning.
QString reasonText(const EnvironmentState &state);

/// Every environment in one row. Base order is by id; the board's own order is the proxy's.
class BoardModel : public CellTable {
    Q_OBJECT

public:
    enum Column { Environment, Overall, Release, Migrations, Backup, Health, AsOf, ColumnCount };
    Q_ENUM(Column)

    explicit BoardModel(QObject *parent = nullptr);

    /// The environments there are, in any order: rows of others go, new ones say that nothing was read yet.
    void setEnvironments(const std::vector<EnvironmentSpecPtr> &environments);
    /// Replaces one row; an environment that is not in the list is ignored.
    void applyState(const EnvironmentStatePtr &state);
    void setNow(const QDateTime &now) override;

    /// How many environments show each status.
    QMap<Status, int> counts() const;

signals:
    void countsChanged();

private:
    CellRow rowOfState(const EnvironmentState &state) const;
    void tellCounts();

    QHash<QString, EnvironmentSpecPtr> m_environments;
    QHash<QString, EnvironmentStatePtr> m_states;
    QHash<QString, qint64> m_goodUntil;
    QMap<Status, int> m_toldCounts;
};

} // namespace taffrail::items
