// SPDX-License-Identifier: GPL-3.0-or-later
// Generations of Nix and builds of Dokku.
#include "deploytool.h"
#include "rollbacktarget.h"

#include <QDir>
#include <QtTest>

using namespace taffrail;
using namespace taffrail::tests;
using sources::dokkuSource;
using sources::nixSource;

class TestHostedTools : public QObject {
    Q_OBJECT

private slots:
    void nixLists()
    {
        const DeploymentHistory text = historyOf(nixSource, {sample("nix-generations.txt")});
        QCOMPARE(text.live, QStringLiteral("2"));
        QCOMPARE(text.events.front().kind, ReleaseKind::Rollback);
        QCOMPARE(text.events.front().confidence, Confidence::Reconciled);
        QCOMPARE(releaseIn(text, "3").status, ReleaseStatus::RolledBack);
        QCOMPARE(suggestedTarget(text), QStringLiteral("1"));
        const DeploymentHistory json = historyOf(nixSource, {sample("nix-generations.json")});
        QCOMPARE(json.live, QStringLiteral("11"));
        QCOMPARE(json.hosts.front().revision, QString(40, QLatin1Char('b')));
        QCOMPARE(releaseIn(json, "12").version, QStringLiteral("24.05.20261120.abc"));
        QVERIFY(!parsed(nixSource, {"error: opening lock file: Permission denied", 1, "error: Permission denied"}));
        for (const QByteArray &each : hostileTexts(sample("nix-generations.json")))
            QVERIFY2(!parsed(nixSource, {each}), each.left(60).constData());
    }

    // The links of a profile, read by the real probe.
    void nixLinks()
    {
        QTemporaryDir folder;
        const QDir place(folder.path());
        for (const char *name : {"store-a", "store-b"})
            QVERIFY(place.mkdir(QLatin1String(name)));
        const auto link
            = [&](const QString &to, const QString &name) { return QFile::link(to, folder.filePath(name)); };
        QVERIFY(link(folder.filePath(QStringLiteral("store-a")), QStringLiteral("shop-1-link")));
        QVERIFY(link(folder.filePath(QStringLiteral("store-b")), QStringLiteral("shop-2-link")));
        QVERIFY(link(folder.filePath(QStringLiteral("store-gone")), QStringLiteral("shop-3-link")));
        QVERIFY(link(QStringLiteral("shop-2-link"), QStringLiteral("shop")));
        SourceEntry entry;
        entry.hosts = QStringList{QStringLiteral("web1")};
        entry.options = {{QStringLiteral("profile"), folder.filePath(QStringLiteral("shop"))}};
        const QByteArray script = std::get<sources::ShellPart>(nixSource.requests(entry, {}).front().what).script;
        for (const QStringList &shell : shells()) {
            const auto reply = runShell(script, shell);
            const Result<Value> value = nixSource.parse(entry, {replyFrom(QStringLiteral("web1"), reply)}, {});
            QVERIFY2(value,
                     value ? "" : qPrintable(sentence(value.error()) + QString::fromUtf8(reply.err + reply.out)));
            const auto &found = std::get<DeploymentHistory>(*value);
            QCOMPARE(found.app, QStringLiteral("shop"));
            QCOMPARE(found.live, QStringLiteral("2"));
            QCOMPARE(found.hosts.front().revision, folder.filePath(QStringLiteral("store-b")));
            QVERIFY(found.hosts.front().switchedAt.isValid());
            QCOMPARE(releaseIn(found, "3").status, ReleaseStatus::Removed);
            QVERIFY(releaseIn(found, "3").note.contains(QLatin1String("garbage")));
            QCOMPARE(releaseIn(found, "1").presentOn.size(), 1);
        }
        QVERIFY(QFile::remove(folder.filePath(QStringLiteral("shop"))));
        QCOMPARE(nixSource.parse(entry, {replyFrom(QStringLiteral("web1"), runShell(script))}, {}).error().kind,
                 ErrorKind::NotFound);
    }

    void dokkuBuilds()
    {
        const DeploymentHistory found = historyOf(dokkuSource, {sample("dokku-builds.json")});
        QCOMPARE(found.app, QStringLiteral("shop"));
        QCOMPARE(found.live, QStringLiteral("b2"));
        QCOMPARE(releaseIn(found, "b3").status, ReleaseStatus::Failed);
        QCOMPARE(releaseIn(found, "b2").kind, ReleaseKind::Redeploy);
        QCOMPARE(releaseIn(found, "b1").status, ReleaseStatus::Superseded);
        QVERIFY(releaseIn(found, "b1").presentOn.isEmpty()); // its image is not kept
        QCOMPARE(found.keepReleases, 20);
        for (const QByteArray &each : hostileTexts(sample("dokku-builds.json"))) {
            if (each.trimmed() != "[]")
                QVERIFY2(!parsed(dokkuSource, {each}), each.left(60).constData());
        }
    }

    void dokkuReports()
    {
        const DeploymentHistory git = historyOf(dokkuSource, {sample("dokku-git.txt")});
        QCOMPARE(git.live, QStringLiteral("1a2b3c4d"));
        QCOMPARE(git.releases.front().branch, QStringLiteral("main"));
        QCOMPARE(git.releases.front().confidence, Confidence::Inferred);
        const DeploymentHistory processes = historyOf(dokkuSource, {sample("dokku-ps.txt")});
        QCOMPARE(processes.live, QString());
        QVERIFY(says(processes, "its processes run: mixed"));
        QVERIFY(says(processes, "web 2: exited"));
    }

    void dokkuWhole()
    {
        const auto part = [](const QByteArray &name, const QByteArray &out) {
            return "\n@tf " + name + '\n' + out + "\n@tf-end 0 \n";
        };
        const QByteArray whole = part("git", sample("dokku-git.txt")) + part("ps", sample("dokku-ps.txt"))
            + part("builds", sample("dokku-builds.json"))
            + part("containers", "03ea\tdokku/shop:latest\trunning\tweb\n03eb\tdokku/shop:latest\texited\tweb\n")
            + "\nLOCK\t1795190426\troot\tdeploying\n\nDONE\n";
        const DeploymentHistory found = historyOf(dokkuSource, {whole});
        QCOMPARE(found.live, QStringLiteral("b2"));
        QCOMPARE(found.hosts.front().revision, QStringLiteral("1a2b3c4d"));
        QVERIFY(found.locked);
        QCOMPARE(found.locked->by, QStringLiteral("root"));
        QCOMPARE(found.locked->reason, QStringLiteral("deploying"));
        QCOMPARE(found.locked->since.toSecsSinceEpoch(), 1795190426);
        QCOMPARE(releaseIn(found, "b0").status, ReleaseStatus::Unfinished); // its process is gone
        QCOMPARE(releaseIn(historyOf(dokkuSource, {QByteArray(whole).replace("\nDONE", "\nALIVE\t4400\n\nDONE")}), "b0")
                     .status,
                 ReleaseStatus::Running);
        QVERIFY(!parsed(dokkuSource, {whole.left(whole.size() - 6)}));
    }
};

QTEST_GUILESS_MAIN(TestHostedTools)
#include "tst_hostedtools.moc"
