// SPDX-License-Identifier: GPL-3.0-or-later
// What is made of captured answers of the posture's parts.
#include "posturevalues.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;

class TestPostureText : public QObject {
    Q_OBJECT

private slots:
    void haproxy_data();
    void haproxy();
    void updates_data();
    void updates();
    void containers();
    void hostileText();
};

void TestPostureText::haproxy_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("servers");
    QTest::addColumn<QString>("unchecked");
    QTest::newRow("checked") << QByteArray("N f\nB backend app\nS server check\nS server check\n") << "2"
                             << "0";
    QTest::newRow("one not") << QByteArray("N f\nB backend app\nS server check\nS server\n") << "2"
                             << "1";
    QTest::newRow("by default") << QByteArray(
        "N f\nB defaults\nS default-server check\nB backend app\nS server\nS server no-check\n")
                                << "2"
                                << "1";
    QTest::newRow("default of another") << QByteArray(
        "N f\nB backend x\nS default-server check\nB backend app\nS server\n")
                                        << "1"
                                        << "1";
    QTest::newRow("a front") << QByteArray("N f\nB frontend app\nS server\n") << "-"
                             << "-";
}

void TestPostureText::haproxy()
{
    QFETCH(QByteArray, text);
    const ConfigSet set = parsed("haproxy", text);
    QTEST(valueOf(set, QStringLiteral("haproxy_backend.app.servers")), "servers");
    QTEST(valueOf(set, QStringLiteral("haproxy_backend.app.unchecked")), "unchecked");
}

void TestPostureText::updates_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("enabled");
    const QByteArray good
        = "package install ok installed\nAPT::Periodic::Update-Package-Lists 1\nAPT::Periodic::Unattended-Upgrade 1\n"
          "apt-daily.timer enabled\napt-daily-upgrade.timer enabled\nsystemd\n";
    QTest::newRow("on") << "apt\n" + good << "true";
    QTest::newRow("not installed") << QByteArray("apt\npackage \n") << "false";
    QTest::newRow("removed") << "apt\n" + QByteArray(good).replace("install ok installed", "deinstall ok config-files")
                             << "false";
    QTest::newRow("off") << "apt\n" + QByteArray(good).replace("Unattended-Upgrade 1", "Unattended-Upgrade 0")
                         << "false";
    QTest::newRow("timer masked") << "apt\n" + QByteArray(good).replace("upgrade.timer enabled", "upgrade.timer masked")
                                  << "false";
    QTest::newRow("dnf") << QByteArray(
        "dnf\npackage dnf-automatic-4.14\ndnf-automatic.timer enabled\nconf apply_updates = yes\n")
                         << "true";
    QTest::newRow("dnf downloads only") << QByteArray(
        "dnf\npackage dnf-automatic-4.14\ndnf-automatic.timer enabled\nconf apply_updates = no\n")
                                        << "false";
    QTest::newRow("apk") << QByteArray("apk\njob /etc/periodic/daily/up\n") << "true";
    QTest::newRow("none") << QByteArray() << "-";
}

void TestPostureText::updates()
{
    QFETCH(QByteArray, text);
    QTEST(valueOf(parsed("updates", text), QStringLiteral("updates.enabled")), "enabled");
    for (const QStringList &shell : shells()) // whatever this machine has, the text runs
        QCOMPARE(runShell(scriptOf("updates", {}), shell).exitCode, 0);
}

void TestPostureText::containers()
{
    const ConfigSet set
        = parsed("containers", "D docker\nC /shop shop:42\nC /db postgres@sha256:abc\nX podman permission denied\n");
    QCOMPARE(valueOf(set, QStringLiteral("containers.shop.image")), QStringLiteral("shop:42"));
    QCOMPARE(set.files.size(), size_t(1));
}

void TestPostureText::hostileText()
{
    QByteArray noise;
    for (int i = 0; i < 4000; ++i)
        noise += QByteArray("L \xff\xfe 9:\tMatch\nF\nE\nS\nB\nN\nX\n").append(char(i % 251)).append('\n');
    for (const char *part : {"sshd", "updates", "files", "code", "logs", "nginx", "haproxy", "containers", "listen"}) {
        const ConfigSet set = parsed(part, noise);
        for (const ConfigEntry &entry : set.entries)
            QVERIFY(!entry.value.contains(QChar(0x1b)));
    }
}

QTEST_GUILESS_MAIN(TestPostureText)
#include "tst_posturetext.moc"
