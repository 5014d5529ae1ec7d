// SPDX-License-Identifier: GPL-3.0-or-later
#include "timeformat.h"

#include <cstdlib>

namespace taffrail::ui {

namespace {

QString offsetText(const QDateTime &local)
{
    const int minutes = local.offsetFromUtc() / 60;
    return QStringLiteral(" %1%2:%3")
        .arg(minutes < 0 ? QLatin1Char('-') : QLatin1Char('+'))
        .arg(std::abs(minutes) / 60, 2, 10, QLatin1Char('0'))
        .arg(std::abs(minutes) % 60, 2, 10, QLatin1Char('0'));
}

} // namespace

void TimeFormat::setLocal(bool local)
{
    if (std::exchange(m_local, local) != local)
        emit changed();
}

QString TimeFormat::written(const QDateTime &time, const QString &format) const
{
    if (!time.isValid())
        return {};
    if (!m_local)
        return time.toUTC().toString(format) + QLatin1Char('Z');
    const QDateTime local = time.toLocalTime();
    return local.toString(format) + offsetText(local);
}

QString TimeFormat::clock(const QDateTime &time) const
{
    return written(time, QStringLiteral("HH:mm:ss"));
}

QString TimeFormat::cell(const QDateTime &time) const
{
    return written(time, QStringLiteral("yyyy-MM-dd HH:mm"));
}

QString TimeFormat::full(const QDateTime &time) const
{
    return written(time, QStringLiteral("yyyy-MM-dd HH:mm:ss"));
}

QString TimeFormat::both(const QDateTime &time) const
{
    if (!time.isValid())
        return {};
    const QDateTime local = time.toLocalTime();
    return tr("%1 (local %2)")
        .arg(utc(time), local.toString(QStringLiteral("yyyy-MM-dd HH:mm:ss")) + offsetText(local));
}

QString TimeFormat::utc(const QDateTime &time)
{
    return time.isValid() ? time.toUTC().toString(QStringLiteral("yyyy-MM-dd HH:mm:ss'Z'")) : QString();
}

} // namespace taffrail::ui
