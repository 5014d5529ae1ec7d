// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "auditlog.h"

namespace taffrail {

/// One entry as a line of JSON: seq, at, actor, app, action, environment, object, detail (the hashed text, exactly),
/// previous, hash (hex).
QByteArray auditJsonLine(const AuditEntry &entry);
/// One entry as a row of a Markdown table, and the two lines above the rows. Text from anywhere stays text.
QByteArray auditMarkdownRow(const AuditEntry &entry);
QByteArray auditMarkdownHead();

/// The whole audit, oldest first, as "jsonl" or "markdown". Error Unsupported for another word.
Result<QByteArray> auditText(AuditLog &log, const QString &format, const QString &environment = {});
/// The same into a file, whole or not at all.
Result<void> exportedAudit(AuditLog &log, const QString &path, const QString &format);

} // namespace taffrail
