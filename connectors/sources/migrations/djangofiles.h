// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationreader.h"

#include <map>

/// The migrations that a Django project's files declare.
namespace taffrail::sources::migrations {

struct DjangoKey {
    QByteArray app, name;

    bool operator==(const DjangoKey &other) const { return app == other.app && name == other.name; }
    bool operator<(const DjangoKey &other) const { return app != other.app ? app < other.app : name < other.name; }
    QString shown() const; ///< "app.name"
};

struct DjangoMigration {
    QList<DjangoKey> dependencies;
    QList<DjangoKey> replaces; ///< a squash
    Reversible reversible = Reversible::Unknown;
    bool isAtomic = true;
};

/// Folder of the app: the part before "…/migrations"; "" when the file is in no such folder.
QByteArray djangoFolder(const FileRoot &root, const MigrationFile &file);
bool isDjangoFile(const FileRoot &root, const MigrationFile &file);
/// By app label and name. The label is the folder's name, unless the files' own dependencies call it otherwise.
std::map<DjangoKey, DjangoMigration> djangoMigrations(const std::vector<RootedFile> &files);
/// Dependencies before dependents; what is part of a circle comes last.
std::vector<DjangoKey> djangoOrder(const std::map<DjangoKey, DjangoMigration> &migrations);

} // namespace taffrail::sources::migrations
