// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "text.h"

#include <QRegularExpression>

#include <map>

// Ecto: a row per version; Elixir scripts priv/repo/migrations/<version>_<name>.exs. What lies below the highest runs
// too.
namespace taffrail::sources::migrations {

namespace {

const QRegularExpression &fileShape()
{
    static const QRegularExpression shape(QStringLiteral("^([0-9]+)_(.+)\\.exs$"));
    return shape;
}

bool isEctoFile(const FileRoot &, const MigrationFile &file)
{
    return fileShape().match(QString::fromUtf8(file.name())).hasMatch();
}

/// Lines without comments.
QByteArray bareElixir(const QByteArray &content)
{
    QByteArray bare;
    for (const QByteArray &line : content.split('\n')) {
        const qsizetype hash = line.trimmed().startsWith('#') ? 0 : line.indexOf(" # ");
        bare += (hash < 0 ? line : line.left(hash)) + '\n';
    }
    return bare;
}

Reversible reversibleOf(const QByteArray &content, QString &why)
{
    const QByteArray bare = bareElixir(content);
    static const QRegularExpression change(QStringLiteral("\\bdef\\s+change\\b"));
    static const QRegularExpression up(QStringLiteral("\\bdef\\s+up\\b"));
    static const QRegularExpression down(QStringLiteral("\\bdef\\s+down\\b(.*)$"),
                                         QRegularExpression::DotMatchesEverythingOption);
    // What Ecto itself cannot turn round.
    static const QRegularExpression oneWay(QStringLiteral("\\bexecute\\s*\\(?\\s*\"[^\"]*\"\\s*\\)?\\s*$|\\bremove\\s*"
                                                          "\\(?\\s*:\\w+\\s*\\)?\\s*$|\\bdrop\\s*\\(?\\s*table\\b"),
                                           QRegularExpression::MultilineOption);
    static const QRegularExpression unsure(QStringLiteral("\\b(modify|execute|flush|repo\\(\\)|remove)\\b"));
    const QString text = QString::fromUtf8(bare);
    if (up.match(text).hasMatch()) {
        const auto way = down.match(text);
        if (!way.hasMatch())
            why = QStringLiteral("no down");
        else if (way.captured(1).contains(QLatin1String("raise")))
            why = QStringLiteral("its down raises an error");
        return why.isEmpty() ? Reversible::Yes : Reversible::No;
    }
    if (!change.match(text).hasMatch())
        return Reversible::Unknown;
    if (oneWay.match(text).hasMatch()) {
        why = QStringLiteral("its change holds what Ecto cannot turn round");
        return Reversible::No;
    }
    return unsure.match(text).hasMatch() ? Reversible::Unknown : Reversible::Yes;
}

std::vector<DiskMigration> diskEcto(const Roots &roots)
{
    std::map<QByteArray, std::vector<DiskMigration>, NumberLess> byVersion;
    for (const FoundFile &found : filesFitting(roots, isEctoFile)) {
        const auto match = fileShape().match(QString::fromUtf8(found.file->name()));
        DiskMigration disk;
        disk.key = plainNumber(match.captured(1).toLatin1());
        disk.version = QString::fromLatin1(disk.key);
        disk.name = wordsOf(match.captured(2).toUtf8());
        disk.root = found.root;
        disk.file = found.file;
        takeCode(disk, QStringLiteral("an Elixir migration"));
        if (found.file->isWhole) {
            disk.reversible = reversibleOf(found.file->content, disk.note);
            if (found.file->content.contains("@disable_ddl_transaction true"))
                disk.note += (disk.note.isEmpty() ? QString() : QStringLiteral("; "))
                    + QStringLiteral("runs without a transaction: a failure can leave half of it");
        }
        byVersion[disk.key].push_back(std::move(disk));
    }
    std::vector<DiskMigration> all;
    for (auto &[version, files] : byVersion)
        std::ranges::move(files, std::back_inserter(all));
    return all;
}

QByteArray selectEcto(const TableName &table)
{
    return "SELECT version, " + sqlUtcTime("inserted_at") + " AS inserted_at FROM " + quotedTable(table)
        + " t ORDER BY t.inserted_at, t.version LIMIT " + QByteArray::number(maxRows + 1);
}

MigrationHistory readEcto(const HistoryInput &input)
{
    MigrationHistory history = startHistory(input, "ecto");
    std::vector<RecordedMigration> recorded;
    for (size_t row = 0; input.rows && row < input.rows->rows.size(); ++row) {
        RecordedMigration each{plainNumber(cellText(*input.rows, row, "version")), {}};
        if (each.key.isEmpty())
            continue;
        each.migration.version = sanitizedLine(each.key, 40);
        each.migration.appliedAt = anyTime(*input.rows, row, "inserted_at");
        each.migration.flags = {MigrationState::Applied};
        if (history.current.isEmpty() || numberBefore(history.current.toUtf8(), each.key))
            history.current = each.migration.version;
        recorded.push_back(std::move(each));
    }
    history.notes << noFailureRecord();
    JoinRules rules;
    rules.isOrderTime = true;
    rules.isOneFolder = true;
    rules.before = numberBefore;
    rules.missing = QStringLiteral("\"mix ecto.migrations\" shows FILE NOT FOUND");
    join(history, input, std::move(recorded), diskEcto(input.roots), rules);
    return history;
}

QByteArray numberKey(const QString &version)
{
    return plainNumber(version.toUtf8());
}

} // namespace

const Tool ectoTool{.name = "ecto",
                    .defaultTable = "schema_migrations",
                    .read = readEcto,
                    .select = selectEcto,
                    .disk = diskEcto,
                    .keyOf = numberKey};

} // namespace taffrail::sources::migrations
