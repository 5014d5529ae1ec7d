// SPDX-License-Identifier: GPL-3.0-or-later
#include "panemodels.h"
#include "words.h"

namespace taffrail::items {

namespace {

/// "80 / 95 %": from where it is a warning, from where critical. One alone is named.
QString limitText(const HealthCheck &check)
{
    const QString warning = figureText(check.warning, check.unit), critical = figureText(check.critical, check.unit);
    if (warning.isEmpty() || critical.isEmpty())
        return !warning.isEmpty() ? HealthModel::tr("warn %1").arg(warning)
            : !critical.isEmpty() ? HealthModel::tr("crit %1").arg(critical)
                                  : QString();
    const qsizetype blank = critical.lastIndexOf(QLatin1Char(' '));
    const QString unit = blank < 0 ? QString() : critical.mid(blank);
    const bool sameUnit = !unit.isEmpty() && warning.endsWith(unit);
    return HealthModel::tr("%1 / %2").arg(sameUnit ? warning.chopped(unit.size()) : warning, critical);
}

QString limitWords(const HealthCheck &check)
{
    QStringList limits;
    if (check.warning)
        limits << HealthModel::tr("warn %1").arg(figureText(check.warning, check.unit));
    if (check.critical)
        limits << HealthModel::tr("crit %1").arg(figureText(check.critical, check.unit));
    return limits.join(QStringLiteral(", "));
}

Cell sinceCell(const EnvironmentState &state, const Observation &observation, const HealthCheck &check)
{
    const auto since = state.since.constFind(sinceKey(observation.entry, check));
    if (since == state.since.cend() || since->status != check.status)
        return textCell(HealthModel::tr("unknown"));
    return since->isLowerBound ? atLeastCell(since->at) : ageCell(since->at);
}

CellRow checkRow(const EnvironmentState &state, const Observation &observation, const HealthReport &report,
                 const HealthCheck &check)
{
    const SourceEntry *entry = state.environment->entry(observation.entry);
    const QString runbook = entry ? entry->runbook : QString();
    const QDateTime dataAt = check.dataAt.isValid() ? check.dataAt : observation.lastGood->at;
    CellRow row;
    row.id = joined({observation.entry, check.host, check.code, check.subject});
    row.status = check.status;
    row.stale = state.assessment.pane(PaneKind::Health).stale;
    const QString name = check.subject.isEmpty() ? check.code : check.code + QLatin1Char(' ') + check.subject;
    row.cells
        = {statusCell(check.status),
           textCell(name),
           numberCell(figureText(check.value, check.unit), check.value ? QVariant(*check.value) : QVariant(-1e300)),
           textCell(limitText(check)),
           sinceCell(state, observation, check),
           ageCell(dataAt),
           textCell(check.host),
           textCell(runbook),
           textCell(check.text)};
    row.extras = {{HealthModel::tr("Limits"), limitWords(check), {}},
                  {HealthModel::tr("Next"), check.hint, {}},
                  {HealthModel::tr("Data from"), utcText(dataAt), dataAt}};
    if (!report.version.isEmpty())
        row.extras.push_back({HealthModel::tr("Version reported"), report.version, {}});
    const DetailLines provenance = provenanceLines(observation);
    row.extras.insert(row.extras.end(), provenance.begin(), provenance.end());
    row.filterFields = {QStringLiteral("status:") + statusWord(check.status), QStringLiteral("check:") + check.code,
                        QStringLiteral("host:") + check.host.toLower()};
    return row;
}

} // namespace

HealthModel::HealthModel(QObject *parent)
    : PaneModel({{tr("State"), 11},
                 {tr("Check"), 13},
                 {tr("Value"), 7},
                 {tr("Limit"), 9},
                 {tr("Since"), 7},
                 {tr("Last run"), 6},
                 {tr("Host"), 9},
                 {tr("Runbook"), 10},
                 {tr("Reading"), 34, true}},
                parent)
{
}

std::vector<CellRow> HealthModel::rowsOf(const EnvironmentState &state) const
{
    std::vector<CellRow> rows;
    for (const Observation *observation : observationsOf(state, PaneKind::Health)) {
        const auto *report = valueAs<HealthReport>(*observation);
        if (!report)
            continue;
        for (const HealthCheck &check : report->checks)
            rows.push_back(checkRow(state, *observation, *report, check));
    }
    return rows;
}

} // namespace taffrail::items
