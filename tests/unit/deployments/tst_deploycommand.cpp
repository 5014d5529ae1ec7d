// SPDX-License-Identifier: GPL-3.0-or-later
#include "capistranosite.h"

#include "jsonlines.h"

#include <QtTest>

using namespace taffrail;
using namespace taffrail::tests;

class TestDeployCommand : public QObject {
    Q_OBJECT

private:
    static SourceEntry entry()
    {
        SourceEntry entry;
        entry.id = QStringLiteral("command");
        entry.hosts = QStringList{QStringLiteral("web1")};
        entry.options = {{QStringLiteral("command"),
                          QStringList{QStringLiteral("printf"), QStringLiteral("%s"),
                                      QStringLiteral("{\"live\":null,\"releases\":[],\"app\":\"it's $HOME\"}")}}};
        return entry;
    }

    static Result<Value> parse(const QByteArray &out, int exitCode = 0, const QByteArray &err = {})
    {
        return sources::commandDeploymentsSource.parse(entry(),
                                                       {replyFrom(QStringLiteral("web1"), {exitCode, out, err})}, {});
    }

private slots:
    void wordsReachTheProgramUnchanged()
    {
        const auto asked = sources::commandDeploymentsSource.requests(entry(), {});
        QCOMPARE(asked.size(), size_t(1));
        for (const QStringList &shell : shells()) {
            const auto reply = replyFrom(QStringLiteral("web1"),
                                         runShell(std::get<sources::ShellPart>(asked[0].what).script, shell));
            const Result<Value> value = sources::commandDeploymentsSource.parse(entry(), {reply}, {});
            QVERIFY(value.has_value());
            QCOMPARE(std::get<DeploymentHistory>(*value).app, QStringLiteral("it's $HOME"));
        }
    }

    void readsReleases()
    {
        const Result<Value> value = parse(R"({"source":"mine","app":"shop","live":"r2","releases":[
            {"id":"r1","version":"1.0","deployed_at":"2026-11-20T15:00:00Z","deployed_by":"ada","status":"available"},
            {"id":"r2","version":"1.1","revision":"abc","branch":"main","deployed_at":"2026-11-20T17:00:00+01:00","note":"hot"},
            {"id":"r0","deployed_at":"2026-11-19T15:00:00Z","status":"failed","kind":"redeploy","confidence":"inferred","present":false}],
            "locked":{"by":"ada","since":"2026-11-20T16:30:00Z","reason":"deploy"}})");
        QVERIFY(value.has_value());
        const auto &history = std::get<DeploymentHistory>(*value);
        QCOMPARE(history.source, QStringLiteral("command"));
        QCOMPARE(history.live, QStringLiteral("r2"));
        QCOMPARE(history.releases.size(), size_t(3));
        QCOMPARE(history.releases[0].id, QStringLiteral("r2"));
        QCOMPARE(history.releases[0].status, ReleaseStatus::Live);
        QCOMPARE(history.releases[0].deployedAt, QDateTime(QDate(2026, 11, 20), QTime(16, 0), Qt::UTC));
        QCOMPARE(history.releases[2].status, ReleaseStatus::Failed);
        QVERIFY(history.releases[2].presentOn.isEmpty());
        QCOMPARE(history.locked->by, QStringLiteral("ada"));
        QCOMPARE(history.hosts[0].revision, QStringLiteral("abc"));
        QCOMPARE(history.events.size(), size_t(3));
    }

    void hostsComeInTheOrderOfTheInventory()
    {
        SourceEntry several = entry();
        several.hosts = QStringList{QStringLiteral("web1"), QStringLiteral("web2"), QStringLiteral("web3")};
        const auto says = [](const char *host, const QByteArray &release) {
            return replyFrom(QString::fromLatin1(host),
                             {0, "{\"live\":\"" + release + "\",\"releases\":[{\"id\":\"" + release + "\"}]}", {}});
        };
        // They answer in any order, and one of them not at all.
        const Result<Value> value
            = sources::commandDeploymentsSource.parse(several, {says("web3", "r3"), says("web1", "r1")}, {});
        QVERIFY(value.has_value());
        const auto &history = std::get<DeploymentHistory>(*value);
        QCOMPARE(history.hosts.size(), size_t(3));
        QCOMPARE(history.hosts[0].host, QStringLiteral("web1"));
        QVERIFY(history.hosts[1].error.has_value());
        QCOMPARE(history.hosts[2].host, QStringLiteral("web3"));
        QCOMPARE(history.releases[0].id, QStringLiteral("r1"));
        QCOMPARE(history.releases[1].id, QStringLiteral("r3"));
    }

    void wrongJson_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("part");
        // clang-format off
        QTest::newRow("empty") << QByteArray() << QStringLiteral("line 1, column 1");
        QTest::newRow("cut") << QByteArray("{\n \"live\": nul") << QStringLiteral("line 2");
        QTest::newRow("not UTF-8") << QByteArray("{\"app\": \"\xff\"}") << QStringLiteral("line 1");
        QTest::newRow("a list") << QByteArray("[]") << QStringLiteral("expected an object");
        QTest::newRow("no releases") << QByteArray("{\"live\": null}") << QStringLiteral("\"releases\"");
        QTest::newRow("releases no list") << QByteArray("{\n\"releases\": 3}") << QStringLiteral("line 2, /releases");
        QTest::newRow("unknown key") << QByteArray("{\"releases\":[],\n\"lives\": \"x\"}") << QStringLiteral("line 2, /lives: unknown key");
        QTest::newRow("id missing") << QByteArray("{\"releases\":[\n{}\n]}") << QStringLiteral("line 2, /releases/0: \"id\" is missing");
        QTest::newRow("id a number") << QByteArray("{\"releases\":[\n{\"id\":\n 7}\n]}") << QStringLiteral("line 3, /releases/0/id: expected a text");
        QTest::newRow("id of two lines") << QByteArray("{\"releases\":[\n{\"id\":\n \"a\\nb\"}\n]}") << QStringLiteral("line 3, /releases/0/id: expected a name");
        QTest::newRow("id with a space behind") << QByteArray("{\"releases\":[{\"id\":\"a \"}]}") << QStringLiteral("/releases/0/id: expected a name");
        QTest::newRow("id with a terminal's command") << QByteArray("{\"releases\":[{\"id\":\"a\\u001b[2J\"}]}") << QStringLiteral("/releases/0/id: expected a name");
        QTest::newRow("id too long") << "{\"releases\":[{\"id\":\"" + QByteArray(401, 'a') + "\"}]}" << QStringLiteral("/releases/0/id: expected a name");
        QTest::newRow("live with a space") << QByteArray("{\"releases\":[{\"id\":\"a\"}],\"live\":\" a\"}") << QStringLiteral("/live: expected a name");
        QTest::newRow("unknown word") << QByteArray("{\"releases\":[{\"id\":\"a\",\n\n\"status\":\"fine\"}]}") << QStringLiteral("line 3, /releases/0/status");
        QTest::newRow("no time") << QByteArray("{\"releases\":[{\"id\":\"a\",\"deployed_at\":\"yesterday\"}]}") << QStringLiteral("expected a time");
        QTest::newRow("twice") << QByteArray("{\"releases\":[{\"id\":\"a\"},{\"id\":\"a\"}]}") << QStringLiteral("appears twice");
        QTest::newRow("live unknown") << QByteArray("{\"live\":\"b\",\"releases\":[{\"id\":\"a\"}]}") << QStringLiteral("names no release");
        QTest::newRow("two live") << QByteArray("{\"live\":\"b\",\"releases\":[{\"id\":\"a\",\"status\":\"live\"},{\"id\":\"b\"}]}") << QStringLiteral("only the release");
        QTest::newRow("lock a text") << QByteArray("{\"releases\":[],\"locked\":\"ada\"}") << QStringLiteral("/locked");
        QTest::newRow("more after the end") << QByteArray("{\"releases\":[]} x") << QStringLiteral("not JSON");
        QTest::newRow("deep") << QByteArray(100'000, '[') << QStringLiteral("not JSON");
        // clang-format on
    }
    void wrongJson()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, part);
        const Result<Value> value = parse(json);
        QVERIFY(!value.has_value());
        QCOMPARE(value.error().kind, ErrorKind::BadData);
        QVERIFY2(value.error().text.contains(part), qPrintable(value.error().text));
    }

    void failedProgram_data()
    {
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<ErrorKind>("kind");
        QTest::newRow("not there") << 127 << ErrorKind::NotFound;
        QTest::newRow("no right") << 126 << ErrorKind::Denied;
        QTest::newRow("failed") << 3 << ErrorKind::ToolFailed;
        QTest::newRow("late") << 124 << ErrorKind::Timeout;
    }
    void failedProgram()
    {
        QFETCH(int, exitCode);
        QFETCH(ErrorKind, kind);
        const Result<Value> value = parse("{\"releases\":[]}", exitCode, "it said\x1b[31m no\n");
        QVERIFY(!value.has_value());
        QCOMPARE(value.error().kind, kind);
        QVERIFY(!value.error().text.contains(QChar(0x1b)));
    }

    void hostsAreJoined()
    {
        const QByteArray one = R"({"live":"a","releases":[{"id":"b"},{"id":"a"}]})";
        const QByteArray two = R"({"live":"b","releases":[{"id":"b"}]})";
        const sources::Replies replies{replyFrom(QStringLiteral("web1"), {0, one, {}}),
                                       replyFrom(QStringLiteral("web2"), {0, two, {}}),
                                       failedReply(QStringLiteral("web3"), ErrorKind::Unreachable)};
        SourceEntry several = entry();
        several.hosts = QStringList{QStringLiteral("web1"), QStringLiteral("web2"), QStringLiteral("web3")};
        const Result<Value> value = sources::commandDeploymentsSource.parse(several, replies, {});
        const auto &history = std::get<DeploymentHistory>(*value);
        QCOMPARE(history.live, QString());
        QCOMPARE(history.hosts.size(), size_t(3));
        QVERIFY(history.hosts[2].error);
        QCOMPARE(releaseOf(history, QStringLiteral("b"))->presentOn,
                 (QStringList{QStringLiteral("web1"), QStringLiteral("web2")}));
        QCOMPARE(releaseOf(history, QStringLiteral("b"))->liveOn, QStringList{QStringLiteral("web2")});
    }

    void linesOfPointers()
    {
        const QByteArray json = "{\n \"a\": [\n  1,\n  {\"b\":\n   \"x\"}\n ]\n}";
        QCOMPARE(sources::jsonLineOf(json, QStringLiteral("/a")), 2);
        QCOMPARE(sources::jsonLineOf(json, QStringLiteral("/a/0")), 3);
        QCOMPARE(sources::jsonLineOf(json, QStringLiteral("/a/1")), 4);
        QCOMPARE(sources::jsonLineOf(json, QStringLiteral("/a/1/b")), 5);
        QCOMPARE(sources::jsonLineOf(json, QStringLiteral("/c")), 0);
    }
};

QTEST_GUILESS_MAIN(TestDeployCommand)
#include "tst_deploycommand.moc"
