// SPDX-License-Identifier: GPL-3.0-or-later
#include "monitorclock.h"
#include "schedule.h"
#include "slowreplies.h"

#include <QTest>

using namespace taffrail;
using namespace std::chrono_literals;

class TestSchedule : public QObject {
    Q_OBJECT
private slots:
    void everythingIsDueAtOnceAndOnlyOnce()
    {
        Schedule schedule;
        const auto now = Schedule::Time{} + 1h;
        schedule.add(QStringLiteral("a"), 0, 30s, now);
        schedule.add(QStringLiteral("a"), 1, 60s, now);
        const auto taken = schedule.take(now);
        QCOMPARE(taken.size(), size_t(1));
        QCOMPARE(taken[0].second, (std::vector<size_t>{0, 1}));
        QVERIFY(schedule.take(now).empty()); // in flight
        QVERIFY(!schedule.nextDue());
    }

    void anEntryComesBackAfterItsOwnInterval()
    {
        Schedule schedule;
        const auto now = Schedule::Time{} + 1h;
        schedule.add(QStringLiteral("a"), 0, 30s, now);
        schedule.add(QStringLiteral("a"), 1, 300s, now);
        QCOMPARE(schedule.take(now).size(), size_t(1));
        schedule.observed(QStringLiteral("a"), 0, true, 0.0, now);
        schedule.observed(QStringLiteral("a"), 1, true, 0.0, now);
        schedule.finished(QStringLiteral("a"));
        QVERIFY(schedule.take(now + 29s).empty());
        const auto taken = schedule.take(now + 30s);
        QCOMPARE(taken.size(), size_t(1));
        QCOMPARE(taken[0].second, (std::vector<size_t>{0}));
    }

    void jitterMovesByAtMostATenth()
    {
        for (const double jitter : {-5.0, -1.0, 0.3, 1.0, 7.0}) {
            Schedule schedule;
            const auto now = Schedule::Time{} + 1h;
            schedule.add(QStringLiteral("a"), 0, 100s, now);
            schedule.take(now);
            schedule.observed(QStringLiteral("a"), 0, true, jitter, now);
            schedule.finished(QStringLiteral("a"));
            QVERIFY(*schedule.nextDue() >= now + 90s);
            QVERIFY(*schedule.nextDue() <= now + 110s);
        }
    }

    void failuresStretchTheIntervalUpToFiveMinutes()
    {
        Schedule schedule;
        auto now = Schedule::Time{} + 1h;
        schedule.add(QStringLiteral("a"), 0, 30s, now);
        std::vector<std::chrono::seconds> waits;
        for (int i = 0; i < 8; ++i) {
            schedule.take(now);
            schedule.observed(QStringLiteral("a"), 0, false, 0.0, now);
            schedule.finished(QStringLiteral("a"));
            waits.push_back(std::chrono::duration_cast<std::chrono::seconds>(*schedule.nextDue() - now));
            now = *schedule.nextDue();
        }
        QCOMPARE(waits, (std::vector<std::chrono::seconds>{30s, 60s, 120s, 240s, 300s, 300s, 300s, 300s}));
        schedule.hurry(QStringLiteral("a"), now);
        schedule.take(now);
        schedule.observed(QStringLiteral("a"), 0, true, 0.0, now);
        schedule.finished(QStringLiteral("a"));
        QCOMPARE(std::chrono::duration_cast<std::chrono::seconds>(*schedule.nextDue() - now), 30s);
    }

    void theCapHoldsAndTheOldestGoesFirst()
    {
        Schedule schedule(2);
        const auto now = Schedule::Time{} + 1h;
        schedule.add(QStringLiteral("late"), 0, 30s, now);
        schedule.add(QStringLiteral("later"), 0, 30s, now - 1s);
        schedule.add(QStringLiteral("latest"), 0, 30s, now - 2s);
        const auto taken = schedule.take(now);
        QCOMPARE(taken.size(), size_t(2));
        QCOMPARE(taken[0].first, QStringLiteral("latest"));
        QCOMPARE(taken[1].first, QStringLiteral("later"));
        schedule.finished(QStringLiteral("latest"));
        schedule.observed(QStringLiteral("latest"), 0, true, 0.0, now);
        QCOMPARE(schedule.take(now).at(0).first, QStringLiteral("late"));
    }

    void sleepIsToldFromABusyMoment()
    {
        QVERIFY(!sleptBetween(5s, 5s, 5s));
        QVERIFY(!sleptBetween(9s, 9s, 5s)); // late, but awake
        QVERIFY(sleptBetween(5s, 15s, 5s)); // suspended
        QVERIFY(sleptBetween(60s, 60s, 5s)); // stopped for a minute
    }

    void slowRepliesAreKeptUntilTheyAreOld()
    {
        SlowReplies kept;
        const QString entry = QStringLiteral("auto");
        sources::Request request{QStringLiteral("files"), QStringLiteral("web1"), sources::ShellPart{"ls", 1s, 100},
                                 sources::Lane::Slow};
        const QDateTime now = QDateTime::fromString(QStringLiteral("2026-11-20T12:00:00Z"), Qt::ISODate);
        QVERIFY(kept.isDue(entry, request, now));
        kept.setUnderWay(entry, request);
        QVERIFY(!kept.isDue(entry, request, now)); // asked once
        sources::Reply reply;
        reply.at = now;
        reply.result = sources::ShellReply{0, "x", {}};
        kept.keep(entry, request, reply);
        QVERIFY(kept.find(entry, request));
        QVERIFY(!kept.isDue(entry, request, now.addSecs(3600)));
        QVERIFY(kept.isDue(entry, request, now.addSecs(6 * 3600)));
        QVERIFY(!kept.find(QStringLiteral("other"), request));
        sources::Request changed = request;
        changed.what = sources::ShellPart{"ls -l", 1s, 100};
        QVERIFY(!kept.find(entry, changed));
        kept.expire();
        QVERIFY(kept.isDue(entry, request, now.addSecs(1)));
        QVERIFY(kept.find(entry, request)); // still known until the new one comes
    }

    void aFailedSlowReplyNeverHidesAGoodOne()
    {
        SlowReplies kept;
        const QString entry = QStringLiteral("auto");
        sources::Request request{QStringLiteral("files"), QStringLiteral("web1"), sources::ShellPart{"ls", 1s, 100},
                                 sources::Lane::Slow};
        const QDateTime now = QDateTime::fromString(QStringLiteral("2026-11-20T12:00:00Z"), Qt::ISODate);
        sources::Reply bad;
        bad.at = now;
        bad.result = failure(ErrorKind::Timeout, {}, {}, {});
        kept.keep(entry, request, bad);
        QVERIFY(kept.find(entry, request) && !kept.find(entry, request)->result);
        QVERIFY(!kept.isDue(entry, request, now.addSecs(299)));
        QVERIFY(kept.isDue(entry, request, now.addSecs(300)));
        sources::Reply good = bad;
        good.result = sources::ShellReply{0, "x", {}};
        kept.keep(entry, request, good);
        bad.at = now.addSecs(60);
        kept.keep(entry, request, bad);
        QVERIFY(kept.find(entry, request)->result.has_value());
        QVERIFY(kept.isDue(entry, request, now.addSecs(360)));
    }
};

QTEST_GUILESS_MAIN(TestSchedule)
#include "tst_schedule.moc"
