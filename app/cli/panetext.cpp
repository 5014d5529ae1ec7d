// SPDX-License-Identifier: GPL-3.0-or-later
#include "boardtext.h"
#include "releasetext.h"
#include "text.h"
#include "texttable.h"

namespace taffrail {

namespace {

QString time(const QDateTime &at, const QDateTime &now)
{
    return at.isValid() ? QStringLiteral("%1 (%2)").arg(at.toUTC().toString(QStringLiteral("yyyy-MM-dd HH:mm:ss'Z'")),
                                                        ageText(ageOf(at, now)))
                        : QStringLiteral("--");
}

QString orDash(const QString &text)
{
    return text.isEmpty() ? QStringLiteral("--") : text;
}

QString valueText(const DeploymentHistory &history, const QDateTime &now)
{
    QString out;
    TextTable hosts({QStringLiteral("Host"), QStringLiteral("Live"), QStringLiteral("Revision"),
                     QStringLiteral("Switched"), QStringLiteral("Note")});
    for (const HostRelease &host : history.hosts)
        hosts.add({host.host, orDash(shortRelease(host.live)), shortRelease(host.revision).left(12),
                   time(host.switchedAt, now),
                   host.error          ? sentence(*host.error)
                       : host.dangling ? QStringLiteral("the live link points nowhere")
                                       : QString()});
    TextTable releases({QStringLiteral("Release"), QStringLiteral("Status"), QStringLiteral("Revision"),
                        QStringLiteral("Branch"), QStringLiteral("Deployed"), QStringLiteral("By"),
                        QStringLiteral("Known"), QStringLiteral("On"), QStringLiteral("Note")});
    for (const Release &release : history.releases)
        releases.add({shortRelease(release.id), releaseStatusWord(release.status),
                      shortRelease(release.revision).left(12), release.branch, time(release.deployedAt, now),
                      orDash(release.deployedBy), confidenceWord(release.confidence),
                      release.presentOn.join(QLatin1Char(',')), release.note});
    TextTable events({QStringLiteral("What"), QStringLiteral("Release"), QStringLiteral("From"), QStringLiteral("At"),
                      QStringLiteral("By"), QStringLiteral("Outcome"), QStringLiteral("Known"),
                      QStringLiteral("Log line")});
    for (const DeployEvent &event : history.events)
        events.add({releaseKindWord(event.kind), shortRelease(event.release), orDash(shortRelease(event.from)),
                    time(event.at, now), orDash(event.actor), releaseStatusWord(event.outcome),
                    confidenceWord(event.confidence), event.raw});
    if (history.locked)
        out += QStringLiteral("  Locked by %1 since %2: %3\n")
                   .arg(orDash(history.locked->by), time(history.locked->since, now), history.locked->reason);
    out += hosts.text(2) + QLatin1Char('\n') + releases.text(2, 40);
    if (!events.isEmpty())
        out += QLatin1Char('\n') + events.text(2, 40);
    for (const QString &note : history.notes)
        out += QStringLiteral("  Note: %1\n").arg(sanitizedLine(note.toUtf8()));
    return out;
}

QString lockText(const MigrationHistory &history, const QDateTime &now)
{
    const HeldLock &lock = *history.lock;
    const auto line = [](const QString &text) { return sanitizedLine(text.toUtf8()) + QLatin1Char('\n'); };
    return QStringLiteral("  Lock: ")
        + line(QStringLiteral("held by %1 since %2; %3")
                   .arg(lock.by.isEmpty() ? QStringLiteral("nobody that is seen") : lock.by, time(lock.since, now),
                        orDash(lock.reason)));
}

QString valueText(const MigrationHistories &histories, const QDateTime &now)
{
    QString out;
    if (histories.histories.empty())
        out += QStringLiteral("  No migration history was found.\n");
    for (const MigrationHistory &history : histories.histories) {
        out += QStringLiteral("  %1 in %2.%3, at %4; files: %5\n")
                   .arg(orDash(history.source), history.database, history.table, orDash(history.current),
                        history.filesFrom.isEmpty() ? QStringLiteral("not compared") : history.filesFrom);
        if (!history.readable && history.supported && history.notes.isEmpty())
            out += QStringLiteral("  It cannot be read: GRANT SELECT ON %1\n").arg(history.table);
        if (history.lock)
            out += lockText(history, now);
        TextTable table({QStringLiteral("Version"), QStringLiteral("Name"), QStringLiteral("State"),
                         QStringLiteral("Known"), QStringLiteral("Applied"), QStringLiteral("By"),
                         QStringLiteral("Reversible"), QStringLiteral("Kind"), QStringLiteral("Note")});
        for (const Migration &migration : history.migrations)
            table.add({migration.version, migration.name, migrationStateWord(migration.state),
                       provenanceWord(migration.provenance), time(migration.appliedAt, now),
                       orDash(migration.appliedBy), reversibleWord(migration.reversible),
                       migration.kinds.empty() ? QStringLiteral("--") : migrationKindWord(worstKind(migration.kinds)),
                       migration.note});
        out += table.text(2, 44);
        for (const QString &note : history.notes)
            out += QStringLiteral("  Note: %1\n").arg(sanitizedLine(note.toUtf8()));
    }
    return out;
}

QString valueText(const BackupSet &set, const QDateTime &now)
{
    QString out;
    if (set.archive) {
        const ArchiveState &archive = *set.archive;
        out += QStringLiteral("  Archiving %1; last archived %2; not archived: %3\n")
                   .arg(orDash(archive.mode), time(archive.lastArchivedAt, now),
                        archive.lag ? durationText(*archive.lag) : QStringLiteral("unknown"));
    }
    TextTable table({QStringLiteral("Backup"), QStringLiteral("State"), QStringLiteral("Type"),
                     QStringLiteral("Finished"), QStringLiteral("Size"), QStringLiteral("Proved"),
                     QStringLiteral("Where"), QStringLiteral("Problem")});
    for (const Backup &backup : set.backups)
        table.add({backup.id, backupStateWord(backup.state), backupTypeWord(backup.type),
                   time(backup.finishedAt, now) + (backup.finishedIsStart ? QStringLiteral(" start") : QString()),
                   backup.sizeBytes >= 0 ? bytesText(backup.sizeBytes) : QStringLiteral("--"), trustWord(backup.trust),
                   backup.location, backup.detail.isEmpty() ? backup.problem : backup.detail});
    if (!set.backups.empty() || !set.archive)
        out += table.text(2, 44);
    for (const QString &note : set.notes)
        out += QStringLiteral("  Note: %1\n").arg(sanitizedLine(note.toUtf8()));
    return out;
}

QString valueText(const ConfigSet &set, const QDateTime &now)
{
    QString out;
    for (const ConfigFile &file : set.files) {
        out += QStringLiteral("  %1 %2, changed %3%4\n")
                   .arg(orDash(file.host), sanitizedLine(file.path.toUtf8()), time(file.modifiedAt, now),
                        file.error ? QStringLiteral(": ") + sanitizedLine(sentence(*file.error).toUtf8()) : QString());
    }
    TextTable table({QStringLiteral("Key"), QStringLiteral("Value"), QStringLiteral("Unit"), QStringLiteral("Line"),
                     QStringLiteral("Note")});
    for (const ConfigEntry &entry : set.entries)
        table.add(
            {entry.key, entry.value, entry.unit, entry.line > 0 ? QString::number(entry.line) : QString(), entry.note});
    if (!set.entries.empty())
        out += table.text(2, 60);
    for (const QString &note : set.notes)
        out += QStringLiteral("  Note: %1\n").arg(sanitizedLine(note.toUtf8()));
    return out;
}

QString limitText(const HealthCheck &check)
{
    QStringList limits;
    if (check.warning)
        limits << QStringLiteral("warn %1").arg(*check.warning);
    if (check.critical)
        limits << QStringLiteral("crit %1").arg(*check.critical);
    return limits.isEmpty() ? QStringLiteral("--") : limits.join(QStringLiteral(", ")) + QLatin1Char(' ') + check.unit;
}

QString valueText(const HealthReport &report, const QDateTime &)
{
    TextTable table({QStringLiteral("Status"), QStringLiteral("Check"), QStringLiteral("Host"),
                     QStringLiteral("Subject"), QStringLiteral("Limit"), QStringLiteral("Value")});
    for (const HealthCheck &check : report.checks)
        table.add({statusTitle(check.status), check.code, check.host, check.subject, limitText(check), check.text});
    QString out = table.text(2, 40);
    for (const QString &note : report.notes)
        out += QStringLiteral("  Note: %1\n").arg(sanitizedLine(note.toUtf8()));
    return out;
}

} // namespace

QString paneText(const EnvironmentState &state, PaneKind pane, const QDateTime &now)
{
    const PaneAssessment &assessment = state.assessment.pane(pane);
    QString out = QStringLiteral("%1 — %2: %3. %4\n")
                      .arg(state.environment->name, paneWord(pane), statusTitle(assessment.status), assessment.summary);
    for (const Observation &observation : state.snapshot->observations) {
        if (observation.pane != pane)
            continue;
        out += QStringLiteral("\n%1 (%2, %3)%4\n")
                   .arg(observation.entry, observation.source, observation.subject,
                        observation.lastGood ? QStringLiteral(", as of %1").arg(time(observation.lastGood->at, now))
                                             : QString());
        if (const Error *error = observation.error())
            out += QStringLiteral("  %1\n").arg(sanitizedLine(sentence(*error).toUtf8(), 2000));
        if (const Value *value = observation.value())
            out += std::visit([&now](const auto &each) { return valueText(each, now); }, *value);
    }
    QString findings;
    for (const Finding &finding : state.assessment.findings) {
        if (finding.pane == pane && finding.severity >= Status::Notice)
            findings += QStringLiteral("  %1  %2%3\n")
                            .arg(statusTitle(finding.severity).leftJustified(8), sanitizedLine(finding.title.toUtf8()),
                                 finding.hint.isEmpty() ? QString()
                                                        : QStringLiteral(" → ") + sanitizedLine(finding.hint.toUtf8()));
    }
    if (!findings.isEmpty())
        out += QLatin1Char('\n') + findings;
    return out;
}

} // namespace taffrail
