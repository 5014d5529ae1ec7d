// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "sqlverdict.h"

#include <nlohmann/json.hpp>

#include <QStringList>

namespace taffrail::schema {

using Json = nlohmann::json;

/// What the rules say of one statement: the union of what they found.
struct Judgement {
    std::set<MigrationKind> kinds;
    QStringList why;
    int lock = 0; ///< index into lockName()
    bool rewrites = false;
    bool isSilent = false; ///< BEGIN, COMMIT, SET: not worth a row
    bool setsLockTimeout = false;

    void add(MigrationKind kind, const QString &reason = {});
    /// The stronger of two locks stays. Numbers are PostgreSQL's lock modes, 1 to 8.
    void locks(int mode, bool rewrite = false);
};

namespace lockmode {
constexpr int rowExclusive = 3;
constexpr int shareUpdateExclusive = 4;
constexpr int share = 5;
constexpr int shareRowExclusive = 6;
constexpr int accessExclusive = 8;
} // namespace lockmode

/// The mode as pg_locks.mode names it; "" for 0.
QString lockName(int mode);

/// A member of a tree node; null when absent (libpg_query leaves out default values).
const Json &member(const Json &node, const char *key);
QString textMember(const Json &node, const char *key);
bool flagMember(const Json &node, const char *key);
/// "schema.name" or "name" of a RangeVar.
QString relationName(const Json &rangeVar);
/// "a.b" of a list of String nodes.
QString dottedName(const Json &names);

/// Judges one statement of a parse tree: `{"AlterTableStmt": {…}}`. Objects that it makes join `created`.
Judgement judgeStatement(const Json &statement, CreatedObjects &created);
/// The part for ALTER TABLE (and ALTER INDEX, VIEW, SEQUENCE … which share its tree).
void judgeAlterTable(const Json &statement, CreatedObjects &created, Judgement &judgement);

} // namespace taffrail::schema
