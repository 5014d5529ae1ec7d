// SPDX-License-Identifier: GPL-3.0-or-later
// Dumps that restic or Borg keep: fetched into the scratch directory, then tried as the file that they are.
#include "drillwords.h"

namespace taffrail::drills {

using sources::shellQuoted;

namespace {

QString repositoryOf(const SourceEntry &entry)
{
    for (const char *key : {"repository", "repo", "path"}) {
        if (const QString value = optionOf(entry, key); !value.isEmpty())
            return value;
    }
    return {};
}

/// What runs a tool with the entry's environment file, which its own shell reads on the host.
QByteArray runner(const DrillSubject &subject)
{
    return "sh -c \"$tf_with_environment\" sh " + shellQuoted(optionOf(subject.entry, "environment_file")) + ' ';
}

/// The secret stays in a file or in what a command prints: never in the script, never on a command line.
QByteArray resticLine(const DrillSubject &subject, const QByteArray &verb)
{
    QByteArray line = runner(subject) + "restic --no-cache --no-lock";
    if (const QString repository = repositoryOf(subject.entry); !repository.isEmpty())
        line += " -r " + shellQuoted(repository);
    if (const QString file = optionOf(subject.entry, "password_file"); !file.isEmpty())
        line += " --password-file " + shellQuoted(file);
    return line + ' ' + verb;
}

QByteArray borgLine(const DrillSubject &subject, const QByteArray &verb)
{
    QByteArray line = "env BORG_RELOCATED_REPO_ACCESS_IS_OK=yes BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes ";
    if (const QString file = optionOf(subject.entry, "password_file"); !file.isEmpty())
        line += "BORG_PASSCOMMAND=" + shellQuoted(QStringLiteral("cat ") + QString::fromUtf8(shellQuoted(file))) + ' ';
    return line + runner(subject) + "borg " + verb;
}

/// Which file of the archive: the one that the drill names, else the only one that there is.
QByteArray pickFile(const DrillSubject &subject)
{
    return "tf_file=" + shellQuoted(optionOf(subject.entry, "file")) + R"sh(
tf_count=$(printf '%s' "$tf_files" | grep -c .)
if [ -z "$tf_file" ] && [ "$tf_count" = 1 ]; then tf_file=${tf_files#* }; fi
if [ -n "$tf_file" ]; then
    tf_line=$(printf '%s\n' "$tf_files" | awk -v f="$tf_file" '{ n = $1; sub(/^[^ ]* /, ""); if ($0 == f || $0 == "/" f || "/" $0 == f) { print n; exit } }')
    if [ -n "$tf_line" ]; then tf_say file "$tf_file"; tf_say stored "$tf_line"; fi
fi
tf_say files "$tf_count"
tf_say complaint "$tf_err"
)sh";
}

QByteArray lookRestic(const DrillSubject &subject)
{
    const QByteArray snapshot = shellQuoted(subject.backup.id);
    return "command -v restic >/dev/null || tf_say missing restic\n"
           "tf_files=$(tf_as "
        + resticLine(subject, "ls -l ") + snapshot
        + " 2>/dev/null </dev/null | sed -nE 's/^-[^ ]+ +[0-9]+ +[0-9]+ +([0-9]+) [0-9-]+ [0-9:]+ (.*)$/\\1 \\2/p')\n"
          "tf_err=; [ -n \"$tf_files\" ] || tf_err=$(tf_as "
        + resticLine(subject, "ls ") + snapshot + " 2>&1 >/dev/null </dev/null | head -n 1)\n" + pickFile(subject);
}

QByteArray archiveOf(const DrillSubject &subject)
{
    return shellQuoted(repositoryOf(subject.entry) + QStringLiteral("::") + subject.backup.id);
}

QByteArray lookBorg(const DrillSubject &subject)
{
    return "command -v borg >/dev/null || tf_say missing borg\n"
           "tf_files=$(tf_as "
        + borgLine(subject, "list --format '{size} {path}{NL}' ") + archiveOf(subject)
        + " 2>/dev/null </dev/null)\n"
          "tf_err=; [ -n \"$tf_files\" ] || tf_err=$(tf_as "
        + borgLine(subject, "list ") + archiveOf(subject)
        + " 2>&1 >/dev/null </dev/null | head -n 1)\n"
          "case $tf_err in *'Failed to create/acquire the lock'*) tf_say running 1;; esac\n"
        + pickFile(subject);
}

void readArchive(const DrillSubject &subject, const LookLines &lines, DrillLook &into)
{
    const auto text = [&lines](const char *key) { return lines.value(QLatin1String(key)).value(0); };
    guessDumpSize(subject, lines, true, into);
    into.path = text("file");
    into.backupRunning = text("running") == QLatin1String("1");
    if (!into.path.isEmpty())
        return;
    const int files = text("files").toInt();
    into.toolTrouble = files == 0
        ? QStringLiteral("the archive cannot be listed, or is empty%1")
              .arg(text("complaint").isEmpty() ? QString() : QStringLiteral(": ") + text("complaint"))
        : QStringLiteral("the archive holds %1 files, and which one is the dump is not known").arg(files);
    if (files > 0)
        into.toolHint = QStringLiteral("Name it as \"file\" in the entry's drill.");
}

DrillRestore fetched(const QByteArray &command)
{
    DrillRestore made;
    made.shell = "tf_fetch " + command + "\ntf_restore_dump";
    made.shown
        = QString::fromUtf8(command)
        + QStringLiteral(
              "   into the scratch directory\nread all of it (pg_restore -f /dev/null, or its end); initdb; start; "
              "pg_restore --exit-on-error, or psql -v ON_ERROR_STOP=1 -1");
    return made;
}

DrillRestore restoreRestic(const DrillSubject &subject, const DrillLook &look, const DrillPlan &)
{
    return fetched(resticLine(subject, "dump ") + shellQuoted(subject.backup.id) + ' ' + shellQuoted(look.path));
}

DrillRestore restoreBorg(const DrillSubject &subject, const DrillLook &look, const DrillPlan &)
{
    return fetched(borgLine(subject, "extract --stdout ") + archiveOf(subject) + ' ' + shellQuoted(look.path));
}

} // namespace

const DrillTool resticDrill{"restic", true, false, lookRestic, readArchive, restoreRestic};
const DrillTool borgDrill{"borg", true, false, lookBorg, readArchive, restoreBorg};

} // namespace taffrail::drills
