// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoenvironments.h"
#include "panestate.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::items;

namespace {

EnvironmentStatePtr named(const QString &id)
{
    for (const EnvironmentStatePtr &state : demo::allStates()) {
        if (state->environment->id == id)
            return state;
    }
    return nullptr;
}

} // namespace

class TestPaneState : public QObject {
    Q_OBJECT

private slots:
    void conditions_data()
    {
        QTest::addColumn<QString>("environment");
        QTest::addColumn<int>("pane");
        QTest::addColumn<QString>("state");
        QTest::addColumn<bool>("showsData");
        QTest::addColumn<QString>("says"); // in the sentence or the notice
        QTest::addColumn<QList<int>>("actions");
        const QList<int> none, retryDetails{int(PaneAction::RetryNow), int(PaneAction::Details)};
        const QList<int> failure = retryDetails + QList<int>{int(PaneAction::CopyError)};
        const auto row = [](const char *name, const char *id, PaneKind pane, const char *state, bool data,
                            const QString &says, const QList<int> &actions) {
            QTest::newRow(name) << QString::fromLatin1(id) << int(pane) << QString::fromLatin1(state) << data << says
                                << actions;
        };
        row("ready", "shop-production", PaneKind::Health, "ready", true, {}, none);
        row("not set up", "tools-development", PaneKind::Backups, "not-set-up", false,
            QStringLiteral("No source of backups is set up"), {int(PaneAction::CopyExample)});
        row("first load", "search-development", PaneKind::Deployments, "first-load", false,
            QStringLiteral("Reading deployments from web1"), {int(PaneAction::Cancel)});
        row("no releases", "search-testing", PaneKind::Deployments, "empty", false,
            QStringLiteral("Looked at capistrano on web1"), {int(PaneAction::RetryNow)});
        row("no migrations", "search-testing", PaneKind::Migrations, "empty", false,
            QStringLiteral("No rows in public.alembic_version"), {int(PaneAction::RetryNow)});
        row("partial", "search-production", PaneKind::Health, "partial", true, QStringLiteral("answered 503"), failure);
        row("remembered", "ledger-production", PaneKind::Health, "stale", true,
            QStringLiteral("Not read since the console was started"), {int(PaneAction::RetryNow)});
        row("offline", "billing-testing", PaneKind::Health, "offline", true,
            QStringLiteral("web1 offline since 13:56:06Z. Retrying in 20 s."), retryDetails);
        row("not allowed", "ledger-staging", PaneKind::Migrations, "not-allowed", false,
            QStringLiteral("GRANT SELECT ON public.alembic_version TO taffrail;"),
            {int(PaneAction::CopyGrant), int(PaneAction::RetryNow), int(PaneAction::Details)});
        row("timed out", "ledger-staging", PaneKind::Backups, "limited", false, QStringLiteral("no answer within 8 s"),
            failure);
        row("unreadable", "ledger-staging", PaneKind::Health, "error", false,
            QStringLiteral("line 3: expected a number"), failure);
    }

    void conditions()
    {
        QFETCH(QString, environment);
        QFETCH(int, pane);
        QFETCH(QString, state);
        QFETCH(bool, showsData);
        QFETCH(QString, says);
        QFETCH(QList<int>, actions);
        const PaneCondition condition = paneState(*named(environment), PaneKind(pane));
        QCOMPARE(paneStateWord(condition.state), state);
        QCOMPARE(condition.showsData, showsData);
        QVERIFY2((condition.sentence + condition.notice).contains(says),
                 qPrintable(condition.sentence + condition.notice));
        QList<int> offered;
        for (const PaneAction action : condition.actions)
            offered << int(action);
        QCOMPARE(offered, actions);
        QVERIFY(showsData || !condition.sentence.isEmpty());
    }

    void refreshingKeepsTheRows()
    {
        PaneView view;
        view.refreshing = true;
        const PaneCondition condition = paneState(*named(QStringLiteral("shop-production")), PaneKind::Health, view);
        QCOMPARE(condition.state, PaneState::Refreshing);
        QVERIFY(condition.showsData && condition.refreshing && condition.notice.isEmpty());
    }

    void filteredToNothing()
    {
        PaneView view;
        view.shown = 0;
        view.total = 214;
        const PaneCondition condition = paneState(*named(QStringLiteral("shop-production")), PaneKind::Health, view);
        QCOMPARE(condition.state, PaneState::FilteredToNothing);
        QCOMPARE(condition.sentence, QStringLiteral("0 of 214 shown"));
        QVERIFY(!condition.showsData);
        QCOMPARE(condition.actions, (std::vector<PaneAction>{PaneAction::ClearFilter}));
    }

    void timesFollowTheChosenZone()
    {
        PaneView view;
        view.clockText = [](const QDateTime &) { return QStringLiteral("<chosen>"); };
        const PaneCondition condition = paneState(*named(QStringLiteral("billing-testing")), PaneKind::Backups, view);
        QVERIFY(condition.notice.contains(QStringLiteral("since <chosen>")));
        QVERIFY(condition.asOf.contains(QStringLiteral("as of <chosen>, 38 min")));
    }

    void grantIsCopiedAlone()
    {
        const PaneCondition condition = paneState(*named(QStringLiteral("ledger-staging")), PaneKind::Migrations);
        QCOMPARE(condition.copyText, QStringLiteral("GRANT SELECT ON public.alembic_version TO taffrail;"));
        QVERIFY(!condition.details.empty());
    }

    void nothingReadIsNeverReady()
    {
        for (const EnvironmentStatePtr &state : demo::allStates()) {
            for (const PaneKind pane :
                 {PaneKind::Deployments, PaneKind::Migrations, PaneKind::Backups, PaneKind::Health}) {
                EnvironmentState blank = *state;
                Snapshot snapshot = *state->snapshot;
                for (Observation &observation : snapshot.observations) {
                    observation.lastGood.reset();
                    observation.lastAttempt.reset();
                }
                blank.snapshot = std::make_shared<const Snapshot>(snapshot);
                const PaneCondition condition = paneState(blank, pane);
                QVERIFY(condition.state == PaneState::FirstLoad || condition.state == PaneState::NotSetUp);
                blank.snapshot = nullptr;
                QVERIFY(paneState(blank, pane).state == condition.state);
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestPaneState)
#include "tst_panestate.moc"
