// SPDX-License-Identifier: GPL-3.0-or-later
// The scorecard as text, Markdown, JSON; what is remembered of it.
#include "readinesscodec.h"
#include "readinesshistory.h"
#include "readinessmemory.h"
#include "readinesstext.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <nlohmann/json.hpp>

using namespace taffrail;

namespace {

QDateTime noon()
{
    return QDateTime(QDate(2026, 11, 20), QTime(12, 0), Qt::UTC);
}

ReadinessReport sample()
{
    ReadinessReport report;
    report.environment = QStringLiteral("shop-production");
    report.judgedAt = noon();
    const QString nasty = QStringLiteral("<b>*bold*</b> | [x](javascript:1) `a`");
    report.results = {
        {QStringLiteral("tls.valid"),
         QStringLiteral("Security"),
         QStringLiteral("TLS certificates are valid"),
         ReadinessVerdict::Pass,
         {QStringLiteral("a: valid for 60 days")},
         {},
         noon().addSecs(-120),
         {}},
        {QStringLiteral("db.roles"),
         QStringLiteral("Security"),
         QStringLiteral("No role is superuser"),
         ReadinessVerdict::Fail,
         {nasty, QString(30, QLatin1Char('x')) + QStringLiteral(" word").repeated(40)},
         QStringLiteral("ALTER ROLE shop NOSUPERUSER"),
         noon().addSecs(-7200),
         {}},
        {QStringLiteral("alerts.tested"),
         QStringLiteral("Health"),
         QStringLiteral("Alerts reach people"),
         ReadinessVerdict::Unknown,
         {QStringLiteral("not set up")},
         QStringLiteral("Set it up"),
         {},
         {}},
        {QStringLiteral("db.hba"),
         QStringLiteral("Security"),
         QStringLiteral("pg_hba.conf trusts nobody"),
         ReadinessVerdict::NotApplicable,
         {QStringLiteral("no database")},
         {},
         {},
         {}},
        {QStringLiteral("runbook.reachable"),
         QStringLiteral("Health"),
         QStringLiteral("The runbook can be reached"),
         ReadinessVerdict::Fail,
         {QStringLiteral("none")},
         QStringLiteral("x"),
         {},
         QStringLiteral("one page")},
    };
    report.passed = 1;
    report.counted = 3;
    return report;
}

} // namespace

class TestReadinessText : public QObject {
    Q_OBJECT

private slots:
    void textFitsIntoEightyColumns()
    {
        const QString text = readinessText(sample(), noon());
        for (const QString &line : text.split(QLatin1Char('\n')))
            QVERIFY2(line.size() <= 80, qPrintable(line));
        QVERIFY(text.startsWith(QStringLiteral("shop-production: 1 of 3 pass, 1 fail, 1 unknown\n")));
        QVERIFY(text.contains(QStringLiteral("fix: ALTER ROLE shop NOSUPERUSER")));
        QVERIFY(text.contains(QStringLiteral("switched off: one page")));
        QVERIFY(!text.contains(QStringLiteral("valid for 60 days"))); // what passes is told in one line
        QVERIFY(text.contains(QStringLiteral("2 min")));
    }

    void markdownHoldsNoMarkupOfHosts()
    {
        const QString text = readinessMarkdown(sample(), noon());
        QVERIFY(!text.contains(QStringLiteral("<b>")));
        QVERIFY(text.contains(QStringLiteral("\\<b\\>\\*bold\\*")));
        for (const QString &line : text.split(QLatin1Char('\n'))) {
            if (line.startsWith(QLatin1Char('|')))
                QCOMPARE(QString(line).remove(QStringLiteral("\\|")).count(QLatin1Char('|')), 7);
        }
    }

    void jsonComesBack()
    {
        const ReadinessReport report = sample();
        const auto back = codec::fromJson<ReadinessReport>(codec::toJson(report));
        QVERIFY(back.has_value());
        QCOMPARE(*back, report);
        codec::Json bad = codec::toJson(report);
        bad["results"][0]["verdict"] = "maybe";
        QVERIFY(!codec::fromJson<ReadinessReport>(bad));
    }

    void trendAndRoomAreRemembered()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("state/readiness.db"));
        ReadinessReport report = sample();
        for (int day = 3; day >= 0; --day) {
            auto store = ReadinessHistory::open(path);
            QVERIFY(store.has_value());
            report.judgedAt = noon().addDays(-day);
            report.passed = 4 - day;
            const CapacitySample room{report.judgedAt, QStringLiteral("db1"), QStringLiteral("/"), 50.0 + day};
            QVERIFY((*store)->remember(report, {room}));
            QVERIFY((*store)->remember(report, {room})); // the same look twice
        }
        auto store = ReadinessHistory::open(path);
        QVERIFY(store.has_value());
        const auto trend = (*store)->trend(report.environment);
        QVERIFY(trend.has_value());
        QCOMPARE(trend->size(), size_t(4));
        QCOMPARE(trend->front(), (ReadinessPoint{noon().addDays(-3), 1, 3, 1}));
        QCOMPARE(trend->back().passed, 4);
        QCOMPARE((*store)->trend(report.environment, 2)->front().passed, 3);
        QCOMPARE((*store)->trend(QStringLiteral("other"))->size(), size_t(0));
        const auto room = (*store)->capacity(report.environment);
        QVERIFY(room.has_value());
        QCOMPARE(room->size(), size_t(4));
        // Two years later the old ones are gone.
        report.judgedAt = noon().addDays(731);
        QVERIFY((*store)->remember(report, {}));
        QCOMPARE((*store)->trend(report.environment)->size(), size_t(1));
        QCOMPARE((*store)->capacity(report.environment)->size(), size_t(0));
    }

    void damageIsToldOnceAndChangesAreSeen()
    {
        QTemporaryDir folder;
        qputenv("XDG_STATE_HOME", folder.path().toUtf8());
        const QString path = ReadinessHistory::defaultPath();
        QVERIFY(path.startsWith(folder.path()));
        QVERIFY(QDir().mkpath(QFileInfo(path).path()));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray(8192, 'x'));
        file.close();
        ReadinessMemory memory;
        ReadinessReport report = sample();
        QVERIFY(memory.trend(report.environment).empty());
        QVERIFY(memory.rollbacks().empty());
        const QStringList troubles = memory.takeTroubles();
        QCOMPARE(troubles.size(), 1);
        QVERIFY2(troubles.front().contains(QStringLiteral("damaged")), qPrintable(troubles.front()));
        QCOMPARE(QFileInfo(path).dir().entryList({QStringLiteral("readiness.db.damaged-*")}, QDir::Files).size(), 1);
        memory.remember(report, {{noon(), QStringLiteral("db1"), QStringLiteral("/"), 50}});
        QCOMPARE(memory.trend(report.environment).size(), size_t(1));
        QCOMPARE(memory.capacity(report.environment).size(), size_t(1));
        // Another console writes, too.
        report.judgedAt = noon().addDays(1);
        QVERIFY((*ReadinessHistory::open(path))->remember(report, {}));
        QCOMPARE(memory.trend(report.environment).size(), size_t(2));
        QCOMPARE(memory.takeTroubles(), QStringList());
    }
};

QTEST_GUILESS_MAIN(TestReadinessText)
#include "tst_readinesstext.moc"
