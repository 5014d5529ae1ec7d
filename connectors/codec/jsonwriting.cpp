// SPDX-License-Identifier: GPL-3.0-or-later
#include "jsonwriting.h"

#include "text.h"

#include <cmath>

namespace taffrail::codec {

Json textOrNull(const QString &text)
{
    return text.isEmpty() ? Json(nullptr) : Json(text.toStdString());
}

Json timeOrNull(const QDateTime &time)
{
    return textOrNull(rfc3339(time));
}

Json secondsOf(std::chrono::milliseconds duration)
{
    if (duration.count() % 1000 == 0)
        return Json(duration.count() / 1000);
    return Json(double(duration.count()) / 1000);
}

Json secondsOrNull(const std::optional<std::chrono::milliseconds> &duration)
{
    return duration ? secondsOf(*duration) : Json(nullptr);
}

Json countOrNull(qint64 count)
{
    return count < 0 ? Json(nullptr) : Json(count);
}

Json numberOrNull(const std::optional<double> &number)
{
    return number && std::isfinite(*number) ? Json(*number) : Json(nullptr);
}

Json listOf(const QStringList &words)
{
    Json list = Json::array();
    for (const QString &word : words)
        list.push_back(word.toStdString());
    return list;
}

Json lockJson(const std::optional<HeldLock> &lock)
{
    if (!lock)
        return nullptr;
    return {{"by", textOrNull(lock->by)}, {"since", timeOrNull(lock->since)}, {"reason", textOrNull(lock->reason)}};
}

} // namespace taffrail::codec
