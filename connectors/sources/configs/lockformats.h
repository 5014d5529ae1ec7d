// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lockedversions.h"

/// What package managers of languages write down of the versions they chose. Keys are names of packages (see
/// LockedVersions), beside them `metadata.…` for what the file says of itself. Only what is installed is compared: a
/// package's own list of wishes is not.
namespace taffrail::sources {

enum class LockFormat {
    Requirements,
    Poetry, ///< and uv.lock, pdm.lock
    Pipfile,
    Gemfile,
    Npm, ///< package-lock.json, npm-shrinkwrap.json; versions 1 to 3
    Yarn, ///< version 1 and Berry
    Pnpm,
    Composer,
    GoSum,
    GoMod,
    Cargo,
};

/// "requirements", "poetry", … as the option `format` says them.
std::optional<LockFormat> lockFormatFromWord(const QString &word);
/// By what it says of itself; nothing when nothing is typical.
std::optional<LockFormat> lockFormatOfText(const QByteArray &bytes);
/// By its file name; nothing for an unknown one.
std::optional<LockFormat> lockFormatOfName(const QString &path);

/// One lock file. The format is the option `format`, else what the text shows, else what the name in `path` says.
ParsedConfig parseLockfile(const QByteArray &bytes, const SourceEntry &entry);

/// requirements.txt, with -r, -c and the other options as `options.…`. Names by PEP 503: Flask_Login is flask-login.
ParsedConfig parseRequirements(const QByteArray &bytes, const SourceEntry &entry);
ParsedConfig parseGemfileLock(const QByteArray &bytes, const SourceEntry &entry);
/// Only modules whose content is listed: those with a /go.mod line alone were looked at, not built.
ParsedConfig parseGoSum(const QByteArray &bytes, const SourceEntry &entry);
ParsedConfig parseGoMod(const QByteArray &bytes, const SourceEntry &entry);
ParsedConfig parseNpmLock(const QByteArray &bytes, const SourceEntry &entry);
ParsedConfig parseComposerLock(const QByteArray &bytes, const SourceEntry &entry);
ParsedConfig parsePipfileLock(const QByteArray &bytes, const SourceEntry &entry);
ParsedConfig parseYarnLock(const QByteArray &bytes, const SourceEntry &entry);
ParsedConfig parsePnpmLock(const QByteArray &bytes, const SourceEntry &entry);
/// poetry.lock and its kin.
ParsedConfig parsePoetryLock(const QByteArray &bytes, const SourceEntry &entry);
ParsedConfig parseCargoLock(const QByteArray &bytes, const SourceEntry &entry);

/// A name by PEP 503.
QString pythonName(const QString &name);

} // namespace taffrail::sources
