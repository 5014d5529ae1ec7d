// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMap>
#include <QStringList>

#include <tl/expected.hpp>

namespace taffrail {

/// Exit codes beside those of status: sysexits.h where it has one.
namespace exitcode {
inline constexpr int usage = 64;
inline constexpr int badData = 65;
inline constexpr int unreachable = 69;
inline constexpr int internal = 70;
inline constexpr int lockHeld = 75;
inline constexpr int refused = 77;
inline constexpr int interrupted = 130;
} // namespace exitcode

/// What was asked for, read from the arguments.
struct CommandLine {
    QString verb; ///< "" = open the console
    QStringList operands;
    QStringList inventoryFiles; ///< --inventory, repeatable
    bool json = false;
    bool watch = false;
    bool values = false; ///< status --json --values
    bool acceptNewHostKeys = false;
    bool help = false;
    bool version = false;
    bool resetLayout = false;
    bool startupTime = false; ///< --startup-time: print milliseconds from process start to the first paint, then quit
    bool plan = false; ///< rollback --plan
    QString app; ///< rollback --app: application or deployments entry
    QString to; ///< rollback --to RELEASE; "" = the suggested one
    QString confirm; ///< rollback --confirm ENV
    QString planDigest; ///< rollback --plan-digest D
    QString reason; ///< rollback --reason TEXT
    QMap<QString, QString> accepted; ///< rollback --accept GATE=REASON, repeatable
    QString attach, abort, proceed, retry; ///< rollback --attach|--abort|--continue|--retry RUN
    QString backup; ///< drill --backup ID; "" = the newest usable
    QString host; ///< drill --host HOST; "" = the entry's
    QString target; ///< drill --target immediate|latest; "" = immediate
    bool list = false; ///< drill --list
    bool sweep = false; ///< drill --sweep
    QString format; ///< audit export --format jsonl|markdown
    QString output; ///< audit export --output FILE
    QStringList sources; ///< compare --source S, repeatable: config entries; drill --source: backups entry
    QString reference; ///< compare --reference ENV; "" = the first
    QString view; ///< compare: unexpected (default) | differences | everything | missing | secrets
    QStringList strict; ///< compare --strict NAME,…: normalisers that are switched off
    QStringList hostNames; ///< compare --host-names REGEX, repeatable
    bool markdown = false; ///< compare, readiness --markdown
    bool csv = false; ///< compare --csv
    QString html, pdf; ///< compare --html FILE, --pdf FILE
    QString expectedFile; ///< compare --expected FILE
    bool baseline = false; ///< compare ENV --baseline
    bool saveBaseline = false; ///< compare ENV --save-baseline
    QString at; ///< parse --at TIME
    int replyExitCode = 0; ///< parse --exit-code N
    QString stderrFile; ///< parse --stderr FILE
    QString options; ///< parse --options JSON
    QMap<QString, QString> parts; ///< parse --part NAME=FILE
    QString screenshot; ///< --screenshot FILE: save a picture once everything was read, then quit
    QString theme; ///< --theme light|dark|auto
    QString page; ///< --page board|environment|compare|connections
    QString environment; ///< --environment ID: which one the Environment page shows
    QString size; ///< --size WIDTHxHEIGHT of the window, for pictures
};

/// Reads the arguments (without the program's name). The error is one line for standard error.
tl::expected<CommandLine, QString> readCommandLine(const QStringList &arguments);
/// The text of `taffrail help [VERB]`.
QString helpText(const QString &verb = {});
/// Verbs that need no window system.
bool isHeadless(const CommandLine &line);

} // namespace taffrail
