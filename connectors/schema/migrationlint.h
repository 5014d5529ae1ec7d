// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "parsetree.h"

#include <QByteArray>
#include <QSet>
#include <QStringList>

#include <vector>

namespace taffrail::schema {

/// What may go wrong while one statement runs, or right after it.
struct Risk {
    QString rule; ///< "require-concurrent-index-creation"; the names that linters of PostgreSQL migrations have
    int line = 1;
    QString why; ///< which object and what to do instead, in plain words

    bool operator==(const Risk &) const = default;
};

/// Looks at the statements of one migration in their order. What the migration made itself is excused: nobody waits for
/// it yet.
class MigrationLint {
public:
    /// `ours`: "table name" of the tables that earlier migrations of the set made.
    explicit MigrationLint(const QSet<QString> &ours = {}) : m_ours(ours) {}

    /// One statement of a parse tree: `{"AlterTableStmt": {…}}`.
    void look(const Json &statement, int line);
    /// Every statement of a text whose first line is `line`; what does not parse is one risk of its own.
    void lookAt(const QByteArray &sql, int line = 1);
    /// What only the whole tells: locks without a time limit, a transaction left open, CONCURRENTLY among others.
    std::vector<Risk> finished();

private:
    void add(const char *rule, const QString &why);
    bool isOurs(const QString &relation) const { return m_ours.contains(QStringLiteral("table ") + relation); }
    void waits(const QString &relation, const char *lock);
    void alterTable(const Json &node);
    void command(const Json &command, const QString &relation);
    void newColumn(const Json &column, const QString &relation);
    void constraint(const Json &node, const QString &relation, bool isColumn);
    void columnType(const Json &column, const QString &relation);
    void createTable(const Json &node);
    void index(const Json &node);
    void drop(const Json &node);
    void rename(const Json &node);
    void rows(const Json &node, const char *verb);
    void transaction(const Json &node);
    void other(const QString &kind, const Json &node);
    void names(const QByteArray &sql, int line);

    QSet<QString> m_ours;
    std::vector<Risk> m_risks;
    int m_line = 1;
    int m_statements = 0;
    int m_open = 0; ///< BEGIN without COMMIT
    int m_concurrentLine = 0;
    bool m_hasLockTimeout = false;
    bool m_hasStatementTimeout = false;
    QString m_waits; ///< the first statement that waits for a strong lock
    int m_waitsLine = 0;
};

/// The risks of a text of SQL.
std::vector<Risk> lintSql(const QByteArray &sql);

} // namespace taffrail::schema
