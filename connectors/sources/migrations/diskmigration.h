// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationfiles.h"
#include "migrations.h"

/// Migrations as their files tell them, and what many tools' files have in common.
namespace taffrail::sources::migrations {

/// One migration of a checkout.
struct DiskMigration {
    QByteArray key; ///< equal to the key of its row
    QString version; ///< the tool's id, as the tool would write it
    QString name;
    const FileRoot *root = nullptr;
    const MigrationFile *file = nullptr; ///< what is run
    std::optional<QByteArray> sql; ///< the statements that "up" runs; none: not SQL, or not read whole
    int line = 1; ///< of `file` where `sql` begins
    QString opaque; ///< why there is no `sql`: "a Go migration"
    std::optional<QByteArray> down; ///< the statements of the way back
    Reversible reversible = Reversible::Unknown;
    QString note;
    bool isRepeatable = false; ///< it runs again when its content changes
    bool isSkipped = false; ///< the tool passes over it here; `note` says why
    bool isUnsure = false; ///< its text is not known, and its name alone does not tell whether it is the tool's
    std::vector<QByteArray> checksums; ///< of the file as it is now, any of which fits; empty = not known
};

using Roots = std::vector<const FileRoot *>;

/// Every file of the roots that fits, in the order of the paths; one that several roots carry only once.
struct FoundFile {
    const FileRoot *root = nullptr;
    const MigrationFile *file = nullptr;
};
std::vector<FoundFile> filesFitting(const Roots &roots, bool (*fits)(const FileRoot &root, const MigrationFile &file));

/// Sets what is run from the whole file; without the whole file, nothing is known of it.
void takeSql(DiskMigration &disk, const MigrationFile &file);
/// Sets the way back from a file of its own (null: there is none) that is called `what` ("down file").
void takeDown(DiskMigration &disk, const MigrationFile *file, const QString &what);
/// The same from the text of a section; nothing: there is none.
void takeDownText(DiskMigration &disk, const std::optional<QByteArray> &text, const QString &what);
/// One that is code: unknown, and said so.
void takeCode(DiskMigration &disk, const QString &what);

/// Whether anything runs: something other than comments, blanks and a bare transaction.
bool hasStatements(const QByteArray &sql);
/// The text without SQL comments; strings and dollar quotes stay.
QByteArray withoutComments(const QByteArray &sql);

/// Two parts of one file, told by lines such as "-- +goose Up".
struct Sections {
    std::optional<QByteArray> up, down;
    int upLine = 1; ///< where `up` begins
    QByteArray options; ///< what stands behind the word on the up line
};
/// `marker` captures the word (up, down) and the rest of the line; other words end no section.
Sections sectionsOf(const QByteArray &content, const char *marker);

bool isAllDigits(const QByteArray &text);
/// Digits without leading zeros; other text as it is.
QByteArray plainNumber(const QByteArray &digits);
/// Numbers by value; what is none comes after, by bytes.
bool numberBefore(const QByteArray &left, const QByteArray &right);
bool textBefore(const QByteArray &left, const QByteArray &right);
/// std::map's order for the same.
struct NumberLess {
    bool operator()(const QByteArray &left, const QByteArray &right) const { return numberBefore(left, right); }
};

/// "/name of the root/folders/", to look for a folder's name in.
QByteArray placeOf(const FileRoot &root, const MigrationFile &file);
/// A file that says of itself which other tool it belongs to ("-- +goose Up", "-- migrate:up" …); `own` is not foreign.
bool isMarkedForAnother(const MigrationFile &file, const char *own = "");
/// The content with line ends as Unix and as Windows write them, when they differ from what stands there.
std::vector<QByteArray> withOtherLineEnds(const QByteArray &content);

/// The body of a method in a language with braces: from the brace after `start` (a regular expression) to the one that
/// closes it; comments and strings do not count. Nothing when there is no such method.
std::optional<QByteArray> bracedBody(const QByteArray &content, const char *start);
/// The same text without comments (//, /* */, #), for deciding whether a body does anything.
QByteArray withoutBracedComments(const QByteArray &code);

} // namespace taffrail::sources::migrations
