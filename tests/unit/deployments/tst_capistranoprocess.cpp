// SPDX-License-Identifier: GPL-3.0-or-later
#include "capistranosite.h"

#include <QtTest>

using namespace taffrail;
using namespace taffrail::tests;

// What runs on the host: locks, deploys under way, and the release that the application's process really uses.
class TestCapistranoProcess : public QObject {
    Q_OBJECT

private:
    static void addShells()
    {
        QTest::addColumn<QStringList>("shell");
        for (const QStringList &shell : shells())
            QTest::newRow(qPrintable(shell.join(QLatin1Char(' ')))) << shell;
    }

private slots:
    void locks_data() { addShells(); }
    void locks()
    {
        QFETCH(QStringList, shell);
        const CapistranoSite site;
        layHistory(site);
        site.write(QStringLiteral("shared/capistrano.lock"), "deploy by ada\n");
        const DeploymentHistory history = readSite(site, capistranoEntry(site), shell);
        QVERIFY(history.locked);
        QCOMPARE(history.locked->by, QStringLiteral("deploy by ada"));
        QVERIFY(history.locked->since.isValid());
        QVERIFY(history.locked->reason.contains(QStringLiteral("shared/capistrano.lock")));
    }

    // The tool unpacks with `tar -x -f - -C RELEASE`; such a process is a running deploy.
    void runningDeploy()
    {
        const CapistranoSite site;
        layHistory(site);
        site.addRelease(QStringLiteral("20261120160000"), {});
        QProcess unpacking;
        unpacking.start(QStringLiteral("tar"),
                        {QStringLiteral("-x"), QStringLiteral("-f"), QStringLiteral("-"), QStringLiteral("-C"),
                         site.path(QStringLiteral("releases/20261120160000"))});
        QVERIFY(unpacking.waitForStarted());
        QTRY_VERIFY(readSite(site, capistranoEntry(site)).locked.has_value());
        const DeploymentHistory history = readSite(site, capistranoEntry(site));
        QCOMPARE(releaseOf(history, QStringLiteral("20261120160000"))->status, ReleaseStatus::Running);
        QVERIFY(history.locked->reason.contains(QStringLiteral("tar -x")));
        unpacking.closeWriteChannel();
        unpacking.kill();
        QVERIFY(unpacking.waitForFinished());
        QVERIFY(!readSite(site, capistranoEntry(site)).locked);
    }

    void runningCapProcess()
    {
        const CapistranoSite site;
        layHistory(site);
        site.write(QStringLiteral("bin/cap"), "#!/bin/sh\nread -r line\n");
        QProcess cap;
        cap.start(QStringLiteral("/bin/sh"),
                  {site.path(QStringLiteral("bin/cap")), QStringLiteral("production"), QStringLiteral("deploy")});
        QVERIFY(cap.waitForStarted());
        QTRY_VERIFY(readSite(site, capistranoEntry(site)).locked.has_value());
        cap.closeWriteChannel();
        QVERIFY(cap.waitForFinished());
        QVERIFY(!readSite(site, capistranoEntry(site)).locked);
    }

    // The proof that a switch took effect: the working directory of the application's process.
    void processOfTheApplication_data() { addShells(); }
    void processOfTheApplication()
    {
        QFETCH(QStringList, shell);
        const CapistranoSite site;
        layHistory(site);
        QProcess application;
        application.setWorkingDirectory(site.path(QStringLiteral("releases/20261120153000")));
        application.start(QStringLiteral("cat"), QStringList());
        QVERIFY(application.waitForStarted());
        site.write(QStringLiteral("shared/app.pid"), QByteArray::number(application.processId()) + '\n');
        SourceEntry entry = capistranoEntry(site);
        entry.options.insert(QStringLiteral("pid_file"), QStringLiteral("shared/app.pid"));
        DeploymentHistory history = readSite(site, entry, shell);
        QCOMPARE(history.hosts[0].running, QStringLiteral("20261120153000"));
        QVERIFY(hasNote(history, QStringLiteral("was not restarted since the switch")));
        application.kill();
        QVERIFY(application.waitForFinished());
        history = readSite(site, entry, shell);
        QCOMPARE(history.hosts[0].running, QString());
        QVERIFY(hasNote(history, QStringLiteral("does not exist")));
        QFile::remove(site.path(QStringLiteral("shared/app.pid")));
        QVERIFY(hasNote(readSite(site, entry, shell), QStringLiteral("no pid file")));
    }
};

QTEST_GUILESS_MAIN(TestCapistranoProcess)
#include "tst_capistranoprocess.moc"
