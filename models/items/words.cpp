// SPDX-License-Identifier: GPL-3.0-or-later
#include "words.h"

#include "text.h"

#include <QCoreApplication>
#include <QLocale>

#include <cmath>

namespace taffrail::items {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("taffrail::items", text);
}

} // namespace

Worded worded(ReleaseStatus status)
{
    switch (status) {
    case ReleaseStatus::Live: return {tr("Live"), Status::Ok};
    case ReleaseStatus::Available: return {tr("Available"), Status::None};
    case ReleaseStatus::Running: return {tr("Deploying"), Status::Running};
    case ReleaseStatus::Failed: return {tr("Failed"), Status::Warning};
    case ReleaseStatus::Unfinished: return {tr("Unfinished"), Status::Warning};
    case ReleaseStatus::Bad: return {tr("Marked bad"), Status::Warning};
    case ReleaseStatus::RolledBack: return {tr("Rolled back"), Status::Notice};
    case ReleaseStatus::Superseded: return {tr("Superseded"), Status::None};
    case ReleaseStatus::Removed: return {tr("Removed"), Status::None};
    }
    return {tr("Unknown"), Status::Unknown};
}

Worded worded(MigrationState state)
{
    switch (state) {
    case MigrationState::Failed: return {tr("Failed"), Status::Critical};
    case MigrationState::Dirty: return {tr("Half applied"), Status::Critical};
    case MigrationState::Mismatch: return {tr("Checksum differs"), Status::Warning};
    case MigrationState::Missing: return {tr("Missing file"), Status::Warning};
    case MigrationState::OutOfOrder: return {tr("Out of order"), Status::Warning};
    case MigrationState::Outdated: return {tr("Outdated"), Status::Notice};
    case MigrationState::Blocked: return {tr("Will be skipped"), Status::Warning};
    case MigrationState::Pending: return {tr("Pending"), Status::Notice};
    case MigrationState::RolledBack: return {tr("Rolled back"), Status::Notice};
    case MigrationState::Baseline: return {tr("Baseline"), Status::Ok};
    case MigrationState::Applied: return {tr("Applied"), Status::Ok};
    }
    return {tr("Unknown"), Status::Unknown};
}

Worded worded(BackupState state)
{
    switch (state) {
    case BackupState::Ok: return {tr("Complete"), Status::Ok};
    case BackupState::Running: return {tr("Running"), Status::Running};
    case BackupState::Failed: return {tr("Failed"), Status::Critical};
    case BackupState::Flawed: return {tr("Not usable"), Status::Critical};
    case BackupState::Obsolete: return {tr("Obsolete"), Status::Notice};
    case BackupState::Expired: return {tr("Expired"), Status::None};
    }
    return {tr("Unknown"), Status::Unknown};
}

Worded worded(LinkState state)
{
    switch (state) {
    case LinkState::Idle: return {tr("Idle"), Status::None};
    case LinkState::Connecting: return {tr("Connecting"), Status::Running};
    case LinkState::Up: return {tr("Connected"), Status::Ok};
    case LinkState::Down: return {tr("Offline"), Status::Offline};
    }
    return {tr("Unknown"), Status::Unknown};
}

QString paneTitle(PaneKind pane)
{
    switch (pane) {
    case PaneKind::Deployments: return tr("Deployments");
    case PaneKind::Migrations: return tr("Migrations");
    case PaneKind::Backups: return tr("Backups");
    case PaneKind::Health: return tr("Health");
    case PaneKind::Configs: return tr("Configuration");
    }
    return {};
}

QString tierTitle(Tier tier)
{
    switch (tier) {
    case Tier::Production: return tr("Production");
    case Tier::Staging: return tr("Staging");
    case Tier::Testing: return tr("Testing");
    case Tier::Development: return tr("Development");
    }
    return {};
}

QString backupTypeTitle(BackupType type)
{
    switch (type) {
    case BackupType::Full: return tr("Full");
    case BackupType::Differential: return tr("Differential");
    case BackupType::Incremental: return tr("Incremental");
    case BackupType::Logical: return tr("Dump");
    case BackupType::Archive: return tr("Archive");
    case BackupType::Snapshot: return tr("Snapshot");
    }
    return {};
}

QString trustTitle(Trust trust)
{
    switch (trust) {
    case Trust::Listed: return tr("Not verified");
    case Trust::Metadata: return tr("Metadata read");
    case Trust::Checksums: return tr("Checksums");
    case Trust::AllBytes: return tr("All bytes read");
    case Trust::Restored: return tr("Restored");
    case Trust::Queried: return tr("Restored and queried");
    }
    return {};
}

QString reversibleTitle(Reversible reversible)
{
    switch (reversible) {
    case Reversible::Yes: return tr("Yes");
    case Reversible::No: return tr("No");
    case Reversible::Unknown: return tr("Unknown");
    }
    return {};
}

QString figureText(std::optional<double> value, const QString &unit)
{
    if (!value || !std::isfinite(*value))
        return {};
    if (unit == QLatin1String("B"))
        return std::abs(*value) < 9e18 ? bytesText(qint64(*value)) : tr("beyond measure");
    const bool whole = std::abs(*value - std::round(*value)) < 1e-9 || std::abs(*value) >= 1000;
    const QString number = QLocale::c().toString(*value, 'f', whole ? 0 : std::abs(*value) < 1 ? 2 : 1);
    return unit.isEmpty() ? number : number + QLatin1Char(' ') + unit;
}

QString joined(const QStringList &parts)
{
    QStringList present = parts;
    present.removeAll(QString());
    return present.join(QStringLiteral(", "));
}

QString padded(qint64 number)
{
    return QStringLiteral("%1").arg(number, 12, 10, QLatin1Char('0'));
}

std::vector<const Observation *> observationsOf(const EnvironmentState &state, PaneKind pane)
{
    std::vector<const Observation *> found;
    if (!state.snapshot)
        return found;
    for (const Observation &observation : state.snapshot->observations) {
        if (observation.pane == pane)
            found.push_back(&observation);
    }
    return found;
}

DetailLines provenanceLines(const Observation &observation)
{
    DetailLines lines;
    lines.push_back({tr("Source"), joined({observation.source, observation.subject}), {}});
    if (observation.lastGood) {
        lines.push_back({tr("Read at"), utcText(observation.lastGood->at), observation.lastGood->at});
        lines.push_back({tr("Reading took"), durationText(observation.lastGood->took), {}});
    }
    return lines;
}

} // namespace taffrail::items
