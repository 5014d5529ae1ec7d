// SPDX-License-Identifier: GPL-3.0-or-later
#include "railsreader.h"
#include "railswords.h"

#include <algorithm>
#include <utility>

namespace taffrail::schema {

namespace {

constexpr int mostInlined = 50;

} // namespace

void RailsReader::dispatch(const RubyCall &call, const TokenSpan &span)
{
    QByteArrayList head = call.head;
    if (head.size() > 2 && head[0] == "ActiveRecord" && head[1] == "Base" && head[2] != "connection")
        head = head.mid(2);
    else if (head.size() > 3 && head[0] == "ActiveRecord" && head[1] == "Base")
        head = head.mid(3);
    while (head.size() > 1 && isAnyOf(head.front(), "self", "connection", "@connection"))
        head.removeFirst();
    const bool isWhole = call.span.last == span.last;
    if (head.back() == "execute" && head.contains("connection"))
        head = {"execute"}; // of a model's connection
    if (isRubyConstant(head.front()) && head.size() > 1)
        return model(call, span);
    if (head.size() == 2 && m_rows.contains(head.front()))
        return rowMethod(head.back());
    if (head.size() == 2 && m_directions.contains(head.front()))
        return direction(head.back(), call);
    if (head.size() == 2 && m_tables.contains(head.front()))
        tableCommand(call, m_tables.value(head.front()));
    else if (head.size() == 1)
        command(head.front(), call);
    else
        cannotTell(QStringLiteral("%1 may do anything").arg(shown(call)));
    if (!isWhole)
        cannotTell(QStringLiteral("more is called on what it gives back"));
}

void RailsReader::command(const QByteArray &name, const RubyCall &call)
{
    if (isAnyOf(name, "say", "puts", "p", "print", "announce", "sleep", "require", "disable_ddl_transaction!")) {
        for (size_t at = call.span.first + 1; at < call.span.last; ++at) {
            if (m_file[at].kind == RubyToken::Name && !m_texts.contains(m_file[at].text))
                return cannotTell(QStringLiteral("what it shows is made when it runs"));
        }
        return;
    }
    if (isAnyOf(name, "safety_assured", "say_with_time", "suppress_messages", "transaction", "up_only")) {
        if (!call.block || call.isSpread)
            cannotTell(QStringLiteral("what %1 runs is not written out").arg(QString::fromUtf8(name)));
        else
            walk(*call.block);
        return;
    }
    if (name == "reversible" && call.block)
        return reversible(call);
    if (name == "change_table" && call.block)
        return changeTable(call, railsTable(m_file, call, m_texts));
    const auto turned = judgeRailsCommand({m_file, call, m_texts, std::nullopt}, m_log);
    if (!turned)
        return ownMethod(name, call);
    if (m_isChange && *turned != Reversible::Yes)
        noWayBack(*turned, QStringLiteral("%1 cannot be turned round as it is written").arg(QString::fromUtf8(name)));
    if (call.block && name == "create_table")
        newTable(call);
}

void RailsReader::newTable(const RubyCall &call)
{
    const auto before = m_tables;
    m_tables.insert(call.parameters, QString());
    walk(*call.block);
    m_tables = before;
}

void RailsReader::changeTable(const RubyCall &call, const QString &table)
{
    const auto before = m_tables;
    m_tables.insert(call.parameters, table);
    walk(*call.block);
    m_tables = before;
}

void RailsReader::tableCommand(const RubyCall &call, const QString &table)
{
    if (table.isEmpty())
        return;
    const auto turned = judgeRailsCommand({m_file, call, m_texts, table}, m_log);
    if (!turned)
        cannotTell(QStringLiteral("%1 is no known command").arg(shown(call)));
    else if (m_isChange && *turned != Reversible::Yes)
        noWayBack(*turned, QStringLiteral("%1 cannot be turned round as it is written").arg(shown(call)));
}

void RailsReader::reversible(const RubyCall &call)
{
    const auto before = m_directions;
    m_directions.insert(call.parameters);
    const int ups = std::exchange(m_ups, 0);
    const int downs = std::exchange(m_downs, 0);
    walk(*call.block);
    if (m_ups > 0 && m_downs == 0)
        noWayBack(Reversible::Unknown, QStringLiteral("reversible has no dir.down: that part is not undone"));
    m_ups = ups;
    m_downs = downs;
    m_directions = before;
}

void RailsReader::direction(const QByteArray &which, const RubyCall &call)
{
    if (which == "down") {
        ++m_downs;
        for (size_t at = call.span.first; at < call.span.last; ++at) {
            if (m_file[at].is("IrreversibleMigration"))
                noWayBack(Reversible::No, QStringLiteral("dir.down raises IrreversibleMigration"));
        }
        return;
    }
    ++m_ups;
    if (which != "up" || !call.block) {
        cannotTell(QStringLiteral("%1 is not known").arg(shown(call)));
        return;
    }
    const bool isChange = std::exchange(m_isChange, false); // dir.down is its way back
    walk(*call.block);
    m_isChange = isChange;
}

void RailsReader::model(const RubyCall &call, const TokenSpan &span)
{
    QByteArrayList methods;
    for (size_t at = span.first + 1; at < span.last; at = m_file.behind(at)) {
        const bool isMethod = m_file[at].kind == RubyToken::Name && (m_file[at - 1].is(".") || m_file[at - 1].is("&."))
            && at >= span.first;
        if (isMethod)
            methods << m_file[at].text;
    }
    if (methods.isEmpty()) {
        cannotTell(QStringLiteral("%1 may do anything").arg(shown(call)));
        return;
    }
    bool changes = false;
    for (const QByteArray &method : methods) {
        changes |= isRowMethod(method);
        if (!isRowMethod(method) && !isReadMethod(method)) {
            cannotTell(QStringLiteral("%1 may do anything").arg(QString::fromUtf8(method)));
            break;
        }
    }
    bool destroysEach = false; // find_each(&:destroy)
    for (size_t at = span.first; at < span.last; ++at)
        destroysEach |= m_file[at].kind == RubyToken::Symbol
            && isAnyOf(m_file[at].text, "destroy", "destroy!", "delete") && m_file[at - 1].is("&");
    const bool chooses = methods.contains("where") || methods.contains("limit") || methods.contains("find");
    if ((destroysEach && !chooses) || isAnyOf(methods.front(), "delete_all", "destroy_all", "update_all")
        || (methods.size() == 2 && methods[0] == "all"
            && isAnyOf(methods[1], "delete_all", "destroy_all", "update_all")))
        m_log.add(MigrationKind::Irreversible,
                  QStringLiteral("every row of %1 is changed or gone").arg(QString::fromUtf8(call.head.front())));
    else if (changes)
        m_log.add(MigrationKind::Data,
                  QStringLiteral("rows are changed through %1").arg(QString::fromUtf8(call.head.front())));
    if (m_isChange && changes)
        noWayBack(Reversible::Unknown, QStringLiteral("rows are changed both ways alike"));
    rowBlocks(span);
}

void RailsReader::rowBlocks(const TokenSpan &span)
{
    for (size_t at = span.first; at < span.last; at = m_file.behind(at)) {
        const auto close = m_file.closing(at);
        if (!close || !(m_file[at].is("do") || m_file[at].is("{")) || at + 1 >= *close)
            continue;
        const auto before = m_rows;
        const bool hasParameters = m_file[at + 1].kind == RubyToken::Parameters;
        for (const QByteArray &each : hasParameters ? m_file[at + 1].text.split(',') : QByteArrayList{})
            m_rows.insert(each.trimmed());
        perhaps({at + (hasParameters ? 2 : 1), *close});
        m_rows = before;
    }
}

void RailsReader::rowMethod(const QByteArray &name)
{
    if (isRowMethod(name))
        m_log.add(MigrationKind::Data, QStringLiteral("rows are changed through a model"));
    else if (!isReadMethod(name))
        cannotTell(QStringLiteral("%1 may do anything").arg(QString::fromUtf8(name)));
}

void RailsReader::ownMethod(const QByteArray &name, const RubyCall &call)
{
    const auto method = std::ranges::find(m_file.methods(), name, &RubyMethod::name);
    if (method == m_file.methods().end()) {
        cannotTell(QStringLiteral("%1 is no command of Rails").arg(QString::fromUtf8(name)));
        if (call.block)
            perhaps(*call.block);
        return;
    }
    if (++m_inlined > mostInlined) {
        cannotTell(QStringLiteral("its methods call each other too often"));
        return;
    }
    if (method->hasParameters || call.block) {
        cannotTell(QStringLiteral("%1 gets values when it runs").arg(QString::fromUtf8(name)));
        perhaps(method->body);
        return;
    }
    body(method->body);
}

} // namespace taffrail::schema
