// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "celltable.h"

#include "assessment.h"
#include "connectiontest.h"

#include <QHash>

namespace taffrail::items {

/// One host or database of an environment.
struct ConnectionId {
    QString environment;
    QString subject;
    bool isDatabase = false;

    bool operator==(const ConnectionId &) const = default;
};

/// Every host and database of every environment as connections: how it is reached, state, why down, next try, and how
/// its last test in this session went.
class LinkModel : public CellTable {
    Q_OBJECT

public:
    enum Column {
        Environment,
        Name,
        Kind,
        State,
        LastTest,
        Tested,
        Address,
        Mode,
        Source,
        Why,
        Since,
        Retry,
        ColumnCount
    };
    Q_ENUM(Column)

    explicit LinkModel(QObject *parent = nullptr);

    void setEnvironments(const std::vector<EnvironmentSpecPtr> &environments);
    void applyState(const EnvironmentStatePtr &state);

    /// A test that was put in line, came further or ended. It takes the place of the one before.
    void setTest(const ConnectionTestPtr &test);
    /// The last test of a row; null = none in this session.
    ConnectionTestPtr testOf(const QString &rowId) const { return m_tests.value(rowId); }
    /// What a row stands for; empty for an unknown id.
    ConnectionId connectionOf(const QString &rowId) const { return m_ids.value(rowId); }
    /// All rows, in base order.
    std::vector<ConnectionId> connections() const;
    /// The names that the SSH configuration knows: hosts written so come from there.
    void setConfigAliases(const QStringList &aliases);

    int upCount() const { return m_up; }
    int totalCount() const { return rowCount(); }

signals:
    void countsChanged();
    /// Of a row's test; also when the test came further.
    void testChanged(const QString &rowId);

private:
    void rebuild();
    void makeAnew(const QString &environment);
    std::vector<CellRow> rowsOf(const EnvironmentSpec &spec);
    CellRow linkRow(const EnvironmentSpec &spec, const Link &link) const;
    QString sourceText(const EnvironmentSpec &spec, const Link &link) const;

    std::vector<EnvironmentSpecPtr> m_environments;
    QHash<QString, EnvironmentStatePtr> m_states;
    QHash<QString, std::vector<CellRow>> m_rows;
    QHash<QString, ConnectionTestPtr> m_tests; // by row id
    QHash<QString, ConnectionId> m_ids;
    QStringList m_aliases;
    int m_up = 0;
};

} // namespace taffrail::items
