// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "parsetree.h"
#include "sqlverdict.h"

#include <QHash>
#include <QStringList>

namespace taffrail::schema {

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

/// What is always true of one kind of statement or command. "%1" in `why` stands for the column.
struct FixedRule {
    MigrationKind kind;
    int lock;
    bool rewrites;
    const char *why;

    void applyTo(Judgement &judgement, const QString &column = {}) const;
};

/// Statements that need no more than their name, "CommentStmt".
const QHash<QString, FixedRule> &plainRules();

namespace lockmode {
constexpr int rowExclusive = 3;
constexpr int shareUpdateExclusive = 4;
constexpr int share = 5;
constexpr int shareRowExclusive = 6;
constexpr int accessExclusive = 8;
} // namespace lockmode

/// The mode as pg_locks.mode names it; "" for 0.
QString lockName(int mode);

/// Judges one statement of a parse tree: `{"AlterTableStmt": {…}}`. Objects that it makes join `created`.
Judgement judgeStatement(const Json &statement, CreatedObjects &created);
/// The part for ALTER TABLE (and ALTER INDEX, VIEW, SEQUENCE … which share its tree).
void judgeAlterTable(const Json &statement, CreatedObjects &created, Judgement &judgement);
/// Whether one of these columns (String or IndexElem nodes) is new in the set and has no default: it is NULL in what an
/// older release writes, which no foreign key or unique guard minds.
bool hasEmptyNewColumn(const Json &names, const QString &relation, const CreatedObjects &created);

} // namespace taffrail::schema
