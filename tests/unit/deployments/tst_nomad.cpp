// SPDX-License-Identifier: GPL-3.0-or-later
// What Nomad prints, as a history.
#include "deploytool.h"
#include "rollbacktarget.h"

#include <QtTest>

using namespace taffrail;
using namespace taffrail::tests;
using sources::nomadSource;

namespace {

QByteArray whole()
{
    return sample("nomad-job.json") + sample("nomad-history.json") + sample("nomad-deployments.json");
}

} // namespace

class TestNomad : public QObject {
    Q_OBJECT

private slots:
    void history()
    {
        const DeploymentHistory found = historyOf(nomadSource, {whole()});
        QCOMPARE(found.app, QStringLiteral("shop"));
        QCOMPARE(found.live, QStringLiteral("4"));
        QCOMPARE(found.releases.size(), size_t(5));
        QCOMPARE(releaseIn(found, "4").kind, ReleaseKind::Rollback);
        QCOMPARE(releaseIn(found, "4").revision, releaseIn(found, "1").revision);
        QCOMPARE(releaseIn(found, "4").deployedBy, QStringLiteral("ada"));
        QCOMPARE(releaseIn(found, "3").status, ReleaseStatus::Failed);
        QVERIFY(releaseIn(found, "3").note.contains(QLatin1String("progress deadline")));
        QCOMPARE(releaseIn(found, "2").status, ReleaseStatus::Unfinished);
        QCOMPARE(releaseIn(found, "1").version, QStringLiteral("good"));
        QCOMPARE(releaseIn(found, "1").deploysUntilPruned, -1); // its tag keeps it
        QCOMPARE(releaseIn(found, "0").version, QStringLiteral("v1"));
        QCOMPARE(releaseIn(found, "0").deploysUntilPruned, 3);
        QCOMPARE(found.keepReleases, 6);
        QCOMPARE(suggestedTarget(found), QStringLiteral("0"));
    }

    void partsAlone()
    {
        const DeploymentHistory versions = historyOf(nomadSource, {sample("nomad-history.json")});
        QCOMPARE(versions.live, QStringLiteral("4"));
        QVERIFY(says(versions, "which version failed is not known"));
        QVERIFY(says(versions, "its highest version is taken"));
        const DeploymentHistory api
            = historyOf(nomadSource, {"{\"Diffs\":null,\"Versions\":" + sample("nomad-history.json") + "}"});
        QCOMPARE(api.live, QStringLiteral("4"));
        const DeploymentHistory job = historyOf(nomadSource, {sample("nomad-job.json")});
        QCOMPARE(job.live, QStringLiteral("4"));
    }

    void states()
    {
        const DeploymentHistory stopped = historyOf(
            nomadSource,
            {sample("nomad-job.json").replace("\"Stop\": false", "\"Stop\": true") + sample("nomad-history.json")});
        QCOMPARE(stopped.live, QString());
        QVERIFY(says(stopped, "the job is stopped"));
        const DeploymentHistory running = historyOf(nomadSource, {whole().replace("\"successful\"", "\"running\"")});
        QCOMPARE(releaseIn(running, "4").status, ReleaseStatus::Running);
        QCOMPARE(releaseIn(running, "1").status, ReleaseStatus::Unfinished);
    }

    void errors()
    {
        const auto kind = [](const char *err) { return parsed(nomadSource, {{}, 1, err}).error().kind; };
        QCOMPARE(kind("No job(s) with prefix or ID \"shop\" found"), ErrorKind::NotFound);
        QCOMPARE(kind("Error inspecting job: Unexpected response code: 403 (Permission denied)"), ErrorKind::Denied);
        QCOMPARE(
            kind("Error: Get \"http://127.0.0.1:4646/v1/jobs\": dial tcp 127.0.0.1:4646: connect: connection refused"),
            ErrorKind::Unreachable);
        for (const QByteArray &text : hostileTexts(whole()))
            (void)parsed(nomadSource, {text});
        for (const QByteArray &text : hostileTexts(sample("nomad-history.json")))
            QVERIFY2(!parsed(nomadSource, {text}), text.left(60).constData());
    }

    // Whatever the order of keys, the same specification is the same content.
    void contentIsWhatAPersonWrote()
    {
        const auto of
            = [](const QByteArray &text) { return historyOf(nomadSource, {quoted(text)}).hosts.front().revision; };
        const QString plain = of("{'ID':'a','Version':1,'TaskGroups':[],'Priority':50,'SubmitTime':5}");
        QVERIFY(!plain.isEmpty());
        QCOMPARE(of("{'TaskGroups':[],'Priority':50,'Version':7,'ID':'a','Stable':true,'SubmitTime':9}"), plain);
        QVERIFY(of("{'ID':'a','Version':1,'TaskGroups':[],'Priority':60}") != plain);
    }
};

QTEST_GUILESS_MAIN(TestNomad)
#include "tst_nomad.moc"
