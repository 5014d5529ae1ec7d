// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrations.h"

#include <QByteArrayList>

#include <optional>
#include <variant>
#include <vector>

/// Liquibase's changelogs: formatted SQL, XML, YAML and JSON, as one form.
namespace taffrail::sources::migrations {

/// SQL of a change as written, with what goes into its old checksum.
struct LiquibaseSql {
    QByteArray text;
    QByteArray delimiter = "null";
    bool splits = true;
    bool strips = true;
};

struct LiquibaseChangeSet {
    QByteArray id, author;
    QByteArray logicalPath; ///< "" = that of its changelog
    QByteArray dbms, contexts, labels, comment;
    bool runsOnChange = false, runsAlways = false, isIgnored = false;
    QByteArrayList validSums; ///< "ANY" or stored checksums that count as valid
    std::vector<LiquibaseSql> raw; ///< one per change, when all of them are SQL
    bool isRawOnly = true; ///< a checksum can be computed
    std::optional<QByteArray> sql; ///< what runs, also of changes that are not SQL; nothing: part of it is code
    QString opaque; ///< why there is no `sql`
    int line = 1; ///< of the file where `sql` begins; 1 for what was made from other forms
    std::optional<QByteArray> down; ///< statements of the way back as far as they are SQL
    Reversible reversible = Reversible::Unknown;
    QString wayBack; ///< why there is none
};

struct LiquibaseInclude {
    QByteArray path;
    bool isAll = false; ///< every file of a folder
    bool isRelative = false; ///< to the file that includes
};

struct LiquibaseChangelog {
    QByteArray logicalPath;
    std::vector<std::variant<LiquibaseChangeSet, LiquibaseInclude>> entries;
    QString fault; ///< why it could not be read to its end
};

/// Nothing when the text is no changelog. `name` tells the form.
std::optional<LiquibaseChangelog> liquibaseChangelogOf(const QByteArray &name, const QByteArray &content);

/// The parts of it, each in a file of its own.
std::optional<LiquibaseChangelog> formattedSqlChangelog(const QByteArray &content);
std::optional<LiquibaseChangelog> treeChangelog(const QByteArray &name, const QByteArray &content);

/// One node of an XML, YAML or JSON changelog.
struct ChangeNode {
    QByteArray name, text;
    std::vector<std::pair<QByteArray, QByteArray>> attributes;
    std::vector<ChangeNode> children;

    QByteArray value(const char *attribute) const; ///< of an attribute, or of a child that is only text
    const ChangeNode *child(const char *childName) const;
    /// Children of this name, also those below a list such as "columns".
    std::vector<const ChangeNode *> all(const char *childName) const;
};

/// PostgreSQL's statements for one change, enough to judge it by; nothing for what is code or lies elsewhere.
std::optional<QByteArray> statementsOf(const ChangeNode &change);
/// Whether Liquibase can take this change back by itself.
bool isTurnedRound(const QByteArray &change);

/// The stored form of today's versions ("9:…") and of those before 4.22 ("8:…"); "" when it can't be known.
QByteArray liquibaseSumV9(const std::vector<LiquibaseSql> &changes);
QByteArray liquibaseSumV8(const std::vector<LiquibaseSql> &changes);

} // namespace taffrail::sources::migrations
