// SPDX-License-Identifier: GPL-3.0-or-later
#include "status.h"

#include <array>

namespace taffrail {

namespace {

struct Row {
    Status status;
    const char *word;
    const char *title;
};

constexpr std::array<Row, 10> rows{{
    {Status::None, "none", "Not set up"},
    {Status::Muted, "muted", "Muted"},
    {Status::Ok, "ok", "OK"},
    {Status::Notice, "notice", "Notice"},
    {Status::Running, "running", "Running"},
    {Status::Stale, "stale", "Stale"},
    {Status::Warning, "warning", "Warning"},
    {Status::Unknown, "unknown", "Unknown"},
    {Status::Offline, "offline", "Offline"},
    {Status::Critical, "critical", "Critical"},
}};

} // namespace

QString statusWord(Status status)
{
    for (const Row &row : rows) {
        if (row.status == status)
            return QString::fromLatin1(row.word);
    }
    return QStringLiteral("unknown");
}

Status statusFromWord(const QString &word)
{
    for (const Row &row : rows) {
        if (word == QLatin1String(row.word))
            return row.status;
    }
    return Status::Unknown;
}

QString statusTitle(Status status)
{
    for (const Row &row : rows) {
        if (row.status == status)
            return QString::fromLatin1(row.title);
    }
    return QStringLiteral("Unknown");
}

int exitCode(Status status)
{
    switch (status) {
    case Status::Critical: return 2;
    case Status::Offline:
    case Status::Unknown:
    case Status::Stale: return 3;
    case Status::Warning: return 1;
    case Status::None:
    case Status::Muted:
    case Status::Ok:
    case Status::Notice:
    case Status::Running: return 0;
    }
    return 3;
}

int worseExitCode(int a, int b)
{
    const auto rank = [](int code) { return code == 2 ? 3 : code == 3 ? 2 : code == 1 ? 1 : 0; };
    return rank(a) >= rank(b) ? a : b;
}

} // namespace taffrail
