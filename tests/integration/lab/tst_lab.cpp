// SPDX-License-Identifier: GPL-3.0-or-later
#include "labfixture.h"

#include <QJsonArray>
#include <QTcpSocket>
#include <QtTest>

using taffrail::tests::LabFixture;

namespace {

bool answers(const QString &address, int port)
{
    QTcpSocket socket;
    socket.connectToHost(address, quint16(port));
    const bool connected = socket.waitForConnected(3'000);
    socket.abort();
    return connected;
}

QByteArray greeting(const QString &address, int port)
{
    QTcpSocket socket;
    socket.connectToHost(address, quint16(port));
    if (!socket.waitForConnected(3'000) || !socket.waitForReadyRead(3'000))
        return {};
    return socket.read(4);
}

} // namespace

/// The fixture that other integration tests stand on: what it says is where it really is, and it leaves nothing.
class TestLab : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY2(m_lab.up(), qPrintable(m_lab.problem())); }

    void hostsAnswerWhereTheFixtureSays_data()
    {
        QTest::addColumn<QString>("name");
        for (const char *name : {"shop-web1", "shop-web2", "shop-web3", "shop-db", "shop-staging-web", "ledger-web",
                                 "ledger-db", "ledger-staging-web", "reports-app1", "reports-app2"})
            QTest::newRow(name) << QString::fromLatin1(name);
    }

    void hostsAnswerWhereTheFixtureSays()
    {
        QFETCH(QString, name);
        const LabFixture::Host host = m_lab.host(name);
        QVERIFY(host.hostKey.startsWith(QStringLiteral("SHA256:")));
        QVERIFY(QDir(host.folder + QStringLiteral("/srv")).exists());
        QCOMPARE(greeting(host.address, host.port), QByteArray("SSH-"));
    }

    void filesAreThereAndPrivate()
    {
        for (const QString &path : {m_lab.inventory(), m_lab.sshConfig(), m_lab.knownHosts(), m_lab.identityFile(),
                                    m_lab.cluster(QStringLiteral("shop")).passwordFile}) {
            const QFileInfo file(path);
            QVERIFY2(file.isFile(), qPrintable(path));
            QVERIFY2(!(file.permissions() & (QFile::ReadGroup | QFile::ReadOther)), qPrintable(path));
        }
        QVERIFY(QFileInfo(m_lab.caFile()).isFile());
    }

    void inventoryNamesSevenEnvironments()
    {
        QFile file(m_lab.inventory());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QJsonObject inventory = QJsonDocument::fromJson(file.readAll()).object();
        QCOMPARE(inventory.value(QLatin1String("version")).toInt(), 1);
        QCOMPARE(inventory.value(QLatin1String("environments")).toVariant().toList().size(), 7);
    }

    void faultsBiteAndHeal()
    {
        const LabFixture::Cluster shop = m_lab.cluster(QStringLiteral("shop"));
        QVERIFY(answers(shop.address, shop.port));
        QVERIFY2(m_lab.breakThing(QStringLiteral("db-refuse"), QStringLiteral("shop")), qPrintable(m_lab.problem()));
        QVERIFY(!answers(shop.address, shop.port));
        QVERIFY(!m_lab.breakThing(QStringLiteral("db-refuse")));
        QVERIFY(m_lab.problem().contains(QStringLiteral("on already")));
        QVERIFY2(m_lab.mendThing(QStringLiteral("db-refuse")), qPrintable(m_lab.problem()));
        QVERIFY(answers(shop.address, shop.port));
        QCOMPARE(m_lab.sql(QStringLiteral("shop"), QStringLiteral("SELECT version_num FROM alembic_version"),
                           QStringLiteral("shop_production")),
                 QStringLiteral("5d0f9a6c21be"));
    }

    void unknownFaultsAndPlacesAreRefused()
    {
        QVERIFY(!m_lab.breakThing(QStringLiteral("no-such-fault")));
        QVERIFY(m_lab.problem().contains(QStringLiteral("no fault 'no-such-fault'")));
        QVERIFY(!m_lab.breakThing(QStringLiteral("db-refuse"), QStringLiteral("no-such-cluster")));
        QVERIFY(m_lab.sql(QStringLiteral("shop"), QStringLiteral("SELECT no_such_column")).isNull());
    }

    void downLeavesNothing()
    {
        const LabFixture::Host host = m_lab.host(QStringLiteral("shop-web1"));
        const QString folder = m_lab.dir();
        const QJsonArray processes = m_lab.state().value(QLatin1String("processes")).toArray();
        QVERIFY(processes.size() > 20);
        QVERIFY2(m_lab.down(), qPrintable(m_lab.problem()));
        QVERIFY(!QDir(folder).exists());
        QVERIFY(!answers(host.address, host.port));
        for (const QJsonValue &process : processes) {
            const QString commandLine
                = QStringLiteral("/proc/%1/cmdline").arg(process.toObject().value(QLatin1String("pid")).toInt());
            QFile file(commandLine);
            QVERIFY(!file.open(QIODevice::ReadOnly) || !file.readAll().contains(folder.toUtf8()));
        }
    }

private:
    LabFixture m_lab;
};

QTEST_GUILESS_MAIN(TestLab)
#include "tst_lab.moc"
