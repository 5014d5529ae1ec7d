// SPDX-License-Identifier: GPL-3.0-or-later
#include "panemodels.h"
#include "text.h"
#include "words.h"

namespace taffrail::items {

namespace {

QString evidenceText(const QVariant &value)
{
    if (value.metaType().id() == QMetaType::QDateTime)
        return utcText(value.toDateTime());
    return value.metaType().id() == QMetaType::QStringList ? value.toStringList().join(QStringLiteral(", "))
                                                           : value.toString();
}

CellRow findingRow(const Finding &finding, int order)
{
    CellRow row;
    row.id = joined({paneWord(finding.pane), finding.code, finding.entry, finding.subject, finding.title});
    row.status = finding.expected ? Status::Muted : finding.severity;
    row.cells = {statusCell(row.status),    textCell(paneTitle(finding.pane)),
                 textCell(finding.subject), textCell(finding.title),
                 textCell(finding.hint),    ageCell(finding.observedAt)};
    // Worst first, then in the order of the rules.
    row.cells[FindingModel::State].sort = int(row.status) * 100'000 - order;
    row.extras.push_back({FindingModel::tr("Code"), finding.code, {}});
    for (auto item = finding.evidence.cbegin(); item != finding.evidence.cend(); ++item) {
        const bool time = item.value().metaType().id() == QMetaType::QDateTime;
        row.extras.push_back({item.key(), evidenceText(item.value()), time ? item.value().toDateTime() : QDateTime()});
    }
    if (finding.expected) {
        row.extras.push_back({FindingModel::tr("Accepted by"), finding.expected->by, {}});
        row.extras.push_back({FindingModel::tr("Accepted because"), finding.expected->reason, {}});
        row.extras.push_back(
            {FindingModel::tr("Accepted until"), utcText(finding.expected->until), finding.expected->until});
    }
    row.filterFields = {QStringLiteral("status:") + statusWord(row.status),
                        QStringLiteral("pane:") + paneWord(finding.pane), QStringLiteral("code:") + finding.code};
    return row;
}

} // namespace

FindingModel::FindingModel(QObject *parent)
    : PaneModel({{tr("State"), 11},
                 {tr("Pane"), 12},
                 {tr("Subject"), 12},
                 {tr("Finding"), 34, true},
                 {tr("What next"), 32},
                 {tr("As of"), 8}},
                parent)
{
}

std::vector<CellRow> FindingModel::rowsOf(const EnvironmentState &state) const
{
    std::vector<CellRow> rows;
    int order = 0;
    for (const Finding &finding : state.assessment.findings) {
        if (finding.severity > Status::Ok)
            rows.push_back(findingRow(finding, order++));
    }
    return rows;
}

} // namespace taffrail::items
