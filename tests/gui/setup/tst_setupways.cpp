// SPDX-License-Identifier: GPL-3.0-or-later
#include "inventorydraft.h"
#include "inventoryreader.h"
#include "setupways.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace taffrail;

namespace {

void put(const QString &path, const QByteArray &text)
{
    QDir().mkpath(QFileInfo(path).absolutePath());
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
}

} // namespace

class TestSetupWays : public QObject {
    Q_OBJECT

private slots:
    void aNewFileIsNeverWrittenOver()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("a/b/inventory.json"));
        QVERIFY(saveNewFile(path, "one").has_value());
        const auto again = saveNewFile(path, "two");
        QVERIFY(!again);
        QCOMPARE(again.error().kind, ErrorKind::Denied);
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray("one"));
        QCOMPARE(QDir(folder.filePath(QStringLiteral("a/b"))).entryList(QDir::Files | QDir::Hidden).size(), 1);
        const QString dangling = folder.filePath(QStringLiteral("link.json"));
        QVERIFY(QFile::link(folder.filePath(QStringLiteral("nowhere")), dangling));
        QVERIFY(!saveNewFile(dangling, "three"));
        QVERIFY(!QFile::exists(folder.filePath(QStringLiteral("nowhere"))));
        QVERIFY(!saveNewFile(QStringLiteral("relative.json"), "four"));
    }

    void draftsMakeAValidInventory()
    {
        EnvironmentDraft full{QStringLiteral("shop"),     QStringLiteral("Shop \u00e4"),
                              Tier::Production,           QStringLiteral("web1"),
                              QStringLiteral("deploy"),   QStringLiteral("host=db dbname=shop"),
                              QStringLiteral("/srv/shop")};
        EnvironmentDraft imported;
        imported.id = QStringLiteral("web2");
        imported.host = QStringLiteral("web2");
        const auto text = inventory::inventoryTextOf({full, imported});
        QVERIFY2(text, text ? "" : qPrintable(text.error().text));
        const auto reading = inventory::readInventoryText(QStringLiteral("x"), *text);
        QVERIFY(reading.has_value());
        const EnvironmentSpec &shop = *reading->environments[0];
        QCOMPARE(shop.name, full.name);
        QCOMPARE(shop.tier, Tier::Production);
        QCOMPARE(shop.hosts.at(0).ssh.alias, QStringLiteral("web1"));
        QCOMPARE(shop.hosts.at(0).ssh.user, QStringLiteral("deploy"));
        QStringList sources;
        for (const SourceEntry &entry : shop.entries)
            sources << paneWord(entry.pane) + QLatin1Char(' ') + entry.source;
        sources.sort();
        QCOMPARE(sources,
                 (QStringList{QStringLiteral("backups postgres"), QStringLiteral("deployments capistrano"),
                              QStringLiteral("health host"), QStringLiteral("health postgres"),
                              QStringLiteral("migrations auto")}));
        QCOMPARE(reading->environments[1]->mode, Mode::Locked); // nobody said what it is
        QCOMPARE(reading->environments[1]->tier, Tier::Development);
    }

    void wrongDraftsAreTold_data()
    {
        QTest::addColumn<QString>("host");
        QTest::addColumn<QString>("dsn");
        QTest::addColumn<QString>("told");
        QTest::newRow("host") << QStringLiteral("web1; rm -rf /") << QString() << QStringLiteral("a host name");
        QTest::newRow("option") << QStringLiteral("-oProxyCommand=x") << QString() << QStringLiteral("a host name");
        QTest::newRow("url") << QString() << QStringLiteral("postgresql://u:p@db/x") << QStringLiteral("an address");
        QTest::newRow("password") << QString() << QStringLiteral("password=hunter2")
                                  << QStringLiteral("inline password");
    }

    void wrongDraftsAreTold()
    {
        QFETCH(QString, host);
        QFETCH(QString, dsn);
        QFETCH(QString, told);
        EnvironmentDraft draft;
        draft.id = QStringLiteral("x");
        draft.tier = Tier::Testing;
        draft.host = host;
        draft.dsn = dsn;
        const auto text = inventory::inventoryTextOf({draft});
        QVERIFY(!text);
        QVERIFY2(text.error().text.contains(told), qPrintable(text.error().text));
        QVERIFY(!text.error().text.contains(QStringLiteral("hunter2")));
    }

    void namesBecomeIds_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("id");
        QTest::newRow("plain") << QStringLiteral("Shop production") << QStringLiteral("shop-production");
        QTest::newRow("odd") << QStringLiteral("  ..\u00dcber/Shop (eu)!") << QStringLiteral("ber-shop-eu");
        QTest::newRow("nothing") << QStringLiteral("\u65e5\u672c") << QString();
        QTest::newRow("long") << QString(200, QLatin1Char('a')) << QString(63, QLatin1Char('a'));
    }

    void namesBecomeIds()
    {
        QFETCH(QString, name);
        QTEST(idFromName(name), "id");
    }

    void candidatesComeFromEveryFile()
    {
        QTemporaryDir home;
        const QString ssh = home.filePath(QStringLiteral(".ssh"));
        put(ssh + QStringLiteral("/config"),
            "Include conf.d/*.conf missing\n"
            "# Host commented\n"
            "Host web1 web2 *.example.com !bad \"quoted name\" \"ok\"\n"
            "  HostName 10.0.0.1\n"
            "host=equals\n"
            "Match host x exec \"touch /tmp/never\"\n"
            "Host *\n"
            "Host web1 -oProxy $(boom)\n");
        put(ssh + QStringLiteral("/conf.d/a.conf"), "Host inner\nInclude ~/.ssh/config\nInclude conf.d/a.conf\n");
        put(home.filePath(QStringLiteral(".pg_service.conf")), "[shop]\nhost=db\n# [no]\n [ledger] \n[bro ken\n[]\n");
        inventory::ImportPlaces places = inventory::importPlaces(home.path());
        places.serviceFiles = QStringList{home.filePath(QStringLiteral(".pg_service.conf"))};
        const ImportCandidates found = inventory::importCandidates(places);
        QCOMPARE(found.sshAliases,
                 (QStringList{QStringLiteral("inner"), QStringLiteral("web1"), QStringLiteral("web2"),
                              QStringLiteral("ok"), QStringLiteral("equals")}));
        QCOMPARE(found.services, (QStringList{QStringLiteral("shop"), QStringLiteral("ledger")}));
        QCOMPARE(found.readFiles.size(), 3);
        QVERIFY2(found.problems.isEmpty(), qPrintable(found.problems.join(QLatin1Char(' '))));
        QVERIFY(inventory::importCandidates(inventory::importPlaces(QStringLiteral("/nowhere"))).sshAliases.isEmpty());
    }

    void hostileFilesDoNoHarm()
    {
        QTemporaryDir home;
        put(home.filePath(QStringLiteral(".ssh/config")),
            QByteArray("Host \xff\xfe\x00 \"open", 13) + QByteArray(5000, 'x'));
        put(home.filePath(QStringLiteral(".pg_service.conf")), QByteArray("[\x1b]0;evil\x07]\n[a b]\n"));
        inventory::ImportPlaces places = inventory::importPlaces(home.path());
        places.serviceFiles = QStringList{home.filePath(QStringLiteral(".pg_service.conf")), home.path()};
        const ImportCandidates found = inventory::importCandidates(places);
        for (const QString &alias : found.sshAliases)
            QVERIFY(alias.size() <= 255);
        QVERIFY(!found.services.contains(QStringLiteral("a b")));
    }
};

QTEST_GUILESS_MAIN(TestSetupWays)
#include "tst_setupways.moc"
