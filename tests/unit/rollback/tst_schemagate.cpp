// SPDX-License-Identifier: GPL-3.0-or-later
#include "schemagate.h"

#include <QTest>

using namespace taffrail;

namespace {

Migration migration(const char *version, std::set<MigrationKind> kinds = {},
                    MigrationState state = MigrationState::Applied)
{
    Migration migration;
    migration.version = QString::fromLatin1(version);
    migration.kinds = std::move(kinds);
    migration.state = state;
    return migration;
}

MigrationHistory history(std::vector<Migration> migrations, const char *source = "rails")
{
    MigrationHistory history;
    history.source = QString::fromLatin1(source);
    history.database = QStringLiteral("main");
    history.table = QStringLiteral("public.schema_migrations");
    history.migrations = std::move(migrations);
    return history;
}

Gate gateOf(const MigrationHistory &history, const QStringList &carried, bool migratesAtStart = false)
{
    const CarriedMigrations target{history.database, history.table, carried, {}, QStringLiteral("web1:/srv/shop")};
    return schemaGate({history, &target, migratesAtStart, {}, {}});
}

} // namespace

class TestSchemaGate : public QObject {
    Q_OBJECT

private slots:
    void theWorstMigrationDecides_data()
    {
        QTest::addColumn<QList<int>>("kinds"); // of 2 and 3, which the target does not carry
        QTest::addColumn<QString>("verdict");
        using K = MigrationKind;
        QTest::newRow("expand") << QList<int>{int(K::Expand), int(K::Expand)} << QStringLiteral("pass");
        QTest::newRow("data") << QList<int>{int(K::Expand), int(K::Data)} << QStringLiteral("warn");
        QTest::newRow("unknown") << QList<int>{int(K::Expand), int(K::Unknown)} << QStringLiteral("warn");
        QTest::newRow("contract") << QList<int>{int(K::Contract), int(K::Expand)} << QStringLiteral("block");
        QTest::newRow("irreversible") << QList<int>{int(K::Irreversible), int(K::Data)} << QStringLiteral("block");
    }

    void theWorstMigrationDecides()
    {
        QFETCH(QList<int>, kinds);
        const Gate gate
            = gateOf(history({migration("1", {MigrationKind::Irreversible}), migration("2", {MigrationKind(kinds[0])}),
                              migration("3", {MigrationKind(kinds[1])})}),
                     {QStringLiteral("1")});
        QTEST(verdictWord(gate.verdict), "verdict");
        QCOMPARE(gate.evidence.value(QStringLiteral("beyond")).toStringList(),
                 (QStringList{QStringLiteral("2"), QStringLiteral("3")}));
        QVERIFY(!gate.answer.isEmpty());
    }

    void notClassifiedIsUnknownNotGood()
    {
        QCOMPARE(gateOf(history({migration("1"), migration("2")}), {QStringLiteral("1")}).verdict, Verdict::Warn);
    }

    void nothingBeyondPasses()
    {
        const Gate gate = gateOf(history({migration("1"), migration("2", {MigrationKind::Contract})}),
                                 {QStringLiteral("1"), QStringLiteral("2")});
        QCOMPARE(gate.verdict, Verdict::Pass);
    }

    void pendingOnesAreNotBeyond()
    {
        const Gate gate
            = gateOf(history({migration("1"), migration("2", {MigrationKind::Contract}, MigrationState::Pending)}),
                     {QStringLiteral("1")});
        QCOMPARE(gate.verdict, Verdict::Pass);
    }

    void aPendingOneIsNotApplied()
    {
        Migration late = migration("0", {MigrationKind::Irreversible}, MigrationState::OutOfOrder);
        late.flags = {MigrationState::Pending, MigrationState::OutOfOrder};
        const Gate gate = gateOf(history({migration("1"), late}), {QStringLiteral("1")});
        QCOMPARE(gate.verdict, Verdict::Pass);
    }

    void whatStandsBelowAnAppliedOneIsApplied()
    {
        const MigrationHistory heads = history({migration("3")}, "alembic");
        const CarriedMigrations target{heads.database,
                                       heads.table,
                                       {QStringLiteral("1"), QStringLiteral("2"), QStringLiteral("3")},
                                       {QStringLiteral("1"), QStringLiteral("2"), QStringLiteral("3")},
                                       {}};
        QCOMPARE(schemaGate({heads, &target, false, {}, {}}).verdict, Verdict::Pass);
    }

    void whatTheTargetAwaitsWarns()
    {
        const Gate gate = gateOf(history({migration("1")}), {QStringLiteral("1"), QStringLiteral("2")});
        QCOMPARE(gate.verdict, Verdict::Warn);
        QCOMPARE(gate.evidence.value(QStringLiteral("not_applied")).toStringList(), QStringList{QStringLiteral("2")});
        QVERIFY2(gate.answer.contains(QLatin1String("not applied: 2")), qPrintable(gate.answer));
    }

    void aToolThatRefusesToStart_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<bool>("migratesAtStart");
        QTest::addColumn<QString>("verdict");
        QTest::newRow("alembic at start") << QStringLiteral("alembic") << true << QStringLiteral("block");
        QTest::newRow("alembic by hand") << QStringLiteral("alembic") << false << QStringLiteral("warn");
        QTest::newRow("rails at start") << QStringLiteral("rails") << true << QStringLiteral("pass");
        QTest::newRow("django at start") << QStringLiteral("django") << true << QStringLiteral("pass");
    }

    void aToolThatRefusesToStart()
    {
        QFETCH(QString, source);
        QFETCH(bool, migratesAtStart);
        const Gate gate = gateOf(history({migration("1"), migration("2", {MigrationKind::Expand})}, qPrintable(source)),
                                 {QStringLiteral("1")}, migratesAtStart);
        QTEST(verdictWord(gate.verdict), "verdict");
    }

    void whatIsNotKnownIsUnknown()
    {
        const MigrationHistory plain = history({migration("1")});
        QCOMPARE(schemaGate({plain, nullptr, false, {}, {}}).verdict, Verdict::Unknown);
        MigrationHistory closed = plain;
        closed.readable = false;
        QCOMPARE(gateOf(closed, {QStringLiteral("1")}).verdict, Verdict::Unknown);
        for (const MigrationState state : {MigrationState::Failed, MigrationState::Dirty}) {
            const Gate gate = gateOf(history({migration("1"), migration("2", {}, state)}), {QStringLiteral("1")});
            QCOMPARE(gate.verdict, Verdict::Unknown);
            QVERIFY(gate.answer.contains(QLatin1String("2")));
        }
    }

    void everyBlockingAnswerNamesTheMigration()
    {
        MigrationHistory all = history({migration("1"), migration("20260801", {MigrationKind::Contract})});
        all.migrations[1].name = QStringLiteral("drop note");
        const Gate gate = gateOf(all, {QStringLiteral("1")});
        QVERIFY2(gate.answer.contains(QLatin1String("20260801 drop note")), qPrintable(gate.answer));
        QVERIFY(!gate.hint.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestSchemaGate)
#include "tst_schemagate.moc"
