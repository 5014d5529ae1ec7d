// SPDX-License-Identifier: GPL-3.0-or-later
// What is made of the engine's answers: one container a host, images as releases.
#include "dockerprobe.h"
#include "posixshell.h"
#include "registry.h"

#include <QtTest>

using namespace taffrail;
using namespace taffrail::tests;

namespace {

QByteArray idOf(char letter)
{
    return "sha256:" + QByteArray(64, letter);
}

QByteArray image(char letter, const QByteArray &version, const QByteArray &created,
                 const QByteArray &revision = "0123456789abcdef0123456789abcdef01234567")
{
    return "I\t{\"id\":\"" + idOf(letter) + "\",\"tags\":[\"reg.example.org:5000/shop:v" + version
        + "\"],\"created\":\"" + created + "\",\"version\":\"" + version + "\",\"revision\":\"" + revision + "\"}\n";
}

QByteArray container(const QByteArray &name, char letter, const QByteArray &created,
                     const QByteArray &state = "running", const QByteArray &more = {})
{
    return "C\t{\"id\":\"" + QByteArray(64, 'c') + "\",\"name\":\"/" + name + "\",\"image\":\"" + idOf(letter)
        + "\",\"tag\":\"reg.example.org:5000/shop:v1\",\"created\":\"" + created + "\",\"state\":\"" + state
        + "\",\"started\":\"" + created
        + "\",\"exit\":3,\"trouble\":\"\",\"memory\":false,\"restarts\":0,\"health\":\"\""
        + ",\"from\":\"\",\"compose\":\"\"" + more + "}\n";
}

const QByteArray head = "ENGINE\t20.10.24\n", tail = "REPOSITORY\treg.example.org:5000/shop\nFREE\t100\t4096\nDONE\n";
const QByteArray twoImages = image('a', "1.1", "2026-11-01T10:00:00.123456789Z", "1111111111111111")
    + image('b', "1.2", "2026-11-02T10:00:00Z", "2222222222222222");
const QByteArray alive = head + container("shop", 'b', "2026-11-03T10:00:00Z") + twoImages + tail;

SourceEntry entryOn(const QStringList &hosts)
{
    SourceEntry entry;
    entry.id = entry.source = QStringLiteral("docker");
    entry.pane = PaneKind::Deployments;
    entry.hosts = hosts;
    entry.options = {{QStringLiteral("container"), QStringLiteral("shop")}};
    return entry;
}

Result<Value> read(const QList<QByteArray> &answers)
{
    QStringList hosts;
    sources::Replies replies;
    for (const QByteArray &answer : answers) {
        hosts << QStringLiteral("web%1").arg(hosts.size() + 1);
        replies.push_back(replyFrom(hosts.last(), {0, answer, {}}));
    }
    return sources::dockerDeploymentsSource.parse(entryOn(hosts), replies, {});
}

DeploymentHistory history(const QList<QByteArray> &answers)
{
    const Result<Value> value = read(answers);
    return value ? std::get<DeploymentHistory>(*value) : DeploymentHistory();
}

} // namespace

class TestDocker : public QObject {
    Q_OBJECT

private slots:
    void oneContainer()
    {
        const DeploymentHistory found = history({alive});
        QCOMPARE(found.app, QStringLiteral("shop"));
        QCOMPARE(found.live, QString::fromLatin1(idOf('b')));
        QCOMPARE(found.hosts.front().running, found.live);
        QCOMPARE(found.hosts.front().revision, QStringLiteral("2222222222222222"));
        QCOMPARE(found.hosts.front().freeBytes, 409600);
        QCOMPARE(found.releases.size(), size_t(2));
        QCOMPARE(found.releases[0].version, QStringLiteral("1.2"));
        QCOMPARE(found.releases[0].status, ReleaseStatus::Live);
        QCOMPARE(found.releases[1].status, ReleaseStatus::Available);
        QCOMPARE(found.releases[1].confidence, Confidence::Inferred);
        QCOMPARE(found.releases[1].presentOn, QStringList{QStringLiteral("web1")});
        QVERIFY(found.releases[0].note.contains(QStringLiteral("container shop (cccccccccccc) runs since 2026-11-03")));
        QCOMPARE(found.notes, QStringList());
        QCOMPARE(found.events.size(), size_t(1));
    }

    void hostsThatDisagree()
    {
        const QByteArray other = head + container("shop", 'a', "2026-11-03T10:00:00Z")
            + image('a', "1.1", "2026-11-01T10:00:00Z", "1111111111111111") + tail;
        const DeploymentHistory found
            = history({alive, other, "NOENGINE\tCannot connect to the Docker daemon at x.\n"});
        QCOMPARE(found.live, QString());
        QVERIFY(found.notes.first().startsWith(QLatin1String("the hosts disagree")));
        QCOMPARE(found.hosts[2].error->kind, ErrorKind::Unreachable);
        for (const Release &release : found.releases) {
            const bool isB = release.id == QString::fromLatin1(idOf('b'));
            QCOMPARE(release.presentOn.size(), isB ? 1 : 2);
            QCOMPARE(release.liveOn, QStringList{isB ? QStringLiteral("web1") : QStringLiteral("web2")});
        }
    }

    void aLabelThatSeveralImagesShareNamesNone()
    {
        const DeploymentHistory found
            = history({head + container("shop", 'b', "2026-11-03T10:00:00Z") + image('a', "12", "2026-11-01T10:00:00Z")
                       + image('b', "12", "2026-11-02T10:00:00Z") + tail});
        QCOMPARE(found.releases[0].revision, found.releases[0].id);
        QCOMPARE(found.releases[0].version, QStringLiteral("v12")); // its tag
        QVERIFY(found.releases[0].revision != found.releases[1].revision);
    }

    void historyOfKeptContainers()
    {
        const DeploymentHistory found
            = history({head + container("shop", 'a', "2026-11-05T10:00:00Z", "running", ",\"x\":1")
                       + container("shop.taffrail-bbbbbbbbbbbb", 'b', "2026-11-03T10:00:00Z", "exited")
                       + container("shop_old", 'a', "2026-11-02T10:00:00Z", "exited")
                       + container("shop-worker", 'b', "2026-11-04T10:00:00Z", "exited")
                       + container("shop.taffrail-failed", 'b', "2026-11-06T10:00:00Z", "exited") + twoImages + tail});
        QCOMPARE(found.events.size(), size_t(4));
        QCOMPARE(found.events[0].outcome, ReleaseStatus::Failed);
        QCOMPARE(found.events[1].kind, ReleaseKind::Rollback);
        QCOMPARE(found.events[1].outcome, ReleaseStatus::Live);
        QCOMPARE(found.events[2].kind, ReleaseKind::Deploy);
        QCOMPARE(found.events[3].release, QString::fromLatin1(idOf('a')));
    }

    void states_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<QString>("note");
        QTest::newRow("missing") << head + twoImages + tail << QStringLiteral("there is no container shop");
        QTest::newRow("half done") << head
                + container("shop.taffrail-bbbbbbbbbbbb", 'b', "2026-11-03T10:00:00Z", "exited") + twoImages
                + tail << QStringLiteral("a switch was left half done");
        QTest::newRow("exited") << head + container("shop", 'b', "2026-11-03T10:00:00Z", "exited") + twoImages + tail
                                << QStringLiteral("shop is exited with code 3");
        QTest::newRow("restarting") << head + container("shop", 'b', "2026-11-03T10:00:00Z", "restarting") + twoImages
                + tail << QStringLiteral("shop is restarting");
        QTest::newRow("image gone") << head + container("shop", 'd', "2026-11-03T10:00:00Z", "exited") + twoImages
                + tail << QStringLiteral("exited");
        QTest::newRow("broken lines") << head
                + "C\t{\"id\":\nI\t[1]\nC\t{\"id\":\"x\",\"name\":\"/shop\",\"image\":\"$(x)\"}\n\xff\xfe\n" + twoImages
                + tail << QStringLiteral("4 lines of the answer cannot be read");
    }
    void states()
    {
        QFETCH(QByteArray, answer);
        QFETCH(QString, note);
        const QString notes = history({answer}).notes.join(QLatin1Char('|'));
        QVERIFY2(notes.contains(note), qPrintable(notes));
    }

    void anotherAppUnderTheName()
    {
        SourceEntry entry = entryOn({QStringLiteral("web1")});
        entry.options.insert(QStringLiteral("image"), QStringLiteral("reg.example.org:5000/other"));
        const auto value
            = sources::dockerDeploymentsSource.parse(entry, {replyFrom(QStringLiteral("web1"), {0, alive, {}})}, {});
        QVERIFY(value);
        QVERIFY(
            std::get<DeploymentHistory>(*value).notes.join(QLatin1Char('|')).contains(QStringLiteral("name reused")));
    }

    void failures_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<ErrorKind>("kind");
        QTest::newRow("no tool") << QByteArray("NOTOOL\n") << ErrorKind::NotFound;
        QTest::newRow("denied") << QByteArray("NOENGINE\tGot permission denied while trying to connect\n")
                                << ErrorKind::Denied;
        QTest::newRow("sudo") << QByteArray("NOENGINE\tsudo: a password is required\n") << ErrorKind::Denied;
        QTest::newRow("off") << QByteArray("NOENGINE\tCannot connect to the Docker daemon at unix:///x.\n")
                             << ErrorKind::Unreachable;
        QTest::newRow("empty") << QByteArray() << ErrorKind::BadData;
        QTest::newRow("cut") << alive.left(alive.size() - 6) << ErrorKind::BadData;
        QTest::newRow("noise") << QByteArray("\0\x1b[2J\xff", 7) << ErrorKind::BadData;
    }
    void failures()
    {
        QFETCH(QByteArray, answer);
        QFETCH(ErrorKind, kind);
        const Result<Value> value = read({answer});
        QVERIFY(!value);
        QCOMPARE(value.error().kind, kind);
    }

    void anyCutIsReadOrRefused()
    {
        for (qsizetype size = 0; size < alive.size(); ++size)
            QVERIFY(!read({alive.left(size)}) || alive.left(size).endsWith("DONE"));
    }

    void configurations_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        QTest::addColumn<bool>("good");
        QTest::newRow("dash") << QStringLiteral("container") << QStringLiteral("-x") << false;
        QTest::newRow("shell") << QStringLiteral("container") << QStringLiteral("a;b") << false;
        QTest::newRow("newline") << QStringLiteral("container") << QStringLiteral("a\n") << false;
        QTest::newRow("repository") << QStringLiteral("image") << QStringLiteral("reg:5000/a/b") << true;
        QTest::newRow("no repository") << QStringLiteral("image") << QStringLiteral("--all") << false;
        QTest::newRow("engine") << QStringLiteral("engine") << QStringLiteral("unix:///run/my sock") << true;
        QTest::newRow("no engine") << QStringLiteral("engine") << QStringLiteral("tcp://x") << false;
    }
    void configurations()
    {
        QFETCH(QString, key);
        QFETCH(QString, value);
        QFETCH(bool, good);
        SourceEntry entry = entryOn({QStringLiteral("web1")});
        entry.options.insert(key, value);
        QCOMPARE(sources::docker::settingsOf(entry).has_value(), good);
        QCOMPARE(sources::dockerDeploymentsSource.requests(entry, {}).size(), size_t(good ? 1 : 0));
    }

    // Without the tool every shell says so, in words that are read.
    void withoutTheTool()
    {
        for (const QStringList &shell : shells()) {
            const QByteArray script = "PATH=/nowhere\n"
                + std::get<sources::ShellPart>(
                      sources::dockerDeploymentsSource.requests(entryOn({QStringLiteral("web1")}), {}).front().what)
                      .script;
            QCOMPARE(runShell(script, shell).out, QByteArray("NOTOOL\n"));
        }
    }
};

QTEST_GUILESS_MAIN(TestDocker)
#include "tst_docker.moc"
