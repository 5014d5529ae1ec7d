// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDateTime>
#include <QString>

#include <chrono>
#include <optional>

namespace taffrail {

/// Remote text made fit to show: ANSI/OSC sequences dropped, CR dropped, other C0/C1 controls, bidi controls,
/// zero-width and tag characters shown as <U+XXXX>, at most four combining marks a base; tab and newline stay.
QString sanitized(const QString &text);
/// As above from bytes; invalid UTF-8 becomes U+FFFD.
QString sanitized(const QByteArray &utf8);
/// sanitized(), on one line (newlines and tabs become spaces) and cut to `limit` characters with "…".
QString sanitizedLine(const QByteArray &utf8, int limit = 400);
/// `text` with what looks like a secret replaced by "***" (URL user info, key=value of sensitive keys, PEM private
/// keys, well-known token shapes).
QString redacted(const QString &text);

/// "^\d+(ms|s|m|h|d)$" → duration; nothing for another shape.
std::optional<std::chrono::milliseconds> parseDuration(const QString &text);
/// "31 min", "3 d", "26 h": the largest fitting unit, rounded down.
QString ageText(std::chrono::seconds age);
/// "3 min 12 s", "450 ms"
QString durationText(std::chrono::milliseconds duration);
/// "1.2 GiB"
QString bytesText(qint64 bytes);
/// RFC 3339 UTC with Z, milliseconds only when not zero; "" for an invalid time.
QString rfc3339(const QDateTime &time);
/// Any RFC 3339 / ISO 8601 with offset, nanoseconds cut to milliseconds; invalid QDateTime when it is not one.
QDateTime fromRfc3339(const QString &text);
/// Whole seconds from `then` to `now`, never negative.
std::chrono::seconds ageOf(const QDateTime &then, const QDateTime &now);

} // namespace taffrail
