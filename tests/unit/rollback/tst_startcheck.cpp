// SPDX-License-Identifier: GPL-3.0-or-later
#include "runcases.h"
#include "startcheck.h"

#include <QTest>

#include <functional>

using namespace taffrail;

namespace {

/// Everything that a start is asked with, good as it stands.
struct Words {
    RollbackPlan plan = runcases::plan();
    QString digest = plan.digest;
    QString typed = QStringLiteral("shop-production");
    QString reason = QStringLiteral("5xx");
    std::vector<Override> overrides{{QStringLiteral("rollback.schema"), QStringLiteral("tolerated")}};
    QDateTime now = plan.madeAt.addSecs(10);

    Result<void> check() const { return mayBegin(plan, digest, typed, reason, overrides, now); }
};

using Change = std::function<void(Words &)>;

} // namespace
Q_DECLARE_METATYPE(Change)

class TestStartCheck : public QObject {
    Q_OBJECT

private slots:
    void whatIsCompleteMayBegin();
    void whatIsNotIsDenied_data();
    void whatIsNotIsDenied();
};

void TestStartCheck::whatIsCompleteMayBegin()
{
    Words words;
    QVERIFY(words.check());
    words.plan.tier = Tier::Staging; // nobody types a name there
    words.typed.clear();
    QVERIFY(words.check());
}

void TestStartCheck::whatIsNotIsDenied_data()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("said");
    const auto row = [](const char *name, const char *said, const Change &change) {
        QTest::newRow(name) << change << QString::fromLatin1(said);
    };
    row("another digest", "another than the one", [](Words &words) { words.digest[0] = QLatin1Char('1'); });
    row("no digest at all", "another than the one", [](Words &words) { words.digest = words.plan.digest = QString(); });
    row("an old plan", "too old", [](Words &words) { words.now = words.plan.madeAt.addSecs(301); });
    row("the clock jumped ahead", "too old", [](Words &words) { words.now = words.plan.madeAt.addDays(1); });
    row("the clock jumped back", "too old", [](Words &words) { words.now = words.plan.madeAt.addSecs(-3600); });
    row("a plan without a time", "too old", [](Words &words) { words.plan.madeAt = QDateTime(); });
    row("nothing to do", "nothing to do", [](Words &words) { words.plan.hosts.clear(); });
    row("no word", "type shop-production", [](Words &words) { words.typed.clear(); });
    row("another word", "type shop-production", [](Words &words) { words.typed = QStringLiteral("shop-staging"); });
    row("no reason", "no reason", [](Words &words) { words.reason = QStringLiteral(" \t"); });
    row("a warning not accepted", "must be accepted", [](Words &words) { words.overrides.clear(); });
    row("accepted without a reason", "without a reason",
        [](Words &words) { words.overrides[0].reason = QStringLiteral(" "); });
    row("another warning accepted", "must be accepted",
        [](Words &words) { words.overrides[0].code = QStringLiteral("rollback.disk"); });
    for (const Verdict verdict : {Verdict::Block, Verdict::Unknown}) {
        row(verdict == Verdict::Block ? "a block set aside alone" : "an unknown set aside alone", "stands in the way",
            [verdict](Words &words) { words.plan.gates[0].verdict = verdict; });
    }
    row("a warning that takes no override", "stands in the way",
        [](Words &words) { words.plan.gates[0].overridable = false; });
}

void TestStartCheck::whatIsNotIsDenied()
{
    QFETCH(Change, change);
    QFETCH(QString, said);
    Words words;
    change(words);
    const Result<void> may = words.check();
    QVERIFY(!may);
    QCOMPARE(may.error().kind, ErrorKind::Denied);
    QVERIFY2(may.error().text.contains(said), qPrintable(may.error().text));
}

QTEST_GUILESS_MAIN(TestStartCheck)
#include "tst_startcheck.moc"
