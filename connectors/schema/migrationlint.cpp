// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationlint.h"

#include "sqltext.h"
#include "text.h"

#include <pg_query.h>

#include <QRegularExpression>

#include <algorithm>
#include <memory>

namespace taffrail::schema {

namespace {

constexpr size_t mostRisks = 200;
constexpr qsizetype longestName = 63;
constexpr qsizetype mostBytes = 1024 * 1024;

struct ParseDeleter {
    void operator()(PgQueryParseResult *result) const
    {
        pg_query_free_parse_result(*result);
        delete result;
    }
};

Json treeOf(const QByteArray &sql)
{
    const std::unique_ptr<PgQueryParseResult, ParseDeleter> result(
        new PgQueryParseResult(pg_query_parse(sql.constData())));
    if (result->error || !result->parse_tree)
        return Json(Json::value_t::discarded);
    return Json::parse(result->parse_tree, nullptr, false);
}

} // namespace

void MigrationLint::add(const char *rule, const QString &why)
{
    if (m_risks.size() < mostRisks)
        m_risks.push_back({QLatin1String(rule), m_line, sanitizedLine(why.toUtf8(), 300)});
}

void MigrationLint::waits(const QString &relation, const char *lock)
{
    if (!m_waits.isEmpty() || relation.isEmpty() || isOurs(relation))
        return;
    m_waits = QStringLiteral("%1 on %2").arg(QLatin1String(lock), relation);
    m_waitsLine = m_line;
    if (!m_hasLockTimeout)
        add("require-lock-timeout",
            QStringLiteral("it waits for %1 without lock_timeout: everybody who comes after waits behind it")
                .arg(m_waits));
}

// The parser cuts long names itself, so they are looked for in the text.
void MigrationLint::names(const QByteArray &sql, int line)
{
    static const QRegularExpression token(
        QStringLiteral(
            "'(?:[^']|'')*+'|\\$(\\w*)\\$.*?\\$\\1\\$|--[^\\n]*+|/\\*.*?\\*/|\"((?:[^\"]|\"\")*+)\"|(\\w++)"),
        QRegularExpression::DotMatchesEverythingOption);
    const QString text = QString::fromUtf8(sql);
    int found = 0;
    for (auto each = token.globalMatch(text); each.hasNext() && found < 10;) {
        const QRegularExpressionMatch match = each.next();
        const QString name = match.captured(2).isEmpty() ? match.captured(3) : match.captured(2);
        if (name.size() < 22 || name.toUtf8().size() <= longestName) // a character has three bytes at most here
            continue;
        ++found;
        m_line = line + int(QStringView(text).left(match.capturedStart()).count(QLatin1Char('\n')));
        add("identifier-too-long", QStringLiteral("%1… has more than 63 bytes: PostgreSQL cuts it").arg(name.left(40)));
    }
}

void MigrationLint::lookAt(const QByteArray &sql, int line)
{
    if (sql.size() > mostBytes)
        return;
    const QByteArray text = parseableSql(sql);
    const Json tree = treeOf(text);
    if (tree.is_discarded()) {
        m_line = line;
        add("unknown", QStringLiteral("it cannot be parsed: what it locks is not known"));
        return;
    }
    names(text, line);
    for (const Json &raw : member(tree, "stmts")) {
        const Json &at = member(raw, "stmt_location");
        qsizetype from = at.is_number_integer() ? at.get<qsizetype>() : 0;
        while (from < text.size() && isspace(static_cast<unsigned char>(text[from])))
            ++from;
        look(member(raw, "stmt"), line + lineAt(text, from) - 1);
    }
}

void MigrationLint::look(const Json &statement, int line)
{
    m_line = line;
    if (!statement.is_object() || statement.empty())
        return;
    const QString kind = QString::fromStdString(statement.begin().key());
    const Json &node = statement.begin().value();
    if (kind != QLatin1String("VariableSetStmt") && kind != QLatin1String("TransactionStmt"))
        ++m_statements;
    if (kind == QLatin1String("AlterTableStmt"))
        alterTable(node);
    else if (kind == QLatin1String("CreateStmt"))
        createTable(node);
    else if (kind == QLatin1String("IndexStmt"))
        index(node);
    else if (kind == QLatin1String("DropStmt"))
        drop(node);
    else if (kind == QLatin1String("RenameStmt"))
        rename(node);
    else if (kind == QLatin1String("UpdateStmt"))
        rows(node, "UPDATE");
    else if (kind == QLatin1String("DeleteStmt"))
        rows(node, "DELETE");
    else if (kind == QLatin1String("TransactionStmt"))
        transaction(node);
    else
        other(kind, node);
}

void MigrationLint::index(const Json &node)
{
    const QString relation = relationName(member(node, "relation"));
    if (flagMember(node, "concurrent")) {
        if (m_concurrentLine == 0)
            m_concurrentLine = m_line;
        if (flagMember(node, "if_not_exists"))
            add("index-if-not-exists",
                QStringLiteral("IF NOT EXISTS passes over an invalid index that an aborted run left on %1")
                    .arg(relation));
        return;
    }
    if (isOurs(relation))
        return;
    add("require-concurrent-index-creation",
        QStringLiteral("building the index blocks writes to %1 (ShareLock): CREATE INDEX CONCURRENTLY").arg(relation));
    waits(relation, "ShareLock");
}

void MigrationLint::drop(const Json &node)
{
    const QString type = textMember(node, "removeType");
    const bool cascades = textMember(node, "behavior") == QLatin1String("DROP_CASCADE");
    for (const Json &object : member(node, "objects")) {
        const QString name = object.contains("List") ? dottedName(member(member(object, "List"), "items")) : QString();
        if (type == QLatin1String("OBJECT_INDEX")) {
            if (!flagMember(node, "concurrent"))
                add("require-concurrent-index-deletion",
                    QStringLiteral("dropping index %1 blocks its table (AccessExclusiveLock): DROP INDEX CONCURRENTLY")
                        .arg(name));
            else if (m_concurrentLine == 0)
                m_concurrentLine = m_line;
        } else if (type == QLatin1String("OBJECT_TABLE") && !m_ours.contains(QStringLiteral("table ") + name)) {
            add("ban-drop-table", QStringLiteral("table %1 is dropped: its data is gone").arg(name));
            waits(name, "AccessExclusiveLock");
        } else if (type == QLatin1String("OBJECT_SCHEMA")) {
            add("ban-drop-schema", QStringLiteral("a schema is dropped with what it holds"));
        }
    }
    if (cascades)
        add("drop-cascade", QStringLiteral("CASCADE drops whatever depends on it, too"));
}

void MigrationLint::rename(const Json &node)
{
    const QString type = textMember(node, "renameType");
    const QString relation = relationName(member(node, "relation"));
    if (isOurs(relation))
        return;
    if (type == QLatin1String("OBJECT_COLUMN"))
        add("renaming-column",
            QStringLiteral("%1.%2 gets another name while older code runs").arg(relation, textMember(node, "subname")));
    else if (type == QLatin1String("OBJECT_TABLE") || type == QLatin1String("OBJECT_SCHEMA"))
        add("renaming-table", QStringLiteral("%1 gets another name while older code runs").arg(relation));
    waits(relation, "AccessExclusiveLock");
}

void MigrationLint::rows(const Json &node, const char *verb)
{
    const QString relation = relationName(member(node, "relation"));
    if (isOurs(relation))
        return;
    if (!member(node, "whereClause").is_object())
        add("unfiltered-dml",
            QStringLiteral("%1 without WHERE touches every row of %2 and keeps its locks to the end of "
                           "the transaction: in batches")
                .arg(QLatin1String(verb), relation));
    else if (!m_waits.isEmpty())
        add("backfill",
            QStringLiteral("rows of %1 are changed while %2 is held: a step of its own").arg(relation, m_waits));
}

void MigrationLint::transaction(const Json &node)
{
    const QString kind = textMember(node, "kind");
    if (kind == QLatin1String("TRANS_STMT_BEGIN") || kind == QLatin1String("TRANS_STMT_START")) {
        if (++m_open > 1)
            add("transaction-nesting", QStringLiteral("a transaction begins inside another one"));
    } else if (kind == QLatin1String("TRANS_STMT_COMMIT") || kind == QLatin1String("TRANS_STMT_ROLLBACK")) {
        if (--m_open < 0) {
            add("transaction-nesting", QStringLiteral("it ends a transaction that it did not begin: the tool's own"));
            m_open = 0;
        }
    }
}

void MigrationLint::other(const QString &kind, const Json &node)
{
    if (kind == QLatin1String("VariableSetStmt")) {
        m_hasLockTimeout |= textMember(node, "name") == QLatin1String("lock_timeout");
        m_hasStatementTimeout |= textMember(node, "name") == QLatin1String("statement_timeout");
    } else if (kind == QLatin1String("TruncateStmt")) {
        add(textMember(node, "behavior") == QLatin1String("DROP_CASCADE") ? "ban-truncate-cascade" : "ban-truncate",
            QStringLiteral("every row is lost, under AccessExclusiveLock"));
    } else if (kind == QLatin1String("ReindexStmt")) {
        if (node.dump().find("\"concurrently\"") == std::string::npos)
            add("require-concurrent-reindex", QStringLiteral("REINDEX blocks writes: REINDEX … CONCURRENTLY"));
    } else if (kind == QLatin1String("DropdbStmt")) {
        add("ban-drop-database", QStringLiteral("a database is dropped"));
    } else if (kind == QLatin1String("AlterEnumStmt")) {
        if (!textMember(node, "newVal").isEmpty() && textMember(node, "oldVal").isEmpty()
            && textMember(node, "newValNeighbor").isEmpty())
            add("require-enum-value-ordering", QStringLiteral("the new label comes last: say BEFORE or AFTER"));
    } else if (kind == QLatin1String("CreateDomainStmt")) {
        if (!member(node, "constraints").empty())
            add("ban-create-domain-with-constraint", QStringLiteral("a domain's constraint cannot be changed gently"));
    } else if (kind == QLatin1String("AlterDomainStmt")) {
        if (textMember(node, "subtype") == QLatin1String("C"))
            add("ban-alter-domain-with-add-constraint",
                QStringLiteral("every table that uses the domain is read under a lock: NOT VALID first"));
    } else if (kind == QLatin1String("VacuumStmt") || kind == QLatin1String("ClusterStmt")) {
        if (kind == QLatin1String("ClusterStmt") || node.dump().find("\"full\"") != std::string::npos)
            add("table-rewrite", QStringLiteral("a whole table is written anew under AccessExclusiveLock"));
    } else if (kind == QLatin1String("AlterExtensionStmt")) {
        add("upgrading-extension-version", QStringLiteral("another version of an extension may behave differently"));
    } else if (kind == QLatin1String("GrantStmt") && !flagMember(node, "is_grant")) {
        add("authz-update", QStringLiteral("rights are taken away"));
    } else if (kind == QLatin1String("AlterObjectSchemaStmt")) {
        add("renaming-table", QStringLiteral("it stands in another schema while older code runs"));
    } else if (kind == QLatin1String("DoStmt") || kind == QLatin1String("CallStmt")) {
        add("unknown", QStringLiteral("a block or procedure may do anything: what it locks is not known"));
    } else if (kind == QLatin1String("LockStmt")) {
        add("lock-table", QStringLiteral("tables are locked until the end of the transaction"));
    }
}

std::vector<Risk> MigrationLint::finished()
{
    if (m_concurrentLine > 0 && (m_statements > 1 || m_open > 0)) {
        m_line = m_concurrentLine;
        add("ban-concurrent-index-creation-in-transaction",
            QStringLiteral("CONCURRENTLY stands among other statements: it fails where they run as one transaction"));
    }
    if (m_open > 0)
        add("ban-uncommitted-transaction", QStringLiteral("a transaction begins and never ends"));
    if (!m_waits.isEmpty() && !m_hasStatementTimeout && !m_hasLockTimeout) {
        m_line = m_waitsLine;
        add("require-statement-timeout", QStringLiteral("nothing limits how long %1 is held").arg(m_waits));
    }
    return std::move(m_risks);
}

std::vector<Risk> lintSql(const QByteArray &sql)
{
    MigrationLint lint;
    lint.lookAt(sql);
    return lint.finished();
}

} // namespace taffrail::schema
