// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configentries.h"

#include <QHash>
#include <QMap>

namespace taffrail::sources {

/// One package as a lock file names it.
struct LockedPackage {
    QString name;
    QString version; ///< "4.17.21"; with its origin when that is not the registry: "1.2.0 (git https://… @ 8f3c…)"
    QString integrity; ///< what the file says its bytes hash to; "" = nothing
    QString note; ///< "dev"
    int line = 0;
    bool isMain = false; ///< the one that the project itself sees, where the format says so
};

/// Gathers the packages of one lock file and gives them keys that compare well: `lodash` is the version that the
/// project sees (else the highest one), `lodash@3` are further ones by compatible series (0.x: by the second number),
/// several of one series joined by ", ". So a further version is one more row, and never renames the others. Behind
/// each, `lodash.integrity` is what the file says of its bytes, unless the entry says "integrity": false.
class LockedVersions {
public:
    void add(LockedPackage package);
    bool isEmpty() const { return m_packages.isEmpty(); }
    /// Appends the entries by name.
    void write(ParsedConfig &parsed, const SourceEntry &entry) const;

private:
    QMap<QString, std::vector<LockedPackage>> m_packages;
};

/// By numbers where both have them ("10" > "9"), a release above its pre-releases, else as text.
int compareVersions(const QString &left, const QString &right);
/// Several hashes as one value: itself when it is alone, else their count and the SHA-256 of the sorted list.
QString joinedHashes(QStringList hashes);

} // namespace taffrail::sources
