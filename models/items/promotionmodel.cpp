// SPDX-License-Identifier: GPL-3.0-or-later
#include "promotionmodel.h"

#include "text.h"
#include "words.h"

#include <array>

namespace taffrail::items {

PromotionModel::PromotionModel(QObject *parent)
    : CellTable({{tr("Area"), 11},
                 {tr("What"), 30},
                 {tr("State"), 24},
                 {tr("From"), 20},
                 {tr("To"), 20},
                 {tr("In words"), 30, true}},
                parent)
{
}

QString promotionAreaTitle(PromotionArea area)
{
    switch (area) {
    case PromotionArea::Release: return PromotionModel::tr("Release");
    case PromotionArea::Migrations: return PromotionModel::tr("Migrations");
    case PromotionArea::Config: return PromotionModel::tr("Config");
    case PromotionArea::Packages: return PromotionModel::tr("Packages");
    case PromotionArea::Schema: break;
    }
    return PromotionModel::tr("Schema");
}

Cell promotionStateCell(PromotionState state)
{
    switch (state) {
    case PromotionState::Same: return statusCell(Status::Ok, PromotionModel::tr("Same"));
    case PromotionState::Ahead: return statusCell(Status::Notice, PromotionModel::tr("Would come"));
    case PromotionState::Behind: return statusCell(Status::Warning, PromotionModel::tr("Never tried before it"));
    case PromotionState::Differs: return statusCell(Status::Notice, PromotionModel::tr("Differs"));
    case PromotionState::Unknown: break;
    }
    return statusCell(Status::Unknown);
}

QString promotionText(const PromotionStep &step)
{
    std::array<int, 5> counts{};
    for (const PromotionRow &row : step.rows)
        ++counts[size_t(row.state)];
    const auto of = [&](PromotionState state) { return counts[size_t(state)]; };
    QStringList parts;
    if (of(PromotionState::Ahead) > 0)
        parts << PromotionModel::tr("%1 would come").arg(of(PromotionState::Ahead));
    if (of(PromotionState::Behind) > 0)
        parts << PromotionModel::tr("%1 never tried before it").arg(of(PromotionState::Behind));
    if (of(PromotionState::Differs) > 0)
        parts << PromotionModel::tr("%1 differ").arg(of(PromotionState::Differs));
    if (of(PromotionState::Unknown) > 0)
        parts << PromotionModel::tr("%1 unknown").arg(of(PromotionState::Unknown));
    if (parts.isEmpty()) // good news only of what was looked at
        return step.rows.empty()   ? PromotionModel::tr("Nothing was found to compare.")
            : step.notes.isEmpty() ? PromotionModel::tr("Nothing differs.")
                                   : PromotionModel::tr("Nothing differs in what was read.");
    QString text = parts.join(QStringLiteral(", "));
    if (step.rows.size() > PromotionModel::mostRows)
        text += PromotionModel::tr("; the first %1 are shown").arg(PromotionModel::mostRows);
    return text;
}

void PromotionModel::show(const PromotionStep *step)
{
    std::vector<CellRow> rows;
    for (size_t i = 0; step && i < std::min(step->rows.size(), mostRows); ++i) {
        const PromotionRow &from = step->rows[i];
        CellRow row;
        row.id = padded(qint64(i));
        row.environment = step->to;
        const Cell state = promotionStateCell(from.state);
        row.cells = {textCell(promotionAreaTitle(from.area)),
                     textCell(sanitizedLine(from.what.toUtf8())),
                     state,
                     textCell(sanitizedLine(from.from.toUtf8())),
                     textCell(sanitizedLine(from.to.toUtf8())),
                     textCell(sanitizedLine(from.words.toUtf8()))};
        row.filterFields = {QStringLiteral("area:") + promotionAreaWord(from.area),
                            QStringLiteral("state:") + promotionStateWord(from.state)};
        rows.push_back(std::move(row));
    }
    apply(std::move(rows));
}

} // namespace taffrail::items
