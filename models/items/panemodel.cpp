// SPDX-License-Identifier: GPL-3.0-or-later
#include "panemodels.h"

#include "linkedrows.h"

namespace taffrail::items {

void PaneModel::show(const EnvironmentStatePtr &state)
{
    if (!state || !state->environment) {
        apply({});
        return;
    }
    std::vector<CellRow> rows = rowsOf(*state);
    for (CellRow &row : rows) {
        // Of another environment means another row, even when the tools use the same ids there.
        row.id = environmentRowId(state->environment->id, row.id);
        row.environment = state->environment->id;
        row.tier = int(state->environment->tier);
    }
    apply(std::move(rows));
}

QDateTime lastDeployOf(const EnvironmentState &state)
{
    QDateTime newest;
    if (!state.snapshot)
        return newest;
    for (const Observation &observation : state.snapshot->observations) {
        const auto *history = valueAs<DeploymentHistory>(observation);
        if (!history)
            continue;
        for (const Release &release : history->releases) {
            const bool live = release.status == ReleaseStatus::Live || !release.liveOn.isEmpty();
            if (live && release.deployedAt.isValid() && (!newest.isValid() || release.deployedAt > newest))
                newest = release.deployedAt;
        }
    }
    return newest;
}

} // namespace taffrail::items
