// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationreader.h"

#include <compare>
#include <map>

/// Flyway's files: names, versions and checksums.
namespace taffrail::sources::migrations {

/// A version: integers between dots; 1.5 < 1.10 and 1 = 1.0.
class FlywayVersion {
public:
    FlywayVersion() = default;
    explicit FlywayVersion(const QByteArray &text); ///< "1.2", or "1_2" as in a file name

    std::strong_ordering operator<=>(const FlywayVersion &other) const;
    bool operator==(const FlywayVersion &other) const { return std::is_eq(*this <=> other); }

private:
    QList<QByteArray> m_parts; ///< digits without leading zeros; no empty part at the end
};

struct FlywayFiles {
    struct Versioned {
        QByteArray version; ///< with dots
        QByteArray description;
        const MigrationFile *file = nullptr;
    };
    std::map<FlywayVersion, Versioned> versioned; ///< V…__….sql
    std::map<FlywayVersion, const MigrationFile *> undo; ///< U…__….sql
    std::map<QByteArray, const MigrationFile *> repeatable; ///< R__….sql by description
    QStringList twice; ///< versions that two files carry
};
bool isFlywayFile(const FileRoot &root, const MigrationFile &file);
FlywayFiles flywayFiles(const std::vector<RootedFile> &files);

/// CRC-32 over the lines without their ends and without a byte order mark; nothing when it can't be known.
std::optional<qint32> flywayChecksum(const MigrationFile &file);
/// True when `stored` is the checksum of the same text hashed with its line ends.
bool differsInLineEndsOnly(const MigrationFile &file, qint32 stored);

} // namespace taffrail::sources::migrations
