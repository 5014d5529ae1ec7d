// SPDX-License-Identifier: GPL-3.0-or-later
#include "readinesstext.h"

#include "text.h"

#include <algorithm>

namespace taffrail {

namespace {

constexpr int columns = 80;

QString shownWord(const ReadinessResult &result)
{
    if (!result.offReason.isEmpty())
        return QStringLiteral("off");
    return result.verdict == ReadinessVerdict::NotApplicable ? QStringLiteral("n/a") : readinessWord(result.verdict);
}

QString shownAge(const ReadinessResult &result, const QDateTime &now)
{
    return result.observedAt.isValid() ? ageText(ageOf(result.observedAt, now)) : QString();
}

/// `text` in lines of at most `columns`, the first after `first`, the others after as many blanks.
QString wrapped(const QString &first, const QString &text)
{
    const QString indent(first.size(), QLatin1Char(' '));
    QString out, line = first;
    bool isEmpty = true;
    for (const QString &word : text.split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
        if (!isEmpty && line.size() + 1 + word.size() > columns) {
            out += line + QLatin1Char('\n');
            line = indent;
            isEmpty = true;
        }
        line += (isEmpty ? QString() : QStringLiteral(" ")) + word;
        isEmpty = false;
    }
    return out + line + QLatin1Char('\n');
}

bool isTold(const ReadinessResult &result)
{
    return result.offReason.isEmpty()
        && (result.verdict == ReadinessVerdict::Fail || result.verdict == ReadinessVerdict::Unknown);
}

QString totals(const ReadinessReport &report)
{
    return QStringLiteral("%1 of %2 pass, %3 fail, %4 unknown")
        .arg(report.passed)
        .arg(report.counted)
        .arg(countOf(report, ReadinessVerdict::Fail))
        .arg(countOf(report, ReadinessVerdict::Unknown));
}

/// One cell of a Markdown table: nothing in it is markup.
QString cell(const QString &text)
{
    QString out;
    for (const QChar each : sanitizedLine(text.toUtf8(), 400)) {
        if (QStringLiteral("\\`*_{}[]<>#|!~&").contains(each))
            out += QLatin1Char('\\');
        out += each;
    }
    return out;
}

} // namespace

QString readinessText(const ReadinessReport &report, const QDateTime &now)
{
    QString out = QStringLiteral("%1: %2\n").arg(report.environment, totals(report));
    QString group;
    for (const ReadinessResult &result : report.results) {
        if (result.group != group) {
            group = result.group;
            out += QStringLiteral("\n%1\n").arg(group);
        }
        const QString age = shownAge(result, now);
        out += QStringLiteral("  %1 %2").arg(shownWord(result), -8).arg(result.title, -52).leftJustified(columns - 12)
            + age.rightJustified(age.isEmpty() ? 0 : 10) + QLatin1Char('\n');
        if (!result.offReason.isEmpty())
            out += wrapped(QStringLiteral("           switched off: "), result.offReason);
        if (!isTold(result))
            continue;
        for (const QString &line : result.evidence)
            out += wrapped(QStringLiteral("           "), line);
        if (!result.fix.isEmpty())
            out += wrapped(QStringLiteral("           fix: "), result.fix);
        out += wrapped(QStringLiteral("           code: "), result.code);
    }
    QStringList lines = out.split(QLatin1Char('\n'));
    for (QString &line : lines) {
        while (line.endsWith(QLatin1Char(' ')))
            line.chop(1);
    }
    return lines.join(QLatin1Char('\n'));
}

QString readinessMarkdown(const ReadinessReport &report, const QDateTime &now)
{
    QString out = QStringLiteral("## Readiness of %1: %2\n\nJudged at %3.\n\n| Group | Criterion | Verdict | Age | "
                                 "Evidence | Fix |\n| --- | --- | --- | --- | --- | --- |\n")
                      .arg(cell(report.environment), totals(report), rfc3339(report.judgedAt));
    for (const ReadinessResult &result : report.results) {
        QStringList evidence;
        for (const QString &line : result.evidence)
            evidence << cell(line);
        if (!result.offReason.isEmpty())
            evidence = QStringList{QStringLiteral("switched off: ") + cell(result.offReason)};
        out += QStringLiteral("| %1 | %2 | %3 | %4 | %5 | %6 |\n")
                   .arg(cell(result.group), cell(result.title), shownWord(result), shownAge(result, now),
                        evidence.join(QStringLiteral("<br>")), cell(result.fix));
    }
    return out;
}

} // namespace taffrail
