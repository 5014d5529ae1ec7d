// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

#include <optional>

/// Finds migration histories in a database's catalog by the set of column names and their types, not by the table's
/// name: nearly every tool lets the name and the schema be configured.
namespace taffrail::sources::migrations {

struct TableName {
    QString schema; ///< "" = any
    QString name;

    bool operator==(const TableName &) const = default;
};
/// "name", "schema.name", either part in double quotes as in SQL; nothing when it is neither.
std::optional<TableName> tableNameFrom(const QString &text);
/// "schema.name", as shown to people
QString shownName(const TableName &table);
/// An SQL identifier in double quotes; safe for any name, whatever the server's settings.
QByteArray quotedIdentifier(const QString &name);
/// "schema"."name"
QByteArray quotedTable(const TableName &table);

/// A table that a tool keeps beside its history, in the same schema.
struct FoundCompanion {
    QString kind; ///< the tool of its signature, "+liquibase-lock"
    TableName table;
    bool isReadable = false;
};

/// One history found.
struct Detected {
    TableName table;
    QString tool; ///< "alembic", …; "" when the look-alikes can't be told apart
    QString title; ///< "Alembic"
    bool isSupported = false; ///< its rows are read
    bool isReadable = false; ///< we have SELECT
    QString grant; ///< the statements that would give the right
    bool hasMetadata = false; ///< Rails: ar_internal_metadata stands in the same schema and may be read
    QString note;
    std::vector<FoundCompanion> companions;
    TableName lockTable; ///< the tool's lock row stands there; its name is "" when there is none
    bool isLockReadable = false;
};

/// What tells look-alikes apart beyond the catalog.
struct Hints {
    QString tool; ///< named in the inventory
    std::optional<TableName> table; ///< named in the inventory: only this one
    bool hasRubyFiles = false;
    bool hasDbmateFiles = false; ///< SQL files with "-- migrate:up"
};

/// Columns: schema, name, columns ("name type" per line), readable, reader. Only tables with a known set come back, so
/// that the answer is small in a database of many tables.
SqlQuery catalogQuery(const Hints &hints);
/// Ordered by schema and name.
std::vector<Detected> detectHistories(const SqlReply &catalog, const Hints &hints);
/// The title of a tool's name; "" for an unknown one.
QString toolTitle(const QString &tool);

} // namespace taffrail::sources::migrations
