// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackmodels.h"
#include "releasetext.h"
#include "rollbackwords.h"

namespace taffrail::items {

GateModel::GateModel(QObject *parent)
    : CellTable({{tr("Verdict"), 11},
                 {tr("Question"), 30},
                 {tr("About"), 14},
                 {tr("Answer"), 40, true},
                 {tr("Evidence"), 22},
                 {tr("Age"), 7}},
                parent)
{
}

void GateModel::show(const std::vector<Gate> &gates, const QHash<QString, QString> &marks)
{
    std::vector<CellRow> rows;
    QHash<QString, QString> rowMarks;
    m_words.clear();
    const QStringList ids = gateRowIds(gates);
    for (const Gate &gate : gates) {
        const Worded words = worded(gate.verdict);
        CellRow row;
        const QString id = ids[qsizetype(rows.size())];
        row.id = padded(qint64(rows.size())) + QLatin1Char('/') + id;
        if (marks.contains(id))
            rowMarks.insert(row.id, marks.value(id));
        m_words.insert(row.id, gateText(gate));
        row.status = words.status;
        Cell verdict = statusCell(words.status, words.text);
        verdict.sort = int(gate.verdict);
        row.cells = {verdict,
                     textCell(gateQuestion(gate.code)),
                     textCell(shortRelease(gate.subject)),
                     textCell(gate.answer),
                     textCell(evidenceText(gate.evidence)),
                     ageCell(gate.observedAt)};
        row.reason = gate.verdict == Verdict::Pass ? QString() : gate.hint;
        row.extras = {{tr("Rests on"), gate.entry, {}},
                      {tr("Observed"), {}, gate.observedAt},
                      {tr("May be set aside"), gate.overridable ? tr("yes, with a reason") : tr("no"), {}},
                      {tr("Code"), gate.code, {}}};
        row.filterFields = {QStringLiteral("verdict:") + verdictWord(gate.verdict)};
        rows.push_back(std::move(row));
    }
    apply(std::move(rows));
    setMarks(rowMarks);
}

ChangeModel::ChangeModel(QObject *parent)
    : CellTable({{tr("What"), 11}, {tr("On"), 20}, {tr("Now"), 24}, {tr("Afterwards"), 24, true}}, parent)
{
}

void ChangeModel::show(const std::vector<PlannedChange> &changes, const QHash<QString, QString> &marks)
{
    std::vector<CellRow> rows;
    QHash<QString, QString> rowMarks;
    const QStringList ids = changeRowIds(changes);
    for (const PlannedChange &change : changes) {
        CellRow row;
        const QString id = ids[qsizetype(rows.size())];
        row.id = padded(qint64(rows.size())) + QLatin1Char('/') + id;
        if (marks.contains(id))
            rowMarks.insert(row.id, marks.value(id));
        row.cells = {textCell(change.kind), textCell(change.subject), textCell(shortRelease(change.before)),
                     textCell(shortRelease(change.after))};
        for (const auto &[title, value] :
             {std::pair(tr("Now"), change.before), std::pair(tr("Afterwards"), change.after)}) {
            if (shortRelease(value) != value)
                row.extras.push_back({title, value, {}});
        }
        row.filterFields = {QStringLiteral("what:") + change.kind};
        rows.push_back(std::move(row));
    }
    apply(std::move(rows));
    setMarks(rowMarks);
}

PlannedStepModel::PlannedStepModel(QObject *parent)
    : CellTable({{tr("Host"), 14}, {tr("No."), 5}, {tr("Step"), 34}, {tr("Command"), 40, true}}, parent)
{
}

void PlannedStepModel::show(const std::vector<HostPlan> &hosts)
{
    std::vector<CellRow> rows;
    for (size_t host = 0; host < hosts.size(); ++host) {
        const std::vector<PlannedStep> &steps = hosts[host].steps;
        for (size_t step = 0; step < steps.size(); ++step) {
            CellRow row;
            row.id = padded(qint64(host)) + QLatin1Char('/') + padded(qint64(step));
            QString firstLine = steps[step].command.section(QLatin1Char('\n'), 0, 0);
            if (firstLine.size() < steps[step].command.trimmed().size())
                firstLine += QStringLiteral(" \u2026");
            row.cells = {textCell(hosts[host].host), numberCell(QString::number(step + 1), int(step)),
                         textCell(steps[step].title), textCell(firstLine)};
            row.extras = {{tr("Whole command"), steps[step].command, {}}};
            row.filterFields = {QStringLiteral("host:") + hosts[host].host.toLower()};
            rows.push_back(std::move(row));
        }
    }
    apply(std::move(rows));
}

QString PlannedStepModel::hostAt(int row) const
{
    return row < 0 || row >= rowCount() ? QString() : rowAt(row).cells[Host].text;
}

} // namespace taffrail::items
