// SPDX-License-Identifier: GPL-3.0-or-later
// audit list, verify, export: the record of what people did.
#include "auditexport.h"
#include "commands.h"
#include "runner.h"
#include "savefile.h"
#include "text.h"
#include "texttable.h"

#include <algorithm>

namespace taffrail {

namespace {

constexpr int listed = 100;

int show(AuditLog &log, bool asJson)
{
    AuditQuery query;
    query.limit = listed;
    auto entries = log.list(query);
    if (!entries) {
        complain(sentence(entries.error()));
        return exitcode::unreachable;
    }
    std::ranges::reverse(*entries); // the newest is next to the prompt
    TextTable table({QStringLiteral("SEQ"), QStringLiteral("TIME"), QStringLiteral("WHO"), QStringLiteral("WHAT"),
                     QStringLiteral("ENVIRONMENT"), QStringLiteral("OBJECT")});
    for (const AuditEntry &entry : *entries) {
        if (asJson)
            print(QString::fromUtf8(auditJsonLine(entry)));
        else
            table.add({QString::number(entry.seq), rfc3339(entry.time()), entry.actor, entry.action, entry.environment,
                       entry.object});
    }
    if (!asJson)
        print(table.isEmpty() ? QStringLiteral("The audit is empty.\n") : table.text());
    return 0;
}

int verify(AuditLog &log)
{
    const auto verdict = log.verify();
    if (!verdict) {
        complain(sentence(verdict.error()));
        return exitcode::unreachable;
    }
    if (!*verdict) {
        print(QStringLiteral("The chain is broken at entry %1: %2\n")
                  .arg(verdict->error().seq)
                  .arg(sanitized(verdict->error().why)));
        return 2;
    }
    print(QStringLiteral("The chain is whole: %1 entries, head %2\n")
              .arg((*verdict)->seq)
              .arg(QString::fromLatin1((*verdict)->hash.toHex())));
    return 0;
}

int exportAll(AuditLog &log, const CommandLine &line)
{
    const auto text = auditText(log, line.format.isEmpty() ? QStringLiteral("jsonl") : line.format);
    const auto saved = text && !line.output.isEmpty() ? saveFile(line.output, *text) : Result<void>();
    if (!text || !saved) {
        complain(sentence(text ? saved.error() : text.error()));
        return exitcode::unreachable;
    }
    if (line.output.isEmpty())
        print(QString::fromUtf8(*text));
    return 0;
}

} // namespace

int runAudit(const CommandLine &line)
{
    const QString act = line.operands.first();
    if (act != QLatin1String("list") && act != QLatin1String("verify") && act != QLatin1String("export")) {
        complain(QStringLiteral("audit takes list, verify or export, not \"%1\"").arg(act));
        return exitcode::usage;
    }
    auto log = AuditLog::open(AuditLog::defaultPath(), personHere());
    if (!log) {
        complain(sentence(log.error()));
        return exitcode::unreachable;
    }
    if (!(*log)->notice().isEmpty())
        complain((*log)->notice());
    if (act == QLatin1String("list"))
        return show(**log, line.json);
    return act == QLatin1String("verify") ? verify(**log) : exportAll(**log, line);
}

} // namespace taffrail
