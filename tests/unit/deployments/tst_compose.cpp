// SPDX-License-Identifier: GPL-3.0-or-later
#include "posixshell.h"
#include "registry.h"

#include <QtTest>

#include <algorithm>

using namespace taffrail;
using namespace taffrail::tests;

namespace {

const QByteArray oldImage = "sha256:" + QByteArray(64, 'a'), newImage = "sha256:" + QByteArray(64, 'b');

QByteArray json(QByteArray text)
{
    return text.replace('\'', '"');
}

/// A record of the probe.
QByteArray container(const QByteArray &name, const QByteArray &image, const QByteArray &tag,
                     const QByteArray &service = "web", const QByteArray &more = {},
                     const QByteArray &state = "running")
{
    return json("C\t{'id':'id-" + name + "','name':'/" + name + "','image':'" + image + "','tag':'" + tag
                + "','created':'2026-11-20T15:51:04.1Z','state':'" + state
                + "','started':'2026-11-20T15:51:05Z','exit':0,'trouble':'','memory':false,'restarts':0,'health':'',"
                  "'labels':{'com.docker.compose.project':'shop','com.docker.compose.service':'"
                + service
                + "','com.docker.compose.container-number':'1','com.docker.compose.oneoff':'False',"
                  "'com.docker.compose.config-hash':'"
                + QByteArray(64, 'c')
                + "','com.docker.compose.version':'1.29.2','com.docker.compose.project.working_dir':'/srv/shop',"
                  "'com.docker.compose.project.config_files':'docker-compose.yml'"
                + more + "}}\n");
}

QByteArray image(const QByteArray &id, const QByteArray &tag, int day, const QByteArray &version = {})
{
    return json("I\t{'id':'" + id + "','tags':['" + tag + "'],'created':'2026-11-" + QByteArray::number(day)
                + "T10:00:00Z','version':'" + version + "','revision':''}\n");
}

const QByteArray head = "ENGINE\t28.2.2\n";
const QByteArray tail = "IMAGES\nFREE\t1000\t4096\nDONE\n";

SourceEntry entry(const QStringList &hosts = {QStringLiteral("web1")}, const QString &service = {})
{
    SourceEntry made;
    made.id = made.source = QStringLiteral("compose");
    made.pane = PaneKind::Deployments;
    made.hosts = hosts;
    made.options = {{QStringLiteral("project"), QStringLiteral("shop")}};
    if (!service.isEmpty())
        made.options[QStringLiteral("service")] = service;
    return made;
}

Result<Value> parsed(const QByteArray &out, const SourceEntry &of = entry(), const QByteArray &files = {}, int code = 0)
{
    sources::Replies replies{replyFrom(of.hosts.first(), {code, out, {}})};
    if (!files.isEmpty())
        replies.push_back(replyFrom(of.hosts.first(), {0, files, {}}, QStringLiteral("files")));
    return sources::composeSource.parse(of, replies, {});
}

DeploymentHistory read(const QByteArray &out, const SourceEntry &of = entry(), const QByteArray &files = {})
{
    const Result<Value> value = parsed(out, of, files);
    return value ? std::get<DeploymentHistory>(*value) : DeploymentHistory{};
}

const Release *releaseOf(const DeploymentHistory &history, const QByteArray &id)
{
    const auto found = std::ranges::find(history.releases, QString::fromLatin1(id), &Release::id);
    return found == history.releases.end() ? nullptr : &*found;
}

bool hasNote(const DeploymentHistory &history, const QString &part)
{
    return std::ranges::any_of(history.notes, [&part](const QString &note) { return note.contains(part); });
}

} // namespace

class TestCompose : public QObject {
    Q_OBJECT

private slots:
    void readsHistory()
    {
        const DeploymentHistory history
            = read(head + container("shop_web_1", newImage, "reg/shop:1.4") + image(newImage, "reg/shop:1.4", 20)
                   + image(oldImage, "reg/shop:1.3", 10) + tail);
        QCOMPARE(history.source, QStringLiteral("compose"));
        QCOMPARE(history.live, QString::fromLatin1(newImage));
        QCOMPARE(releaseOf(history, newImage)->version, QStringLiteral("1.4"));
        QCOMPARE(releaseOf(history, newImage)->status, ReleaseStatus::Live);
        QVERIFY(releaseOf(history, newImage)->note.contains(QStringLiteral("docker-compose.yml in /srv/shop")));
        QCOMPARE(releaseOf(history, oldImage)->status, ReleaseStatus::Available);
        QCOMPARE(releaseOf(history, oldImage)->version, QStringLiteral("1.3"));
        QCOMPARE(history.hosts[0].running, history.live);
        QCOMPARE(history.hosts[0].freeBytes, 4096000);
        QCOMPARE(history.keepReleases, -1);
        QCOMPARE(history.events.size(), size_t(1));
        QCOMPARE(history.events[0].confidence, Confidence::Inferred);
        QCOMPARE(history.releases.front().id, QString::fromLatin1(newImage));
    }

    void rollbackIsKnownByItsLabel()
    {
        const QByteArray label = ",'taffrail.from':'" + newImage + "'";
        const DeploymentHistory history
            = read(head + container("shop_web_1", oldImage, "reg/shop:1.3", "web", label)
                   + image(newImage, "reg/shop:1.4", 20) + image(oldImage, "reg/shop:1.3", 10) + tail);
        QCOMPARE(history.events[0].kind, ReleaseKind::Rollback);
        QCOMPARE(releaseOf(history, newImage)->status, ReleaseStatus::RolledBack);
    }

    void severalServicesNeedAName()
    {
        const QByteArray out = head + container("shop_web_1", newImage, "reg/shop:1.4")
            + container("shop_db_1", oldImage, "postgres:15", "db")
            + container("shop_web_run_1", oldImage, "x:1", "web", ",'com.docker.compose.oneoff':'True'") + tail;
        const Result<Value> value = parsed(out);
        QVERIFY(!value);
        QCOMPARE(value.error().kind, ErrorKind::BadConfig);
        QVERIFY(value.error().text.contains(QStringLiteral("db, web")));
        QCOMPARE(read(out, entry({QStringLiteral("web1")}, QStringLiteral("web"))).live, QString::fromLatin1(newImage));
        const DeploymentHistory missing = read(out, entry({QStringLiteral("web1")}, QStringLiteral("api")));
        QCOMPARE(missing.live, QString());
        QVERIFY(hasNote(missing, QStringLiteral("no service api")));
    }

    void containersThatDiffer()
    {
        const DeploymentHistory history
            = read(head + container("shop_web_1", newImage, "reg/shop:1.4")
                   + container("0123_shop_web_1", oldImage, "reg/shop:1.3", "web", {}, "exited") + tail);
        QCOMPARE(history.live, QString());
        QVERIFY(hasNote(history, QStringLiteral("the containers of the service differ")));
        QVERIFY(hasNote(history, QStringLiteral("an \"up\" was cut off")));
    }

    void driftOfTheFiles()
    {
        const QByteArray out = head + container("shop_web_1", newImage, "reg/shop:1.4") + tail;
        const auto files
            = [](const QByteArray &hash) { return "OF\tid-shop_web_1\nTOOL\t1 1.29.2\t1.29.2\n" + hash + "DONE\n"; };
        QVERIFY(!hasNote(read(out, entry(), files("HASH\t" + QByteArray(64, 'c') + '\n')), QStringLiteral("files")));
        QVERIFY(hasNote(read(out, entry(), files("HASH\t" + QByteArray(64, 'd') + '\n')),
                        QStringLiteral("say something else")));
        QVERIFY(
            hasNote(read(out, entry(), files("WHY\tthere is no Compose\n")), QStringLiteral("there is no Compose")));
        // An answer about a container that is gone says nothing, and is asked again.
        const QByteArray old = "OF\tid-gone\nHASH\t" + QByteArray(64, 'd') + "\nDONE\n";
        QVERIFY(!hasNote(read(out, entry(), old), QStringLiteral("say something else")));
        const sources::Reply kept = replyFrom(QStringLiteral("web1"), {0, old, {}}, QStringLiteral("files"));
        QVERIFY(sources::composeSource.isOutdated(entry(), kept, {replyFrom(QStringLiteral("web1"), {0, out, {}})}));
    }

    void capturedForms_data()
    {
        QTest::addColumn<QByteArray>("out");
        QTest::addColumn<QString>("live");
        const QByteArray line
            = json("{'ID':'abc','Name':'shop-web-1','Project':'shop','Service':'web','Image':'reg/shop:1.4',"
                   "'CreatedAt':'2026-11-20 15:51:04 +0000 UTC','State':'running','Status':'Up 4 seconds "
                   "(healthy)','Health':'healthy','ExitCode':0}");
        QTest::newRow("ps lines") << line + '\n' << QStringLiteral("reg/shop:1.4");
        QTest::newRow("ps array") << '[' + line + ']' << QStringLiteral("reg/shop:1.4");
        QTest::newRow("inspect") << json(
            "[{'Id':'x','Name':'/shop_web_1','Image':'" + newImage
            + "','Created':'2026-11-20T15:51:04.1Z','State':{'Status':'running'},'Config':{'Image':"
              "'reg/shop:1.4','Env':null,'Labels':{'com.docker.compose.project':'shop',"
              "'com.docker.compose.service':'web','com.docker.compose.oneoff':'False'}}}]")
                                 << QString::fromLatin1(newImage);
        QTest::newRow("docker ps") << json(
            "{'ID':'x','Names':'shop_web_1','Image':'reg/shop:1.4','State':'exited','Status':'Exited (3) 3 seconds "
            "ago','Labels':'com.docker.compose.project=shop,com.docker.compose.service=web,com.docker.compose.oneoff="
            "False,note=x,y'}") << QStringLiteral("reg/shop:1.4");
        QTest::newRow("nothing") << QByteArray("[]") << QString();
    }
    void capturedForms()
    {
        QFETCH(QByteArray, out);
        QFETCH(QString, live);
        SourceEntry bare;
        bare.hosts = QStringList{QStringLiteral("host")};
        const DeploymentHistory history = read(out, bare);
        QCOMPARE(history.hosts.size(), size_t(1));
        QCOMPARE(history.live, live);
    }

    void garbageIsAnError_data()
    {
        QTest::addColumn<QByteArray>("out");
        QTest::addColumn<int>("code");
        QTest::addColumn<ErrorKind>("kind");
        QTest::newRow("empty") << QByteArray() << 0 << ErrorKind::BadData;
        QTest::newRow("cut") << head + container("a", newImage, "x:1") << 0 << ErrorKind::BadData;
        QTest::newRow("no engine") << QByteArray("NOENGINE\tCannot connect to the Docker daemon at x\nDONE\n") << 0
                                   << ErrorKind::Unreachable;
        QTest::newRow("no right") << QByteArray("NOENGINE\tpermission denied while trying to connect\nDONE\n") << 0
                                  << ErrorKind::Denied;
        QTest::newRow("no tool") << QByteArray("NOTOOL\nDONE\n") << 0 << ErrorKind::NotFound;
        QTest::newRow("hangs") << head << 124 << ErrorKind::Timeout;
        QTest::newRow("bytes") << QByteArray("[{\xff\xfe") << 0 << ErrorKind::BadData;
        QTest::newRow("deep") << QByteArray(100'000, '[') << 0 << ErrorKind::BadData;
    }
    void garbageIsAnError()
    {
        QFETCH(QByteArray, out);
        QFETCH(int, code);
        QFETCH(ErrorKind, kind);
        const Result<Value> value = parsed(out, entry(), {}, code);
        QVERIFY(!value);
        QCOMPARE(value.error().kind, kind);
    }
};

QTEST_GUILESS_MAIN(TestCompose)
#include "tst_compose.moc"
