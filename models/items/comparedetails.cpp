// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparedetails.h"

#include "comparecells.h"
#include "text.h"
#include "words.h"

#include <algorithm>

namespace taffrail::items {

namespace {

constexpr int longestValue = 100'000; // characters shown of one value
constexpr int daysAccepted = 30;

QString plainLine(const QString &text, int limit = 4000)
{
    return sanitizedLine(text.toUtf8(), limit);
}

QString bounded(const QString &value)
{
    const QString text = sanitized(value.left(longestValue));
    return value.size() <= longestValue
        ? text
        : text + CompareValuesModel::tr("\n\u2026 %1 more characters").arg(value.size() - longestValue);
}

// One line of the table: an entry on a host, or what is known of an environment without one.
struct Found {
    QString value; // masked
    const ConfigEntry *entry = nullptr;
    QString host;
};

std::vector<Found> foundOf(const Matrix &matrix, int row, int column)
{
    const MatrixCell &cell = matrix.cell(row, column);
    std::vector<Found> found;
    for (const HostValue *value : hostValuesOf(matrix, row, column)) {
        if (!value->entry) {
            found.push_back({value->read ? CompareValuesModel::tr("MISSING") : CompareValuesModel::tr("not read"),
                             nullptr, value->host});
            continue;
        }
        found.push_back({shownValue(matrix, row, *value->entry), value->entry, value->host});
    }
    if (found.empty() && cell.entry)
        found.push_back({shownValue(matrix, row, column), cell.entry, cell.entry->host});
    if (found.empty())
        found.push_back({cellText(matrix, row, column), nullptr, {}});
    return found;
}

} // namespace

CompareValuesModel::CompareValuesModel(QObject *parent)
    : CellTable({{tr("Environment"), 26},
                 {tr("State"), 11},
                 {tr("Value"), 20, true},
                 {tr("File and line"), 32},
                 {tr("File changed"), 18},
                 {tr("Host"), 10},
                 {tr("Type"), 9},
                 {tr("Note"), 20}},
                parent)
{
}

void CompareValuesModel::show(const ComparisonPtr &comparison, int row)
{
    std::vector<CellRow> rows;
    m_values.clear();
    if (comparison && row >= 0 && row < int(comparison->matrix.rows.size())) {
        const Matrix &matrix = comparison->matrix;
        const MatrixRow &line = matrix.rows[size_t(row)];
        int place = 0;
        for (const int column : columnOrder(matrix)) {
            const ComparedEnvironment &environment = *matrix.environments[size_t(column)];
            const ComparedSource *source = comparedSource(environment, line.entry);
            const MatrixCell &cell = matrix.cell(row, column);
            QString title = columnTitle(environment);
            if (column == matrix.reference)
                title = tr("%1 (reference)").arg(title);
            QString state = column == matrix.reference && cell.state == CellState::Equal ? tr("reference")
                                                                                         : cellStateTitle(cell.state);
            if (cell.mixed)
                state = joined({state, tr("hosts disagree")});
            for (const Found &found : foundOf(matrix, row, column)) {
                const ConfigEntry *entry = found.entry;
                const ConfigFile *file = entry && source && source->set ? fileOf(*source->set, *entry) : nullptr;
                CellRow made;
                made.id = padded(place++);
                made.environment = environment.id;
                made.tier = int(environment.tier);
                const QString value = found.value.isEmpty() ? tr("(empty)") : found.value;
                QString note = joined({entry ? entry->note : QString(), cellNoteText(cell.note)});
                if (cell.state == CellState::Unknown)
                    note = joined({note, unknownReason(matrix, row, column)});
                made.cells = {textCell(title),
                              textCell(state),
                              textCell(plainLine(value)),
                              textCell(entry ? placeOf(*entry) : QString()),
                              timeCell(file ? file->modifiedAt : QDateTime()),
                              textCell(plainLine(found.host)),
                              textCell(entry ? configTypeWord(entry->type) : QString()),
                              textCell(plainLine(note))};
                m_values.insert(made.id, bounded(value));
                rows.push_back(std::move(made));
            }
        }
    }
    apply(std::move(rows));
}

QString CompareValuesModel::fullValue(const QString &rowId) const
{
    return m_values.value(rowId);
}

ExpectedRulesModel::ExpectedRulesModel(QObject *parent)
    : CellTable({{tr("State"), 15},
                 {tr("Key"), 22},
                 {tr("Set"), 12},
                 {tr("File"), 12},
                 {tr("May differ in"), 22},
                 {tr("Reason"), 26, true},
                 {tr("Accepted by"), 10},
                 {tr("Accepted"), 18},
                 {tr("Until"), 18}},
                parent)
{
}

QString ExpectedRulesModel::rowId(int rule)
{
    return padded(rule);
}

void ExpectedRulesModel::show(const ComparisonPtr &comparison)
{
    m_comparison = comparison;
    std::vector<CellRow> rows;
    const auto has = [](const std::vector<int> &list, int rule) { return std::ranges::find(list, rule) != list.end(); };
    const size_t count = comparison ? comparison->matrix.expected.size() : 0;
    for (size_t i = 0; i < count; ++i) {
        const Matrix &matrix = comparison->matrix;
        const ExpectedDifference &rule = matrix.expected[i];
        CellRow row;
        row.id = rowId(int(i));
        const Cell state = has(matrix.expired, int(i)) ? statusCell(Status::Warning, tr("Expired"))
            : has(matrix.stale, int(i))                ? statusCell(Status::Notice, tr("Covers nothing"))
                                                       : statusCell(Status::Ok, tr("In use"));
        row.cells = {state,
                     textCell(plainLine(rule.key)),
                     textCell(rule.entry == QLatin1String("*") ? tr("any") : plainLine(rule.entry)),
                     textCell(rule.file.isEmpty() ? tr("any") : plainLine(rule.file)),
                     textCell(plainLine(rule.environments.join(QStringLiteral(", ")))),
                     textCell(plainLine(rule.reason)),
                     textCell(plainLine(rule.author)),
                     timeCell(rule.since),
                     timeCell(rule.until)};
        row.status = state.status.value_or(Status::None) == Status::Ok ? Status::None : *state.status;
        rows.push_back(std::move(row));
    }
    apply(std::move(rows));
}

const ExpectedDifference *ExpectedRulesModel::ruleOf(const QString &rowId) const
{
    bool ok = false;
    const qlonglong rule = rowId.toLongLong(&ok);
    if (!ok || !m_comparison || rule < 0 || rule >= qlonglong(m_comparison->matrix.expected.size()))
        return nullptr;
    return &m_comparison->matrix.expected[size_t(rule)];
}

ExpectedDifference proposedRule(const Matrix &matrix, int row, const QString &author, const QDateTime &now)
{
    ExpectedDifference rule;
    const MatrixRow &line = matrix.rows[size_t(row)];
    rule.entry = line.entry;
    rule.file = line.file;
    rule.key = line.key;
    for (size_t column = 0; column < matrix.environments.size(); ++column) {
        const CellState state = matrix.cell(row, int(column)).state;
        const bool differs = state != CellState::Equal && state != CellState::SecretSame && state != CellState::Expected
            && state != CellState::Unknown;
        if (differs && int(column) != matrix.reference)
            rule.environments << matrix.environments[column]->id;
    }
    rule.author = author;
    rule.since = now;
    rule.until = now.addDays(daysAccepted);
    return rule;
}

QString ruleTrouble(const ExpectedDifference &rule, const QDateTime &now)
{
    if (rule.key.trimmed().isEmpty())
        return ExpectedRulesModel::tr("A key or a pattern is needed.");
    if (rule.environments.isEmpty())
        return ExpectedRulesModel::tr("Tick at least one environment that may differ.");
    if (rule.reason.trimmed().isEmpty())
        return ExpectedRulesModel::tr("A reason is needed: it is kept with the rule.");
    if (!rule.until.isValid() || rule.until <= now)
        return ExpectedRulesModel::tr("The last day must be in the future.");
    return {};
}

} // namespace taffrail::items
