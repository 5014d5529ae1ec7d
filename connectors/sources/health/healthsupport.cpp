// SPDX-License-Identifier: GPL-3.0-or-later
#include "healthsupport.h"

#include "text.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace taffrail::sources {

Limits limitsOf(const SourceEntry &entry, const char *name, Limits otherwise)
{
    const QVariantMap own
        = entry.options.value(QStringLiteral("limits")).toMap().value(QString::fromLatin1(name)).toMap();
    const auto read = [&](const char *key, double value) {
        bool isNumber = false;
        const double given = own.value(QString::fromLatin1(key)).toDouble(&isNumber);
        return isNumber && std::isfinite(given) ? given : value;
    };
    return {read("warning", otherwise.warning), read("critical", otherwise.critical)};
}

Status above(double value, Limits limits)
{
    return value > limits.critical ? Status::Critical : value > limits.warning ? Status::Warning : Status::Ok;
}

Status below(double value, Limits limits)
{
    return value < limits.critical ? Status::Critical : value < limits.warning ? Status::Warning : Status::Ok;
}

HealthCheck makeCheck(const char *code, const QString &subject, const QString &host, Status status, const QString &text)
{
    HealthCheck check;
    check.code = QString::fromLatin1(code);
    check.subject = subject;
    check.host = host;
    check.status = status;
    check.text = text;
    return check;
}

HealthCheck makeCheck(const char *code, const QString &subject, const QString &host, Status status, const QString &text,
                      double value, const char *unit, std::optional<Limits> limits)
{
    HealthCheck check = makeCheck(code, subject, host, status, text);
    check.value = value;
    check.unit = QString::fromLatin1(unit);
    if (limits) {
        check.warning = limits->warning;
        check.critical = limits->critical;
    }
    return check;
}

HealthCheck unknownCheck(const char *code, const QString &subject, const QString &host, const QString &reason,
                         const QString &hint)
{
    HealthCheck check = makeCheck(code, subject, host, Status::Unknown, reason);
    check.hint = hint;
    return check;
}

QString reasonOf(const ShellReply &reply)
{
    const QString text = sanitizedLine(reply.err.trimmed(), 200);
    switch (reply.exitCode) {
    case 0: return {};
    case 127: return QStringLiteral("the tool is not installed there");
    case 124:
    case 137:
    case 143: return QStringLiteral("no answer within its time limit");
    case 141: return QStringLiteral("the answer is too large");
    default: break;
    }
    return text.isEmpty() ? QStringLiteral("ended with exit code %1").arg(reply.exitCode) : text;
}

QString reasonOf(const Reply *reply)
{
    if (!reply)
        return QStringLiteral("not asked yet");
    if (const Error *error = reply->error())
        return error->text.isEmpty() ? errorKindWord(error->kind) : error->text;
    const ShellReply *shell = reply->as<ShellReply>();
    return shell ? reasonOf(*shell) : QString();
}

void sortChecks(HealthReport &report)
{
    std::stable_sort(report.checks.begin(), report.checks.end(), [](const HealthCheck &a, const HealthCheck &b) {
        return std::tie(a.code, a.subject, a.host) < std::tie(b.code, b.subject, b.host);
    });
}

std::optional<double> numberOf(const QByteArray &text)
{
    bool isNumber = false;
    const double value = text.trimmed().toDouble(&isNumber);
    return isNumber && std::isfinite(value) ? std::optional<double>(value) : std::nullopt;
}

std::optional<qint64> integerOf(const QByteArray &text)
{
    bool isNumber = false;
    const qint64 value = text.trimmed().toLongLong(&isNumber);
    return isNumber ? std::optional<qint64>(value) : std::nullopt;
}

std::optional<QByteArray> pieceOf(const QByteArray &text, const QByteArray &name)
{
    const QByteArray header = "==> " + name + '\n';
    qsizetype start = -1;
    if (text.startsWith(header)) {
        start = header.size();
    } else if (const qsizetype at = text.indexOf('\n' + header); at >= 0) {
        start = at + 1 + header.size();
    }
    if (start < 0)
        return std::nullopt;
    if (text.mid(start, 4) == "==> ")
        return QByteArray();
    const qsizetype end = text.indexOf("\n==> ", start);
    return end < 0 ? text.mid(start) : text.mid(start, end + 1 - start);
}

QList<QByteArray> linesOf(const QByteArray &text)
{
    QList<QByteArray> lines;
    for (QByteArray line : text.split('\n')) {
        while (line.endsWith('\r'))
            line.chop(1);
        if (!line.isEmpty())
            lines.append(std::move(line));
    }
    return lines;
}

QByteArray firstStrangeLine(const QByteArray &output)
{
    for (const QByteArray &line : linesOf(output)) {
        const QByteArray text = line.trimmed();
        const bool isJson = text.startsWith('{') && text.endsWith('}');
        if (!isJson && !text.startsWith("==> ") && !text.isEmpty())
            return text;
    }
    return {};
}

std::optional<QByteArray> valueOfKey(const QByteArray &text, const QByteArray &key)
{
    for (const QByteArray &line : text.split('\n')) {
        if (line.startsWith(key + '='))
            return line.mid(key.size() + 1).trimmed();
    }
    return std::nullopt;
}

QString sizeText(double bytes)
{
    return bytesText(qint64(std::clamp(bytes, 0.0, 9e18)));
}

QString oneDigit(double value)
{
    QString text = QString::number(value, 'f', 1);
    if (text.endsWith(QLatin1String(".0")))
        text.chop(2);
    return text;
}

} // namespace taffrail::sources
