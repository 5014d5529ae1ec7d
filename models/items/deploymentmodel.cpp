// SPDX-License-Identifier: GPL-3.0-or-later
#include "panemodels.h"
#include "linkedrows.h"
#include "releasetext.h"
#include "words.h"

#include <algorithm>

namespace taffrail::items {

namespace {

QString releaseName(const Release &release)
{
    return release.version.isEmpty() ? shortRelease(release.id) : release.version;
}

// Versions of the migrations that came with a release, first and last of the tool's order.
QString migrationsWith(const EnvironmentState &state, const QString &release)
{
    QStringList versions;
    for (const Observation *observation : observationsOf(state, PaneKind::Migrations)) {
        const auto *histories = valueAs<MigrationHistories>(*observation);
        if (!histories)
            continue;
        for (const MigrationHistory &history : histories->histories) {
            for (const Migration &migration : history.migrations) {
                if (!release.isEmpty() && migration.release == release)
                    versions << migration.version;
            }
        }
    }
    if (versions.size() < 2)
        return versions.join(QString());
    return QStringLiteral("%1 \u2192 %2").arg(versions.first(), versions.last());
}

QString hostsText(const Release &release, const DeploymentHistory &history)
{
    if (history.hosts.empty())
        return {};
    if (!release.liveOn.isEmpty())
        return DeploymentModel::tr("live on %1 of %2").arg(release.liveOn.size()).arg(history.hosts.size());
    return DeploymentModel::tr("on %1 of %2").arg(release.presentOn.size()).arg(history.hosts.size());
}

QString confidenceNote(const Release &release)
{
    switch (release.confidence) {
    case Confidence::Logged: return {};
    case Confidence::Inferred: return DeploymentModel::tr("not in the log, inferred from files");
    case Confidence::Reconciled: return DeploymentModel::tr("the live state contradicts the log");
    }
    return {};
}

CellRow releaseRow(const EnvironmentState &state, const Observation &observation, const DeploymentHistory &history,
                   const Release &release)
{
    const Worded words = worded(release.status);
    const bool live = release.status == ReleaseStatus::Live || !release.liveOn.isEmpty();
    CellRow row;
    row.id = releaseRowId(observation.entry, release);
    row.status = words.status;
    row.stale = state.assessment.pane(PaneKind::Deployments).stale;
    const QString name = (live ? QStringLiteral("\u25cf ") : QString()) + releaseName(release);
    row.cells = {statusCell(words.status, words.text),
                 textCell(history.app.isEmpty() ? name : name + QStringLiteral(" (%1)").arg(history.app)),
                 textCell(shortRelease(release.revision).left(10)),
                 timeCell(release.deployedAt),
                 ageCell(release.deployedAt),
                 textCell(release.deployedBy),
                 textCell(hostsText(release, history)),
                 textCell(migrationsWith(state, release.id)),
                 textCell(joined({release.note, confidenceNote(release)}))};
    row.extras = {{DeploymentModel::tr("Release id"), release.id, {}},
                  {DeploymentModel::tr("Full commit"), release.revision, {}},
                  {DeploymentModel::tr("Branch"), release.branch, {}},
                  {DeploymentModel::tr("Live on"), release.liveOn.join(QStringLiteral(", ")), {}},
                  {DeploymentModel::tr("Present on"), release.presentOn.join(QStringLiteral(", ")), {}}};
    if (release.deploysUntilPruned >= 0) {
        row.extras.push_back({DeploymentModel::tr("Kept for"),
                              DeploymentModel::tr("%n more deploys", nullptr, release.deploysUntilPruned),
                              {}});
    }
    const DetailLines provenance = provenanceLines(observation);
    row.extras.insert(row.extras.end(), provenance.begin(), provenance.end());
    row.filterFields
        = {QStringLiteral("state:") + releaseStatusWord(release.status),
           QStringLiteral("status:") + statusWord(words.status), QStringLiteral("by:") + release.deployedBy.toLower(),
           QStringLiteral("app:") + history.app.toLower()};
    return row;
}

} // namespace

DeploymentModel::DeploymentModel(QObject *parent)
    : PaneModel({{tr("State"), 13},
                 {tr("Release"), 18},
                 {tr("Commit"), 11},
                 {tr("Deployed"), 18},
                 {tr("Age"), 8},
                 {tr("By"), 10},
                 {tr("Hosts"), 14},
                 {tr("Migrations"), 18},
                 {tr("Note"), 24, true}},
                parent)
{
}

std::vector<CellRow> DeploymentModel::rowsOf(const EnvironmentState &state) const
{
    std::vector<CellRow> rows;
    for (const Observation *observation : observationsOf(state, PaneKind::Deployments)) {
        const auto *history = valueAs<DeploymentHistory>(*observation);
        if (!history)
            continue;
        for (const taffrail::Release &release : history->releases)
            rows.push_back(releaseRow(state, *observation, *history, release));
    }
    return rows;
}

} // namespace taffrail::items
