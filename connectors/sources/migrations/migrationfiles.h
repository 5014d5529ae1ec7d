// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

#include <optional>

/// The migration files of a checkout on a host, read in one trip.
namespace taffrail::sources::migrations {

/// One line of an entry's option "files".
struct FilesSpec {
    QString host;
    QString path; ///< absolute
    QString table; ///< "" or the history table that these files belong to

    QString shown() const { return host + QLatin1Char(':') + path; }
};
/// The option "files" (an object or a list of them); an Error names what is wrong.
Result<std::vector<FilesSpec>> filesOf(const SourceEntry &entry);

struct MigrationFile {
    QByteArray path; ///< relative to the root, without "./"
    qint64 size = 0;
    QByteArray content; ///< the first bytes; all of them when isWhole
    bool isRead = false;
    bool isWhole = false;

    QByteArray name() const; ///< last part of the path
    QByteArray folder() const; ///< the path without the last part, "" for a file of the root
};

/// One checkout.
struct FileRoot {
    FilesSpec spec;
    std::vector<MigrationFile> files; ///< sorted by path
    std::optional<Error> error; ///< the files are not known
    QStringList notes;

    QByteArray rootName() const; ///< last part of the path
    QByteArray rootParent() const; ///< the part before it
};

/// The text that lists and reads the files of `tool` ("" = of every tool that is read). At most 5000 files, 6 levels,
/// 64 KiB of a file, about 1 MiB in all; beyond it the beginnings of the files, then only their names. It begins with
/// the stamp of stampScript().
QByteArray filesScript(const QString &path, const QString &tool);
/// The text that tells whether any of these files changed, without reading one: a checksum over their names, sizes,
/// times and inodes.
QByteArray stampScript(const QString &path, const QString &tool);
/// The stamp of an answer to either script; "" when there is none.
QByteArray stampOf(const Reply &reply);
FileRoot readFiles(const FilesSpec &spec, const Reply &reply);

} // namespace taffrail::sources::migrations
