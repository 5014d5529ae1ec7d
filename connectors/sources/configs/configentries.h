// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configfiles.h"

/// How the readers of packages, lock files, databases and the like put entries together.
namespace taffrail::sources {

/// More than this no source shows of one file or database; a note says so.
inline constexpr qsizetype mostConfigEntries = 50'000;

/// Appends one entry. Over mostConfigEntries it is left out, and a note says so once.
void addEntry(ParsedConfig &parsed, const QString &key, const QString &value, int line = 0,
              ConfigType type = ConfigType::Text, const QString &note = {});
/// A BadData error for what stands on `line` (from 1; 0 = nowhere in particular). Sets it once: the first one counts.
void addError(ParsedConfig &parsed, int line, const QString &text);
/// A note, once.
void addNote(ParsedConfig &parsed, const QString &text);

/// UTF-8 as it is. A byte that is none becomes \xE9, so that two different ones stay different.
QString exactText(const QByteArray &bytes);
/// The text without a byte order mark, lines without their carriage return, NUL as \x00.
QByteArrayList linesWithoutReturn(const QByteArray &bytes);
/// Line (from 1) of the first conflict marker that a merge left in the file; 0 = there is none.
int conflictLine(const QByteArray &bytes);

/// settleSecrets() for entries whose keys are names of packages, tables or tools, where "cookie" or "passwd" is no
/// secret: mask tokens become marks and the fingerprint, and what looks like a secret by its shape is masked.
void settleShapes(ConfigEntry &entry);

/// Replies of shell parts that are not files: each host's through `parse`, entries settled by `settle`. A host that did
/// not answer is a ConfigFile without path that carries the error, so that nothing of it counts as missing. The error
/// when no host answered.
Result<Value> configSetOfShell(const SourceEntry &entry, const Replies &replies, ConfigParser parse,
                               void (*settle)(ConfigEntry &));
/// Why a shell reply holds no answer: its error, an absent tool, a limit that passed; nothing when it has one.
std::optional<Error> shellError(const Reply &reply, const QString &step);

} // namespace taffrail::sources
