// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "diskmigration.h"
#include "signatures.h"

#include <QHash>

#include <span>

/// One tool's history from its table and its files. Every reader is a pure function.
namespace taffrail::sources::migrations {

/// What a reader gets. Files of other tools may be among the files: each reader takes its own.
struct HistoryInput {
    QString database;
    TableName table;
    const SqlReply *rows = nullptr; ///< null: the table does not exist
    const SqlReply *metadata = nullptr; ///< Rails' ar_internal_metadata, or null
    std::vector<const FileRoot *> roots; ///< without errors
    QHash<QByteArray, const SqlReply *> parts; ///< rows of companion tables by the part's name
    QStringList notes; ///< about companion tables that could not be read
    bool isLockHeld = false; ///< somebody holds the tool's lock: it may be running now
};

MigrationHistory readAlembic(const HistoryInput &input);
MigrationHistory readRails(const HistoryInput &input);
MigrationHistory readFlyway(const HistoryInput &input);
MigrationHistory readDjango(const HistoryInput &input);
MigrationHistory readPrisma(const HistoryInput &input);
MigrationHistory readKnex(const HistoryInput &input);
MigrationHistory readNodePgMigrate(const HistoryInput &input);
MigrationHistory readTypeOrm(const HistoryInput &input);
MigrationHistory readSequelize(const HistoryInput &input);
MigrationHistory readDrizzle(const HistoryInput &input);
MigrationHistory readMikroOrm(const HistoryInput &input);
MigrationHistory readKysely(const HistoryInput &input);
MigrationHistory readDbMigrate(const HistoryInput &input);

/// A second table that a tool keeps beside its history.
struct CompanionPart {
    const char *part; ///< the name of its answer
    const char *kind; ///< the tool of its signature, "+liquibase-lock"
    const char *defaultTable;
    QByteArray (*select)(const TableName &table);
};

/// A tool that is read.
struct Tool {
    const char *name;
    const char *defaultTable;
    MigrationHistory (*read)(const HistoryInput &input);
    QByteArray (*select)(const TableName &table); ///< the statement that reads the table
    /// The migrations of these files in the tool's own order; null: the reader keeps them to itself.
    std::vector<DiskMigration> (*disk)(const Roots &roots) = nullptr;
    /// What equals the key of the file of a version; null: the version itself.
    QByteArray (*keyOf)(const QString &version) = nullptr;
    /// Gives files the versions under which the history knows them, where the tool compares loosely; may be null.
    void (*adopt)(std::vector<DiskMigration> &disk, const QStringList &versions) = nullptr;
    /// Whether the history says that this one is applied without a row of its own; may be null.
    bool (*isBelow)(const MigrationHistory &history, const DiskMigration &disk) = nullptr;
    std::span<const CompanionPart> companions = {};
};
/// Tools whose readers stand in files of their own.
std::span<const Tool *const> furtherTools();
/// Null for a tool that is not read.
const Tool *toolNamed(const QString &name);

/// Rows above this are not read: no tool's history comes near.
inline constexpr int maxRows = 50'000;

/// --- for readers ---

/// A history with what every tool has.
MigrationHistory startHistory(const HistoryInput &input, const char *tool);
/// Sets headline states and positions, and says when the rows were cut.
void finishHistory(MigrationHistory &history, const HistoryInput &input);
/// Files of the tool with the root that they come from.
struct RootedFile {
    const FileRoot *root = nullptr;
    const MigrationFile *file = nullptr;
};
std::vector<RootedFile> filesWhere(const HistoryInput &input,
                                   bool (*fits)(const FileRoot &root, const MigrationFile &file));
/// "web1:/srv/shop/db" for each root that has such files, and its notes into the history.
void nameFiles(MigrationHistory &history, const std::vector<RootedFile> &files);
/// The cell as text, "" for NULL.
QByteArray cellText(const SqlReply &rows, size_t row, const char *column);
/// A cell written by sqlTime().
QDateTime cellTime(const SqlReply &rows, size_t row, const char *column);
/// SQL for a timestamptz column as RFC 3339 in UTC.
QByteArray sqlTime(const QByteArray &column);
/// "create_orders" → "create orders"
QString wordsOf(const QByteArray &slug);
/// The words for a tool that keeps none.
QString noFailureRecord();
/// The words for an applied migration of an app that has no files in the checkout: not missing.
QString externalApp();

} // namespace taffrail::sources::migrations
