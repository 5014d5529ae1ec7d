// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "codec.h"

#include <nlohmann/json.hpp>

#include <QStringList>

#include <optional>

/// How single fields are written; shared by the writers of this folder.
namespace taffrail::codec {

Json textOrNull(const QString &text); ///< null for ""
Json timeOrNull(const QDateTime &time); ///< null for an invalid time
Json secondsOf(std::chrono::milliseconds duration); ///< 1.5
Json secondsOrNull(const std::optional<std::chrono::milliseconds> &duration);
Json countOrNull(qint64 count); ///< null for a negative one: not known
Json numberOrNull(const std::optional<double> &number); ///< null for NaN and infinities too
Json listOf(const QStringList &words);
template <typename T> Json valueOrNull(const std::optional<T> &value)
{
    return value ? Json(*value) : Json(nullptr);
}

Json lockJson(const std::optional<HeldLock> &lock);
Json evidenceJson(const QVariantMap &evidence);
Json deploymentsJson(const DeploymentHistory &history);
Json migrationsJson(const MigrationHistories &histories);
Json backupsJson(const BackupSet &set);
Json healthJson(const HealthReport &report);
Json configJson(const ConfigSet &set);

} // namespace taffrail::codec
