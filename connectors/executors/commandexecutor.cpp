// SPDX-License-Identifier: GPL-3.0-or-later
#include "restartlook.h"
#include "stepscript.h"

#include <QStringList>

namespace taffrail::executors {

namespace {

using sources::shellQuoted;

Result<sources::ShellPart> look(const HostSwitch &part)
{
    if (part.policy.command.isEmpty())
        return failure(ErrorKind::BadConfig, QStringLiteral("plan"), part.entry.id,
                       QStringLiteral("\"rollback\" names no \"command\""),
                       QStringLiteral("Name your rollback program and its arguments."));
    return sources::ShellPart{"command -v -- " + shellQuoted(part.policy.command.first())
                                  + " >/dev/null 2>&1 && echo FOUND || echo MISSING\n" + restartLook(part.policy),
                              std::chrono::milliseconds(5'000), 4096};
}

StepScript calling(const HostSwitch &part)
{
    StepScript script;
    const auto give = [&](const char *name, const QString &value) {
        script.prelude("export TAFFRAIL_" + QByteArray(name) + '=' + shellQuoted(value) + '\n');
    };
    give("ENVIRONMENT", part.environment);
    give("APP", part.entry.options.value(QStringLiteral("app"), part.entry.id).toString());
    give("HOST", part.host);
    give("FROM", part.from.id);
    give("TO", part.to.id);
    give("FROM_REVISION", part.from.revision);
    give("TO_REVISION", part.to.revision);
    QByteArray words;
    for (const QString &word : part.policy.command)
        words += (words.isEmpty() ? "" : " ") + shellQuoted(word);
    const auto shown = [](const QString &value) { return QString::fromUtf8(shellQuoted(value)); };
    const QByteArray limit = QByteArray::number(qint64(part.policy.commandLimit.count()));
    // The program finds its input empty, so that nothing that asks can wait for an answer. 124 and 137 may be its own
    // words, unless its time was over; time is counted by the clock that nobody sets.
    // Codes that have a meaning between host and console are no word of the program's about it.
    const QByteArray run = "tf_since=$(cut -d . -f 1 /proc/uptime)\ntf_within " + limit + ' ' + words
        + "\n[ \"$tf_code\" = 0 ] || {\ncase $tf_code in 124|137) [ $(($(cut -d . -f 1 /proc/uptime)-tf_since+1)) -lt "
        + limit + " ] || tf_fail " + QByteArray::number(stepexit::tooLong) + " 'it did not end within " + limit
        + " s, and was ended' ;; esac\necho \"it ended with exit code $tf_code\"\n"
          "case $tf_code in 7[4579]|9[0-9]) exit 1 ;; *) exit \"$tf_code\" ;; esac\n}";
    script.step(QStringLiteral("run %1").arg(part.policy.command.first()), run,
                QStringLiteral("TAFFRAIL_FROM=%1 TAFFRAIL_TO=%2 %3")
                    .arg(shown(part.from.id), shown(part.to.id), QString::fromUtf8(words)));
    addRestart(script, part.policy, QStringLiteral("/"));
    return script;
}

Result<HostSteps> steps(const HostSwitch &part, const sources::ShellReply &looked)
{
    if (!looked.out.split('\n').contains("FOUND"))
        return failure(ErrorKind::NotFound, QStringLiteral("plan"), part.host,
                       QStringLiteral("there is no program %1").arg(part.policy.command.value(0)),
                       QStringLiteral("Put your rollback program there, and let the sign-in user execute it."));
    const Result<QStringList> restart = restartWarnings(part, looked.out.split('\n'));
    if (!restart)
        return failure(restart.error());
    const StepScript script = calling(part);
    return HostSteps{script.steps(), script.text(), {}, *restart};
}

Result<CarriedPlace> carried(const HostSwitch &part, const QString &path)
{
    return failure(ErrorKind::Unsupported, QStringLiteral("plan"), part.entry.id,
                   QStringLiteral("where release %1 keeps %2 is not known").arg(part.to.id, path));
}

} // namespace

const Executor commandExecutor{"command", "A program of your own", look, steps, carried};

} // namespace taffrail::executors
