// SPDX-License-Identifier: GPL-3.0-or-later
// What kubectl prints, as a history. The samples were printed by kubectl 1.32.
#include "deploytool.h"
#include "rollbacktarget.h"

#include <QtTest>

using namespace taffrail;
using namespace taffrail::tests;
using sources::kubernetesSource;

namespace {

/// A Deployment at revision 2 of two, and what its status says.
QByteArray shop(const QByteArray &spec, const QByteArray &status, const QByteArray &metadata = {})
{
    const auto set = [](const QByteArray &number, const QByteArray &hash, const QByteArray &day,
                        const QByteArray &available) {
        return "{'kind':'ReplicaSet','metadata':{'name':'shop-" + hash + "','creationTimestamp':'2026-11-" + day
            + "T10:00:00Z','labels':{'pod-template-hash':'" + hash
            + "'},'annotations':{'deployment.kubernetes.io/revision':'" + number
            + "'},'ownerReferences':[{'uid':'u','name':'shop','controller':true}]},'spec':{'replicas':2,'template':{"
              "'spec':{'containers':[{'image':'reg:5000/shop:v"
            + number + "'}]}}},'status':{'availableReplicas':" + available + "}}";
    };
    return quoted("{'kind':'List','items':[{'kind':'Deployment','metadata':{'name':'shop','uid':'u','generation':5"
                  + metadata + ",'annotations':{'deployment.kubernetes.io/revision':'2'}},'spec':{'replicas':2" + spec
                  + "},'status':" + status + "}," + set("1", "aaa", "01", "2") + "," + set("2", "bbb", "02", "0")
                  + "]}");
}

const QByteArray failed
    = "{'observedGeneration':5,'replicas':4,'updatedReplicas':2,'availableReplicas':2,'conditions':[{"
      "'type':'Progressing','status':'False','reason':'ProgressDeadlineExceeded','message':'timed out'}]}";
const QByteArray going = "{'observedGeneration':5,'replicas':3,'updatedReplicas':1,'availableReplicas':2}";
const QByteArray unseen = "{'observedGeneration':4,'replicas':2,'updatedReplicas':2,'availableReplicas':2}";
const QByteArray done = "{'observedGeneration':5,'replicas':2,'updatedReplicas':2,'availableReplicas':2}";

} // namespace

class TestKubernetes : public QObject {
    Q_OBJECT

private slots:
    void deployment()
    {
        const DeploymentHistory found = historyOf(kubernetesSource, {sample("kubernetes-deployment.json")});
        QCOMPARE(found.app, QStringLiteral("shop"));
        QCOMPARE(found.live, QStringLiteral("3"));
        QCOMPARE(idsOf(found), (QStringList{QStringLiteral("3"), QStringLiteral("2"), QStringLiteral("1")}));
        const Release live = releaseIn(found, "3");
        QCOMPARE(live.version, QStringLiteral("v3"));
        QCOMPARE(live.status, ReleaseStatus::Live);
        QCOMPARE(live.confidence, Confidence::Inferred);
        QCOMPARE(live.liveOn, QStringList{QStringLiteral("web1")});
        QCOMPARE(found.hosts.front().running, QStringLiteral("3"));
        QCOMPARE(found.hosts.front().revision, live.revision);
        QVERIFY(live.note.contains(QLatin1String("change-cause")));
        QCOMPARE(found.keepReleases, 10);
        QCOMPARE(releaseIn(found, "2").deploysUntilPruned, 10);
        QCOMPARE(releaseIn(found, "1").deploysUntilPruned, 9);
        QCOMPARE(suggestedTarget(found), QStringLiteral("2"));
    }

    // Undone to revision 1: that number is gone, and 4 is its template.
    void renumbering()
    {
        const DeploymentHistory before = historyOf(kubernetesSource, {sample("kubernetes-deployment.json")});
        const DeploymentHistory found = historyOf(kubernetesSource, {sample("kubernetes-undone.json")});
        QCOMPARE(idsOf(found), (QStringList{QStringLiteral("4"), QStringLiteral("3"), QStringLiteral("2")}));
        const Release live = releaseIn(found, "4");
        QCOMPARE(live.kind, ReleaseKind::Rollback);
        QCOMPARE(live.revision, releaseIn(before, "1").revision);
        QVERIFY2(live.note.contains(QLatin1String("was revision 1 before")), qPrintable(live.note));
        QVERIFY(!live.deployedAt.isValid());
        QCOMPARE(releaseIn(found, "3").status, ReleaseStatus::RolledBack);
        QCOMPARE(found.events.front().kind, ReleaseKind::Rollback);
        QCOMPARE(found.events.front().from, QStringLiteral("3"));
        QCOMPARE(found.events.size(), size_t(4));
        QCOMPARE(found.events.back().release, QStringLiteral("4")); // its first use, as revision 1
        QCOMPARE(suggestedTarget(found), QStringLiteral("2"));
    }

    void statefulSet()
    {
        const DeploymentHistory found = historyOf(kubernetesSource, {sample("kubernetes-statefulset.json")});
        QCOMPARE(found.app, QStringLiteral("store"));
        QCOMPARE(found.live, QStringLiteral("4"));
        QCOMPARE(releaseIn(found, "4").version, QStringLiteral("v1"));
        QCOMPARE(releaseIn(found, "4").kind, ReleaseKind::Rollback);
        QCOMPARE(releaseIn(found, "3").status, ReleaseStatus::RolledBack);
    }

    void otherCommands()
    {
        const DeploymentHistory concatenated = historyOf(kubernetesSource, {sample("kubernetes-rollout-history.json")});
        QCOMPARE(concatenated.live, QStringLiteral("4"));
        QVERIFY(says(concatenated, "the workload itself was not read"));
        const DeploymentHistory table = historyOf(kubernetesSource, {sample("kubernetes-history.txt")});
        QCOMPARE(table.live, QStringLiteral("4"));
        QCOMPARE(table.releases.size(), size_t(3));
        QVERIFY(releaseIn(table, "2").note.contains(QLatin1String("shop:v2")));
        const QByteArray alone = sample("kubernetes-deployment.json");
        const DeploymentHistory only = historyOf(kubernetesSource, {alone.left(alone.indexOf("\n}\n") + 3)});
        QCOMPARE(only.live, QStringLiteral("3"));
        QVERIFY(says(only, "its revisions were not read"));
        QCOMPARE(releaseIn(only, "3").confidence, Confidence::Reconciled);
    }

    void rollout_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("running");
        QTest::addColumn<QByteArray>("words");
        const int live = int(ReleaseStatus::Live);
        QTest::newRow("failed") << shop("", failed) << int(ReleaseStatus::Failed) << "1"
                                << QByteArray("its rollout failed");
        QTest::newRow("going") << shop("", going) << int(ReleaseStatus::Running) << "1" << QByteArray("is under way");
        QTest::newRow("not seen") << shop("", unseen) << int(ReleaseStatus::Running) << "1"
                                  << QByteArray("has not seen the newest change");
        QTest::newRow("no status") << shop("", "{}") << int(ReleaseStatus::Running) << "1"
                                   << QByteArray("has not seen");
        QTest::newRow("paused") << shop(",'paused':true", done) << live << "1" << QByteArray("is paused");
        QTest::newRow("argo") << shop("", done, ",'labels':{'argocd.argoproj.io/instance':'shop'}") << live << "1"
                              << QByteArray("Argo CD application shop manages it and takes back");
        QTest::newRow("helm") << shop("", done).replace("'annotations':{", "") << live << "1"
                              << QByteArray("still runs revision 1");
        QTest::newRow("deleted") << shop("", done, ",'deletionTimestamp':'2026-11-01T00:00:00Z'") << live << "1"
                                 << QByteArray("being deleted");
    }
    void rollout()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, status);
        QFETCH(QString, running);
        QFETCH(QByteArray, words);
        const DeploymentHistory found = historyOf(kubernetesSource, {text});
        QCOMPARE(found.live, QStringLiteral("2"));
        QCOMPARE(int(releaseIn(found, "2").status), status);
        QCOMPARE(found.hosts.front().running, running);
        QVERIFY2(says(found, words.constData()), qPrintable(found.notes.join(QLatin1Char('\n'))));
    }

    void scaledToNothing()
    {
        const DeploymentHistory found
            = historyOf(kubernetesSource,
                        {shop("", "{'observedGeneration':5,'replicas':0}")
                             .replace("\"spec\":{\"replicas\":2}", "\"spec\":{\"replicas\":0}")});
        QVERIFY(says(found, "scaled to 0"));
        QCOMPARE(releaseIn(found, "2").status, ReleaseStatus::Live);
    }

    void horizon()
    {
        const DeploymentHistory found = historyOf(kubernetesSource, {shop(",'revisionHistoryLimit':1", done)});
        QCOMPARE(found.keepReleases, 1);
        QCOMPARE(releaseIn(found, "1").deploysUntilPruned, 1);
    }

    void severalWorkloads()
    {
        QByteArray two = shop("", done);
        two.insert(two.indexOf("[") + 1, quoted("{'kind':'Deployment','metadata':{'name':'other','uid':'o'}},"));
        QVERIFY(says(historyOf(kubernetesSource, {two}), "ERROR bad-config"));
        const DeploymentHistory named = historyOf(
            kubernetesSource, {two, 0, {}, {{QStringLiteral("workload"), QStringLiteral("deployment/shop")}}});
        QCOMPARE(named.live, QStringLiteral("2"));
        QVERIFY(says(historyOf(kubernetesSource,
                               {two, 0, {}, {{QStringLiteral("workload"), QStringLiteral("deployment/none")}}}),
                     "ERROR"));
    }

    void errors_data()
    {
        QTest::addColumn<QByteArray>("err");
        QTest::addColumn<int>("code");
        QTest::addColumn<int>("kind");
        const auto row = [](const char *name, const char *err, int code, ErrorKind kind) {
            QTest::newRow(name) << QByteArray(err) << code << int(kind);
        };
        row("forbidden", "Error from server (Forbidden): deployments.apps \"shop\" is forbidden: User \"x\"", 1,
            ErrorKind::Denied);
        row("absent", "Error from server (NotFound): deployments.apps \"shop\" not found", 1, ErrorKind::NotFound);
        row("refused",
            "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?", 1,
            ErrorKind::Unreachable);
        row("signed out", "error: You must be logged in to the server (Unauthorized)", 1, ErrorKind::AuthRefused);
        row("certificate", "Unable to connect to the server: x509: certificate has expired or is not yet valid", 1,
            ErrorKind::CertificateRefused);
        row("context", "error: context \"prod\" does not exist", 1, ErrorKind::BadConfig);
        row("no tool", "sh: kubectl: not found", 127, ErrorKind::NotFound);
        row("slow", "", 124, ErrorKind::Timeout);
        row("silent", "", 3, ErrorKind::ToolFailed);
    }
    void errors()
    {
        QFETCH(QByteArray, err);
        QFETCH(int, code);
        QFETCH(int, kind);
        const Result<Value> value = parsed(kubernetesSource, {{}, code, err});
        QVERIFY(!value);
        QCOMPARE(int(value.error().kind), kind);
        QVERIFY(!value.error().text.isEmpty());
    }

    void hostile()
    {
        const QByteArray good = sample("kubernetes-undone.json");
        for (const QByteArray &text : hostileTexts(good)) {
            const Result<Value> value = parsed(kubernetesSource, {text});
            QVERIFY2(!value, text.left(60).constData());
        }
        QByteArray bad = good;
        QVERIFY(!parsed(kubernetesSource, {bad.replace("\"4\"", "\"\xff\xfe\"")}));
    }

    // The probe's own frames, from a kubectl that prints what it was asked.
    void probe()
    {
        QTemporaryDir folder;
        QFile tool(folder.filePath(QStringLiteral("kubectl")));
        QVERIFY(tool.open(QIODevice::WriteOnly));
        tool.write("#!/bin/sh\ncase \"$*\" in\n*go-template*) printf app=shop, ;;\n*'get deployment/shop -o json'*) "
                   "cat '" TAFFRAIL_SOURCE_DIR "/tests/unit/deployments/data/kubernetes-deployment.json' ;;\n"
                   "*'get replicasets -l app=shop -o json'*) echo warned >&2; echo "
                   "'{\"kind\":\"ReplicaSetList\",\"items\":[]}' "
                   ";;\n*) echo \"unknown: $*\" >&2; exit 1 ;;\nesac\n");
        tool.close();
        tool.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        SourceEntry entry;
        entry.hosts = QStringList{QStringLiteral("web1")};
        entry.options = {{QStringLiteral("workload"), QStringLiteral("deployment/shop")},
                         {QStringLiteral("namespace"), QStringLiteral("prod")}};
        const auto requests = kubernetesSource.requests(entry, {});
        QCOMPARE(requests.size(), size_t(1));
        const QByteArray script = std::get<sources::ShellPart>(requests.front().what).script;
        for (const QStringList &shell : shells()) {
            const auto reply = runShell("PATH=" + folder.path().toUtf8() + ":$PATH\n" + script, shell);
            const Result<Value> value = kubernetesSource.parse(entry, {replyFrom(QStringLiteral("web1"), reply)}, {});
            QVERIFY2(value, value ? "" : qPrintable(sentence(value.error()) + QString::fromUtf8(reply.out.left(500))));
            QCOMPARE(std::get<DeploymentHistory>(*value).live, QStringLiteral("3"));
            // Cut anywhere, it is no answer.
            for (qsizetype i = 0; i < reply.out.size() - 8; i += 97)
                QVERIFY(!kubernetesSource.parse(entry, {replyFrom(QStringLiteral("web1"), {0, reply.out.left(i), {}})},
                                                {}));
        }
    }

    void twoHostsOfOneCluster()
    {
        SourceEntry entry;
        entry.hosts = QStringList{QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")};
        const QByteArray text = sample("kubernetes-deployment.json");
        const Result<Value> value = kubernetesSource.parse(entry,
                                                           {replyFrom(QStringLiteral("a"), {0, text, {}}),
                                                            replyFrom(QStringLiteral("b"), {0, text, {}}),
                                                            replyFrom(QStringLiteral("c"), {1, {}, "Unauthorized"})},
                                                           {});
        QVERIFY(value);
        const auto &found = std::get<DeploymentHistory>(*value);
        QCOMPARE(found.live, QStringLiteral("3"));
        QCOMPARE(releaseIn(found, "3").liveOn.size(), 2);
        QCOMPARE(found.events.size(), size_t(3));
        QCOMPARE(found.events.front().host, QString());
        QCOMPARE(found.hosts[2].error->kind, ErrorKind::AuthRefused);
    }
};

QTEST_GUILESS_MAIN(TestKubernetes)
#include "tst_kubernetes.moc"
