// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackpolicy.h"

#include "text.h"

#include <QRegularExpression>
#include <QTimeZone>

#include <algorithm>

namespace taffrail {

namespace {

QStringList namesOf(const QVariant &value)
{
    return value.typeId() == QMetaType::QString ? QStringList{value.toString()} : value.toStringList();
}

void readMinFreeDisk(const QString &text, RollbackPolicy &policy)
{
    static const QRegularExpression shape(QStringLiteral("\\A([0-9]+(?:\\.[0-9]+)?)(%|[KMGT]iB)\\z"));
    const auto match = shape.match(text);
    if (!match.hasMatch())
        return;
    const double number = match.captured(1).toDouble();
    const QString unit = match.captured(2);
    if (unit == QLatin1String("%"))
        policy.minFreeShare = number / 100;
    else
        policy.minFreeBytes = qint64(number * double(1LL << (10 * (1 + QStringLiteral("KMGT").indexOf(unit[0])))));
}

int dayOf(const QString &word)
{
    static const QStringList days{QStringLiteral("mon"), QStringLiteral("tue"), QStringLiteral("wed"),
                                  QStringLiteral("thu"), QStringLiteral("fri"), QStringLiteral("sat"),
                                  QStringLiteral("sun")};
    return int(days.indexOf(word.left(3).toLower())) + 1; // 0 = none
}

/// 1 … 7 for "Mon-Fri", "Sat,Sun", "daily"; empty when it cannot be read.
QList<int> daysOf(const QString &text)
{
    QList<int> days;
    if (text.compare(QLatin1String("daily"), Qt::CaseInsensitive) == 0)
        return {1, 2, 3, 4, 5, 6, 7};
    for (const QString &part : text.split(QLatin1Char(','))) {
        const int first = dayOf(part.section(QLatin1Char('-'), 0, 0).trimmed());
        const int last = part.contains(QLatin1Char('-')) ? dayOf(part.section(QLatin1Char('-'), 1).trimmed()) : first;
        if (first == 0 || last == 0)
            return {};
        for (int day = first;; day = day % 7 + 1) {
            days << day;
            if (day == last)
                break;
        }
    }
    return days;
}

/// Minutes since midnight; 24:00 is the end of the day. -1 = not a time.
int minutesOf(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A([01]?[0-9]|2[0-4]):([0-5][0-9])\\z"));
    const auto match = shape.match(text);
    const int minutes = match.captured(1).toInt() * 60 + match.captured(2).toInt();
    return match.hasMatch() && minutes <= 24 * 60 ? minutes : -1;
}

std::optional<bool> isInRange(const QString &range, const QDateTime &now)
{
    static const QRegularExpression shape(QStringLiteral("\\A(\\S+)\\s+([0-9:]+)\\s*-\\s*([0-9:]+)(?:\\s+(\\S+))?\\z"));
    const auto match = shape.match(range.trimmed());
    const QTimeZone zone(match.captured(4).isEmpty() || match.captured(4) == QLatin1String("UTC")
                             ? QByteArrayLiteral("UTC")
                             : match.captured(4).toLatin1());
    const QList<int> days = daysOf(match.captured(1));
    const int from = minutesOf(match.captured(2)), to = minutesOf(match.captured(3));
    if (!match.hasMatch() || days.isEmpty() || from < 0 || to < 0 || from == to || !zone.isValid())
        return std::nullopt;
    const QDateTime local = now.toTimeZone(zone);
    const int minute = local.time().hour() * 60 + local.time().minute();
    const int today = local.date().dayOfWeek(), yesterday = today == 1 ? 7 : today - 1;
    if (from < to)
        return days.contains(today) && minute >= from && minute < to;
    return (days.contains(today) && minute >= from) || (days.contains(yesterday) && minute < to);
}

} // namespace

RollbackPolicy rollbackPolicyOf(const SourceEntry &entry, QStringList &problems)
{
    const QVariantMap &written = entry.rollback;
    const auto text = [&](const char *key) { return written.value(QLatin1String(key)).toString(); };
    RollbackPolicy policy;
    policy.method = text("method");
    policy.restart = text("restart");
    policy.sudo = written.value(QStringLiteral("sudo")).toBool();
    policy.command = written.value(QStringLiteral("command")).toStringList();
    policy.environmentOfRelease = text("container_environment") == QLatin1String("release");
    policy.migratesAtStart = written.value(QStringLiteral("migrates_at_start")).toBool();
    if (const auto limit = parseDuration(text("restart_timeout")))
        policy.restartLimit = std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(*limit));
    if (const auto limit = parseDuration(text("command_timeout")))
        policy.commandLimit = std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(*limit));
    if (const auto patience = parseDuration(text("verify_timeout")))
        policy.patience = std::chrono::duration_cast<std::chrono::seconds>(*patience);
    policy.healthGate = namesOf(written.value(QStringLiteral("health_gate")));
    policy.migrations = namesOf(written.value(QStringLiteral("migrations")));
    policy.backups = namesOf(written.value(QStringLiteral("backups")));
    policy.approvals = written.value(QStringLiteral("approvals")).toInt();
    policy.window = text("window");
    readMinFreeDisk(text("min_free_disk"), policy);
    if (const QVariant strategy = written.value(QStringLiteral("strategy"));
        strategy.typeId() == QMetaType::QVariantMap)
        policy.batch = std::max(1, strategy.toMap().value(QStringLiteral("batch")).toInt());
    if (const auto hold = parseDuration(text("hold")))
        policy.hold = std::chrono::duration_cast<std::chrono::seconds>(*hold);
    if (!isInWindow(policy.window, QDateTime::fromSecsSinceEpoch(0, Qt::UTC)))
        problems << QStringLiteral("the change window \"%1\" cannot be read: it counts as closed")
                        .arg(sanitizedLine(policy.window.toUtf8(), 80));
    return policy;
}

std::optional<bool> isInWindow(const QString &window, const QDateTime &now)
{
    if (window.trimmed().isEmpty())
        return true;
    bool isOpen = false;
    for (const QString &range : window.split(QLatin1Char(';'), Qt::SkipEmptyParts)) {
        const auto open = isInRange(range, now);
        if (!open)
            return std::nullopt;
        isOpen = isOpen || *open;
    }
    return isOpen;
}

} // namespace taffrail
