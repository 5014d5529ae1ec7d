// SPDX-License-Identifier: GPL-3.0-or-later
#include "drift.h"

#include "matrixbuilder.h"

namespace taffrail {

std::shared_ptr<const ComparedEnvironment> settingsOf(const EnvironmentSpec &environment, const Snapshot &snapshot)
{
    auto found = std::make_shared<ComparedEnvironment>();
    found->id = environment.id;
    found->name = environment.name;
    found->tier = environment.tier;
    for (const SourceEntry &entry : environment.entries) {
        if (entry.pane != PaneKind::Configs)
            continue;
        ComparedSource source;
        source.entry = entry.id;
        source.source = entry.source;
        const Observation *observation = snapshot.observation(entry.id);
        if (observation && observation->lastGood) {
            source.readAt = observation->lastGood->at;
            const ValuePtr &value = *observation->lastGood->result;
            if (const auto *set = std::get_if<ConfigSet>(value.get()))
                source.set = std::shared_ptr<const ConfigSet>(value, set); // lives as long as the value
        }
        if (observation && observation->error() && !source.set)
            source.error = *observation->error();
        found->sources.push_back(std::move(source));
    }
    return found;
}

std::vector<DriftedKey> changedSince(const ComparedEnvironment &baseline, const Facts &facts)
{
    // A reference to what the caller owns, for the length of this function.
    const std::shared_ptr<const ComparedEnvironment> before(std::shared_ptr<const ComparedEnvironment>(), &baseline);
    const Matrix matrix = compareConfigs({before, settingsOf(facts.environment, facts.snapshot)}, 0, {}, {}, facts.now);
    std::vector<DriftedKey> changed;
    for (size_t row = 0; row < matrix.rows.size(); ++row) {
        const CellState state = matrix.cell(qsizetype(row), 1).state;
        if (isDifference(state))
            changed.push_back({matrix.rows[row].entry, matrix.rows[row].file, matrix.rows[row].key, state});
    }
    return changed;
}

std::vector<DriftedKey> hostDifferences(const Facts &facts)
{
    static const std::vector<ExpectedDifference> none;
    const Matrix matrix = compareConfigs({settingsOf(facts.environment, facts.snapshot)}, 0, {},
                                         facts.expected ? *facts.expected : none, facts.now);
    std::vector<DriftedKey> differing;
    for (size_t row = 0; row < matrix.rows.size(); ++row) {
        const MatrixCell &cell = matrix.cell(qsizetype(row), 0);
        if (cell.mixed && cell.expected < 0)
            differing.push_back({matrix.rows[row].entry, matrix.rows[row].file, matrix.rows[row].key, cell.state});
    }
    return differing;
}

} // namespace taffrail
