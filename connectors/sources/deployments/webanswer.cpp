// SPDX-License-Identifier: GPL-3.0-or-later
#include "webanswer.h"

#include "text.h"

namespace taffrail::sources {

namespace {

/// A captured answer: with its head when the text has one.
HttpReply replyOfText(const QByteArray &text)
{
    HttpReply reply;
    reply.code = 200;
    reply.body = text;
    // "curl -i" shows the heads of all steps.
    while (reply.body.startsWith("HTTP/")) {
        qsizetype end = reply.body.indexOf("\r\n\r\n"), skip = 4;
        if (end < 0) {
            end = reply.body.indexOf("\n\n");
            skip = 2;
        }
        const QByteArray head = end < 0 ? reply.body : reply.body.left(end);
        reply.body = end < 0 ? QByteArray() : reply.body.mid(end + skip);
        const QByteArrayList lines = head.split('\n');
        reply.code = lines.first().trimmed().split(' ').value(1).toInt();
        reply.headers.clear();
        for (const QByteArray &line : lines.mid(1)) {
            const qsizetype colon = line.indexOf(':');
            if (colon > 0)
                reply.headers.insert(line.left(colon).trimmed().toLower(), line.mid(colon + 1).trimmed());
        }
    }
    return reply;
}

/// The service's own words in an answer that is none.
QString wordsOf(const fields::Json &body)
{
    for (const char *key : {"message", "error_description", "error"}) {
        const fields::Json &found = fields::at(body, {key});
        if (found.is_string())
            return redacted(fields::textOf(found, 300));
    }
    return {};
}

bool isErrorBody(const fields::Json &body)
{
    return body.is_object() && !fields::at(body, {"id"}).is_number() && !fields::at(body, {"metadata"}).is_object()
        && !wordsOf(body).isEmpty();
}

int codeOfWords(const QString &words)
{
    if (words.contains(QLatin1String("rate limit"), Qt::CaseInsensitive))
        return 429;
    if (words.startsWith(QLatin1String("401")) || words.contains(QLatin1String("Bad credentials"))
        || words.contains(QLatin1String("Requires authentication"))
        || words.contains(QLatin1String("no session information")) || words.contains(QLatin1String("invalid_token"))
        || words.contains(QLatin1String("invalid session")))
        return 401;
    if (words.startsWith(QLatin1String("403")) || words.contains(QLatin1String("permission denied"))
        || words.contains(QLatin1String("insufficient_scope")) || words.contains(QLatin1String("not accessible")))
        return 403;
    if (words.startsWith(QLatin1String("404")) || words.contains(QLatin1String("not found"), Qt::CaseInsensitive))
        return 404;
    return 500;
}

/// When the service answers again; "" = it does not say.
QString resetWords(const HttpReply &reply, const QDateTime &now)
{
    bool isNumber = false;
    const qint64 wait = reply.headers.value("retry-after").toLongLong(&isNumber);
    if (isNumber && wait >= 0 && wait < 10'000'000)
        return QStringLiteral(", again from %1").arg(rfc3339(now.addSecs(wait)));
    for (const char *field : {"x-ratelimit-reset", "ratelimit-reset"}) {
        const qint64 at = reply.headers.value(field).toLongLong(&isNumber);
        if (isNumber && at > 0 && at < 100'000'000'000)
            return QStringLiteral(", again from %1").arg(rfc3339(QDateTime::fromSecsSinceEpoch(at, Qt::UTC)));
    }
    return {};
}

Error errorOf(const QString &service, const QString &subject, const HttpReply &reply, int code, const QString &words,
              const QDateTime &now)
{
    Error error{ErrorKind::ToolFailed, QStringLiteral("ask ") + service, subject, {}, {}};
    const QString said = words.isEmpty() ? QString() : QStringLiteral(": ") + words;
    const QByteArray left = reply.headers.contains("x-ratelimit-remaining")
        ? reply.headers.value("x-ratelimit-remaining")
        : reply.headers.value("ratelimit-remaining");
    const bool isLimited = code == 429
        || (code == 403 && (left == "0" || reply.headers.contains("retry-after") || codeOfWords(words) == 429));
    if (isLimited) {
        error.kind = ErrorKind::Busy;
        error.text = QStringLiteral("%1's limit of requests is used up%2%3").arg(service, resetWords(reply, now), said);
        error.hint = QStringLiteral("Give a \"token\", or a longer \"refresh\".");
    } else if (code == 401) {
        error.kind = ErrorKind::AuthRefused;
        error.text = QStringLiteral("%1 does not accept the token, or wants one%2").arg(service, said);
        error.hint = QStringLiteral("Look at \"token\": it names where the secret is.");
    } else if (code == 403) {
        error.kind = ErrorKind::Denied;
        error.text = QStringLiteral("the token may not read this%1").arg(said);
    } else if (code == 404) {
        error.kind = ErrorKind::NotFound;
        error.text = QStringLiteral("%1 knows no such thing, or hides it from this token%2").arg(service, said);
    } else if (code >= 300 && code < 400) {
        error.kind = ErrorKind::BadConfig;
        error.text = QStringLiteral("sent on to another address%1, which is not followed")
                         .arg(reply.redirectedTo.isValid() && !reply.redirectedTo.host().isEmpty()
                                  ? QStringLiteral(" on ") + sanitizedLine(reply.redirectedTo.host().toUtf8(), 200)
                                  : QString());
    } else {
        error.text = QStringLiteral("%1 answered %2%3").arg(service).arg(code).arg(said);
    }
    return error;
}

bool saysNext(const HttpReply &reply)
{
    return reply.headers.value("link").contains("rel=\"next\"")
        || !reply.headers.value("x-next-page").trimmed().isEmpty();
}

} // namespace

Result<WebAnswer> webAnswer(const QString &service, const Reply &reply, const QDateTime &now)
{
    const auto wrong = [&](ErrorKind kind, const QString &text) {
        return failure(kind, QStringLiteral("ask ") + service, reply.subject, text);
    };
    if (reply.error())
        return failure(*reply.error());
    HttpReply answer;
    if (const auto *http = reply.as<HttpReply>()) {
        answer = *http;
    } else if (const auto *shell = reply.as<ShellReply>()) {
        answer = replyOfText(shell->out);
        if (shell->exitCode != 0 && answer.body.trimmed().isEmpty())
            return wrong(ErrorKind::ToolFailed,
                         QStringLiteral("the program ended with exit code %1: %2")
                             .arg(QString::number(shell->exitCode), redacted(sanitizedLine(shell->err, 300))));
    } else {
        return wrong(ErrorKind::BadData, QStringLiteral("expected an HTTP answer"));
    }
    fields::Documents read = fields::documents(answer.body);
    const bool isWhole = read.trouble.isEmpty() && read.values.size() == 1;
    if (answer.code < 200 || answer.code > 299)
        return failure(errorOf(service, reply.subject, answer, answer.code,
                               isWhole ? wordsOf(read.values.front()) : QString(), now));
    if (answer.bodyCut)
        return wrong(ErrorKind::TooLarge, QStringLiteral("the answer is larger than what is read of it"));
    if (!isWhole)
        return wrong(ErrorKind::BadData,
                     read.trouble.isEmpty() ? QStringLiteral("expected one JSON document") : read.trouble);
    if (isErrorBody(read.values.front())) {
        const QString words = wordsOf(read.values.front());
        return failure(errorOf(service, reply.subject, answer, codeOfWords(words), words, now));
    }
    return WebAnswer{std::move(read.values.front()), answer.headers, saysNext(answer)};
}

HttpGet webRequest(const SourceEntry &entry, const QUrl &url)
{
    HttpGet get;
    get.url = url;
    get.via = entry.options.value(QStringLiteral("via")).toString();
    get.caFile = entry.options.value(QStringLiteral("ca_file")).toString();
    get.secret = entry.options.value(QStringLiteral("token")).toString();
    get.limit = std::chrono::milliseconds(10'000);
    get.maxBytes = 4 * 1024 * 1024;
    return get;
}

QUrl serviceUrl(const SourceEntry &entry, const char *otherwise)
{
    QString text = entry.options.value(QStringLiteral("url"), QLatin1String(otherwise)).toString();
    while (text.endsWith(QLatin1Char('/')))
        text.chop(1);
    const QUrl url(text, QUrl::StrictMode);
    const bool isWeb = url.scheme() == QLatin1String("https") || url.scheme() == QLatin1String("http");
    return isWeb && !url.host().isEmpty() ? url : QUrl();
}

QUrl below(const QUrl &base, const QString &path, const QString &query)
{
    QUrl url = base;
    url.setPath(base.path(QUrl::FullyEncoded) + path, QUrl::TolerantMode);
    url.setQuery(query.isEmpty() ? QString() : query, QUrl::TolerantMode);
    return url;
}

} // namespace taffrail::sources
