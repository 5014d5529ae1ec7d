// SPDX-License-Identifier: GPL-3.0-or-later
#include "healthbody.h"
#include "healthsupport.h"
#include "registry.h"

#include "text.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

QUrl urlOf(const SourceEntry &entry)
{
    return QUrl(entry.options.value(QStringLiteral("url")).toString(), QUrl::StrictMode);
}

/// The URL as it may be shown: without user, password and query.
QString shownUrl(const QUrl &url)
{
    return url.toDisplayString(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment);
}

std::vector<Request> httpRequests(const SourceEntry &entry, const Replies &soFar)
{
    const QUrl url = urlOf(entry);
    if (!soFar.empty() || !url.isValid())
        return {};
    HttpGet get;
    get.url = url;
    get.via = entry.options.value(QStringLiteral("via")).toString();
    get.caFile = entry.options.value(QStringLiteral("ca_file")).toString();
    return {{QString(), shownUrl(url), get, Lane::Fast}};
}

struct Expectation {
    QList<int> codes; ///< empty = any 2xx
    QString text;
    bool isSet = false;
};

Expectation expectationOf(const SourceEntry &entry)
{
    const QVariantMap expect = entry.options.value(QStringLiteral("expect")).toMap();
    Expectation expectation;
    const QVariant status = expect.value(QStringLiteral("status"));
    if (status.canConvert<QVariantList>() && status.typeId() != QMetaType::QString) {
        for (const QVariant &code : status.toList())
            expectation.codes.append(code.toInt());
    } else if (status.isValid()) {
        expectation.codes.append(status.toInt());
    }
    expectation.text = expect.value(QStringLiteral("body_contains")).toString();
    expectation.isSet = !expectation.codes.isEmpty() || !expectation.text.isEmpty();
    return expectation;
}

Status statusOfCode(int code, const Expectation &expectation)
{
    if (!expectation.codes.isEmpty())
        return expectation.codes.contains(code) ? Status::Ok : Status::Critical;
    if (code >= 200 && code < 300)
        return Status::Ok;
    return code == 401 || code == 403 || code == 429 ? Status::Unknown : Status::Critical;
}

struct HttpView {
    const SourceEntry &entry;
    const HttpReply &reply;
    QString subject;
    HealthReport &report;

    void add(HealthCheck check) const { report.checks.push_back(std::move(check)); }
};

void checkCode(const HttpView &view, const Expectation &expectation, const BodyHealth &body)
{
    const int code = view.reply.code;
    const Status status = statusOfCode(code, expectation);
    QString text = QStringLiteral("answers %1").arg(code);
    if (!body.word.isEmpty())
        text += QStringLiteral(", says %1").arg(body.word);
    if (!expectation.codes.isEmpty() && status != Status::Ok)
        text += QStringLiteral("; expected %1").arg(expectation.codes.first());
    const bool isGood = status == Status::Ok;
    // Code and body are both read; where they differ the worse one holds, and the difference is told.
    if (body.status && isGood != (*body.status != Status::Critical) && *body.status != Status::Unknown)
        text += QStringLiteral(": code and body contradict each other");
    view.add(makeCheck("http.status", view.subject, {}, status, text, code, ""));
}

void checkBody(const HttpView &view, const Expectation &expectation, const BodyHealth &body)
{
    if (!expectation.text.isEmpty()) {
        const bool isThere = view.reply.body.contains(expectation.text.toUtf8());
        const bool isCut = !isThere && view.reply.bodyCut;
        view.add(makeCheck("http.body", view.subject, {},
                           isThere     ? Status::Ok
                               : isCut ? Status::Unknown
                                       : Status::Critical,
                           isThere     ? QStringLiteral("holds the expected text")
                               : isCut ? QStringLiteral("the expected text is not in the part that was read")
                                       : QStringLiteral("does not hold the expected text")));
        return;
    }
    if (body.status) {
        view.add(makeCheck("http.body", view.subject, {}, *body.status, QStringLiteral("says %1").arg(body.word)));
    } else if (!body.problem.isEmpty() && !expectation.isSet && view.reply.code != 204) {
        view.add(unknownCheck("http.body", view.subject, {},
                              QStringLiteral("%1: it says nothing of health").arg(body.problem),
                              QStringLiteral("set \"expect\" for an endpoint without a health answer")));
    }
}

void checkComponents(const HttpView &view, const BodyHealth &body)
{
    for (const ComponentHealth &component : body.components) {
        if (component.status == Status::Ok)
            continue;
        QString text = component.word;
        if (!component.text.isEmpty())
            text += QStringLiteral(": ") + component.text;
        // A component that calls itself UNKNOWN does not count in the service's own sum.
        const Status status = component.status == Status::Unknown ? Status::Notice : component.status;
        HealthCheck check = makeCheck("http.component", component.name, {}, status, text);
        check.dataAt = component.at;
        view.add(std::move(check));
    }
}

void checkLatency(const HttpView &view, std::chrono::milliseconds took)
{
    const Limits limits = limitsOf(view.entry, "latency", {1000, 3000});
    const auto total = view.reply.total.count() > 0 ? view.reply.total : took;
    const double ms = double(total.count());
    QString text = QStringLiteral("answered in %1").arg(durationText(total));
    if (view.reply.firstByte.count() > 0)
        text += QStringLiteral(" (first byte after %1)").arg(durationText(view.reply.firstByte));
    view.add(makeCheck("http.latency", view.subject, {}, above(ms, limits), text, ms, "ms", limits));
}

Result<Value> refused(const Error &error, const QString &subject)
{
    // A refusal comes from a machine that is up and runs no such service; silence may as well be our own network.
    if (error.kind != ErrorKind::Unreachable || !error.text.contains(QLatin1String("refused"), Qt::CaseInsensitive))
        return failure(error);
    HealthReport report;
    report.source = QStringLiteral("http");
    report.checks.push_back(makeCheck("http.status", subject, {}, Status::Critical, error.text));
    return Value(std::move(report));
}

/// Answers that are read from a captured body alone have no code: 200 is meant.
HttpReply replyOf(const ShellReply &captured)
{
    HttpReply reply;
    reply.code = 200;
    reply.body = captured.out;
    return reply;
}

Result<Value> parseHttp(const SourceEntry &entry, const Replies &replies, const Context &)
{
    if (replies.empty())
        return failure(ErrorKind::BadData, QStringLiteral("parse"), entry.id,
                       QStringLiteral("there is no answer to read"));
    const Reply &first = replies.front();
    const QString subject = first.subject.isEmpty() ? shownUrl(urlOf(entry)) : first.subject;
    if (const Error *error = first.error())
        return refused(*error, subject);
    const ShellReply *captured = first.as<ShellReply>();
    const HttpReply *answered = first.as<HttpReply>();
    if (!captured && !answered)
        return failure(ErrorKind::BadData, QStringLiteral("parse"), entry.id,
                       QStringLiteral("expected an HTTP answer"));
    const HttpReply reply = answered ? *answered : replyOf(*captured);
    const Expectation expectation = expectationOf(entry);
    HealthReport report;
    report.source = QStringLiteral("http");
    const HttpView view{entry, reply, subject, report};
    if (reply.redirectedTo.isValid() && !reply.redirectedTo.isEmpty() && !expectation.codes.contains(reply.code)) {
        view.add(unknownCheck("http.status", subject, {},
                              QStringLiteral("sends on to %1: not followed to another host")
                                  .arg(sanitizedLine(shownUrl(reply.redirectedTo).toUtf8(), 200)),
                              QStringLiteral("ask the address behind the sign-in, or one that needs none")));
    } else {
        const BodyHealth body = readHealthBody(reply.body, reply.contentType);
        report.version = body.version;
        checkCode(view, expectation, body);
        checkBody(view, expectation, body);
        checkComponents(view, body);
    }
    checkLatency(view, first.took);
    sortChecks(report);
    return Value(std::move(report));
}

} // namespace

const Source httpSource{
    PaneKind::Health,
    "http",
    "HTTP endpoint",
    false,
    false,
    {
        {"url", "string", true, "address of the health endpoint", R"("pattern":"^https?://")"},
        {"expect", "object", false, "what a good answer is: status (a code or a list), body_contains",
         R"("properties":{"status":{"anyOf":[{"type":"integer"},{"type":"array","items":{"type":"integer"}}]},"body_contains":{"type":"string"}},"additionalProperties":false)"},
        {"via", "string", false, "host to go through"},
        {"ca_file", "string", false, "PEM file on this machine with the authorities to trust instead of the system's",
         R"("pattern":"^/")"},
        {"limits", "object", false, "own limits: latency (ms)",
         R"("additionalProperties":{"type":"object","properties":{"warning":{"type":"number"},"critical":{"type":"number"}},"additionalProperties":false})"},
    },
    {""},
    httpRequests,
    parseHttp,
    nullptr,
    "reach of the address",
};

} // namespace taffrail::sources
