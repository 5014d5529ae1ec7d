// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "parsetree.h"

#include <QStringList>

/// Trees of the statements that a migration tool sends for its operations, as libpg_query would give them: so the same
/// rules judge an operation and its SQL. Tables are "name" or "schema.name".
namespace taffrail::schema::trees {

struct NewColumn {
    QString name;
    QString type; ///< only serial types matter
    bool notNull = false;
    bool hasDefault = false; ///< in the database, not only in the program
    bool callsFunction = false; ///< in its default
    bool isIdentity = false;
    bool isGenerated = false;
    bool isPrimary = false;
    bool isUnique = false;
    bool references = false;
    bool checks = false;
};

Json createTable(const QString &table, bool ifNotExists = false);
Json dropTable(const QString &table, bool cascades = false);
/// Any other object: "OBJECT_INDEX", "OBJECT_TYPE", "OBJECT_EXTENSION" …
Json drop(const char *objectType, const QString &name, bool concurrently = false);
Json renameTable(const QString &table, const QString &fresh);
Json renameColumn(const QString &table, const QString &column, const QString &fresh);
Json renameIndex(const QString &index, const QString &fresh);
Json addColumn(const QString &table, const NewColumn &column, bool ifNotExists = false);
Json dropColumn(const QString &table, const QString &column);
Json changeType(const QString &table, const QString &column);
Json setNotNull(const QString &table, const QString &column);
Json dropNotNull(const QString &table, const QString &column);
Json setDefault(const QString &table, const QString &column);
Json dropDefault(const QString &table, const QString &column);
/// `kind`: "CONSTR_FOREIGN", "CONSTR_CHECK", "CONSTR_UNIQUE", "CONSTR_PRIMARY", "CONSTR_EXCLUSION". An index that
/// exists already makes a unique constraint cheap.
Json addConstraint(const QString &table, const char *kind, const QString &name, const QStringList &columns = {},
                   const QString &usingIndex = {});
Json dropConstraint(const QString &table, const QString &name);
Json validateConstraint(const QString &table, const QString &name);
/// An index without a name has one that is not known here.
struct NewIndex {
    QString name;
    QString table;
    bool unique = false;
    bool concurrently = false;
    bool ifNotExists = false;
    QStringList columns; ///< as far as they are known
};
Json createIndex(const NewIndex &index);
/// UPDATE or DELETE ("UpdateStmt", "DeleteStmt"), with or without WHERE.
Json changeRows(const char *statement, const QString &table, bool hasWhere);
/// A statement of which only the kind matters: "CommentStmt", "InsertStmt" …
Json plain(const char *statement);

} // namespace taffrail::schema::trees
