// SPDX-License-Identifier: GPL-3.0-or-later
// What apt says it would do, and what is made of it.
#include "aptlook.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::executors;

namespace {

const QString older = QStringLiteral("1.3.0-1"), newer = QStringLiteral("1.4.0-1");

struct Question {
    SourceEntry entry;
    RollbackPolicy policy;

    Question()
    {
        entry.id = entry.source = QStringLiteral("apt");
        entry.options = {{QStringLiteral("package"), QStringLiteral("shop")}};
    }
    HostSwitch part(const QString &from = newer, const QString &to = older) const
    {
        Release present, target;
        present.id = from;
        target.id = to;
        return {entry, policy, QStringLiteral("prod"), QStringLiteral("web1"), present, target};
    }
};

const QByteArray live = "PACKAGE\tshop\t1.4.0-1\tinstalled\tinstall\n",
                 simulated = "SIMULATED\t0\nInst shop [1.4.0-1] (1.3.0-1 origin [amd64])\nCANDIDATE\t1.4.0-1\n";

} // namespace

class TestAptLook : public QObject {
    Q_OBJECT

private slots:
    void planned_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QString>("words");
        QTest::newRow("change") << QByteArray("Inst shop [1.4.0-1] (1.3.0-1 origin [amd64])")
                                << QStringLiteral("shop 1.4.0-1 1.3.0-1");
        QTest::newRow("new") << QByteArray("Inst libx:i386 (2:1.0~a+b1 Debian:12.15/oldstable [i386])")
                             << QStringLiteral("libx:i386  2:1.0~a+b1");
        QTest::newRow("breaks") << QByteArray("Inst a [1] (2 o [all]) [b:amd64 ]") << QStringLiteral("a 1 2");
        QTest::newRow("configure") << QByteArray("Conf shop (1.3.0-1 origin [amd64])") << QString();
        QTest::newRow("hostile") << QByteArray("Inst $(id) [1] (2)") << QString();
        QTest::newRow("cut") << QByteArray("Inst shop [1.4") << QString();
    }
    void planned()
    {
        QFETCH(QByteArray, line);
        QFETCH(QString, words);
        const auto read = apt::readPlanned(line);
        const QStringList found = read ? QStringList{read->package, read->before, read->after} : QStringList(QString());
        QCOMPARE(found.join(QLatin1Char(' ')), words);
    }

    void obstacles_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<ErrorKind>("kind");
        QTest::newRow("empty") << QByteArray() << ErrorKind::BadData;
        QTest::newRow("cut") << live + simulated << ErrorKind::BadData;
        QTest::newRow("no tool") << QByteArray("NOTOOL\n") << ErrorKind::NotFound;
        QTest::newRow("not installed") << simulated + "DONE\n" << ErrorKind::NotFound;
        QTest::newRow("other version") << "PACKAGE\tshop\t1.5-1\tinstalled\tinstall\n" + simulated + "DONE\n"
                                       << ErrorKind::NotFound;
        QTest::newRow("held") << "PACKAGE\tshop\t1.4.0-1\tinstalled\thold\n" + simulated + "DONE\n"
                              << ErrorKind::Unsupported;
        QTest::newRow("removes") << live + simulated + "Remv addon [1-1]\nDONE\n" << ErrorKind::Unsupported;
        QTest::newRow("unknown version") << live
                + "SIMULATED\t100\nE: Version '1.3.0-1' for 'shop' was not found\nDONE\n"
                                         << ErrorKind::NotFound;
        QTest::newRow("file gone") << live + simulated + "MISSING\t/srv/repo/shop.deb\nDONE\n" << ErrorKind::NotFound;
        QTest::newRow("stale memory") << live + "SIMULATED\t0\nDONE\n" << ErrorKind::BadData;
        QTest::newRow("sudo") << live + simulated + "SUDOASKS\nDONE\n" << ErrorKind::Denied;
        QTest::newRow("no root") << live + simulated + "NOTROOT\nDONE\n" << ErrorKind::Denied;
    }
    void obstacles()
    {
        QFETCH(QByteArray, text);
        QFETCH(ErrorKind, kind);
        const Question question;
        const auto steps = aptExecutor.steps(question.part(), {0, text, {}});
        QVERIFY(!steps);
        QCOMPARE(steps.error().kind, kind);
    }

    void warnings()
    {
        Question question;
        const auto steps = aptExecutor.steps(
            question.part(),
            {0,
             live + simulated + "Inst libx [1] (2 o [all])\nUNATTENDED\nLOCK\tprocess 5: apt-get upgrade\nDONE\n",
             {}});
        QVERIFY(steps);
        QCOMPARE(steps->warnings.size(), 4);
        QVERIFY(steps->warnings[0].contains(QStringLiteral("1 further packages")));
        QVERIFY(steps->warnings[1].contains(QStringLiteral("process 5")));
        QVERIFY(steps->warnings[2].contains(QStringLiteral("unattended-upgrades brings 1.4.0-1 back")));
        QCOMPARE(steps->changes.size(), size_t(2));
        QVERIFY(steps->script.contains("PLANNED='shop=1.3.0-1 libx=2'"));
    }

    void theWayBackIsPlannedBeforehand()
    {
        const Question question;
        QVERIFY(aptExecutor.steps(question.part(older, newer), {0, live + "SIMULATED\t0\nDONE\n", {}}));
    }

    void sudoIsUsedWhereAsked()
    {
        Question question;
        question.policy.sudo = true;
        const auto steps = aptExecutor.steps(question.part(), {0, live + simulated + "DONE\n", {}});
        QVERIFY(steps);
        QVERIFY(steps->script.contains("S() { sudo -n \"$@\"; }"));
        QVERIFY(steps->steps[1].command.startsWith(QLatin1String("sudo -n apt-get ")));
    }

    void namesOfReleases_data()
    {
        QTest::addColumn<QString>("to");
        QTest::newRow("shell") << QStringLiteral("1.0;id");
        QTest::newRow("option") << QStringLiteral("-x");
        QTest::newRow("empty") << QString();
        QTest::newRow("newline") << QStringLiteral("1.0\n");
        QTest::newRow("the same") << newer;
    }
    void namesOfReleases()
    {
        QFETCH(QString, to);
        const Question question;
        QVERIFY(!aptExecutor.look(question.part(newer, to)));
        QVERIFY(!aptExecutor.carried(question.part(newer, to), QStringLiteral("/x/y")));
    }
};

QTEST_GUILESS_MAIN(TestAptLook)
#include "tst_aptlook.moc"
