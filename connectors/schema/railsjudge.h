// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "railscommands.h"
#include "statementtrees.h"

namespace taffrail::schema {

/// One command of a Rails migration as the statements that it sends.
class RailsJudge {
public:
    RailsJudge(const RailsCall &call, OperationLog &log) : m_file(call.file), m_call(call.call), m_at(call), m_log(log)
    {
    }
    std::optional<Reversible> run();

private:
    int behind(int position) const { return m_at.blockTable ? position - 1 : position; }
    const TokenSpan *argument(int position) const { return m_call.positionalAt(behind(position)); }
    QString text(const TokenSpan *span);
    QString name(int position) { return text(argument(position)); }
    QString optional(const char *keyword);
    QString table();
    /// Unknown values count as `fallback`, and are said to be unknown.
    bool flag(const char *keyword, bool absent, bool fallback);
    bool isConcurrent(const TokenSpan *algorithm);
    void oneWay() { m_reversible = Reversible::No; }
    void createTable();
    void createJoinTable();
    void dropTable();
    void renameTable() { m_log.judge(trees::renameTable(name(0), text(m_call.positionalAt(1)))); }
    trees::NewColumn columnFacts(const QString &column, const QByteArray &type);
    /// A type that is written out; "" otherwise.
    QByteArray typeOf(const TokenSpan *span);
    void addColumn();
    void addColumns();
    /// t.string :a, :b
    void typedColumns();
    void removeColumn();
    void removeColumns();
    void renameColumn();
    void changeColumn();
    void changeNull();
    void changeDefault();
    void comment();
    /// index: true, or index: { unique: true, algorithm: :concurrently }
    void inlineIndex(const QString &owner, const QStringList &columns, bool byDefault);
    void addReference();
    void removeReference();
    // They are required unless it is said otherwise.
    void addTimestamps();
    void removeTimestamps();
    /// The name that Rails gives: index_orders_on_a_and_b; "" when it is not known.
    QString indexName(const QString &owner, const TokenSpan *columns);
    void addIndex();
    void removeIndex();
    void renameIndex() { m_log.judge(trees::renameIndex(QLatin1String("?"), text(m_call.positionalAt(behind(2))))); }
    /// The names of one or more columns, as far as they are written out.
    QStringList names(const TokenSpan *span) const;
    void addForeignKey();
    void removeForeignKey();
    void addCheck() { m_log.judge(trees::addConstraint(table(), "CONSTR_CHECK", optional("name"))); }
    void removeCheck();
    void addExclusion() { m_log.judge(trees::addConstraint(table(), "CONSTR_EXCLUSION", optional("name"))); }
    void addUnique();
    void validate();
    void enableExtension() { m_log.judge(trees::plain("CreateExtensionStmt")); }
    void disableExtension() { m_log.judge(trees::drop("OBJECT_EXTENSION", name(0))); }
    void createEnum() { m_log.judge(trees::plain("CreateEnumStmt")); }
    void dropEnum();
    void createSchema() { m_log.judge(trees::plain("CreateSchemaStmt")); }
    void execute();
    const RubyFile &m_file;
    const RubyCall &m_call;
    const RailsCall &m_at;
    OperationLog &m_log;
    bool m_isMade = false; ///< something is not written out
    Reversible m_reversible = Reversible::Yes;
};

} // namespace taffrail::schema
