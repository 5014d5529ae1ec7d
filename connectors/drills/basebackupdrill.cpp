// SPDX-License-Identifier: GPL-3.0-or-later
// Copies of a data directory: pg_basebackup's directories, and what Barman keeps.
#include "drillwords.h"

namespace taffrail::drills {

using sources::shellQuoted;

namespace {

QByteArray lookBase(const DrillSubject &subject)
{
    const QString place = optionOf(subject.entry, "path");
    return "tf_place=" + shellQuoted(place) + " tf_name=" + shellQuoted(subject.backup.id) + R"sh(
tf_path=
for tf_p in "$tf_place/$tf_name" "${tf_place%/*}/$tf_name" "$tf_name" "$tf_place"; do
    if tf_as test -e "$tf_p/PG_VERSION" || tf_as sh -c 'ls "$1"/base.tar*' sh "$tf_p" >/dev/null 2>&1; then tf_path=$tf_p; break; fi
done
if [ -z "$tf_path" ]; then tf_say gone yes; else
    tf_say path "$tf_path"
    tf_say stored "$(tf_as du -sb --apparent-size -- "$tf_path" 2>/dev/null | cut -f 1)"
    if tf_as test -e "$tf_path/PG_VERSION"; then tf_say from "$(tf_as cat "$tf_path/PG_VERSION")"; tf_say packed no
        tf_as test -e "$tf_path/postmaster.pid" && tf_say live "$(tf_as head -n 1 "$tf_path/postmaster.pid")"
    else tf_say packed yes
        for tf_t in "$tf_path"/base.tar*; do tf_say from "$(tf_unpacked "$tf_t" 2>/dev/null | tar -xOf - ./PG_VERSION PG_VERSION 2>/dev/null | head -n 1)"; done
    fi
fi
)sh";
}

void readBase(const DrillSubject &subject, const LookLines &lines, DrillLook &into)
{
    into.path = lines.value(QStringLiteral("path")).value(0);
    into.major = lines.value(QStringLiteral("from")).value(0).toInt();
    const qint64 stored = sizeIn(lines, "stored");
    const bool isPacked = lines.value(QStringLiteral("packed")).value(0) == QLatin1String("yes");
    into.sizeIsGuess = isPacked;
    into.sizeBytes = subject.backup.sizeBytes > 0 ? std::max(subject.backup.sizeBytes, stored)
        : isPacked && stored >= 0                 ? stored * 6
                                                  : stored;
    into.extraBytes = qint64(64) << 20;
    if (into.path.isEmpty())
        into.toolTrouble
            = QStringLiteral("there is no base backup %1 that the drill's user can read").arg(subject.backup.id);
    else if (lines.contains(QStringLiteral("live")))
        into.toolTrouble = QStringLiteral("%1 has a postmaster.pid: it looks like a running server, not like a backup")
                               .arg(into.path);
}

DrillRestore restoreBase(const DrillSubject &subject, const DrillLook &look, const DrillPlan &plan)
{
    DrillRestore made;
    made.shell = "tf_path=" + shellQuoted(look.path) + "\ntf_copy_base\ntf_verify_base";
    made.shown = QStringLiteral("cp -a %1/. %2/data   (archives: tar -x; tablespaces into %2/tablespaces)\n"
                                "%3/pg_verifybackup -n -m %1/backup_manifest %2/data")
                     .arg(QString::fromUtf8(shellQuoted(look.path)), plan.scratch, plan.binaries);
    if (!subject.policy.restoreCommand.isEmpty()) {
        made.restoreCommand = subject.policy.restoreCommand;
        made.startsRecovery = true;
        made.shown += QStringLiteral("\nrestore_command: ") + made.restoreCommand;
    }
    return made;
}

QByteArray barmanLine(const DrillSubject &subject)
{
    QByteArray line = "barman";
    if (const QString config = optionOf(subject.entry, "config"); !config.isEmpty())
        line += " -c " + shellQuoted(config);
    return line;
}

QByteArray lookBarman(const DrillSubject &subject)
{
    const QByteArray barman = "tf_as " + barmanLine(subject), server = shellQuoted(optionOf(subject.entry, "server"));
    return "command -v barman >/dev/null || tf_say missing barman\n"
           "tf_show=$("
        + barman + " show-backup " + server + ' ' + shellQuoted(subject.backup.id)
        + " 2>&1 </dev/null)\n"
          R"sh(tf_get() { printf '%s\n' "$tf_show" | sed -n "s/^ *$1 *: *//p" | head -n 1; }
tf_say from "$(tf_get 'PostgreSQL Version')"
tf_say sysid "$(tf_get 'System Id')"
tf_say status "$(tf_get Status)"
tf_say complaint "$(printf '%s\n' "$tf_show" | grep -m 1 -E 'ERROR|Unknown|EXCEPTION')"
)sh"
          "tf_say running \"$("
        + barman + " list-backup --minimal " + server + " 2>/dev/null </dev/null | head -n 0; " + barman
        + " list-backup " + server + " 2>/dev/null </dev/null | grep -cE ' - (STARTED|EMPTY)')\"\n";
}

void readBarman(const DrillSubject &subject, const LookLines &lines, DrillLook &into)
{
    const int version = lines.value(QStringLiteral("from")).value(0).toInt();
    into.major = version > 10000 ? version / 10000 : version;
    into.systemId = lines.value(QStringLiteral("sysid")).value(0);
    into.sizeBytes = subject.backup.sizeBytes;
    into.extraBytes = subject.target == DrillTarget::Latest ? qint64(1) << 30 : qint64(256) << 20;
    into.backupRunning = lines.value(QStringLiteral("running")).value(0).toInt() > 0;
    if (into.major == 0) {
        into.toolTrouble = QStringLiteral("barman does not show %1 there").arg(subject.backup.id);
        if (const QString complaint = lines.value(QStringLiteral("complaint")).value(0); !complaint.isEmpty())
            into.toolTrouble += QStringLiteral(": ") + complaint;
    }
}

DrillRestore restoreBarman(const DrillSubject &subject, const DrillLook &, const DrillPlan &plan)
{
    const bool isLatest = plan.target == DrillTarget::Latest;
    const QByteArray command = barmanLine(subject) + " recover"
        + (isLatest ? "" : " --target-immediate --target-action promote") + ' '
        + shellQuoted(optionOf(subject.entry, "server")) + ' ' + shellQuoted(subject.backup.id) + ' '
        + shellQuoted(plan.scratch + QStringLiteral("/data"));
    DrillRestore made;
    made.shell = "tf_long \"$tf_limit\" " + command + " || tf_give_up";
    made.shown = QString::fromUtf8(command);
    return made;
}

} // namespace

const DrillTool baseBackupDrill{"pg_basebackup", false, false, lookBase, readBase, restoreBase};
const DrillTool barmanDrill{"barman", false, true, lookBarman, readBarman, restoreBarman};

} // namespace taffrail::drills
