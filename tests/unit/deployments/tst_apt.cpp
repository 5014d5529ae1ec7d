// SPDX-License-Identifier: GPL-3.0-or-later
// What is made of the words of dpkg and apt: one package a host, its versions as releases.
#include "aptprobe.h"
#include "debianversion.h"
#include "posixshell.h"
#include "registry.h"

#include <QtTest>

using namespace taffrail;
using namespace taffrail::tests;

namespace {

const QByteArray installed = "PACKAGE\tshop\t1.4.0-1\tinstalled\tinstall\t1795189933.0000000000\n";
const QByteArray offered = "OFFERED\t      shop |    1.4.0-1 | file:/srv/repo ./ Packages\n"
                           "OFFERED\t      shop |    1.3.0-1 | file:/srv/repo ./ Packages\nCANDIDATE\t1.4.0-1\n";
// Two runs of apt, as its history has them; then dpkg's own log of the same, and a later `dpkg -i`.
const QByteArray history
    = "APT\tStart-Date\t2026-11-20  15:50:00\nAPT\tCommandline\tapt-get install -y shop=1.4.0-1\n"
      "APT\tRequested-By\tada (1000)\nAPT\tUpgrade\tshop:amd64 (1.3.0-1, 1.4.0-1)\n"
      "APT\tEnd-Date\t2026-11-20  15:50:05\nAPT\tBLOCK\n"
      "APT\tStart-Date\t2026-11-20  15:52:13\nAPT\tCommandline\tapt-get install token=abc123 shop\n"
      "APT\tDowngrade\tshop:amd64 (1.4.0-1, 1.3.0-1)\nAPT\tEnd-Date\t2026-11-20  15:52:13\nAPT\tBLOCK\n";
const QByteArray dpkgLog = "DPKG\t2026-11-20 15:50:02 upgrade shop:amd64 1.3.0-1 1.4.0-1\n"
                           "DPKG\t2026-11-20 15:50:03 status installed shop:amd64 1.4.0-1\n"
                           "DPKG\t2026-11-20 15:52:13 upgrade shop:amd64 1.4.0-1 1.3.0-1\n"
                           "DPKG\t2026-11-20 15:52:13 status installed shop:amd64 1.3.0-1\n"
                           "DPKG\t2026-11-20 16:10:00 upgrade shop:amd64 1.3.0-1 1.4.0-1\n"
                           "DPKG\t2026-11-20 16:10:01 status half-configured shop:amd64 1.3.0-1\n"
                           "DPKG\t2026-11-20 16:10:02 status installed shop:amd64 1.4.0-1\n";
const QByteArray times = "TIME\t2026-11-20 15:50:00\t1795189800\nTIME\t2026-11-20 15:52:13\t1795189933\n"
                         "TIME\t2026-11-20 16:10:00\t1795191000\n";

SourceEntry entryOn(const QStringList &hosts)
{
    SourceEntry entry;
    entry.id = entry.source = QStringLiteral("apt");
    entry.pane = PaneKind::Deployments;
    entry.hosts = hosts;
    entry.options = {{QStringLiteral("package"), QStringLiteral("shop")}};
    return entry;
}

Result<Value> read(const QList<QByteArray> &answers, const QVariantMap &more = {})
{
    QStringList hosts;
    sources::Replies replies;
    for (const QByteArray &answer : answers) {
        hosts << QStringLiteral("web%1").arg(hosts.size() + 1);
        replies.push_back(replyFrom(hosts.last(), {0, answer, {}}));
    }
    SourceEntry entry = entryOn(hosts);
    entry.options.insert(more);
    return sources::aptDeploymentsSource.parse(entry, replies,
                                               {QDateTime(QDate(2026, 11, 21), QTime(0, 0), Qt::UTC), {}});
}

DeploymentHistory historyOf(const QList<QByteArray> &answers, const QVariantMap &more = {})
{
    const Result<Value> value = read(answers, more);
    return value ? std::get<DeploymentHistory>(*value) : DeploymentHistory();
}

} // namespace

class TestApt : public QObject {
    Q_OBJECT

private slots:
    void versions_data()
    {
        QTest::addColumn<QString>("left");
        QTest::addColumn<QString>("right");
        QTest::addColumn<int>("order");
        const auto row = [](const char *left, const char *right, int order) {
            QTest::addRow("%s and %s", left, right) << QString::fromLatin1(left) << QString::fromLatin1(right) << order;
        };
        row("1.0", "1.0", 0);
        row("1.0-1", "1.0-2", -1);
        row("1.9-1", "1.10-1", -1);
        row("1.0~rc1-1", "1.0-1", -1);
        row("1.0~~", "1.0~", -1);
        row("1.0~rc1", "1.0~rc1+b1", -1);
        row("1:0.9", "2.0", 1);
        row("0:1.0", "1.0", 0);
        row("1.0a", "1.0+", -1);
        row("1.0.1", "1.0", 1);
        row("1.00", "1.0", 0);
        row("1.0-1-1", "1.0-2", 1);
        row("2.36-9+deb12u14", "2.36-9+deb12u9", 1);
        row("1.0-0", "1.0", 0);
        row("20261120154850", "20261120154851", -1);
        row("99999999999999999999999999", "100000000000000000000000000", -1);
    }
    void versions()
    {
        QFETCH(QString, left);
        QFETCH(QString, right);
        QFETCH(int, order);
        const auto sign = [](int value) { return (value > 0) - (value < 0); };
        QCOMPARE(sign(sources::compareDebianVersions(left, right)), order);
        QCOMPARE(sign(sources::compareDebianVersions(right, left)), -order);
        // dpkg itself has the last word.
        if (const QString dpkg = QStandardPaths::findExecutable(QStringLiteral("dpkg")); !dpkg.isEmpty())
            QCOMPARE(QProcess::execute(dpkg,
                                       {QStringLiteral("--compare-versions"), left,
                                        order < 0       ? QStringLiteral("lt")
                                            : order > 0 ? QStringLiteral("gt")
                                                        : QStringLiteral("eq"),
                                        right}),
                     0);
    }

    void bothLogsTellOneHistory()
    {
        const DeploymentHistory found = historyOf({installed + offered + history + dpkgLog + times + "DONE\n"});
        QCOMPARE(found.live, QStringLiteral("1.4.0-1"));
        QCOMPARE(found.events.size(), size_t(3));
        QCOMPARE(found.events[0].raw, QStringLiteral("dpkg"));
        QCOMPARE(found.events[0].outcome, ReleaseStatus::Live);
        QCOMPARE(found.events[0].kind, ReleaseKind::Deploy);
        QCOMPARE(found.events[0].at.toSecsSinceEpoch(), 1795191000);
        QCOMPARE(found.events[1].kind, ReleaseKind::Rollback);
        QVERIFY(!found.events[1].raw.contains(QStringLiteral("abc123")));
        QCOMPARE(found.events[2].actor, QStringLiteral("ada"));
        QCOMPARE(found.releases[1].status, ReleaseStatus::Available);
        QCOMPARE(found.releases[1].presentOn, QStringList{QStringLiteral("web1")});
    }

    void outcomes_data()
    {
        QTest::addColumn<QByteArray>("lines");
        QTest::addColumn<ReleaseStatus>("outcome");
        const QByteArray start = "APT\tStart-Date\t2026-11-20  15:50:00\nAPT\tUpgrade\tshop:amd64 (1.4.0-1, 1.5.0-1)\n";
        QTest::newRow("error") << start
                + "APT\tError\tSub-process /usr/bin/dpkg returned an error code (1)\nAPT\tEnd-Date\t2026-11-20  "
                  "15:50:05\nAPT\tBLOCK\n"
                               << ReleaseStatus::Failed;
        QTest::newRow("no end") << start + "APT\tBLOCK\n" << ReleaseStatus::Unfinished;
        QTest::newRow("running") << start
                + "APT\tBLOCK\nLOCK\t8591\troot\t1795189800\t/var/lib/dpkg/lock-frontend\tapt-get install shop\n"
                                 << ReleaseStatus::Running;
        QTest::newRow("dpkg left it") << QByteArray(
            "DPKG\t2026-11-20 15:50:02 upgrade shop:all 1.4.0-1 1.5.0-1\n"
            "DPKG\t2026-11-20 15:50:02 status half-configured shop:all 1.5.0-1\n")
                                      << ReleaseStatus::Failed;
    }
    void outcomes()
    {
        QFETCH(QByteArray, lines);
        QFETCH(ReleaseStatus, outcome);
        const DeploymentHistory found = historyOf({installed + offered + lines + times + "DONE\n"});
        const auto event = std::ranges::find(found.events, QStringLiteral("1.5.0-1"), &DeployEvent::release);
        QVERIFY(event != found.events.end());
        QCOMPARE(event->outcome, outcome);
        QCOMPARE(found.locked.has_value(), outcome == ReleaseStatus::Running);
    }

    void aLogThatContradictsIsSaid()
    {
        const DeploymentHistory found = historyOf({installed + offered
                                                   + "DPKG\t2026-11-20 15:52:13 upgrade shop:amd64 1.4.0-1 "
                                                     "1.3.0-1\nDPKG\t2026-11-20 15:52:13 status installed "
                                                     "shop:amd64 1.3.0-1\n"
                                                   + times + "DONE\n"});
        QCOMPARE(found.events.front().kind, ReleaseKind::OutOfBand);
        QCOMPARE(found.events.front().confidence, Confidence::Reconciled);
        QCOMPARE(found.events.front().from, QStringLiteral("1.3.0-1"));
    }

    void notes_data()
    {
        QTest::addColumn<QByteArray>("lines");
        QTest::addColumn<QString>("note");
        QTest::newRow("held") << QByteArray("PACKAGE\tshop\t1.4.0-1\tinstalled\thold\t1795189933\n")
                              << QStringLiteral("shop is on hold");
        QTest::newRow("half") << QByteArray("PACKAGE\tshop\t1.4.0-1\thalf-configured\tinstall\t1795189933\n")
                              << QStringLiteral("dpkg did not finish");
        QTest::newRow("none") << QByteArray() << QStringLiteral("shop is not installed");
        QTest::newRow("removed") << QByteArray("PACKAGE\tshop\t1.4.0-1\tconfig-files\tdeinstall\t1795189933\n")
                                 << QStringLiteral("shop is not installed");
        QTest::newRow("with") << installed << QStringLiteral("shop-common is not installed, not 1.4.0-1");
        QTest::newRow("old lists") << installed + "LISTS\t1794000000.5\n" << QStringLiteral("package lists are");
        QTest::newRow("hidden log") << installed + "HIDDEN\t/var/log/dpkg.log\n"
                                    << QStringLiteral("no right to read /var/log/dpkg.log");
        QTest::newRow("gone") << installed << QStringLiteral("not known which version shop.service runs");
        QTest::newRow("unit") << installed + "UNIT\tActiveState=active\nUNIT\tExecMainStartTimestamp=@1795189000\n"
                              << QStringLiteral("was not restarted since 1.4.0-1");
        QTest::newRow("restarted") << installed + "UNIT\tActiveState=active\nUNIT\tExecMainStartTimestamp=@1795189934\n"
                                   << QStringLiteral("shop.service runs since 2026-");
        QTest::newRow("reload") << installed + "UNIT\tActiveState=active\nUNIT\tNeedDaemonReload=yes\n"
                                << QStringLiteral("the file of shop.service changed");
    }
    void notes()
    {
        QFETCH(QByteArray, lines);
        QFETCH(QString, note);
        const DeploymentHistory found
            = historyOf({lines + "DONE\n"},
                        {{QStringLiteral("unit"), QStringLiteral("shop.service")},
                         {QStringLiteral("with"), QStringList{QStringLiteral("shop-common")}}});
        QString all = found.notes.join(QLatin1Char('|'));
        for (const Release &release : found.releases)
            all += release.note;
        QVERIFY2(all.contains(note), qPrintable(all));
        if (QLatin1String(QTest::currentDataTag()) == QLatin1String("restarted"))
            QCOMPARE(found.hosts.front().running, QStringLiteral("1.4.0-1"));
    }

    void hostsThatDisagree()
    {
        const DeploymentHistory found = historyOf(
            {installed + offered + "DONE\n",
             "PACKAGE\tshop\t1.3.0-1\tinstalled\tinstall\t1795189933\nCACHED\tshop_1%3a0.9~x-1_all.deb\nDONE\n",
             "NOTOOL\n"});
        QCOMPARE(found.live, QString());
        QVERIFY(found.notes.first().contains(QStringLiteral("1.4.0-1 on web1, 1.3.0-1 on web2")));
        QCOMPARE(found.releases.front().id, QStringLiteral("1:0.9~x-1"));
        QCOMPARE(found.releases.front().presentOn, QStringList{QStringLiteral("web2")});
        QCOMPARE(found.hosts[2].error->kind, ErrorKind::NotFound);
    }

    void hostileAnswers_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("bytes") << QByteArray(
            "\0\xff\x1b[2JPACKAGE\t\xfe\nAPT\nDPKG\nTIME\nUNIT\nLOCK\nFREE\t-1\t0\nDONE\n", 48);
        QTest::newRow("odd records") << QByteArray("PACKAGE\tshop\t$(x)\tinstalled\n")
                + "APT\tUpgrade\t((((,,,\nAPT\tBLOCK\nAPT\tBLOCK\n"
                  "DPKG\t1 2 3\nDPKG\t9999-99-99 99:99:99 upgrade shop <none> "
                  "<none>\nTIME\tx\ty\nOFFERED\t|||\nOFFERED\t| -x | y\n"
                  "CACHED\t_\nCACHED\tshop_%zz_all.deb\nFREE\t9223372036854775807\t4096\nLISTS\tinf\nUNIT\t=\nDONE\n";
        QTest::newRow("many lines") << QByteArray("APT\tInstall\tshop:all (1.0)\nAPT\tBLOCK\n").repeated(5000)
                + "DONE\n";
    }
    void hostileAnswers()
    {
        QFETCH(QByteArray, answer);
        const Result<Value> value = read({answer});
        if (value) {
            for (const Release &release : std::get<DeploymentHistory>(*value).releases)
                QVERIFY(sources::isDebianVersion(release.id));
        } else {
            QCOMPARE(value.error().kind, ErrorKind::BadData);
        }
    }

    void configurations_data()
    {
        QTest::addColumn<QVariantMap>("options");
        QTest::addColumn<bool>("good");
        const auto package = QStringLiteral("package"), with = QStringLiteral("with"), unit = QStringLiteral("unit");
        QTest::newRow("plain") << QVariantMap{{package, QStringLiteral("libstdc++6")}} << true;
        QTest::newRow("dash") << QVariantMap{{package, QStringLiteral("-x")}} << false;
        QTest::newRow("shell") << QVariantMap{{package, QStringLiteral("a b")}} << false;
        QTest::newRow("with") << QVariantMap{{with, QStringList{QStringLiteral("a;b")}}} << false;
        QTest::newRow("unit") << QVariantMap{{unit, QStringLiteral("--now")}} << false;
    }
    void configurations()
    {
        QFETCH(QVariantMap, options);
        QFETCH(bool, good);
        SourceEntry entry = entryOn({QStringLiteral("web1")});
        entry.options.insert(options);
        QCOMPARE(sources::aptDeploymentsSource.requests(entry, {}).size(), size_t(good ? 1 : 0));
    }

    void withoutTheTool()
    {
        for (const QStringList &shell : shells()) {
            const QByteArray script = "PATH=/nowhere\n"
                + std::get<sources::ShellPart>(
                      sources::aptDeploymentsSource.requests(entryOn({QStringLiteral("web1")}), {}).front().what)
                      .script;
            QVERIFY(runShell(script, shell).out.endsWith("NOTOOL\n"));
        }
    }
};

QTEST_GUILESS_MAIN(TestApt)
#include "tst_apt.moc"
