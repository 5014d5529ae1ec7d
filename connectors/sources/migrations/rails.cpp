// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrationreader.h"

#include "railsfiles.h"
#include "text.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace taffrail::sources::migrations {

namespace {

// The commands of ActiveRecord 6.1 that `change` can turn round as written.
constexpr const char *reversibleCommands[] = {
    "create_table",         "create_join_table",  "add_column",
    "add_columns",          "add_index",          "add_reference",
    "add_belongs_to",       "add_timestamps",     "add_foreign_key",
    "add_check_constraint", "rename_column",      "rename_table",
    "rename_index",         "change_column_null", "enable_extension",
    "disable_extension",    "reversible",         "disable_ddl_transaction!",
};
// Those it refuses to turn round, or that it can only with arguments judged below.
constexpr const char *oneWayCommands[] = {"execute", "change_column"};

bool isDigits(const QByteArray &text)
{
    return !text.isEmpty() && std::ranges::all_of(text, [](char byte) { return byte >= '0' && byte <= '9'; });
}

struct NumberOrder {
    bool operator()(const QByteArray &left, const QByteArray &right) const
    {
        return left.size() != right.size() ? left.size() < right.size() : left < right;
    }
};

/// Lines of Ruby without comments and without what stands in quotes.
QList<QByteArray> bareLines(const QByteArray &content)
{
    QList<QByteArray> lines;
    for (const QByteArray &line : content.split('\n')) {
        QByteArray bare;
        char quote = '\0';
        for (qsizetype i = 0; i < line.size(); ++i) {
            const char byte = line[i];
            if (quote != '\0') {
                if (byte == '\\')
                    ++i;
                else if (byte == quote)
                    quote = '\0';
                continue;
            }
            if (byte == '#')
                break;
            if (byte == '"' || byte == '\'')
                quote = byte;
            bare += byte;
        }
        lines.append(bare.trimmed());
    }
    return lines;
}

QByteArray firstWord(const QByteArray &line)
{
    qsizetype end = 0;
    while (end < line.size()
           && (std::isalnum(static_cast<unsigned char>(line[end])) != 0 || line[end] == '_' || line[end] == '!'
               || line[end] == '.'))
        ++end;
    return line.left(end);
}

template <size_t N> bool isOneOf(const QByteArray &word, const char *const (&words)[N])
{
    return std::ranges::any_of(words, [&word](const char *other) { return word == other; });
}

// One command of a `change`. A line that is no command of its own (arguments, `end`, columns of a table) is neutral.
Reversible commandReversible(const QByteArray &line)
{
    const QByteArray word = firstWord(line);
    const bool isArgument = line.mid(word.size()).startsWith(':'); // "name: value" on a line of its own
    if (word.isEmpty() || word == "end" || word == "def" || word == "class" || word.startsWith("t.")
        || word.startsWith("dir.") || isArgument || isOneOf(word, reversibleCommands))
        return Reversible::Yes;
    if (isOneOf(word, oneWayCommands))
        return Reversible::No;
    if (word == "remove_column")
        return line.count(',') >= 2 ? Reversible::Yes : Reversible::No; // without the type it can't be added again
    if (word == "drop_table")
        return line.contains(" do") || line.contains('{') ? Reversible::Yes : Reversible::No;
    if (word == "change_column_default" || word == "change_column_comment")
        return line.contains("from:") && line.contains("to:") ? Reversible::Yes : Reversible::No;
    return Reversible::Unknown;
}

Reversible changeReversible(const QList<QByteArray> &lines)
{
    bool isInside = false;
    bool isUnknown = false;
    for (const QByteArray &line : lines) {
        if (firstWord(line) == "def")
            isInside = line.startsWith("def change");
        if (!isInside || line.isEmpty() || line.startsWith("def change"))
            continue;
        const Reversible one = commandReversible(line);
        if (one == Reversible::No)
            return Reversible::No;
        isUnknown |= one == Reversible::Unknown;
    }
    return isUnknown ? Reversible::Unknown : Reversible::Yes;
}

Reversible reversibleOf(const MigrationFile &file)
{
    if (!file.isWhole)
        return Reversible::Unknown;
    const QList<QByteArray> lines = bareLines(file.content);
    const auto defines = [&lines](const char *start) {
        return std::ranges::any_of(lines, [start](const QByteArray &line) {
            return line == start || line.startsWith(QByteArray(start) + '(') || line.startsWith(QByteArray(start) + ' ')
                || line.startsWith(QByteArray(start) + ';');
        });
    };
    if (std::ranges::any_of(lines, [](const QByteArray &line) { return line.contains("IrreversibleMigration"); }))
        return Reversible::No;
    if (defines("def up"))
        return defines("def down") ? Reversible::Yes : Reversible::No;
    return defines("def change") ? changeReversible(lines) : Reversible::Unknown;
}

using Files = std::map<QByteArray, RootedFile, NumberOrder>;

Files filesByVersion(const HistoryInput &input, MigrationHistory &history)
{
    Files byVersion;
    const std::vector<RootedFile> files = filesWhere(input, isRailsFile);
    nameFiles(history, files);
    for (const RootedFile &rooted : files) {
        const QByteArray name = rooted.file->name();
        const QByteArray version = railsVersion(name.left(name.indexOf('_')));
        const auto [place, isNew] = byVersion.try_emplace(version, rooted);
        if (!isNew && place->second.file->name() != name)
            history.notes << QStringLiteral("two files carry version %1: Rails refuses to migrate")
                                 .arg(QString::fromLatin1(version));
    }
    return byVersion;
}

void describe(Migration &migration, const MigrationFile &file)
{
    const QByteArray name = file.name();
    const QByteArray slug = name.mid(name.indexOf('_') + 1);
    migration.name = wordsOf(slug.left(slug.indexOf('.')));
    migration.reversible = reversibleOf(file);
    if (file.isWhole && file.content.contains("disable_ddl_transaction!"))
        migration.note = QStringLiteral("runs without a transaction: a failure can leave half of it");
}

void addEnvironment(MigrationHistory &history, const SqlReply *metadata)
{
    if (!metadata)
        return;
    for (size_t row = 0; row < metadata->rows.size(); ++row) {
        if (cellText(*metadata, row, "key") == "environment")
            history.notes
                << QStringLiteral("environment: %1").arg(sanitizedLine(cellText(*metadata, row, "value"), 100));
    }
}

} // namespace

// Rows are a set of versions without time or order; the tool runs every file that has no row, also below the highest.
MigrationHistory readRails(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "rails");
    const Files files = filesByVersion(input, history);
    std::map<QByteArray, QByteArray, NumberOrder> applied; // normalised → as written
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        const QByteArray version = cellText(*input.rows, row, "version");
        applied.emplace(isDigits(version) ? railsVersion(version) : version, version);
    }
    std::map<QByteArray, Migration, NumberOrder> migrations;
    for (const auto &[key, written] : applied) {
        Migration migration;
        migration.version = sanitizedLine(written);
        migration.flags = {MigrationState::Applied};
        if (!files.empty() && !files.contains(key)) {
            migration.flags.insert(MigrationState::Missing);
            migration.note = QStringLiteral("NO FILE in the compared checkout");
        }
        migrations.emplace(key, migration);
    }
    const QByteArray highest = applied.empty() ? QByteArray() : applied.rbegin()->first;
    for (const auto &[key, rooted] : files) {
        const auto [place, isPending] = migrations.try_emplace(key);
        Migration &migration = place->second;
        describe(migration, *rooted.file);
        if (!isPending)
            continue;
        migration.version = QString::fromLatin1(rooted.file->name().left(rooted.file->name().indexOf('_')));
        migration.flags = {MigrationState::Pending};
        migration.provenance = Provenance::NotRecorded;
        if (!applied.empty() && NumberOrder()(key, highest))
            migration.flags.insert(MigrationState::OutOfOrder);
    }
    for (auto &[key, migration] : migrations)
        history.migrations.push_back(std::move(migration));
    history.current = applied.empty() ? QString() : sanitizedLine(applied.rbegin()->second);
    addEnvironment(history, input.metadata);
    history.notes << noFailureRecord();
    finishHistory(history, input);
    return history;
}

} // namespace taffrail::sources::migrations
