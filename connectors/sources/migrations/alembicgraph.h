// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationreader.h"

#include <map>
#include <set>

/// The revisions that Alembic's files declare.
namespace taffrail::sources::migrations {

struct AlembicRevision {
    QByteArray id;
    QString name;
    QList<QByteArray> down; ///< parents; empty = a base, several = a merge
    QList<QByteArray> depends; ///< must be applied too
    Reversible reversible = Reversible::Unknown;
};

/// One file's declaration; nothing when it is no revision.
std::optional<AlembicRevision> alembicRevisionOf(const MigrationFile &file);

class AlembicGraph {
public:
    /// The first of two revisions with one id stands. Returns false for the second.
    bool add(const AlembicRevision &revision);
    bool isEmpty() const { return m_revisions.empty(); }
    const AlembicRevision *find(const QByteArray &id) const;
    /// Parents before children; what is part of a circle comes last.
    std::vector<const AlembicRevision *> ordered() const;
    /// The given ids and everything below them; ids that are not on disk are left out.
    std::set<QByteArray> withAncestors(const std::set<QByteArray> &ids) const;
    /// Revisions that nothing stands on.
    std::set<QByteArray> heads() const;
    /// Ids that a file names but no file carries.
    std::set<QByteArray> dangling() const;

private:
    QList<QByteArray> parentsOf(const AlembicRevision &revision) const;
    QByteArray resolved(const QByteArray &id) const;
    std::map<QByteArray, AlembicRevision> m_revisions;
};

} // namespace taffrail::sources::migrations
