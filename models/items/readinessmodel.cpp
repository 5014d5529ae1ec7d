// SPDX-License-Identifier: GPL-3.0-or-later
#include "readinessmodel.h"

#include "text.h"
#include "words.h"

#include <algorithm>

namespace taffrail::items {

namespace {

std::vector<ColumnSpec> columnsFor(const QStringList &environments)
{
    std::vector<ColumnSpec> columns{{ReadinessModel::tr("Criterion"), 40, true}, {ReadinessModel::tr("Group"), 11}};
    for (const QString &environment : environments)
        columns.push_back({sanitizedLine(environment.toUtf8(), 40), 20});
    return columns;
}

QString ageOf(const ReadinessResult &result, const QDateTime &now)
{
    // The clock of the page moves in steps: what was seen since is of now.
    return result.observedAt.isValid() ? relativeText(std::min(result.observedAt, now), now) : QString();
}

QString cellText(const ReadinessResult &result, const QDateTime &now)
{
    const QString age = ageOf(result, now);
    const QString word = readinessShown(result).text;
    return age.isEmpty() ? word : QStringLiteral("%1 \u00b7 %2").arg(word, age);
}

QString linesOf(const ReadinessResult &result, const QDateTime &now)
{
    QStringList lines{readinessShown(result).text};
    if (result.observedAt.isValid()) { // an age would stand still here while that in the table goes on
        const bool isToday = result.observedAt.toUTC().date() == now.toUTC().date();
        lines.front() = ReadinessModel::tr("%1, as of %2")
                            .arg(lines.front(),
                                 result.observedAt.toUTC().toString(isToday ? QStringLiteral("HH:mm:ss'Z'")
                                                                            : QStringLiteral("yyyy-MM-dd HH:mm'Z'")));
    }
    if (!result.offReason.isEmpty())
        lines << QStringLiteral("  ") + ReadinessModel::tr("Switched off: %1").arg(result.offReason);
    for (const QString &line : result.evidence)
        lines << QStringLiteral("  ") + line;
    if (!result.fix.isEmpty())
        lines << QStringLiteral("  ") + ReadinessModel::tr("Fix: %1").arg(result.fix);
    return lines.join(QLatin1Char('\n'));
}

} // namespace

ReadinessWord readinessShown(const ReadinessResult &result)
{
    if (!result.offReason.isEmpty())
        return {ReadinessModel::tr("Off"), Status::Muted};
    switch (result.verdict) {
    case ReadinessVerdict::Pass: return {ReadinessModel::tr("Pass"), Status::Ok};
    case ReadinessVerdict::Fail: return {ReadinessModel::tr("Fail"), Status::Warning};
    case ReadinessVerdict::NotApplicable: return {ReadinessModel::tr("Not applicable"), Status::None};
    case ReadinessVerdict::Unknown: break;
    }
    return {ReadinessModel::tr("Unknown"), Status::Unknown};
}

ReadinessModel::ReadinessModel(const QStringList &environments, QObject *parent)
    : CellTable(columnsFor(environments), parent),
      m_environments(environments)
{
}

const ReadinessResult *ReadinessModel::resultOf(const QString &environment, const QString &code) const
{
    const ReadinessCardPtr card = m_cards.value(environment);
    if (!card)
        return nullptr;
    const auto found = std::ranges::find(card->report.results, code, &ReadinessResult::code);
    return found == card->report.results.end() ? nullptr : &*found;
}

CellRow ReadinessModel::rowOf(size_t index) const
{
    const auto any
        = std::ranges::find_if(m_environments, [this](const QString &each) { return m_cards.contains(each); });
    const ReadinessResult &criterion = m_cards.value(*any)->report.results[index];
    CellRow row;
    row.id = padded(qint64(index)) + QLatin1Char(' ') + criterion.code;
    row.cells = {textCell(criterion.title), textCell(criterion.group)};
    row.extras.push_back({tr("Code"), criterion.code, {}});
    row.filterFields << QStringLiteral("group:") + criterion.group.toLower()
                     << QStringLiteral("code:") + criterion.code;
    for (const QString &environment : m_environments) {
        const ReadinessResult *result = resultOf(environment, criterion.code);
        if (!result) {
            row.cells.push_back(textCell({}));
            continue;
        }
        const ReadinessWord word = readinessShown(*result);
        row.status = worse(row.status, word.status);
        row.cells.push_back(statusCell(word.status, cellText(*result, now())));
        row.filterFields << QStringLiteral("is:") + readinessWord(result->verdict);
        row.extras.push_back({environment, linesOf(*result, now()), result->observedAt});
    }
    return row;
}

void ReadinessModel::fill()
{
    const auto any
        = std::ranges::find_if(m_environments, [this](const QString &each) { return m_cards.contains(each); });
    std::vector<CellRow> rows;
    m_words.clear();
    for (size_t i = 0; any != m_environments.end() && i < m_cards.value(*any)->report.results.size(); ++i) {
        rows.push_back(rowOf(i));
        for (const Cell &cell : rows.back().cells)
            m_words << cell.text;
    }
    apply(std::move(rows));
}

void ReadinessModel::take(const ReadinessCardPtr &card)
{
    if (!m_environments.contains(card->report.environment))
        return;
    m_cards.insert(card->report.environment, card);
    fill();
}

void ReadinessModel::setNow(const QDateTime &now)
{
    const bool isLater = !this->now().isValid() || this->now().secsTo(now) >= 10 || now < this->now();
    if (!isLater)
        return; // ages are told in words of a minute and more
    CellTable::setNow(now);
    fill();
}

QString ReadinessModel::evidenceText(const QString &rowId, const QString &environment) const
{
    const QString code = rowId.section(QLatin1Char(' '), 1);
    QStringList parts;
    for (const QString &each : m_environments) {
        const ReadinessResult *result = resultOf(each, code);
        if (!result || (!environment.isEmpty() && each != environment))
            continue;
        if (parts.isEmpty())
            parts << QStringLiteral("%1 (%2)").arg(result->title, result->code);
        parts << QStringLiteral("%1: %2").arg(each, linesOf(*result, now()));
    }
    return parts.join(QStringLiteral("\n\n"));
}

QString ReadinessModel::totals() const
{
    QStringList parts;
    for (const QString &environment : m_environments) {
        const ReadinessCardPtr card = m_cards.value(environment);
        if (!card)
            continue;
        QString text = tr("%1: %2 of %3").arg(environment).arg(card->report.passed).arg(card->report.counted);
        // The last one of another day: how it went since.
        const auto before
            = std::ranges::find_if(card->earlier.rbegin(), card->earlier.rend(), [&](const ReadinessTotal &each) {
                  return each.at.date() < card->report.judgedAt.date();
              });
        if (before != card->earlier.rend())
            text += tr(" (%1 of %2 on %3)")
                        .arg(before->passed)
                        .arg(before->counted)
                        .arg(before->at.date().toString(Qt::ISODate));
        parts << text;
    }
    return parts.join(QStringLiteral(" \u00b7 "));
}

} // namespace taffrail::items
