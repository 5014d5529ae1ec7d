// SPDX-License-Identifier: GPL-3.0-or-later
// Dumps: files of pg_dump on a host, and what restic and Borg keep of them.
#include "drillwords.h"

#include "text.h"

#include <QRegularExpression>

namespace taffrail::drills {

using sources::shellQuoted;

const char dumpLook[] = R"sh(tf_form=$(tf_kind "$tf_path"); tf_say kind "$tf_form"
tf_say stored "$(tf_as du -sb --apparent-size -- "$tf_path" 2>/dev/null | cut -f 1)"
case $tf_form in
custom|tar|directory) for tf_r in $(ls -d "$tf_wanted_bin"/pg_restore /usr/lib/postgresql/*/bin/pg_restore /usr/pgsql-*/bin/pg_restore /usr/bin/pg_restore 2>/dev/null | sort -rV); do
    tf_from=$(tf_unpacked "$tf_path" 2>/dev/null | head -c 4194304 | tf_as "$tf_r" -l 2>/dev/null | sed -n 's/.*Dumped from database version: \([0-9][0-9]*\).*/\1/p' | head -n 1)
    [ "$tf_form" != directory ] || tf_from=$(tf_as "$tf_r" -l -- "$tf_path" 2>/dev/null </dev/null | sed -n 's/.*Dumped from database version: \([0-9][0-9]*\).*/\1/p' | head -n 1)
    [ -n "$tf_from" ] && break; done; tf_say from "$tf_from";;
plain|cluster) tf_say from "$(tf_unpacked "$tf_path" 2>/dev/null | head -c 262144 | sed -n 's/^-- Dumped from database version \([0-9][0-9]*\).*/\1/p' | head -n 1)";;
esac
)sh";

void guessDumpSize(const DrillSubject &subject, const LookLines &lines, bool isFetched, DrillLook &into)
{
    const qint64 stored = sizeIn(lines, "stored");
    into.newerMajorWill = true;
    into.major = lines.value(QStringLiteral("from")).value(0).toInt();
    if (into.major == 0)
        into.major = subject.serverMajor;
    into.sizeIsGuess = true;
    // A packed dump is a fifth to a tenth of its database; indexes are built anew.
    into.sizeBytes = subject.liveBytes >= 0 ? subject.liveBytes : stored >= 0 ? stored * 8 : -1;
    // A cluster of its own with its WAL, and the packed file once more where it must be unpacked or fetched.
    into.extraBytes = (qint64(256) << 20) + (stored > 0 ? (isFetched ? 2 : 1) * stored : 0);
}

namespace {

/// The backup's file: the entry names a folder, one dump, or a pattern.
QByteArray look(const DrillSubject &subject)
{
    const QString place = optionOf(subject.entry, "path");
    return "tf_place=" + shellQuoted(place) + " tf_name=" + shellQuoted(subject.backup.id)
        + "\nif tf_as test -d \"$tf_place\" && tf_as test -e \"$tf_place/$tf_name\"; then tf_path=$tf_place/$tf_name\n"
          "elif tf_as test -e \"${tf_place%/*}/$tf_name\"; then tf_path=${tf_place%/*}/$tf_name\n"
          "else tf_path=; tf_say gone yes; fi\n"
          "if [ -n \"$tf_path\" ]; then tf_say path \"$tf_path\"\n"
          "tf_as test -r \"$tf_path\" || tf_say unreadable yes\n"
        + dumpLook + "fi\n";
}

void read(const DrillSubject &subject, const LookLines &lines, DrillLook &into)
{
    into.path = lines.value(QStringLiteral("path")).value(0);
    if (into.path.isEmpty())
        into.toolTrouble = QStringLiteral("there is no %1 on the host").arg(subject.backup.id);
    else if (lines.contains(QStringLiteral("unreadable")))
        into.toolTrouble = QStringLiteral("%1 cannot be read by the drill's user").arg(into.path);
    guessDumpSize(subject, lines, false, into);
}

DrillRestore restore(const DrillSubject &, const DrillLook &look, const DrillPlan &plan)
{
    DrillRestore made;
    made.shell = "tf_path=" + shellQuoted(look.path) + "\ntf_restore_dump";
    made.shown
        = QStringLiteral("read all of %1 (pg_restore -f /dev/null, or its end)\n%2/initdb -k -D %3/data; start it\n"
                         "%2/pg_restore --no-owner --no-privileges --exit-on-error -d %4 %1   (plain text: psql -v "
                         "ON_ERROR_STOP=1 -1)")
              .arg(QString::fromUtf8(shellQuoted(look.path)), plan.binaries, plan.scratch,
                   QString::fromUtf8(shellQuoted(plan.database)));
    return made;
}

} // namespace

const DrillTool dumpDrill{"pg_dump", true, false, look, read, restore};

} // namespace taffrail::drills
