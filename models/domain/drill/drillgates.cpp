// SPDX-License-Identifier: GPL-3.0-or-later
#include "drillgates.h"

#include "text.h"

#include <algorithm>

namespace taffrail {

namespace {

constexpr int oldestMajor = 12; ///< earlier ones recover by a file of their own
constexpr int longestSocket = 100; ///< bytes; the kernel takes 107 with the socket's name

Gate gate(const char *code, const DrillPlan &plan, Verdict verdict, const QString &answer, const QString &hint = {},
          bool overridable = false)
{
    Gate made;
    made.code = QString::fromLatin1(code);
    made.verdict = verdict;
    made.subject = plan.host;
    made.answer = answer;
    made.hint = hint;
    made.entry = plan.entry;
    made.observedAt = plan.madeAt;
    made.overridable = overridable;
    return made;
}

Gate backupGate(const DrillPlan &plan, const Backup &backup)
{
    Gate made = gate("drill.backup", plan, Verdict::Pass, QStringLiteral("%1 is listed as usable").arg(backup.id));
    made.subject = backup.id;
    if (backup.state == BackupState::Running || backup.state == BackupState::Expired) {
        made.verdict = Verdict::Block;
        made.answer = QStringLiteral("%1 is %2").arg(backup.id, backupStateWord(backup.state));
    } else if (!isUsable(backup)) {
        made.verdict = Verdict::Warn; // a drill is one way to find out how bad it is
        made.overridable = true;
        made.answer = QStringLiteral("%1 is %2%3")
                          .arg(backup.id, backupStateWord(backup.state),
                               backup.detail.isEmpty() ? QString() : QStringLiteral(": ") + backup.detail);
    }
    return made;
}

Gate folderGate(const DrillPlan &plan, const DrillLook &look)
{
    const QString &folder = plan.folder;
    const QString hint = QStringLiteral("Name another folder in the entry's drill.");
    const auto no = [&](const QString &answer) { return gate("drill.folder", plan, Verdict::Block, answer, hint); };
    if (!isPlainPath(folder))
        return no(QStringLiteral("%1 is no plain path: only letters, digits and ._/@+- will do").arg(folder));
    if (!look.inside.isEmpty())
        return no(QStringLiteral("%1 is a data directory or lies in one: %2").arg(folder, look.inside));
    if (!look.folderThere)
        return no(QStringLiteral("there is no folder %1 for %2")
                      .arg(folder, plan.user.isEmpty() ? QStringLiteral("the login") : plan.user));
    if (!look.writable || !look.readable)
        return no(QStringLiteral("%1 cannot be %2")
                      .arg(folder, look.writable ? QStringLiteral("read by the login") : QStringLiteral("written to")));
    if (look.remote)
        return no(QStringLiteral("%1 is on a network file system").arg(folder));
    if (plan.socket.toUtf8().size() > longestSocket)
        return no(QStringLiteral("the path of the private socket is longer than %1 bytes: %2")
                      .arg(longestSocket)
                      .arg(plan.socket));
    return gate("drill.folder", plan, Verdict::Pass,
                look.leftovers > 0
                    ? QStringLiteral("%1 in %2; what %3 earlier drills left there is removed first")
                          .arg(plan.scratch.section(QLatin1Char('/'), -1), folder)
                          .arg(look.leftovers)
                    : QStringLiteral("%1 in %2").arg(plan.scratch.section(QLatin1Char('/'), -1), folder));
}

Gate diskGate(const DrillPlan &plan, const DrillLook &look)
{
    if (look.freeBytes < 0)
        return gate("drill.disk", plan, Verdict::Unknown, QStringLiteral("free room is not known"));
    if (plan.needBytes < 0)
        return gate(
            "drill.disk", plan, Verdict::Warn,
            QStringLiteral("%1 are free; how much the backup needs is not known").arg(bytesText(look.freeBytes)), {},
            true);
    const QString words = QStringLiteral("%1 are free, %2 are needed%3")
                              .arg(bytesText(look.freeBytes), bytesText(plan.needBytes),
                                   look.sizeIsGuess ? QStringLiteral(" by estimate") : QString());
    Gate made = gate("drill.disk", plan, look.freeBytes >= plan.needBytes ? Verdict::Pass : Verdict::Block, words);
    made.evidence = {{QStringLiteral("free_bytes"), look.freeBytes}, {QStringLiteral("need_bytes"), plan.needBytes}};
    return made;
}

Gate versionGate(const DrillPlan &plan, const DrillLook &look)
{
    QStringList found;
    for (const auto &[major, folder] : look.binaries)
        found << QStringLiteral("%1 in %2").arg(major).arg(folder);
    const QString there = found.isEmpty() ? QStringLiteral("none") : found.join(QStringLiteral(", "));
    if (plan.binaries.isEmpty())
        return gate("drill.version", plan, Verdict::Block,
                    QStringLiteral("the backup needs PostgreSQL %1; there is %2")
                        .arg(look.major > 0 ? QString::number(look.major)
                                            : QStringLiteral("of its version, which is not known"),
                             there),
                    QStringLiteral("Install the server's programs there, or name their folder in the entry's drill."));
    if (plan.major < oldestMajor)
        return gate("drill.version", plan, Verdict::Block,
                    QStringLiteral("drills need PostgreSQL %1 or later, this is %2").arg(oldestMajor).arg(plan.major));
    if (look.major == 0)
        return gate("drill.version", plan, Verdict::Warn,
                    QStringLiteral("the backup's version is not known; PostgreSQL %1 is used").arg(plan.major), {},
                    true);
    return gate("drill.version", plan, Verdict::Pass,
                QStringLiteral("PostgreSQL %1 in %2").arg(plan.major).arg(plan.binaries));
}

} // namespace

std::pair<int, QString> fittingBinaries(const DrillLook &look)
{
    std::pair<int, QString> best{0, {}};
    for (const auto &each : look.binaries) {
        if (look.major > 0 && each.first == look.major)
            return each;
        if ((look.major == 0 || (look.newerMajorWill && each.first > look.major)) && each.first > best.first)
            best = each;
    }
    return best;
}

qint64 roomFor(const DrillLook &look)
{
    if (look.sizeBytes < 0 || look.sizeBytes > (qint64(1) << 60))
        return -1;
    return qint64(double(look.sizeBytes) * 1.2) + look.extraBytes;
}

std::vector<Gate> drillGates(const DrillPlan &plan, const DrillLook &look, const Backup &backup,
                             const QStringList &problems)
{
    std::vector<Gate> gates{backupGate(plan, backup)};
    if (!look.error.isEmpty()) {
        gates.push_back(gate("drill.host", plan, Verdict::Unknown, look.error));
        return gates;
    }
    gates.push_back(
        look.becomeTrouble.isEmpty()
            ? gate("drill.user", plan, Verdict::Pass,
                   QStringLiteral("everything runs as %1")
                       .arg(plan.user.isEmpty() ? QStringLiteral("the login") : plan.user))
            : gate("drill.user", plan, Verdict::Block, look.becomeTrouble,
                   QStringLiteral("Name another user in the entry's drill, or let the login become that one "
                                  "without a password (sudo).")));
    gates.push_back(folderGate(plan, look));
    gates.push_back(diskGate(plan, look));
    gates.push_back(versionGate(plan, look));
    gates.push_back(look.busy
                        ? gate("drill.lock", plan, Verdict::Block, QStringLiteral("another drill runs on the host"),
                               QStringLiteral("Wait until it has ended."))
                        : gate("drill.lock", plan, Verdict::Pass, QStringLiteral("no other drill runs there")));
    gates.push_back(look.backupRunning
                        ? gate("drill.backup-running", plan, Verdict::Block, QStringLiteral("a backup is being made"),
                               QStringLiteral("Wait until it has ended: a drill takes its disk and its lock."))
                        : gate("drill.backup-running", plan, Verdict::Pass, QStringLiteral("no backup is being made")));
    if (!look.toolTrouble.isEmpty())
        gates.push_back(gate("drill.tool", plan, Verdict::Block, look.toolTrouble, look.toolHint));
    for (const QString &program : look.missing)
        gates.push_back(gate("drill.tool", plan, Verdict::Block, QStringLiteral("%1 is missing there").arg(program)));
    for (const QString &problem : problems)
        gates.push_back(gate("drill.policy", plan, Verdict::Warn, problem, {}, true));
    return gates;
}

} // namespace taffrail
