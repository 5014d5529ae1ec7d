// SPDX-License-Identifier: GPL-3.0-or-later
#include "since.h"

#include <QTest>

using namespace taffrail;
using namespace std::chrono_literals;

namespace {

QDateTime at(int seconds)
{
    return QDateTime::fromSecsSinceEpoch(1'795'000'000 + seconds, Qt::UTC);
}

HealthCheck disk(Status status, const char *subject = "/srv")
{
    HealthCheck check;
    check.code = QStringLiteral("host.disk");
    check.host = QStringLiteral("web1");
    check.subject = QString::fromLatin1(subject);
    check.status = status;
    return check;
}

Snapshot looked(int seconds, const std::vector<HealthCheck> &checks)
{
    HealthReport report;
    report.checks = checks;
    Attempt attempt;
    attempt.at = at(seconds);
    attempt.result = std::make_shared<const Value>(report);
    Observation slot;
    slot.pane = PaneKind::Health;
    slot.entry = QStringLiteral("host");
    slot.interval = 30s;
    slot.lastGood = slot.lastAttempt = attempt;
    Snapshot snapshot;
    snapshot.observations = {slot};
    return snapshot;
}

Since only(const SinceTable &table)
{
    return table.size() == 1 ? *table.cbegin() : Since();
}

} // namespace

class TestSince : public QObject {
    Q_OBJECT

private slots:
    void theFirstLookIsALowerBound()
    {
        const Since first = only(carriedSince({}, looked(0, {disk(Status::Warning)})));
        QCOMPARE(first.at, at(0));
        QVERIFY(first.isLowerBound);
    }

    void aStatusKeepsItsTime()
    {
        SinceTable table = carriedSince({}, looked(0, {disk(Status::Ok)}));
        table = carriedSince(table, looked(30, {disk(Status::Warning)}));
        table = carriedSince(table, looked(60, {disk(Status::Warning)}));
        table = carriedSince(table, looked(60, {disk(Status::Warning)})); // judged again, nothing new
        QCOMPARE(only(table).at, at(30));
        QVERIFY(!only(table).isLowerBound);
        table = carriedSince(table, looked(90, {disk(Status::Ok)}));
        QCOMPARE(only(table).at, at(90));
        QCOMPARE(only(table).status, Status::Ok);
    }

    void aCheckThatAppearsBeginsThen()
    {
        SinceTable table = carriedSince({}, looked(0, {disk(Status::Ok)}));
        table = carriedSince(table, looked(30, {disk(Status::Ok), disk(Status::Critical, "/var")}));
        const Since fresh = table.value(sinceKey(QStringLiteral("host"), disk(Status::Ok, "/var")));
        QCOMPARE(fresh.at, at(30));
        QVERIFY(!fresh.isLowerBound);
        table = carriedSince(table, looked(60, {disk(Status::Ok)}));
        QCOMPARE(table.size(), 1); // and ends when it is gone
    }

    void aGapBreaksIt()
    {
        SinceTable table = carriedSince({}, looked(0, {disk(Status::Ok)}));
        table = carriedSince(table, looked(30, {disk(Status::Warning)}));
        table = carriedSince(table, looked(330, {disk(Status::Warning)})); // 10 × interval: still the same story
        QCOMPARE(only(table).at, at(30));
        table = carriedSince(table, looked(631, {disk(Status::Warning)})); // nobody looked for longer
        QCOMPARE(only(table).at, at(631));
        QVERIFY(only(table).isLowerBound);
    }

    void oldFactsBeganWhenTheyWereMade()
    {
        HealthCheck check = disk(Status::Warning);
        check.dataAt = at(-50);
        QCOMPARE(only(carriedSince({}, looked(0, {check}))).at, at(-50));
        check.dataAt = at(50); // a clock that is ahead moves nothing
        QCOMPARE(only(carriedSince({}, looked(0, {check}))).at, at(0));
    }

    void rememberedValuesBeginNothing()
    {
        Snapshot old = looked(0, {disk(Status::Warning)});
        old.remembered = true;
        QVERIFY(carriedSince({}, old).isEmpty());
        Snapshot unread;
        unread.observations.emplace_back();
        QVERIFY(carriedSince({}, unread).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestSince)
#include "tst_since.moc"
