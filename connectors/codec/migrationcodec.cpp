// SPDX-License-Identifier: GPL-3.0-or-later
#include "jsonreader.h"
#include "jsonwriting.h"

namespace taffrail::codec {

namespace {

/// A set of words, each of a fixed list.
template <typename Enum>
std::set<Enum> readSet(const JsonReader &reader, const char *key, Enum (*fromWord)(const QString &),
                       QString (*toWord)(Enum))
{
    std::set<Enum> result;
    for (const QString &word : reader.words(key)) {
        const Enum value = fromWord(word);
        if (toWord(value) != word)
            reader.fail(key, QStringLiteral("another word than \"%1\"").arg(word.left(40)));
        result.insert(value);
    }
    return result;
}

template <typename Enum> Json setJson(const std::set<Enum> &values, QString (*toWord)(Enum))
{
    QStringList words;
    for (const Enum value : values)
        words << toWord(value);
    return listOf(words);
}

Json migrationJson(const Migration &migration)
{
    return {
        {"version", textOrNull(migration.version)},
        {"name", textOrNull(migration.name)},
        {"state", migrationStateWord(migration.state).toStdString()},
        {"flags", setJson(migration.flags, migrationStateWord)},
        {"provenance", provenanceWord(migration.provenance).toStdString()},
        {"applied_at", timeOrNull(migration.appliedAt)},
        {"applied_by", textOrNull(migration.appliedBy)},
        {"took_s", secondsOrNull(migration.took)},
        {"checksum", textOrNull(migration.checksum)},
        {"kind", migrationKindWord(worstKind(migration.kinds)).toStdString()},
        {"kinds", setJson(migration.kinds, migrationKindWord)},
        {"reversible", reversibleWord(migration.reversible).toStdString()},
        {"release", textOrNull(migration.release)},
        {"note", textOrNull(migration.note)},
        {"order", migration.order},
    };
}

Migration readMigration(const JsonReader &reader)
{
    Migration migration;
    migration.version = reader.text("version");
    migration.name = reader.text("name");
    migration.state = reader.word("state", migrationStateFromWord, migrationStateWord, MigrationState::Applied);
    migration.flags = readSet(reader, "flags", migrationStateFromWord, migrationStateWord);
    migration.provenance = reader.word("provenance", provenanceFromWord, provenanceWord, Provenance::Inferred);
    migration.appliedAt = reader.time("applied_at");
    migration.appliedBy = reader.text("applied_by");
    migration.took = reader.seconds("took_s");
    migration.checksum = reader.text("checksum");
    migration.kinds = readSet(reader, "kinds", migrationKindFromWord, migrationKindWord);
    migration.reversible = reader.word("reversible", reversibleFromWord, reversibleWord, Reversible::Unknown);
    migration.release = reader.text("release");
    migration.note = reader.text("note");
    migration.order = std::max(0, reader.smallCount("order"));
    return migration;
}

Json historyJson(const MigrationHistory &history)
{
    Json migrations = Json::array();
    for (const Migration &migration : history.migrations)
        migrations.push_back(migrationJson(migration));
    return {
        {"source", textOrNull(history.source)},
        {"database", textOrNull(history.database)},
        {"table", textOrNull(history.table)},
        {"current", textOrNull(history.current)},
        {"readable", history.readable},
        {"supported", history.supported},
        {"files_from", textOrNull(history.filesFrom)},
        {"records_failures", history.recordsFailures},
        {"lock", lockJson(history.lock)},
        {"migrations", std::move(migrations)},
        {"notes", listOf(history.notes)},
    };
}

MigrationHistory readHistory(const JsonReader &reader)
{
    MigrationHistory history;
    history.source = reader.text("source");
    history.database = reader.text("database");
    history.table = reader.text("table");
    history.current = reader.text("current");
    history.readable = reader.optionalFlag("readable").value_or(true);
    history.supported = reader.optionalFlag("supported").value_or(true);
    history.filesFrom = reader.text("files_from");
    history.recordsFailures = reader.flag("records_failures");
    history.lock = readLock(reader, "lock");
    reader.each("migrations",
                [&](const JsonReader &migration) { history.migrations.push_back(readMigration(migration)); });
    history.notes = reader.words("notes");
    return history;
}

} // namespace

Json migrationsJson(const MigrationHistories &histories)
{
    Json list = Json::array();
    for (const MigrationHistory &history : histories.histories)
        list.push_back(historyJson(history));
    return {{"kind", "migrations"}, {"histories", std::move(list)}};
}

MigrationHistories readMigrations(const JsonReader &reader)
{
    MigrationHistories histories;
    reader.each("histories", [&](const JsonReader &history) { histories.histories.push_back(readHistory(history)); });
    return histories;
}

} // namespace taffrail::codec
