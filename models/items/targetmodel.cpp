// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackmodels.h"

#include "linkedrows.h"
#include "releasetext.h"
#include "words.h"

#include <algorithm>

namespace taffrail::items {

namespace {

CellRow targetRow(const DeploymentHistory &history, const RollbackTarget &target, size_t place)
{
    const auto found = std::ranges::find(history.releases, target.release, &Release::id);
    const Release release = found == history.releases.end() ? Release() : *found;
    const Worded words = worded(release.status);
    CellRow row;
    row.id = padded(qint64(place)) + QLatin1Char('/') + target.release;
    row.dimmed = !target.isPossible;
    row.cells = {target.isPossible ? statusCell(Status::Ok, TargetModel::tr("Possible"))
                                   : statusCell(Status::None, TargetModel::tr("Not possible")),
                 textCell(release.version.isEmpty() ? shortRelease(target.release) : release.version),
                 textCell(words.text),
                 textCell(target.reason),
                 timeCell(release.deployedAt),
                 textCell(release.deployedBy),
                 textCell(release.liveOn.join(QStringLiteral(", "))),
                 textCell(shortRelease(release.revision).left(10))};
    row.extras = {{TargetModel::tr("Release id"), target.release, {}},
                  {TargetModel::tr("Full commit"), release.revision, {}},
                  {TargetModel::tr("Last live"), {}, target.lastLive},
                  {TargetModel::tr("Present on"), release.presentOn.join(QStringLiteral(", ")), {}}};
    row.filterFields = {QStringLiteral("by:") + release.deployedBy.toLower(),
                        QStringLiteral("state:") + releaseStatusWord(release.status)};
    return row;
}

} // namespace

QString nameIn(const DeploymentHistory &history, const QString &release)
{
    const auto found = std::ranges::find(history.releases, release, &Release::id);
    return releaseName(release, found == history.releases.end() ? QString() : found->version);
}

QStringList rollbackEntries(const EnvironmentState &state)
{
    QStringList entries;
    for (const Observation *observation : observationsOf(state, PaneKind::Deployments)) {
        if (valueAs<DeploymentHistory>(*observation))
            entries << observation->entry;
    }
    return entries;
}

const DeploymentHistory *historyOf(const EnvironmentState &state, const QString &entry)
{
    for (const Observation *observation : observationsOf(state, PaneKind::Deployments)) {
        if (observation->entry == entry)
            return valueAs<DeploymentHistory>(*observation);
    }
    return nullptr;
}

ReleasePlace releaseOfRow(const EnvironmentState &state, const QString &rowId)
{
    for (const Observation *observation : observationsOf(state, PaneKind::Deployments)) {
        const auto *history = valueAs<DeploymentHistory>(*observation);
        if (!history)
            continue;
        for (const Release &release : history->releases) {
            const QString id = releaseRowId(observation->entry, release);
            if (id == rowId || environmentRowId(state.environment->id, id) == rowId)
                return {observation->entry, release.id};
        }
    }
    return {};
}

TargetModel::TargetModel(QObject *parent)
    : CellTable({{tr("Target"), 14},
                 {tr("Release"), 16},
                 {tr("State"), 12},
                 {tr("Why not, or what to know"), 26, true},
                 {tr("Deployed"), 18},
                 {tr("By"), 8},
                 {tr("Live on"), 12},
                 {tr("Revision"), 11}},
                parent)
{
}

void TargetModel::show(const DeploymentHistory *history)
{
    m_targets = history ? rollbackTargets(*history) : std::vector<RollbackTarget>();
    std::vector<CellRow> rows;
    m_releases.clear();
    for (size_t place = 0; place < m_targets.size(); ++place) {
        rows.push_back(targetRow(*history, m_targets[place], place));
        m_releases.insert(rows.back().id, m_targets[place].release);
        m_names.insert(m_targets[place].release, nameIn(*history, m_targets[place].release));
    }
    apply(std::move(rows));
}

int TargetModel::rowOfRelease(const QString &release) const
{
    for (int row = 0; row < rowCount(); ++row) {
        if (m_releases.value(rowAt(row).id) == release)
            return row;
    }
    return -1;
}

std::optional<RollbackTarget> TargetModel::targetOf(const QString &release) const
{
    const auto found = std::ranges::find(m_targets, release, &RollbackTarget::release);
    return found == m_targets.end() ? std::nullopt : std::optional(*found);
}

} // namespace taffrail::items
