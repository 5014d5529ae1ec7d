// SPDX-License-Identifier: GPL-3.0-or-later
#include "healthsupport.h"
#include "monitoranswer.h"
#include "registry.h"

#include "text.h"

#include <QRegularExpression>

namespace taffrail::sources {

namespace {

std::vector<Request> nginxRequests(const SourceEntry &entry, const Replies &soFar)
{
    const QUrl url(entry.options.value(QStringLiteral("url")).toString(), QUrl::StrictMode);
    if (!soFar.empty() || !url.isValid() || url.isEmpty())
        return {};
    return {askFor(entry, QStringLiteral("stub_status"), url)};
}

/// The page of ngx_http_stub_status_module (health reference C3): three counters since the start, then what is now.
Result<Value> parseNginx(const SourceEntry &entry, const Replies &replies, const Context &)
{
    static const QRegularExpression page(QStringLiteral(
        R"(\A\s*Active connections:\s*(\d{1,18})\s+server accepts handled requests(?: request_time)?\s+)"
        R"((\d{1,18})\s+(\d{1,18})\s+(\d{1,18})(?:\s+\d{1,18})?\s+Reading:\s*(\d{1,18})\s+Writing:\s*(\d{1,18})\s+Waiting:\s*(\d{1,18})\s+\z)"));
    if (replies.empty())
        return failure(ErrorKind::BadData, QStringLiteral("parse"), entry.id,
                       QStringLiteral("there is no answer to read"));
    if (const Error *error = replies.front().error())
        return failure(*error);
    const auto body = bodyOf(replies.front());
    if (!body)
        return failure(ErrorKind::ToolFailed, QStringLiteral("read"), entry.id, body.error());
    const QRegularExpressionMatch match = page.match(QString::fromLatin1(body->left(4096)));
    if (!match.hasMatch())
        return failure(ErrorKind::BadData, QStringLiteral("parse"), entry.id,
                       QStringLiteral("line 1: expected nginx's status page (\"Active connections: …\"), found \"%1\"")
                           .arg(sanitizedLine(body->left(80), 60)),
                       QStringLiteral("the address must lead to a location with stub_status"));
    const auto number = [&match](int group) { return match.captured(group).toDouble(); };
    const double dropped = number(2) - number(3);
    HealthReport report;
    report.source = QStringLiteral("nginx");
    report.counters.insert(QStringLiteral("nginx.accepts"), number(2));
    report.counters.insert(QStringLiteral("nginx.requests"), number(4));
    report.counters.insert(QStringLiteral("nginx.dropped"), dropped);
    const QString subject = replies.front().subject;
    const Limits limits = limitsOf(entry, "connections", {0, 0});
    const bool isJudged = limits.warning > 0 || limits.critical > 0;
    const QString text = QStringLiteral("%1 connections: %2 reading, %3 writing (one is this question), %4 waiting")
                             .arg(match.captured(1), match.captured(5), match.captured(6), match.captured(7));
    report.checks.push_back(makeCheck("nginx.connections", subject, {},
                                      isJudged ? above(number(1), limits) : Status::Ok, text, number(1), "",
                                      isJudged ? std::optional<Limits>(limits) : std::nullopt));
    report.checks.push_back(
        dropped < 0
            ? unknownCheck("nginx.dropped", subject, {},
                           QStringLiteral("it counts more connections handled than accepted"))
            : makeCheck("nginx.dropped", subject, {}, dropped > 0 ? Status::Notice : Status::Ok,
                        dropped > 0 ? QStringLiteral("%1 connections dropped since its start").arg(dropped, 0, 'f', 0)
                                    : QStringLiteral("no connection dropped since its start"),
                        dropped, ""));
    if (dropped > 0)
        report.checks.back().hint = QStringLiteral("worker_connections was too small at some time");
    sortChecks(report);
    return Value(std::move(report));
}

} // namespace

const Source nginxHealthSource{
    PaneKind::Health,
    "nginx",
    "nginx's stub_status page",
    false,
    false,
    addressOptions(
        "address of the location with stub_status",
        {{"limits", "object", false, "own limits: connections",
          R"("additionalProperties":{"type":"object","properties":{"warning":{"type":"number"},"critical":{"type":"number"}},"additionalProperties":false})"}}),
    {"stub_status"},
    nginxRequests,
    parseNginx,
    nullptr,
    "reach of the status page, which is often allowed from the host itself only (use via)",
};

} // namespace taffrail::sources
