// SPDX-License-Identifier: GPL-3.0-or-later
#include "databaseset.h"
#include "masktokens.h"
#include "pgschemaqueries.h"
#include "registry.h"

#include <QSet>

namespace taffrail::sources {

namespace {

QByteArray arrayLiteral(const QStringList &names)
{
    QByteArray out = "{";
    for (const QString &name : names) {
        QByteArray text = name.toUtf8();
        text.replace('\\', "\\\\").replace('"', "\\\"").replace('\0', "");
        out += (out.size() > 1 ? ",\"" : "\"") + text + '"';
    }
    return out + '}';
}

QStringList schemasOf(const SourceEntry &entry)
{
    return entry.options.value(QStringLiteral("schemas")).toStringList();
}

std::vector<Request> schemaRequests(const SourceEntry &entry, const Replies &soFar)
{
    std::vector<Request> requests;
    if (!soFar.empty())
        return requests;
    const QStringList schemas = schemasOf(entry);
    const SqlKeyPads pads = sqlKeyPads(entry);
    for (const SchemaPart &part : schemaParts()) {
        SqlQuery query{part.sql, {schemas.isEmpty() ? std::nullopt : std::optional(arrayLiteral(schemas))}};
        if (part.hasSecrets) {
            query.parameters.push_back(pads.inner);
            query.parameters.push_back(pads.outer);
        }
        requests.push_back({QString::fromLatin1(part.name), entry.database, std::move(query), Lane::Slow});
    }
    return requests;
}

/// The second lock, for an answer that did not come from columnsSql(): a literal as the default of a column.
QString withoutDefault(const QString &column, const QString &value)
{
    static const QString word = QStringLiteral(" default '");
    const qsizetype at = value.indexOf(word);
    const QString written = value.mid(at + word.size() - 1);
    if (at < 0 || written.startsWith(QLatin1String("''::")) || !isSecretSetting(column, written))
        return value;
    return value.left(at + word.size() - 1) + QStringLiteral("TFMASK_none_");
}

void readPart(DatabaseSet &set, const SqlReply &rows, const QString &part, QSet<QString> &seenSchemas)
{
    for (size_t row = 0; row < rows.rows.size(); ++row) {
        QString key;
        for (const char *column : {"k1", "k2", "k3", "k4"}) {
            if (!isNullCell(rows, row, column))
                key = joinKey(key, cellOf(rows, row, column));
        }
        if (key.isEmpty())
            continue;
        if (part == QLatin1String("schemas"))
            seenSchemas.insert(cellOf(rows, row, "k1"));
        QString value = cellOf(rows, row, "value");
        if (part == QLatin1String("columns"))
            value = withoutDefault(cellOf(rows, row, "k4"), value);
        addEntry(set.parsed, key, value, 0, ConfigType::Text, cellOf(rows, row, "note"));
    }
    if (rows.rows.size() > size_t(mostConfigEntries))
        addNote(set.parsed, QStringLiteral("%1: only the first %2 are shown").arg(part).arg(mostConfigEntries));
}

Result<Value> parseSchema(const SourceEntry &entry, const Replies &replies, const Context &)
{
    DatabaseSet set{entry, replies, {}, {}};
    QSet<QString> seenSchemas;
    bool hasSchemas = false;
    for (const SchemaPart &part : schemaParts()) {
        const QString name = QString::fromLatin1(part.name);
        if (const SqlReply *rows = set.rows(name)) {
            hasSchemas = hasSchemas || name == QLatin1String("schemas");
            readPart(set, *rows, name, seenSchemas);
        }
    }
    for (const QString &wanted : schemasOf(entry)) {
        if (hasSchemas && !seenSchemas.contains(wanted))
            addNote(set.parsed, QStringLiteral("there is no schema %1").arg(wanted));
    }
    // Where an answer was cut, what lies behind the cut is not missing but not known.
    if (qsizetype(set.parsed.entries.size()) >= mostConfigEntries)
        set.failures.push_back({ErrorKind::TooLarge, QStringLiteral("read the catalogue"), entry.database,
                                QStringLiteral("there are more than %1 objects").arg(mostConfigEntries),
                                QStringLiteral("Name the schemas that count in \"schemas\".")});
    return finishedSet(std::move(set));
}

} // namespace

const Source pgSchemaSource{
    PaneKind::Configs,
    "pg_schema",
    "PostgreSQL schema",
    false,
    true,
    {{"schemas", "array", false, "the schemas that are compared; left out: all but those of the system",
      R"("items":{"type":"string","minLength":1},"minItems":1)"}},
    {"relations", "database", "schemas", "columns", "constraints", "indexes", "functions", "triggers", "types",
     "sequences", "grants"},
    schemaRequests,
    parseSchema,
    nullptr,
    "connect; the catalog is readable by all",
};

} // namespace taffrail::sources
