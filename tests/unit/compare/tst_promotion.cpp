// SPDX-License-Identifier: GPL-3.0-or-later
// What would come with a promotion, and what was never tried before it.
#include "comparecases.h"
#include "promotion.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::comparecases;
using namespace std::chrono_literals;

namespace {

struct Draft {
    const char *id;
    const char *promotesFrom = "";
    const char *version = "";
    int deployedDaysAgo = 1;
    QStringList migrations{};
    const char *tool = "rails";
    bool readable = true;
};

Observation observed(PaneKind pane, const char *entry, const Value &value)
{
    Observation observation;
    observation.pane = pane;
    observation.entry = text(entry);
    observation.lastGood = Attempt{now(), 10ms, ValuePtr(std::make_shared<const Value>(value))};
    observation.lastAttempt = observation.lastGood;
    return observation;
}

EnvironmentStatePtr stateOf(const Draft &draft)
{
    auto spec = std::make_shared<EnvironmentSpec>();
    spec->id = text(draft.id);
    spec->service = QStringLiteral("shop");
    spec->promotesFrom = text(draft.promotesFrom);
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->environment = spec->id;
    if (*draft.version != '\0') {
        DeploymentHistory history;
        history.app = QStringLiteral("shop");
        Release release;
        release.id = release.version = text(draft.version);
        release.deployedAt = now().addDays(-draft.deployedDaysAgo);
        history.live = release.id;
        history.releases.push_back(release);
        snapshot->observations.push_back(observed(PaneKind::Deployments, "deploy", history));
    }
    MigrationHistory history;
    history.source = text(draft.tool);
    history.database = QStringLiteral("main");
    history.table = QStringLiteral("public.schema_migrations");
    history.readable = draft.readable;
    for (const QString &version : draft.migrations) {
        Migration migration;
        migration.version = version;
        history.migrations.push_back(migration);
        history.current = version;
    }
    snapshot->observations.push_back(observed(PaneKind::Migrations, "migrations", MigrationHistories{{history}}));
    auto state = std::make_shared<EnvironmentState>();
    state->environment = spec;
    state->snapshot = snapshot;
    state->now = now();
    return state;
}

QStringList described(const PromotionStep &step)
{
    QStringList lines;
    for (const PromotionRow &row : step.rows)
        lines << QStringLiteral("%1 %2 %3 [%4|%5]")
                     .arg(promotionAreaWord(row.area), promotionStateWord(row.state), row.what, row.from, row.to);
    return lines;
}

} // namespace

class TestPromotion : public QObject {
    Q_OBJECT

private slots:
    void order();
    void bothDirections();
    void same();
    void unknown();
    void settings();
    void aThirdAsReference();
};

void TestPromotion::order()
{
    const std::vector<EnvironmentStatePtr> states{stateOf({"production-us", "staging"}),
                                                  stateOf({"production-eu", "staging"}),
                                                  stateOf({"alone"}),
                                                  stateOf({"staging", "test"}),
                                                  stateOf({"test"}),
                                                  stateOf({"lost", "elsewhere"}),
                                                  stateOf({"ring-a", "ring-b"}),
                                                  stateOf({"ring-b", "ring-a"}),
                                                  nullptr};
    QStringList ids;
    for (const EnvironmentStatePtr &each : promotionOrder(states))
        ids << each->environment->id;
    QCOMPARE(ids.join(QLatin1Char(',')), QStringLiteral("test,staging,production-us,production-eu"));
    QStringList steps;
    for (const PromotionStep &step : promotionSteps(states, compared({})))
        steps << step.from + QLatin1Char('>') + step.to;
    QCOMPARE(steps.join(QLatin1Char(',')), QStringLiteral("test>staging,staging>production-us,staging>production-eu"));
}

void TestPromotion::bothDirections()
{
    const std::vector<PromotionStep> steps = promotionSteps(
        {stateOf({"staging", "", "2.1", 1, {QStringLiteral("1"), QStringLiteral("2"), QStringLiteral("4")}}),
         stateOf({"production", "staging", "2.0", 5, {QStringLiteral("1"), QStringLiteral("3")}})},
        compared({}));
    QCOMPARE(steps.size(), size_t(1));
    QCOMPARE(described(steps.front()),
             (QStringList{QStringLiteral("release ahead shop [2.1|2.0]"),
                          QStringLiteral("migrations ahead main public.schema_migrations [4|3]"),
                          QStringLiteral("migrations behind main public.schema_migrations [4|3]")}));
    QCOMPARE(steps.front().rows[1].words, QStringLiteral("2 migrations applied in staging only: 2, 4"));
    QCOMPARE(steps.front().rows[2].words, QStringLiteral("1 migration applied in production only: 3"));
    const auto hotfix = promotionSteps(
        {stateOf({"staging", "", "2.0", 5}), stateOf({"production", "staging", "2.1", 1})}, compared({}));
    QCOMPARE(hotfix.front().rows.front().state, PromotionState::Behind);
}

void TestPromotion::same()
{
    const auto steps = promotionSteps({stateOf({"staging", "", "v2.1", 1, {QStringLiteral("1")}}),
                                       stateOf({"production", "staging", "2.1", 1, {QStringLiteral("1")}})},
                                      compared({}));
    QCOMPARE(described(steps.front()),
             (QStringList{QStringLiteral("release same shop [v2.1|2.1]"),
                          QStringLiteral("migrations same main public.schema_migrations [1|1]")}));
}

void TestPromotion::unknown()
{
    Draft hidden{"production", "staging", "", 1, {}, "rails", false};
    QCOMPARE(described(promotionSteps({stateOf({"staging", "", "2.1", 1, {QStringLiteral("1")}}), stateOf(hidden)},
                                      compared({}))
                           .front()),
             (QStringList{QStringLiteral("release unknown shop [2.1|]"),
                          QStringLiteral("migrations unknown main public.schema_migrations [|]"),
                          QStringLiteral("migrations unknown main public.schema_migrations [1|]")}));
    // A tool that stores its head only says nothing of what is applied below it without files.
    const auto heads = promotionSteps({stateOf({"staging", "", "2.1", 1, {QStringLiteral("b")}, "alembic"}),
                                       stateOf({"production", "staging", "2.1", 1, {QStringLiteral("a")}, "alembic"})},
                                      compared({}));
    QCOMPARE(heads.front().rows[1].state, PromotionState::Unknown);
    QVERIFY(heads.front().notes.join(QLatin1Char(' ')).contains(QStringLiteral("settings")));
}

void TestPromotion::settings()
{
    ConfigSet packages = setOf({{"nginx", "1.22"}, {"curl", "8"}}, "packages");
    ConfigSet older = setOf({{"nginx", "1.18"}, {"telnet", "1"}}, "packages");
    ConfigSet schema = setOf({{"table.orders.total", "numeric"}}, "pg_schema");
    ConfigSet noSchema = setOf({}, "pg_schema");
    ComparedSource failed = sourceOf(setOf({}, "yaml"), "yaml");
    failed.set = nullptr;
    const Matrix matrix
        = compared({environmentWith("staging",
                                    {sourceOf(packages, "packages"), sourceOf(schema, "schema"),
                                     sourceOf(setOf({{"NEW", "1"}, {"POOL", "10"}, {"SAME", "1"}}), "env"),
                                     sourceOf(setOf({{"a", "1"}, {"b", "1"}}, "yaml"), "yaml")}),
                    environmentWith("production",
                                    {sourceOf(older, "packages"), sourceOf(noSchema, "schema"),
                                     sourceOf(setOf({{"OLD", "1"}, {"POOL", "40"}, {"SAME", "1"}}), "env"), failed})},
                   {}, {expectedOf("POOL", {QStringLiteral("staging")})});
    const auto steps
        = promotionSteps({stateOf({"staging", "", "2", 1}), stateOf({"production", "staging", "2", 1})}, matrix);
    QStringList lines = described(steps.front());
    lines.removeIf([](const QString &each) {
        return each.startsWith(QStringLiteral("release")) || each.startsWith(QStringLiteral("migrations"));
    });
    QCOMPARE(lines,
             (QStringList{QStringLiteral("config behind env: OLD [MISSING|1]"),
                          QStringLiteral("config ahead env: NEW [1|\u2014]"), QStringLiteral("config unknown yaml [|]"),
                          QStringLiteral("packages differs packages: nginx [1.22|1.18]"),
                          QStringLiteral("packages behind packages: telnet [MISSING|1]"),
                          QStringLiteral("packages ahead packages: curl [8|\u2014]"),
                          QStringLiteral("schema ahead schema: table.orders.total [numeric|\u2014]")}));
    QVERIFY(!steps.front().notes.isEmpty());
}

/// Which column is the reference of the matrix changes nothing here.
void TestPromotion::aThirdAsReference()
{
    const Matrix matrix = compared({environmentOf("test", {{"A", "3"}}), environmentOf("staging", {{"A", "2"}}),
                                    environmentOf("production", {{"A", "2"}})});
    QVERIFY(matrix.rows.front().unexpected);
    const auto steps
        = promotionSteps({stateOf({"staging", "", "2", 1}), stateOf({"production", "staging", "2", 1})}, matrix);
    for (const PromotionRow &row : steps.front().rows)
        QVERIFY(row.area != PromotionArea::Config);
}

QTEST_GUILESS_MAIN(TestPromotion)
#include "tst_promotion.moc"
