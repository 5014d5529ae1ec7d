// SPDX-License-Identifier: GPL-3.0-or-later
// taffrail sources: what can be read, what it needs, what can be done through it.
#include "codec.h"
#include "commands.h"
#include "drilltool.h"
#include "executor.h"
#include "source.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace taffrail {

namespace {

/// "rollback" where an executor has the source's name, "drill" where its backups can be tried, and what the source
/// itself names.
QStringList actsOf(const sources::Source &source)
{
    QStringList acts = QString::fromLatin1(source.acts).split(QLatin1Char(' '), Qt::SkipEmptyParts);
    const bool hasExecutor = std::ranges::any_of(executors::allExecutors(), [&](const executors::Executor *executor) {
        return source.pane == PaneKind::Deployments && qstrcmp(executor->method, source.name) == 0;
    });
    if (hasExecutor && !acts.contains(QStringLiteral("rollback")))
        acts.prepend(QStringLiteral("rollback"));
    if (source.pane == PaneKind::Backups && drills::drillableSources().contains(QString::fromLatin1(source.name)))
        acts.append(QStringLiteral("drill"));
    return acts;
}

codec::Json jsonOf(const sources::Source &source)
{
    codec::Json options = codec::Json::array();
    for (const sources::Option &option : source.options) {
        options.push_back({{"name", option.name},
                           {"type", option.type},
                           {"required", option.required},
                           {"description", option.description}});
    }
    codec::Json acts = codec::Json::array();
    for (const QString &act : actsOf(source))
        acts.push_back(act.toStdString());
    return {{"pane", paneWord(source.pane).toStdString()},
            {"source", source.name},
            {"title", source.title},
            {"needs_hosts", source.needsHosts},
            {"needs_database", source.needsDatabase},
            {"rights", source.rights ? codec::Json(source.rights) : codec::Json(nullptr)},
            {"acts", std::move(acts)},
            {"options", std::move(options)},
            {"parts", source.parts}};
}

/// Two to three lines a source: a table of all that would be wider than any terminal.
QString textOf(const sources::Source &source)
{
    QStringList options;
    if (source.needsHosts)
        options << QStringLiteral("hosts*");
    if (source.needsDatabase)
        options << QStringLiteral("database*");
    for (const sources::Option &option : source.options)
        options << QString::fromLatin1(option.name) + (option.required ? QStringLiteral("*") : QString());
    const QStringList acts = actsOf(source);
    QString text
        = QStringLiteral("  %1 %2%3\n")
              .arg(QString::fromLatin1(source.name), -18)
              .arg(QString::fromLatin1(source.title),
                   acts.isEmpty() ? QString() : QStringLiteral(" [read, %1]").arg(acts.join(QStringLiteral(", "))));
    if (source.rights)
        text += QStringLiteral("%1needs: %2\n").arg(QString(), 21).arg(QString::fromLatin1(source.rights));
    if (!options.isEmpty())
        text += QStringLiteral("%1options: %2\n").arg(QString(), 21).arg(options.join(QStringLiteral(", ")));
    return text;
}

} // namespace

int runSources(const CommandLine &line)
{
    if (line.json) {
        codec::Json list = codec::Json::array();
        for (const sources::Source *source : sources::allSources())
            list.push_back(jsonOf(*source));
        print(QString::fromUtf8(codec::jsonText({{"version", codec::version}, {"sources", list}}, 2))
              + QLatin1Char('\n'));
        return 0;
    }
    std::optional<PaneKind> pane;
    for (const sources::Source *source : sources::allSources()) {
        if (pane != source->pane)
            print(QStringLiteral("%1%2 (* = required)\n")
                      .arg(pane ? QStringLiteral("\n") : QString(), paneWord(source->pane)));
        pane = source->pane;
        print(textOf(*source));
    }
    return 0;
}

} // namespace taffrail
