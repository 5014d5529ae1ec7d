// SPDX-License-Identifier: GPL-3.0-or-later
#include "boardmodel.h"

#include "text.h"
#include "words.h"

#include <algorithm>
#include <limits>

namespace taffrail::items {

namespace {

constexpr std::array boardPanes{PaneKind::Deployments, PaneKind::Migrations, PaneKind::Backups, PaneKind::Health};

bool isGoodNews(Status status)
{
    return status == Status::Ok || status == Status::Notice || status == Status::Running;
}

// The same limit as the domain's isStale(), held here against the clock of the window.
std::chrono::milliseconds limitOf(const Observation &observation)
{
    return std::max(3 * observation.interval, std::chrono::milliseconds(90'000));
}

bool isTooOld(const Observation &observation, const QDateTime &now)
{
    return observation.lastGood && observation.lastGood->at.addMSecs(limitOf(observation).count()) < now;
}

bool hasOldEvidence(const EnvironmentState &state, PaneKind pane, const QDateTime &now)
{
    return state.snapshot && std::ranges::any_of(state.snapshot->observations, [&](const Observation &observation) {
               return observation.pane == pane && isTooOld(observation, now);
           });
}

// Whether the row shows good news that the clock has overtaken, in any of its cells.
bool isOverdue(const EnvironmentState &state, const CellRow &row, const QDateTime &now)
{
    for (size_t i = 0; i < boardPanes.size(); ++i) {
        const Status told = row.cells[BoardModel::Release + i].status.value_or(Status::None);
        if (isGoodNews(told) && hasOldEvidence(state, boardPanes[i], now))
            return true;
    }
    return isGoodNews(row.status) && shownStatus(state, now) != row.status;
}

Cell paneCell(const EnvironmentState &state, PaneKind pane, const QDateTime &now)
{
    const Status status = shownPaneStatus(state, pane, now);
    QString text = state.assessment.pane(pane).summary;
    if (status == Status::None)
        text.clear();
    else if (text.isEmpty())
        text = statusTitle(status);
    Cell cell = textCell(text);
    cell.sort = int(status);
    if (status != Status::None)
        cell.status = status;
    cell.stale = state.assessment.pane(pane).stale || status == Status::Stale;
    return cell;
}

QStringList fieldsOf(const EnvironmentSpec &spec, Status status)
{
    QStringList fields{QStringLiteral("env:") + spec.id,
                       QStringLiteral("env:") + spec.name,
                       QStringLiteral("service:") + spec.service,
                       QStringLiteral("tier:") + tierWord(spec.tier),
                       QStringLiteral("kind:") + tierWord(spec.tier),
                       QStringLiteral("status:") + statusWord(status)};
    for (const QString &tag : spec.tags)
        fields << QStringLiteral("tag:") + tag;
    for (QString &field : fields)
        field = field.toLower();
    return fields;
}

} // namespace

Status shownPaneStatus(const EnvironmentState &state, PaneKind pane, const QDateTime &now)
{
    const Status status = state.assessment.pane(pane).status;
    return isGoodNews(status) && hasOldEvidence(state, pane, now) ? Status::Stale : status;
}

Status shownStatus(const EnvironmentState &state, const QDateTime &now)
{
    const Status status = state.assessment.status;
    if (!isGoodNews(status))
        return status;
    const bool old = std::ranges::any_of(
        boardPanes, [&](PaneKind pane) { return shownPaneStatus(state, pane, now) == Status::Stale; });
    return old ? Status::Stale : status;
}

qint64 goodUntil(const EnvironmentState &state)
{
    qint64 until = std::numeric_limits<qint64>::max();
    for (size_t i = 0; state.snapshot && i < state.snapshot->observations.size(); ++i) {
        const Observation &observation = state.snapshot->observations[i];
        if (observation.lastGood)
            until = std::min(until, observation.lastGood->at.toMSecsSinceEpoch() + limitOf(observation).count());
    }
    return until;
}

QString reasonText(const EnvironmentState &state)
{
    if (state.assessment.status < Status::Warning)
        return {};
    for (const Finding &finding : state.assessment.findings) {
        if (!finding.expected && finding.severity >= Status::Warning)
            return finding.subject.isEmpty() || finding.title.contains(finding.subject)
                ? finding.title
                : finding.subject + QStringLiteral(": ") + finding.title;
    }
    if (!state.snapshot)
        return BoardModel::tr("Nothing was read yet.");
    for (const Observation &observation : state.snapshot->observations) {
        if (const Error *error = observation.error())
            return sentence(*error);
    }
    for (const Link &link : state.snapshot->links) {
        if (link.error)
            return sentence(*link.error);
    }
    return {};
}

BoardModel::BoardModel(QObject *parent)
    : CellTable({{tr("Environment"), 28},
                 {tr("Overall"), 13},
                 {tr("Release"), 20},
                 {tr("Migrations"), 15},
                 {tr("Backup"), 14},
                 {tr("Health"), 14, true},
                 {tr("As of"), 8}},
                parent)
{
}

CellRow BoardModel::rowOfState(const EnvironmentState &state) const
{
    const EnvironmentSpec &spec = *state.environment;
    const Status status = shownStatus(state, now());
    CellRow row;
    row.id = spec.id;
    row.environment = spec.id;
    row.tier = int(spec.tier);
    row.status = status;
    row.reason = reasonText(state);
    row.cells = {textCell(spec.name.isEmpty() ? spec.id : spec.name), statusCell(status)};
    row.cells.back().stale = state.assessment.stale || status == Status::Stale;
    for (const PaneKind pane : boardPanes)
        row.cells.push_back(paneCell(state, pane, now()));
    row.cells.push_back(ageCell(state.assessment.observedAt));
    row.extras = {{tr("Kind"), tierTitle(spec.tier), {}},
                  {tr("Service"), spec.service, {}},
                  {tr("Id"), spec.id, {}},
                  {tr("Oldest reading"), utcText(state.assessment.observedAt), state.assessment.observedAt}};
    if (!spec.runbook.isEmpty())
        row.extras.push_back({tr("Runbook"), spec.runbook, {}});
    row.filterFields = fieldsOf(spec, status);
    return row;
}

void BoardModel::setEnvironments(const std::vector<EnvironmentSpecPtr> &environments)
{
    m_environments.clear();
    std::vector<CellRow> rows;
    for (const EnvironmentSpecPtr &spec : environments) {
        m_environments.insert(spec->id, spec);
        const EnvironmentStatePtr known = m_states.value(spec->id);
        EnvironmentState state = known ? *known : EnvironmentState{spec, {}, {}, now()};
        state.environment = spec; // may be named otherwise now
        if (!known) {
            state.assessment.status = Status::Unknown;
            for (PaneAssessment &pane : state.assessment.panes)
                pane.status = Status::Unknown;
        }
        rows.push_back(rowOfState(state));
        if (known)
            m_states.insert(spec->id, std::make_shared<const EnvironmentState>(std::move(state)));
    }
    m_states.removeIf([this](const auto &entry) { return !m_environments.contains(entry.key()); });
    apply(std::move(rows));
    tellCounts();
}

void BoardModel::applyState(const EnvironmentStatePtr &state)
{
    if (!state || !state->environment || !m_environments.contains(state->environment->id))
        return;
    m_states.insert(state->environment->id, state);
    m_goodUntil.insert(state->environment->id, goodUntil(*state));
    applyRow(rowOfState(*state));
    tellCounts();
}

void BoardModel::setNow(const QDateTime &now)
{
    CellTable::setNow(now);
    const qint64 at = now.toMSecsSinceEpoch();
    for (const EnvironmentStatePtr &state : std::as_const(m_states)) {
        if (at <= m_goodUntil.value(state->environment->id))
            continue;
        const int row = rowOf(state->environment->id);
        if (row >= 0 && isOverdue(*state, rowAt(row), now))
            applyRow(rowOfState(*state));
    }
    tellCounts();
}

QMap<Status, int> BoardModel::counts() const
{
    QMap<Status, int> counts;
    for (int row = 0; row < rowCount(); ++row)
        ++counts[rowAt(row).status];
    return counts;
}

void BoardModel::tellCounts()
{
    QMap<Status, int> now = counts();
    if (now == m_toldCounts)
        return;
    m_toldCounts = std::move(now);
    emit countsChanged();
}

} // namespace taffrail::items
