// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backupjson.h"
#include "backupsupport.h"

namespace taffrail::sources {

BackupSet barmanSet(const QString &server);
/// The problem word of an error message; "repo_error" for one that is not known.
QString problemOfBarmanMessage(const QByteArray &text);
/// A run that failed as a whole: "_ERROR" of the JSON, or ERROR lines with nothing else.
std::optional<BackupSet> failedBarmanRun(const Captured &captured, const nlohmann::json &document);
/// The value of the first server of a JSON document; its name in `server`.
const nlohmann::json &firstBarmanServer(const nlohmann::json &document, QString &server);

} // namespace taffrail::sources
