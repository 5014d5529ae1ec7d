// SPDX-License-Identifier: GPL-3.0-or-later
#include "capistranosite.h"

#include <QtTest>

using namespace taffrail;
using namespace taffrail::tests;

// Several hosts, and hosts that can't be read.
class TestCapistranoFleet : public QObject {
    Q_OBJECT

private:
    static sources::Reply from(const QString &host, const CapistranoSite &site)
    {
        const auto asked = sources::capistranoSource.requests(capistranoEntry(site), {});
        return replyFrom(host, runShell(std::get<sources::ShellPart>(asked[0].what).script));
    }

    static Result<Value> parse(const QStringList &hosts, const sources::Replies &replies)
    {
        SourceEntry entry;
        entry.id = QStringLiteral("capistrano");
        entry.hosts = hosts;
        entry.options
            = {{QStringLiteral("path"), QStringLiteral("/srv/shop")}, {QStringLiteral("app"), QStringLiteral("shop")}};
        return sources::capistranoSource.parse(entry, replies,
                                               {QDateTime(QDate(2026, 11, 21), QTime(12, 0), Qt::UTC), {}});
    }

    static void lay(const CapistranoSite &site, const QString &live)
    {
        site.addRelease(QStringLiteral("20261120150000"));
        site.addRelease(QStringLiteral("20261120151000"));
        site.makeLive(live);
        site.write(QStringLiteral("revisions.log"),
                   CapistranoSite::deployed("20261120150000") + CapistranoSite::deployed("20261120151000"));
    }

    const QString m_web1 = QStringLiteral("web1");
    const QString m_web2 = QStringLiteral("web2");

private slots:
    void hostsThatAgree()
    {
        CapistranoSite one;
        CapistranoSite two;
        lay(one, QStringLiteral("20261120151000"));
        lay(two, QStringLiteral("20261120151000"));
        const Result<Value> value = parse({m_web1, m_web2}, {from(m_web1, one), from(m_web2, two)});
        QVERIFY(value.has_value());
        const auto &history = std::get<DeploymentHistory>(*value);
        QCOMPARE(history.live, QStringLiteral("20261120151000"));
        QCOMPARE(history.events.size(), size_t(2));
        QCOMPARE(history.events[0].host, QString());
        QCOMPARE(releaseOf(history, history.live)->liveOn, (QStringList{m_web1, m_web2}));
        QCOMPARE(history.notes, QStringList());
    }

    void hostsThatDisagree()
    {
        CapistranoSite one;
        CapistranoSite two;
        lay(one, QStringLiteral("20261120151000"));
        lay(two, QStringLiteral("20261120150000"));
        QDir(two.path(QStringLiteral("releases/20261120151000"))).removeRecursively();
        const Result<Value> value = parse({m_web1, m_web2}, {from(m_web1, one), from(m_web2, two)});
        const auto &history = std::get<DeploymentHistory>(*value);
        QCOMPARE(history.live, QString());
        QVERIFY(history.notes.first().contains(QStringLiteral("disagree")));
        QCOMPARE(releaseOf(history, QStringLiteral("20261120151000"))->liveOn, QStringList{m_web1});
        QCOMPARE(releaseOf(history, QStringLiteral("20261120151000"))->presentOn, QStringList{m_web1});
        QCOMPARE(releaseOf(history, QStringLiteral("20261120150000"))->presentOn, (QStringList{m_web1, m_web2}));
        QCOMPARE(history.events[0].kind, ReleaseKind::OutOfBand);
        QCOMPARE(history.events[0].host, m_web2);
    }

    // A host that joined later lacks the older lines; the order of the others stands.
    void logsOfDifferentLength()
    {
        CapistranoSite one;
        CapistranoSite two;
        lay(one, QStringLiteral("20261120151000"));
        lay(two, QStringLiteral("20261120151000"));
        two.write(QStringLiteral("revisions.log"), CapistranoSite::deployed("20261120151000"));
        const Result<Value> value = parse({m_web1, m_web2}, {from(m_web2, two), from(m_web1, one)});
        const auto &history = std::get<DeploymentHistory>(*value);
        QCOMPARE(history.events.size(), size_t(2));
        QCOMPARE(history.events[0].release, QStringLiteral("20261120151000"));
        QCOMPARE(history.events[0].host, QString());
        QCOMPARE(history.events[1].host, m_web1);
    }

    void oneHostIsDown()
    {
        CapistranoSite one;
        lay(one, QStringLiteral("20261120151000"));
        const Result<Value> value
            = parse({m_web1, m_web2}, {from(m_web1, one), failedReply(m_web2, ErrorKind::Unreachable)});
        const auto &history = std::get<DeploymentHistory>(*value);
        QCOMPARE(history.live, QStringLiteral("20261120151000"));
        QVERIFY(history.hosts[1].error);
        QCOMPARE(history.hosts[1].error->kind, ErrorKind::Unreachable);
        QVERIFY(hasNote(history, QStringLiteral("no route")));
    }

    void allHostsAreDown()
    {
        const Result<Value> value = parse(
            {m_web1, m_web2}, {failedReply(m_web1, ErrorKind::Unreachable), failedReply(m_web2, ErrorKind::Timeout)});
        QVERIFY(!value.has_value());
        QCOMPARE(value.error().kind, ErrorKind::Unreachable);
    }

    void noAnswerForAHost()
    {
        CapistranoSite one;
        lay(one, QStringLiteral("20261120151000"));
        const Result<Value> value = parse({m_web1, m_web2}, {from(m_web1, one)});
        QVERIFY(std::get<DeploymentHistory>(*value).hosts[1].error);
    }

    void pathThatIsNotThere_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<ErrorKind>("kind");
        QTest::newRow("missing") << QStringLiteral("/nowhere/at/all") << ErrorKind::NotFound;
        QTest::newRow("a file") << QStringLiteral("/etc/passwd") << ErrorKind::NotFound;
    }
    void pathThatIsNotThere()
    {
        QFETCH(QString, path);
        QFETCH(ErrorKind, kind);
        SourceEntry entry;
        entry.hosts = QStringList{m_web1};
        entry.options = {{QStringLiteral("path"), path}};
        for (const QStringList &shell : shells()) {
            const auto asked = sources::capistranoSource.requests(entry, {});
            const auto reply = replyFrom(m_web1, runShell(std::get<sources::ShellPart>(asked[0].what).script, shell));
            const Result<Value> value = sources::capistranoSource.parse(entry, {reply}, {});
            QVERIFY(!value.has_value());
            QCOMPARE(value.error().kind, kind);
            QVERIFY(value.error().text.contains(path));
        }
    }

    void answersThatEndEarly_data()
    {
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<ErrorKind>("kind");
        QTest::newRow("cut") << 0 << ErrorKind::BadData;
        QTest::newRow("time limit") << 124 << ErrorKind::Timeout;
        QTest::newRow("killed") << 137 << ErrorKind::Timeout;
    }
    void answersThatEndEarly()
    {
        QFETCH(int, exitCode);
        QFETCH(ErrorKind, kind);
        CapistranoSite one;
        lay(one, QStringLiteral("20261120151000"));
        const auto whole = from(m_web1, one);
        const QByteArray out = whole.as<sources::ShellReply>()->out;
        for (qsizetype length = 0; length < out.size() - 5; length += 7) {
            const Result<Value> value = parse({m_web1}, {replyFrom(m_web1, {exitCode, out.left(length), {}})});
            QVERIFY(!value.has_value());
            QCOMPARE(value.error().kind, kind);
        }
    }

    void rubbishIsAnError_data()
    {
        QTest::addColumn<QByteArray>("out");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("binary") << QByteArray("\x00\xff\xfe\x01\n\n\x80", 7);
        QTest::newRow("a banner") << QByteArray("Welcome to the machine\n");
    }
    void rubbishIsAnError()
    {
        QFETCH(QByteArray, out);
        QVERIFY(!parse({m_web1}, {replyFrom(m_web1, {0, out, {}})}).has_value());
    }

    void relativePathAsksNothing()
    {
        SourceEntry entry;
        entry.hosts = QStringList{m_web1};
        entry.options = {{QStringLiteral("path"), QStringLiteral("srv/shop")}};
        QVERIFY(sources::capistranoSource.requests(entry, {}).empty());
        const Result<Value> value = sources::capistranoSource.parse(entry, {}, {});
        QVERIFY(!value.has_value());
        QCOMPARE(value.error().kind, ErrorKind::BadConfig);
    }
};

QTEST_GUILESS_MAIN(TestCapistranoFleet)
#include "tst_capistranofleet.moc"
