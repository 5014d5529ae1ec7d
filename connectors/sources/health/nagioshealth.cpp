// SPDX-License-Identifier: GPL-3.0-or-later
#include "backupsupport.h"
#include "healthsupport.h"
#include "nagiosoutput.h"
#include "registry.h"

#include "text.h"

#include <QFileInfo>

namespace taffrail::sources {

namespace {

using namespace std::chrono_literals;

QStringList pluginOf(const SourceEntry &entry)
{
    return entry.options.value(QStringLiteral("plugin")).toStringList();
}

/// What people call this check: its option, or the program.
QString nameOf(const SourceEntry &entry)
{
    const QString name = optionText(entry, "name");
    return name.isEmpty() ? QFileInfo(pluginOf(entry).value(0)).fileName() : name;
}

std::vector<Request> nagiosRequests(const SourceEntry &entry, const Replies &soFar)
{
    const QStringList words = pluginOf(entry);
    if (!soFar.empty() || words.isEmpty() || words.first().isEmpty())
        return {};
    ShellPart part;
    // Where distributions keep the plugins; a name without a folder is found there.
    part.script = "PATH=$PATH:/usr/lib/nagios/plugins:/usr/lib64/nagios/plugins:/usr/local/lib/nagios/plugins:"
                  "/usr/lib/monitoring-plugins\n";
    for (const QString &word : words)
        part.script += shellQuoted(word) + ' ';
    part.script.back() = '\n';
    part.limit = 20s;
    part.maxBytes = 64 * 1024;
    std::vector<Request> requests;
    for (const QString &host : entry.hosts)
        requests.push_back({QStringLiteral("plugin"), host, part, Lane::Fast});
    return requests;
}

void readPlugin(const SourceEntry &entry, const Reply &reply, HealthReport &report)
{
    const QString subject = nameOf(entry);
    const ShellReply *shell = reply.as<ShellReply>();
    if (!shell) {
        report.checks.push_back(unknownCheck("nagios.plugin", subject, reply.subject, reasonOf(&reply)));
        return;
    }
    const NagiosOutput output = readNagiosOutput(*shell);
    HealthCheck check = makeCheck("nagios.plugin", subject, reply.subject, output.status, output.text);
    check.hint = output.details;
    report.checks.push_back(std::move(check));
    for (const NagiosValue &value : output.values) {
        const QString name = subject.isEmpty() ? value.label : subject + QLatin1Char(' ') + value.label;
        if (!value.value) {
            report.checks.push_back(unknownCheck("nagios.value", name, reply.subject,
                                                 QStringLiteral("the plugin could not find its value")));
            continue;
        }
        // The plugin itself has judged; its figures are shown beside its word, not judged again.
        HealthCheck figure = makeCheck("nagios.value", name, reply.subject, Status::Ok,
                                       QStringLiteral("is %1 %2").arg(value.shown, value.unit).trimmed());
        figure.value = value.value;
        figure.unit = value.unit;
        figure.warning = value.warning;
        figure.critical = value.critical;
        report.checks.push_back(std::move(figure));
    }
    if (output.isCut)
        report.notes << QStringLiteral("%1: more figures than are shown").arg(reply.subject);
}

Result<Value> parseNagios(const SourceEntry &entry, const Replies &replies, const Context &)
{
    HealthReport report;
    report.source = QStringLiteral("nagios");
    const Error *first = nullptr;
    bool hasAnswer = false;
    for (const Reply &reply : replies) {
        first = first ? first : reply.error();
        hasAnswer = hasAnswer || reply.as<ShellReply>();
        readPlugin(entry, reply, report);
    }
    if (!hasAnswer)
        return failure(first ? *first
                             : Error{ErrorKind::BadData,
                                     QStringLiteral("parse"),
                                     entry.id,
                                     QStringLiteral("there is no answer to read"),
                                     {}});
    sortChecks(report);
    return Value(std::move(report));
}

} // namespace

const Source nagiosSource{
    PaneKind::Health,
    "nagios",
    "any Nagios, Icinga or monitoring plugin",
    true,
    false,
    {
        {"plugin", "array", true, "the program and its arguments, each a word of its own",
         R"("minItems":1,"items":{"type":"string"})"},
        {"name", "string", false, "what to call it; otherwise the program's name"},
    },
    {"plugin"},
    nagiosRequests,
    parseNagios,
    nullptr,
    "the right to run the plugin, as the login itself",
};

} // namespace taffrail::sources
