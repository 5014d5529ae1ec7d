// SPDX-License-Identifier: GPL-3.0-or-later
#include "signatures.h"

#include "signaturetable.h"
#include "text.h"

#include <QSet>

#include <algorithm>
#include <array>
#include <map>

namespace taffrail::sources::migrations {

namespace {

struct Column {
    QByteArray name;
    char type = '?';
};

QList<Column> columnsOf(const Signature &signature)
{
    QList<Column> columns;
    for (const QByteArray &part : QByteArray(signature.columns).split(' '))
        columns.append({part.left(part.size() - 2), part.back()});
    return columns;
}

/// Names in byte order, joined by commas: what the query compares with.
QByteArray setText(QList<Column> columns)
{
    std::ranges::sort(columns, {}, &Column::name);
    QByteArray text;
    for (const Column &column : columns)
        text += (text.isEmpty() ? "" : ",") + column.name;
    return text;
}

/// The class of a type as format_type() writes it.
char typeClass(const QByteArray &type)
{
    static const std::array<std::pair<const char *, char>, 15> starts{{
        {"character", 's'},
        {"text", 's'},
        {"citext", 's'},
        {"name", 's'},
        {"uuid", 's'},
        {"smallint", 'i'},
        {"integer", 'i'},
        {"bigint", 'i'},
        {"numeric", 'i'},
        {"real", 'r'},
        {"double", 'r'},
        {"timestamp", 't'},
        {"date", 't'},
        {"boolean", 'b'},
        {"bytea", 'y'},
    }};
    if (type.endsWith("[]"))
        return 'a';
    for (const auto &[start, kind] : starts) {
        if (type.startsWith(start))
            return kind;
    }
    return type.startsWith("json") ? 'j' : '?';
}

struct CatalogTable {
    TableName table;
    QList<Column> columns;
    bool isReadable = false;
    QString reader;
};

bool nameFits(const Signature &signature, const QString &name)
{
    const QLatin1String wanted(signature.nameHas);
    return wanted.startsWith(QLatin1Char('=')) ? name == wanted.mid(1) : name.contains(wanted);
}

bool columnsFit(const Signature &signature, const QList<Column> &columns)
{
    const QList<Column> wanted = columnsOf(signature);
    return wanted.size() == columns.size() && std::ranges::all_of(wanted, [&columns](const Column &column) {
               return std::ranges::any_of(columns, [&column](const Column &other) {
                   return other.name == column.name && other.type == column.type;
               });
           });
}

/// `tool`: "" or the one that the inventory names, of several whose tables look alike.
const Signature *signatureOf(const CatalogTable &table, const QString &tool = {})
{
    const std::span<const Signature> signatures = signatureTable();
    const auto found = std::ranges::find_if(signatures, [&](const Signature &signature) {
        return (tool.isEmpty() || tool == QLatin1String(signature.tool)) && nameFits(signature, table.table.name)
            && columnsFit(signature, table.columns);
    });
    return found == signatures.end() ? nullptr : &*found;
}

const Signature *signatureOfTool(const QString &tool)
{
    const std::span<const Signature> signatures = signatureTable();
    const auto found = std::ranges::find_if(
        signatures, [&tool](const Signature &signature) { return tool == QLatin1String(signature.tool); });
    return found == signatures.end() ? nullptr : &*found;
}

std::vector<CatalogTable> tablesOf(const SqlReply &catalog)
{
    std::vector<CatalogTable> tables;
    for (size_t row = 0; row < catalog.rows.size(); ++row) {
        const QByteArray *schema = catalog.cell(row, "schema");
        const QByteArray *name = catalog.cell(row, "name");
        const QByteArray *columns = catalog.cell(row, "columns");
        if (!schema || !name || !columns)
            continue;
        CatalogTable table;
        table.table = {QString::fromUtf8(*schema), QString::fromUtf8(*name)};
        for (const QByteArray &line : columns->split('\n')) {
            const qsizetype space = line.indexOf(' ');
            table.columns.append({line.left(space), space < 0 ? '?' : typeClass(line.mid(space + 1))});
        }
        const QByteArray *readable = catalog.cell(row, "readable");
        table.isReadable = readable && readable->startsWith('t');
        if (const QByteArray *reader = catalog.cell(row, "reader"))
            table.reader = QString::fromUtf8(*reader);
        tables.push_back(table);
    }
    std::ranges::sort(tables, {},
                      [](const CatalogTable &table) { return std::pair(table.table.schema, table.table.name); });
    return tables;
}

/// The companions of each schema: kind → how many, and whether all may be read.
struct Companions {
    int sqitch = 0;
    bool metadata = false;
    bool metadataReadable = false;
    std::vector<FoundCompanion> all;
    std::map<QString, bool> locks; ///< tables of lock rows and whether they may be read
};

std::map<QString, Companions> companionsOf(const std::vector<CatalogTable> &tables)
{
    std::map<QString, Companions> bySchema;
    for (const CatalogTable &table : tables) {
        const Signature *signature = signatureOf(table);
        if (!signature || signature->tool[0] != '+')
            continue;
        Companions &companions = bySchema[table.table.schema];
        companions.all.push_back({QLatin1String(signature->tool), table.table, table.isReadable});
        if (QByteArray(signature->tool).startsWith("+sqitch"))
            ++companions.sqitch;
        if (qstrcmp(signature->tool, "+metadata") == 0) {
            companions.metadata = true;
            companions.metadataReadable |= table.isReadable;
        } else if (qstrcmp(signature->tool, "+lock") == 0) {
            companions.locks.emplace(table.table.name, table.isReadable);
        }
    }
    return bySchema;
}

// A {version varchar} table is Rails' when its metadata table stands beside it; else the files decide.
void tellRailsFromDbmate(Detected &found, const Companions &companions, const Hints &hints)
{
    if (companions.metadata || hints.tool == QLatin1String("rails") || (hints.hasRubyFiles && !hints.hasDbmateFiles)) {
        found.hasMetadata = companions.metadataReadable;
        return;
    }
    const bool isDbmate = hints.hasDbmateFiles && !hints.hasRubyFiles;
    found.tool = isDbmate ? QStringLiteral("dbmate") : QString();
    found.title = isDbmate ? QStringLiteral("dbmate") : QString();
    found.isSupported = isDbmate;
    if (!isDbmate)
        found.note
            = QStringLiteral("either dbmate or an old Rails: name the migration files or the tool in the inventory");
}

// Knex names it after its table, Kysely so unless told otherwise.
void findLockTable(Detected &found, const Companions &companions)
{
    if (found.tool != QLatin1String("knex") && found.tool != QLatin1String("kysely"))
        return;
    for (const QString &name : {found.table.name + QStringLiteral("_lock"), QStringLiteral("kysely_migration_lock")}) {
        const auto lock = companions.locks.find(name);
        if (lock == companions.locks.end())
            continue;
        found.lockTable = {found.table.schema, name};
        found.isLockReadable = lock->second;
        return;
    }
}

QString grantText(const CatalogTable &table)
{
    if (table.isReadable || table.reader.isEmpty())
        return {};
    const auto text = [](const QByteArray &sql) { return QString::fromUtf8(sql); };
    return QStringLiteral("GRANT USAGE ON SCHEMA %1 TO %2; GRANT SELECT ON %3 TO %2;")
        .arg(text(quotedIdentifier(table.table.schema)), text(quotedIdentifier(table.reader)),
             text(quotedTable(table.table)));
}

bool isWanted(const TableName &table, const Hints &hints)
{
    return !hints.table
        || (hints.table->name == table.name && (hints.table->schema.isEmpty() || hints.table->schema == table.schema));
}

} // namespace

SqlQuery catalogQuery(const Hints &hints)
{
    QList<QByteArray> sets;
    QSet<QByteArray> keys;
    QSet<QByteArray> names;
    for (const Signature &signature : signatureTable()) {
        const QList<Column> columns = columnsOf(signature);
        sets.append(setText(columns));
        // "name" and "version" alone would select half of a database: such sets are looked up by the table's name.
        if (signature.nameHas[0] == '=')
            names.insert(signature.nameHas + 1);
        else
            keys.insert(columns.front().name);
    }
    QByteArray keyText;
    for (const QByteArray &key : std::as_const(keys))
        keyText += (keyText.isEmpty() ? "" : ",") + key;
    QByteArray nameText;
    for (const QByteArray &name : std::as_const(names))
        nameText += (nameText.isEmpty() ? "" : ",") + name;
    static const QByteArray sql
        = "SELECT n.nspname::text AS schema, c.relname::text AS name,"
          " string_agg(a.attname::text || ' ' || format_type(a.atttypid, a.atttypmod), E'\\n' ORDER BY a.attname) AS "
          "columns,"
          " has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,"
          " current_user::text AS reader"
          " FROM pg_catalog.pg_class c"
          " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
          " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
          " WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'"
          " AND (c.relname::text = ANY (string_to_array($2, ','))"
          " OR c.relname::text = $4"
          " OR c.oid IN (SELECT k.attrelid FROM pg_catalog.pg_attribute k"
          " WHERE k.attname::text = ANY (string_to_array($1, ',')) AND k.attnum > 0 AND NOT k.attisdropped))"
          " GROUP BY n.oid, n.nspname, c.oid, c.relname"
          " HAVING string_agg(a.attname::text, ',' ORDER BY a.attname) = ANY (string_to_array($3, ';'))"
          " OR c.relname::text = $4"
          " ORDER BY 1, 2";
    const QByteArray wanted = hints.table ? hints.table->name.toUtf8() : QByteArray();
    return {sql, {keyText, nameText, sets.join(';'), wanted}};
}

std::vector<Detected> detectHistories(const SqlReply &catalog, const Hints &hints)
{
    const std::vector<CatalogTable> tables = tablesOf(catalog);
    std::map<QString, Companions> companions = companionsOf(tables);
    std::vector<Detected> histories;
    for (const CatalogTable &table : tables) {
        const Signature *signature
            = hints.tool.isEmpty() || !hints.table ? signatureOf(table, hints.tool) : signatureOfTool(hints.tool);
        if (!signature || signature->tool[0] == '+' || !isWanted(table.table, hints))
            continue;
        if (!hints.tool.isEmpty() && hints.tool != QLatin1String(signature->tool))
            continue;
        Companions &beside = companions[table.table.schema];
        // Sqitch's registry is six tables (five before its version 1.1); `changes` alone is somebody's own.
        if (qstrcmp(signature->tool, "sqitch") == 0 && beside.sqitch < 4)
            continue;
        // With Rails' own table beside it, it is not dbmate's, unless a person says so of this very table.
        if (qstrcmp(signature->tool, "dbmate") == 0 && beside.metadata && !hints.table)
            continue;
        Detected found;
        found.table = table.table;
        found.tool = QLatin1String(signature->tool);
        found.title = QLatin1String(signature->title);
        found.isSupported = signature->isSupported;
        found.isReadable = table.isReadable;
        found.grant = grantText(table);
        found.companions = beside.all;
        if (qstrcmp(signature->tool, "rails") == 0)
            tellRailsFromDbmate(found, beside, hints);
        // Their rows tell them apart; where those may not be read, the default names do.
        if (hints.tool.isEmpty() && qstrcmp(signature->tool, "node-pg-migrate") == 0 && !found.isReadable
            && table.table.name == QLatin1String("migrations")) {
            found.tool = QStringLiteral("db-migrate");
            found.title = found.tool;
        }
        findLockTable(found, beside);
        histories.push_back(found);
    }
    return histories;
}

QString toolTitle(const QString &tool)
{
    const Signature *signature = signatureOfTool(tool);
    return signature ? QLatin1String(signature->title) : QString();
}

std::optional<TableName> tableNameFrom(const QString &text)
{
    QStringList parts{QString()};
    bool isQuoted = false;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar character = text[i];
        if (character == QLatin1Char('"') && isQuoted && i + 1 < text.size() && text[i + 1] == QLatin1Char('"')) {
            parts.last() += character;
            ++i;
        } else if (character == QLatin1Char('"')) {
            isQuoted = !isQuoted;
        } else if (character == QLatin1Char('.') && !isQuoted) {
            parts << QString();
        } else {
            parts.last() += character;
        }
    }
    if (isQuoted || parts.size() > 2 || parts.contains(QString()))
        return std::nullopt;
    return parts.size() == 2 ? TableName{parts[0], parts[1]} : TableName{{}, parts[0]};
}

QString shownName(const TableName &table)
{
    const QString name = table.schema.isEmpty() ? table.name : table.schema + QLatin1Char('.') + table.name;
    return sanitizedLine(name.toUtf8());
}

QByteArray quotedIdentifier(const QString &name)
{
    QByteArray bytes = name.toUtf8();
    bytes.replace('\0', "");
    bytes.replace('"', "\"\"");
    return '"' + bytes + '"';
}

QByteArray quotedTable(const TableName &table)
{
    return quotedIdentifier(table.schema) + '.' + quotedIdentifier(table.name);
}

} // namespace taffrail::sources::migrations
