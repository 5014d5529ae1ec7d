// SPDX-License-Identifier: GPL-3.0-or-later
#include "drilltool.h"

#include "stepscript.h"
#include "text.h"

#include <QFile>

static void initDrillResources()
{
    Q_INIT_RESOURCE(drills); // a static library's resources are not found otherwise
}

namespace taffrail::drills {

namespace {

using namespace std::chrono_literals;
using sources::shellQuoted;

QByteArray part(const char *name)
{
    initDrillResources();
    QFile file(QStringLiteral(":/taffrail/drill/") + QLatin1String(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QByteArray assigned(const char *name, const QString &value)
{
    return QByteArray(name) + '=' + shellQuoted(value) + '\n';
}

QByteArray assigned(const char *name, qint64 value)
{
    return QByteArray(name) + '=' + QByteArray::number(value) + '\n';
}

/// One word to a shell, as a person would write it.
QString word(const QString &text)
{
    return isPlainPath(text) ? text : QString::fromUtf8(shellQuoted(text));
}

QString startShown(const DrillPlan &plan)
{
    return QStringLiteral(
               "%1/postgres -D %2/data -c listen_addresses= -c unix_socket_directories=%3 -c port=54399 "
               "-c archive_mode=off -c archive_command= -c primary_conninfo= -c shared_preload_libraries=%4 "
               "-c max_logical_replication_workers=0 -c autovacuum=off -c shared_buffers=64MB "
               "-c cluster_name=taffrail-drill …\nsocket %3 (0700), no port; connections wait for consistency")
        .arg(plan.binaries, plan.scratch, plan.socket, QString());
}

QString checksShown(const DrillPlan &plan)
{
    QStringList lines;
    for (const DrillCheck &check : plan.checks)
        lines << QStringLiteral("%1: %2").arg(check.name, check.sql);
    return lines.isEmpty() ? QStringLiteral("(no question is set)") : lines.join(QLatin1Char('\n'));
}

QByteArray checksShell(const DrillPlan &plan)
{
    QByteArray shell;
    for (size_t i = 0; i < plan.checks.size(); ++i)
        shell += "tf_check " + QByteArray::number(qsizetype(i) + 1) + ' '
            + shellQuoted(sanitizedLine(plan.checks[i].name.toUtf8(), 120)) + ' ' + shellQuoted(plan.checks[i].sql)
            + '\n';
    return shell + ":\n";
}

QByteArray preludeOf(const DrillSubject &subject, const DrillRestore &restore, const DrillTool &tool,
                     const DrillPlan &plan)
{
    const DrillPolicy &policy = subject.policy;
    return "tf_id=${TF_JOB##*/}\n" + assigned("tf_user", plan.user) + assigned("tf_folder", plan.folder)
        + assigned("tf_scratch", plan.scratch) + assigned("tf_bin", plan.binaries) + assigned("tf_major", plan.major)
        + assigned("tf_need", std::max<qint64>(0, plan.needBytes)) + assigned("tf_limit", qint64(policy.limit.count()))
        + assigned("tf_check_limit", qint64(policy.checkLimit.count())) + assigned("tf_preload", policy.preload)
        + assigned("tf_roles", tool.logical ? QStringLiteral("taffrail_drill") : policy.roles.join(QLatin1Char('\n')))
        + assigned("tf_target", drillTargetWord(plan.target)) + assigned("tf_database", plan.database)
        + assigned("tf_restore_command", restore.restoreCommand)
        + assigned("tf_recovery_start", restore.startsRecovery ? QStringLiteral("yes") : QString())
        + assigned("tf_logical", tool.logical ? QStringLiteral("yes") : QString()) + part("base.sh") + part("copies.sh")
        + part("course.sh");
}

} // namespace

LookLines lookLines(const QByteArray &out)
{
    LookLines lines;
    for (const QByteArray &line : out.split('\n')) {
        if (!line.startsWith("TFD "))
            continue;
        const qsizetype blank = line.indexOf(' ', 4);
        lines[QString::fromLatin1(line.mid(4, blank < 0 ? -1 : blank - 4))]
            << (blank < 0 ? QString() : QString::fromUtf8(line.mid(blank + 1)).trimmed());
    }
    return lines;
}

const DrillTool *drillToolFor(const QString &source)
{
    for (const DrillTool *tool :
         {&pgbackrestDrill, &barmanDrill, &baseBackupDrill, &dumpDrill, &resticDrill, &borgDrill}) {
        if (source == QLatin1String(tool->source))
            return tool;
    }
    return nullptr;
}

QStringList drillableSources()
{
    QStringList names;
    for (const DrillTool *tool :
         {&pgbackrestDrill, &barmanDrill, &baseBackupDrill, &dumpDrill, &resticDrill, &borgDrill})
        names << QString::fromLatin1(tool->source);
    return names;
}

sources::ShellPart lookPart(const DrillTool &tool, const DrillSubject &subject)
{
    return {assigned("tf_id", QStringLiteral("look")) + assigned("tf_user", subject.policy.user)
                + assigned("tf_folder", subject.policy.folder) + assigned("tf_scratch", subject.policy.folder)
                + assigned("tf_wanted_bin", subject.policy.binaries) + "tf_report() { :; }\n" + part("base.sh")
                + part("copies.sh") + "tf_look\n" + tool.look(subject) + "\n:\n",
            60s, 4 * 1024 * 1024};
}

DrillLook readLook(const DrillTool &tool, const DrillSubject &subject, const sources::ShellReply &reply)
{
    const LookLines lines = lookLines(reply.out);
    const auto text = [&lines](const char *key) { return lines.value(QLatin1String(key)).value(0); };
    DrillLook look;
    if (!lines.contains(QStringLiteral("become"))) {
        look.error = QStringLiteral("the host said nothing that can be read: %1")
                         .arg(sanitizedLine(reply.err.trimmed().isEmpty() ? reply.out : reply.err, 200));
        return look;
    }
    look.becomeTrouble = text("become") == QLatin1String("ok") ? QString() : sanitizedLine(text("become").toUtf8());
    for (const QString &line : lines.value(QStringLiteral("bin"))) {
        const int major = line.section(QLatin1Char(' '), 0, 0).toInt();
        if (major > 0)
            look.binaries.emplace_back(major, line.section(QLatin1Char(' '), 1));
    }
    look.folderThere = text("folder") == QLatin1String("yes");
    look.writable = text("writable") == QLatin1String("yes");
    look.readable = text("readable") == QLatin1String("yes");
    look.remote = text("remote") == QLatin1String("yes");
    bool isNumber = false;
    look.freeBytes = text("free").toLongLong(&isNumber);
    if (!isNumber)
        look.freeBytes = -1;
    look.inside = sanitizedLine(text("inside").toUtf8());
    look.busy = text("busy") == QLatin1String("yes");
    look.leftovers = text("leftovers").toInt();
    look.missing = lines.value(QStringLiteral("missing"));
    if (look.becomeTrouble.isEmpty())
        tool.read(subject, lines, look);
    return look;
}

void writeSteps(const DrillTool &tool, const DrillSubject &subject, const DrillLook &look, DrillPlan &plan)
{
    const DrillRestore restore = tool.restore(subject, look, plan);
    executors::StepScript script;
    script.prelude(preludeOf(subject, restore, tool, plan));
    script.step(QStringLiteral("preflight"), "tf_preflight",
                QStringLiteral("flock %1; sweep dead drills there; mkdir -m 0700 %2\nthe room must be free; owner %3")
                    .arg(plan.folder, plan.scratch, plan.user.isEmpty() ? QStringLiteral("the login") : plan.user));
    script.step(QStringLiteral("restore"), restore.shell, restore.shown);
    script.step(QStringLiteral("start"), "tf_start", startShown(plan));
    script.step(
        QStringLiteral("recovery"), "tf_recovery",
        QStringLiteral("psql -h %1 -p 54399 -c 'select pg_is_in_recovery()'   until it says f; its log is followed")
            .arg(plan.socket));
    script.step(QStringLiteral("checks"), checksShell(plan), checksShown(plan));
    script.step(QStringLiteral("integrity"), "tf_integrity",
                tool.logical
                    ? QStringLiteral("%1/pg_ctl stop").arg(plan.binaries)
                    : QStringLiteral(
                          "%1/pg_amcheck --all --install-missing\n%1/pg_ctl stop\n%1/pg_checksums --check -D %2/data")
                          .arg(plan.binaries, plan.scratch));
    script.step(QStringLiteral("teardown"), "tf_teardown",
                QStringLiteral("end what runs in %1; rm -rf %1; look that it is gone").arg(word(plan.scratch)));
    plan.steps = script.steps();
    plan.script = script.text();
}

QByteArray sweepScript(const QString &folder, const QString &user)
{
    return assigned("tf_id", QStringLiteral("sweep")) + assigned("tf_user", user) + assigned("tf_folder", folder)
        + assigned("tf_scratch", folder) + "tf_report() { :; }\n" + part("base.sh")
        + "tf_main() {\n"
          "tf_why=$(tf_may_be) || { printf 'TFD error %s\\n' \"$tf_why\"; return; }\n"
          "[ -d \"$tf_folder\" ] || { printf 'TFD swept\\n'; return; }\n"
          "exec 8<\"$tf_folder\" || { printf 'TFD error %s\\n' 'the folder cannot be read'; return; }\n"
          "flock -w 15 8 || { printf 'TFD busy\\n'; return; }\n"
          "for tf_left in \"$tf_folder\"/taffrail-drill-*; do\n"
          "[ -e \"$tf_left\" ] || [ -L \"$tf_left\" ] || continue\n"
          "tf_said=$(tf_remove \"$tf_left\"); printf 'TFD left %s %s\\n' \"${tf_said:-left}\" \"$tf_left\"\n"
          "done\n"
          "printf 'TFD swept\\n'\n}\ntf_main\n";
}

Result<std::vector<std::pair<QString, QString>>> parsedSweep(const QByteArray &out, const QString &host)
{
    const LookLines lines = lookLines(out);
    if (lines.contains(QStringLiteral("busy")))
        return failure(ErrorKind::Busy, QStringLiteral("sweep"), host, QStringLiteral("a drill runs there"));
    if (lines.contains(QStringLiteral("error")))
        return failure(ErrorKind::Denied, QStringLiteral("sweep"), host,
                       sanitizedLine(lines.value(QStringLiteral("error")).first().toUtf8()));
    if (!lines.contains(QStringLiteral("swept")))
        return failure(ErrorKind::BadData, QStringLiteral("sweep"), host,
                       QStringLiteral("the host did not say how it went"));
    std::vector<std::pair<QString, QString>> found;
    for (const QString &line : lines.value(QStringLiteral("left")))
        found.emplace_back(sanitizedLine(line.section(QLatin1Char(' '), 1).toUtf8()),
                           line.section(QLatin1Char(' '), 0, 0));
    return found;
}

} // namespace taffrail::drills
