// SPDX-License-Identifier: GPL-3.0-or-later
#include "drillchecks.h"

#include <cmath>
#include <compare>

namespace taffrail {

namespace {

/// Numbers are compared as numbers, times as times; nothing when the two are not of one kind.
std::optional<std::partial_ordering> compared(const QString &a, const QString &b)
{
    bool isNumberA = false, isNumberB = false;
    const double numberA = a.toDouble(&isNumberA), numberB = b.toDouble(&isNumberB);
    if (isNumberA && isNumberB && std::isfinite(numberA) && std::isfinite(numberB))
        return numberA <=> numberB;
    const auto timeOf = [](QString text) {
        text = text.trimmed().replace(QLatin1Char(' '), QLatin1Char('T'));
        if (text.endsWith(QLatin1String("+00")))
            text += QStringLiteral(":00");
        QDateTime time = QDateTime::fromString(text, Qt::ISODateWithMs);
        if (time.timeSpec() == Qt::LocalTime)
            time.setTimeSpec(Qt::UTC); // the copy runs in UTC
        return time;
    };
    const QDateTime timeA = timeOf(a), timeB = timeOf(b);
    if (timeA.isValid() && timeB.isValid())
        return timeA.toMSecsSinceEpoch() <=> timeB.toMSecsSinceEpoch();
    return std::nullopt;
}

struct Judgement {
    CheckVerdict verdict;
    QString detail;
};

Judgement heldAgainstLive(const DrillCheck &check, const QString &seen, const QString &live, const QString &liveError)
{
    if (live.isEmpty())
        return {CheckVerdict::Unknown,
                QStringLiteral("the live database gave no answer to compare with%1")
                    .arg(liveError.isEmpty() ? QString() : QStringLiteral(": ") + liveError)};
    bool isSeen = false, isLive = false;
    const double number = seen.toDouble(&isSeen), other = live.toDouble(&isLive);
    if (!isSeen || !isLive || !std::isfinite(number) || !std::isfinite(other)) {
        if (seen == live)
            return {CheckVerdict::Passed, {}};
        return {CheckVerdict::Failed, QStringLiteral("%1, but live %2").arg(seen, live)};
    }
    const double allowed = std::abs(other) * *check.within / 100;
    if (std::abs(number - other) <= allowed)
        return {CheckVerdict::Passed, {}};
    return {CheckVerdict::Failed,
            QStringLiteral("%1, but live %2: more than %3 % apart").arg(seen, live).arg(*check.within)};
}

Judgement judgementOf(const DrillCheck &check, const QString &seen, const QString &live, const QString &liveError)
{
    if (check.within)
        return heldAgainstLive(check, seen, live, liveError);
    if (!check.equals.isEmpty())
        return seen == check.equals
            ? Judgement{CheckVerdict::Passed, {}}
            : Judgement{CheckVerdict::Failed, QStringLiteral("%1, not %2").arg(seen, check.equals)};
    for (const bool isLow : {true, false}) {
        const QString &bound = isLow ? check.minimum : check.maximum;
        if (bound.isEmpty())
            continue;
        const auto order = compared(seen, bound);
        if (!order)
            return {CheckVerdict::Unknown, QStringLiteral("%1 can't be compared with %2").arg(seen, bound)};
        if (isLow ? *order < 0 : *order > 0)
            return {CheckVerdict::Failed,
                    QStringLiteral("%1 is %2 %3")
                        .arg(seen, isLow ? QStringLiteral("below") : QStringLiteral("above"), bound)};
    }
    const bool isNoted = check.minimum.isEmpty() && check.maximum.isEmpty();
    return {isNoted ? CheckVerdict::Noted : CheckVerdict::Passed, {}};
}

} // namespace

QString expectedWords(const DrillCheck &check)
{
    if (check.within)
        return QStringLiteral("within %1 % of live").arg(*check.within);
    if (!check.equals.isEmpty())
        return check.equals;
    if (!check.minimum.isEmpty() && !check.maximum.isEmpty())
        return QStringLiteral("%1 to %2").arg(check.minimum, check.maximum);
    if (!check.minimum.isEmpty())
        return QStringLiteral("at least %1").arg(check.minimum);
    return check.maximum.isEmpty() ? QString() : QStringLiteral("at most %1").arg(check.maximum);
}

DrillCheckResult judgedCheck(const DrillCheck &check, const QString &seen, bool asked, const QString &error,
                             const QString &live, const QString &liveError)
{
    DrillCheckResult result{check.name, expectedWords(check), seen, live, CheckVerdict::Unknown, {}};
    if (!error.isEmpty()) {
        result.verdict = CheckVerdict::Failed;
        result.detail = error;
    } else if (!asked) {
        result.detail = QStringLiteral("it was not asked");
    } else if (seen.isEmpty()) {
        result.verdict = result.expected.isEmpty() ? CheckVerdict::Noted : CheckVerdict::Failed;
        result.detail = QStringLiteral("there is no answer: no row, or nothing in it");
    } else {
        const Judgement judgement = judgementOf(check, seen, live, liveError);
        result.verdict = judgement.verdict;
        result.detail = judgement.detail;
    }
    return result;
}

} // namespace taffrail
