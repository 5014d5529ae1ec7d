// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "operationlog.h"
#include "railscommands.h"

#include <QSet>

namespace taffrail::schema {

/// Goes through the methods of one Rails migration.
class RailsReader {
public:
    RailsReader(const RubyFile &file, OperationLog &log) : m_file(file), m_log(log) {}
    MigrationVerdict read();

private:
    void noWayBack(Reversible reversible, const QString &why);
    void judgeDown();
    void cannotTell(const QString &why);
    /// A method's: what "return if …" leaves out, it leaves out up to its end.
    void body(const TokenSpan &span);
    void walk(const TokenSpan &span);
    void perhaps(const TokenSpan &span);
    /// Conditions that only look leave no doubt: what stands under them runs or does not.
    void condition(const TokenSpan &span);
    void statement(const TokenSpan &span);
    /// if … end, begin … end and their like.
    void block(size_t open, size_t close);
    void simple(const TokenSpan &span);
    void assignment(const TokenSpan &target, const TokenSpan &value);
    void dispatch(const RubyCall &call, const TokenSpan &span);
    static QString shown(const RubyCall &call) { return QString::fromUtf8(call.head.join('.')); }
    void command(const QByteArray &name, const RubyCall &call);
    /// The columns of a new table concern nobody; what else stands in its block does.
    void newTable(const RubyCall &call);
    void changeTable(const RubyCall &call, const QString &table);
    /// `table` is empty in a block of create_table.
    void tableCommand(const RubyCall &call, const QString &table);
    /// reversible do |dir| dir.up { … }; dir.down { … } end
    void reversible(const RubyCall &call);
    void direction(const QByteArray &which, const RubyCall &call);
    /// User.where(…).update_all(…): every method of the chain must be known.
    void model(const RubyCall &call, const TokenSpan &span);
    /// The blocks of find_each and its like.
    void rowBlocks(const TokenSpan &span);
    void rowMethod(const QByteArray &name);
    void ownMethod(const QByteArray &name, const RubyCall &call);

    const RubyFile &m_file;
    OperationLog &m_log;
    RubyTexts m_texts;
    QHash<QByteArray, QString> m_tables; ///< block parameter → table
    QSet<QByteArray> m_directions, m_rows;
    bool m_isChange = false;
    int m_ups = 0, m_downs = 0;
    int m_depth = 0;
    int m_inlined = 0;
    Reversible m_reversible = Reversible::Yes;
    QString m_wayBack;
};

} // namespace taffrail::schema
