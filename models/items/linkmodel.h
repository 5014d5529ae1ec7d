// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "celltable.h"

#include "assessment.h"

#include <QHash>

namespace taffrail::items {

/// Every host and database of every environment as connections: state, why down, next try.
class LinkModel : public CellTable {
    Q_OBJECT

public:
    enum Column { Environment, Kind, Name, State, Why, Since, Retry, Peer, ColumnCount };
    Q_ENUM(Column)

    explicit LinkModel(QObject *parent = nullptr);

    void setEnvironments(const std::vector<EnvironmentSpecPtr> &environments);
    void applyState(const EnvironmentStatePtr &state);

    int upCount() const { return m_up; }
    int totalCount() const { return rowCount(); }

signals:
    void countsChanged();

private:
    void rebuild();

    std::vector<EnvironmentSpecPtr> m_environments;
    QHash<QString, EnvironmentStatePtr> m_states;
    QHash<QString, std::vector<CellRow>> m_rows;
    int m_up = 0;
};

} // namespace taffrail::items
