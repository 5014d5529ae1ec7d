// SPDX-License-Identifier: GPL-3.0-or-later
// Deployments over HTTP: GitHub, GitLab, Argo CD.
#include "deploytool.h"

#include <QtTest>

using namespace taffrail;
using namespace taffrail::tests;
using sources::argocdSource;
using sources::githubSource;
using sources::gitlabSource;

namespace {

SourceEntry githubEntry()
{
    SourceEntry entry;
    entry.id = entry.source = QStringLiteral("github");
    entry.options = {{QStringLiteral("repository"), QStringLiteral("o/shop")},
                     {QStringLiteral("environment"), QStringLiteral("production")},
                     {QStringLiteral("token"), QStringLiteral("env:GITHUB_TOKEN")}};
    return entry;
}

sources::Reply httpReply(const sources::Request &request, int code, const QByteArray &body,
                         const QHash<QByteArray, QByteArray> &headers = {})
{
    sources::HttpReply http;
    http.code = code;
    http.body = body;
    http.headers = headers;
    sources::Reply reply;
    reply.name = request.name;
    reply.subject = request.subject;
    reply.result = std::variant<sources::ShellReply, sources::SqlReply, sources::HttpReply, sources::TlsReply>(http);
    return reply;
}

const sources::Context context{QDateTime(QDate(2026, 11, 20), QTime(16, 0), Qt::UTC), {}};

} // namespace

class TestWebDeployments : public QObject {
    Q_OBJECT

private slots:
    void githubInTwoRounds()
    {
        const SourceEntry entry = githubEntry();
        const auto first = githubSource.requests(entry, {});
        QCOMPARE(first.size(), size_t(1));
        const auto &get = std::get<sources::HttpGet>(first.front().what);
        QCOMPARE(get.url.toString(),
                 QStringLiteral("https://api.github.com/repos/o/shop/deployments?per_page=30&environment=production"));
        QCOMPARE(get.secret, QStringLiteral("env:GITHUB_TOKEN"));
        QVERIFY(!first.front().subject.contains(QLatin1String("TOKEN")));
        sources::Replies replies{httpReply(first.front(), 200, sample("github-deployments.json"),
                                           {{"link", "<https://api.github.com/x?page=2>; rel=\"next\""}})};
        const auto second = githubSource.requests(entry, replies);
        QCOMPARE(second.size(), size_t(4));
        QVERIFY(second[0].subject.endsWith(QLatin1String("/deployments/14/statuses")));
        for (const auto &request : second)
            replies.push_back(httpReply(request, 200, "[]"));
        // All of them in one answer: each names its deployment.
        replies.back() = httpReply(second[3], 200, sample("github-statuses.json"));
        QVERIFY(githubSource.requests(entry, replies).empty());
        const Result<Value> value = githubSource.parse(entry, replies, context);
        QVERIFY2(value, value ? "" : qPrintable(sentence(value.error())));
        const auto &found = std::get<DeploymentHistory>(*value);
        QCOMPARE(found.app, QStringLiteral("shop"));
        QCOMPARE(found.live, QStringLiteral("13"));
        QCOMPARE(releaseIn(found, "14").status, ReleaseStatus::Failed);
        QCOMPARE(releaseIn(found, "13").kind, ReleaseKind::Rollback);
        QCOMPARE(releaseIn(found, "13").deployedBy, QStringLiteral("ada"));
        QCOMPARE(releaseIn(found, "12").status, ReleaseStatus::RolledBack);
        QCOMPARE(releaseIn(found, "11").revision, QString(40, QLatin1Char('a')));
        QVERIFY(says(found, "only the newest 30"));
        QVERIFY(found.hosts.empty());
    }

    // Without the newest one's outcome nobody knows what is live.
    void githubUnknownOutcome()
    {
        const DeploymentHistory alone
            = historyOf(githubSource, {sample("github-deployments.json"), 0, {}, {}, QStringLiteral("deployments")});
        QCOMPARE(alone.live, QString());
        QVERIFY(releaseIn(alone, "14").note.contains(QLatin1String("was not asked")));
        const SourceEntry entry = githubEntry();
        const auto first = githubSource.requests(entry, {});
        sources::Replies replies{httpReply(first.front(), 200, sample("github-deployments.json"))};
        const auto second = githubSource.requests(entry, replies);
        replies.push_back(httpReply(second[0], 403, quoted("{'message':'API rate limit exceeded for 10.0.0.1'}")));
        replies.push_back(
            httpReply(second[1], 200, quoted("[{'state':'success','created_at':'2026-11-13T10:05:00Z'}]")));
        const Result<Value> value = githubSource.parse(entry, replies, context);
        QVERIFY(value);
        const auto &found = std::get<DeploymentHistory>(*value);
        QCOMPARE(found.live, QString());
        QVERIFY(says(found, "a newer deployment's outcome was not read"));
        QVERIFY(releaseIn(found, "14").note.contains(QLatin1String("limit of requests")));
    }

    void githubEnvironments()
    {
        QByteArray text = sample("github-deployments.json");
        const qsizetype at = text.indexOf("\"production\"");
        text.replace(at, 12, "\"staging\"");
        const DeploymentHistory two = historyOf(githubSource, {text, 0, {}, {}, QStringLiteral("deployments")});
        QVERIFY(says(two, "ERROR bad-config")); // both call themselves production
        const DeploymentHistory one = historyOf(
            githubSource,
            {text, 0, {}, {{QStringLiteral("environment"), QStringLiteral("staging")}}, QStringLiteral("deployments")});
        QCOMPARE(one.releases.size(), size_t(1));
    }

    void gitlab()
    {
        SourceEntry entry;
        entry.options = {{QStringLiteral("project"), QStringLiteral("group/shop")},
                         {QStringLiteral("environment"), QStringLiteral("review/a b")},
                         {QStringLiteral("url"), QStringLiteral("https://git.example.org/gitlab/")}};
        const auto asked = gitlabSource.requests(entry, {});
        QCOMPARE(std::get<sources::HttpGet>(asked.front().what).url.toEncoded(),
                 QByteArray("https://git.example.org/gitlab/api/v4/projects/group%2Fshop/"
                            "deployments?order_by=id&sort=desc&per_page=50&environment=review%2Fa%20b"));
        const DeploymentHistory found = historyOf(gitlabSource, {sample("gitlab-deployments.json")});
        QCOMPARE(found.live, QStringLiteral("44"));
        QCOMPARE(releaseIn(found, "46").status, ReleaseStatus::Running);
        QCOMPARE(releaseIn(found, "45").status, ReleaseStatus::Unfinished);
        QCOMPARE(releaseIn(found, "44").kind, ReleaseKind::Rollback);
        QCOMPARE(releaseIn(found, "43").status, ReleaseStatus::Failed);
        QCOMPARE(releaseIn(found, "42").status, ReleaseStatus::RolledBack);
        QCOMPARE(releaseIn(found, "41").deployedBy, QStringLiteral("ada"));
        const DeploymentHistory later = historyOf(
            gitlabSource, {sample("gitlab-deployments.json"), 0, {}, {}, {}, QStringLiteral("2026-11-23T00:00:00Z")});
        QCOMPARE(releaseIn(later, "46").status, ReleaseStatus::Unfinished);
        const DeploymentHistory none = historyOf(gitlabSource, {"[]"});
        QVERIFY(says(none, "there is no deployment"));
    }

    void argocd()
    {
        const QByteArray text = sample("argocd-application.json");
        const DeploymentHistory found = historyOf(argocdSource, {text});
        QCOMPARE(found.app, QStringLiteral("shop"));
        QCOMPARE(found.live, QStringLiteral("3"));
        QCOMPARE(releaseIn(found, "3").kind, ReleaseKind::Rollback);
        QCOMPARE(releaseIn(found, "2").deployedBy, QStringLiteral("auto-sync"));
        QCOMPARE(releaseIn(found, "2").status, ReleaseStatus::RolledBack);
        QCOMPARE(found.keepReleases, 10);
        QVERIFY(!found.locked);
        QCOMPARE(found.notes, QStringList());
    }

    void argocdStates()
    {
        const QByteArray text = sample("argocd-application.json");
        const auto with = [&](const char *before, const char *after) {
            return historyOf(argocdSource, {QByteArray(text).replace(before, quoted(after))});
        };
        const DeploymentHistory running = with("\"Succeeded\"", "'Running'");
        QVERIFY(running.locked);
        QCOMPARE(running.locked->by, QStringLiteral("ada"));
        QVERIFY(running.locked->since.isValid());
        QCOMPARE(running.releases.front().status, ReleaseStatus::Running);
        QCOMPARE(running.live, QStringLiteral("3"));
        const DeploymentHistory failed = with("\"Succeeded\"", "'Failed'");
        QCOMPARE(failed.releases.front().status, ReleaseStatus::Failed);
        QCOMPARE(failed.live, QStringLiteral("3"));
        QVERIFY(says(with("\"Synced\"", "'OutOfSync'"), "out of sync"));
        QVERIFY(says(with("\"Synced\"", "'Unknown'"), "whether it is in sync is not known"));
        QVERIFY(says(with("\"Healthy\"", "'Degraded'"), "health: Degraded"));
        QVERIFY(says(with("\"project\": \"default\"", "'syncPolicy':{'automated':{}}"), "auto-sync is on"));
        QVERIFY(
            !says(with("\"project\": \"default\"", "'syncPolicy':{'automated':{'enabled':false}}"), "auto-sync is on"));
        const DeploymentHistory list = historyOf(argocdSource, {"{\"items\":[" + text + "," + text + "]}"});
        QVERIFY(says(list, "ERROR bad-config"));
    }

    void refusals_data()
    {
        QTest::addColumn<int>("code");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("field");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QByteArray>("words");
        const auto row = [](const char *name, int code, const char *body, const char *field, const char *value,
                            ErrorKind kind, const char *words) {
            QTest::newRow(name) << code << quoted(body) << QByteArray(field) << QByteArray(value) << int(kind)
                                << QByteArray(words);
        };
        row("limit", 403, "{'message':'API rate limit exceeded'}", "x-ratelimit-reset", "1795190426", ErrorKind::Busy,
            "again from 2026-11-20");
        row("limit by field", 403, "{}", "x-ratelimit-remaining", "0", ErrorKind::Busy, "used up");
        row("too many", 429, "", "retry-after", "60", ErrorKind::Busy, "again from 2026-11-20T16:01:00Z");
        row("no token", 401, "{'message':'401 Unauthorized'}", "a", "b", ErrorKind::AuthRefused, "does not accept");
        row("no right", 403, "{'message':'Resource not accessible by integration'}", "a", "b", ErrorKind::Denied,
            "may not read");
        row("absent", 404, "{'message':'Not Found'}", "a", "b", ErrorKind::NotFound, "hides it");
        row("broken", 502, "<html>", "a", "b", ErrorKind::ToolFailed, "answered 502");
        row("error as 200", 200, "{'message':'Bad credentials','documentation_url':'x'}", "a", "b",
            ErrorKind::AuthRefused, "does not accept");
        row("sign-in page", 200, "<!doctype html>", "a", "b", ErrorKind::BadData, "expected JSON");
        row("moved", 302, "", "a", "b", ErrorKind::BadConfig, "not followed");
    }
    void refusals()
    {
        QFETCH(int, code);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, field);
        QFETCH(QByteArray, value);
        QFETCH(int, kind);
        QFETCH(QByteArray, words);
        const SourceEntry entry = githubEntry();
        const auto asked = githubSource.requests(entry, {});
        const Result<Value> read
            = githubSource.parse(entry, {httpReply(asked.front(), code, body, {{field, value}})}, context);
        QVERIFY(!read);
        QCOMPARE(int(read.error().kind), kind);
        QVERIFY2(read.error().text.contains(QLatin1String(words)), qPrintable(read.error().text));
        // The same, captured with its head.
        const QByteArray whole
            = "HTTP/1.1 " + QByteArray::number(code) + " X\r\n" + field + ": " + value + "\r\n\r\n" + body;
        const Result<Value> captured = parsed(githubSource, {whole, 0, {}, {}, QStringLiteral("deployments")});
        QVERIFY(!captured);
        QCOMPARE(int(captured.error().kind), kind);
    }

    void hostile()
    {
        const auto none = [](const QByteArray &text) { return text.trimmed() == "[]"; };
        for (const QByteArray &text : hostileTexts(sample("github-deployments.json")))
            QVERIFY2(none(text) || !parsed(githubSource, {text, 0, {}, {}, QStringLiteral("deployments")}),
                     text.left(60).constData());
        for (const QByteArray &text : hostileTexts(sample("gitlab-deployments.json")))
            QVERIFY2(none(text) || !parsed(gitlabSource, {text}), text.left(60).constData());
        for (const QByteArray &text : hostileTexts(sample("argocd-application.json")))
            QVERIFY2(!parsed(argocdSource, {text}), text.left(60).constData());
    }
};

QTEST_GUILESS_MAIN(TestWebDeployments)
#include "tst_webdeployments.moc"
