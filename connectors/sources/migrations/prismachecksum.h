// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationfiles.h"

namespace taffrail::sources::migrations {

/// In lower case.
QByteArray sha256Hex(const QByteArray &content);

enum class ChecksumFit { Same, Differs, NotKnown };
/// Against Prisma's stored SHA-256 of migration.sql. Line ends may differ either way, and older versions wrote each
/// byte without its leading zero.
ChecksumFit prismaChecksumFits(const MigrationFile &file, const QByteArray &stored);

} // namespace taffrail::sources::migrations
