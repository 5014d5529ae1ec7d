// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "health.h"
#include "source.h"

namespace taffrail::sources {

/// Two limits of one fact; which side is bad is said by the function that judges. Overridden in an entry by
/// `"limits": {"disk": {"warning": 15, "critical": 7}}`.
struct Limits {
    double warning = 0;
    double critical = 0;
};
Limits limitsOf(const SourceEntry &entry, const char *name, Limits otherwise);

/// Bad when the value is above its limits.
Status above(double value, Limits limits);
/// Bad when the value is below its limits.
Status below(double value, Limits limits);

HealthCheck makeCheck(const char *code, const QString &subject, const QString &host, Status status,
                      const QString &text);
/// The same with a figure and the limits it was held against.
HealthCheck makeCheck(const char *code, const QString &subject, const QString &host, Status status, const QString &text,
                      double value, const char *unit, std::optional<Limits> limits = std::nullopt);
/// A fact that could not be read, with the reason.
HealthCheck unknownCheck(const char *code, const QString &subject, const QString &host, const QString &reason,
                         const QString &hint = {});
/// Why a reply has no data: its error, or "tool absent", "time limit passed", the first line of standard error. Empty
/// when it is a shell reply with exit code 0.
QString reasonOf(const Reply *reply);
/// As above, for one shell reply.
QString reasonOf(const ShellReply &reply);

/// Orders the checks by code, then subject, then host.
void sortChecks(HealthReport &report);

/// A whole number or a decimal fraction as the tools write it; nothing for "-", "", "NaN" and other text.
std::optional<double> numberOf(const QByteArray &text);
std::optional<qint64> integerOf(const QByteArray &text);
/// The part of `text` from the line `==> name` to the next such line; null when there is none.
std::optional<QByteArray> pieceOf(const QByteArray &text, const QByteArray &name);
/// Lines without their newline and carriage return; empty ones are left out.
QList<QByteArray> linesOf(const QByteArray &text);
/// Of output that should hold lines of JSON and "==> name" between its pieces: the first line that is neither, or "".
QByteArray firstStrangeLine(const QByteArray &output);
/// The value behind KEY= at the start of a line.
std::optional<QByteArray> valueOfKey(const QByteArray &text, const QByteArray &key);
/// "1.2 GiB" of any number of bytes, also of one that no disk has.
QString sizeText(double bytes);
/// "12.4": at most one digit behind the point.
QString oneDigit(double value);

} // namespace taffrail::sources
