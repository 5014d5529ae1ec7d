// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoenvironments.h"

#include "mainwindow.h"
#include "notifier.h"
#include "statusline.h"
#include "windowmodels.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QLabel>
#include <QProcess>
#include <QSignalSpy>
#include <QTest>

using namespace taffrail;
using namespace taffrail::ui;
using namespace std::chrono_literals;

namespace {

constexpr auto gap = 400ms;

struct Call {
    uint replaces = 0;
    QString title, body;
    QStringList actions;
    QVariantMap hints;
};

} // namespace

/// The desktop's side.
class NotificationService : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")

public:
    QList<Call> calls;
    QStringList capabilities{QStringLiteral("actions"), QStringLiteral("body"), QStringLiteral("body-markup")};
    uint lastId = 40;

public slots:
    Q_SCRIPTABLE QStringList GetCapabilities() { return capabilities; }
    Q_SCRIPTABLE uint Notify(const QString &, uint replaces, const QString &, const QString &title, const QString &body,
                             const QStringList &actions, const QVariantMap &hints, int)
    {
        calls.append({replaces, title, body, actions, hints});
        emit notified();
        return replaces != 0 ? replaces : ++lastId;
    }

signals:
    void notified();
    Q_SCRIPTABLE void ActionInvoked(uint id, const QString &action);
    Q_SCRIPTABLE void NotificationClosed(uint id, uint reason);
};

class TestNotifier : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY2(QDBusConnection::sessionBus().isConnected(), "dbus-daemon is needed (Debian package dbus)");
        m_desktop = std::make_unique<QDBusConnection>(
            QDBusConnection::connectToBus(qEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS"), QStringLiteral("desktop")));
    }

    void init()
    {
        m_service = std::make_unique<NotificationService>();
        QVERIFY(m_desktop->registerObject(QStringLiteral("/org/freedesktop/Notifications"), m_service.get(),
                                          QDBusConnection::ExportScriptableContents));
        QVERIFY(m_desktop->registerService(QStringLiteral("org.freedesktop.Notifications")));
        m_notifier = std::make_unique<Notifier>(nullptr, gap);
    }

    void cleanup()
    {
        m_notifier.reset();
        m_desktop->unregisterObject(QStringLiteral("/org/freedesktop/Notifications"));
        m_desktop->unregisterService(QStringLiteral("org.freedesktop.Notifications"));
        m_service.reset();
    }

    void tellsANewCriticalOnce()
    {
        m_notifier->take(good());
        m_notifier->take(bad({{"disk", Status::Critical}}));
        QTRY_COMPARE(m_service->calls.size(), 1);
        const Call call = m_service->calls[0];
        QCOMPARE(call.title, QStringLiteral("PRODUCTION Shop production: Critical \u2014 disk is bad"));
        QVERIFY2(call.body.contains(QStringLiteral("Seen at 2026-11-20 14:34:22Z")), qPrintable(call.body));
        QCOMPARE(call.replaces, 0U);
        QCOMPARE(call.actions,
                 (QStringList{QStringLiteral("default"), QStringLiteral("Open"), QStringLiteral("open"),
                              QStringLiteral("Open")}));
        QCOMPARE(call.hints.value(QStringLiteral("urgency")).toInt(), 2);
        QVERIFY(call.hints.value(QStringLiteral("suppress-sound")).toBool());
        m_notifier->take(bad({{"disk", Status::Critical}})); // still bad: known
        QVERIFY(staysQuiet(2 * gap));
        QCOMPARE(m_service->calls.size(), 1);
    }

    void oneWithinTheGapThenAReplacement()
    {
        m_notifier->take(bad({{"disk", Status::Critical}}));
        QTRY_COMPARE(m_service->calls.size(), 1);
        m_notifier->take(bad({{"disk", Status::Critical}, {"lag", Status::Critical}}));
        m_notifier->take(bad({{"disk", Status::Critical}, {"lag", Status::Critical}, {"tls", Status::Critical}}));
        QVERIFY(staysQuiet(gap / 4));
        QCOMPARE(m_service->calls.size(), 1);
        QTRY_COMPARE(m_service->calls.size(), 2); // both in one, in the place of the first
        QCOMPARE(m_service->calls[1].replaces, 41U);
        QVERIFY(m_service->calls[1].body.contains(QStringLiteral("Critical: ")));
        emit m_service->NotificationClosed(41, 2);
        QVERIFY(staysQuiet(gap * 3 / 2));
        m_notifier->take(bad({{"new", Status::Critical}}));
        QTRY_COMPARE(m_service->calls.size(), 3);
        QCOMPARE(m_service->calls[2].replaces, 0U); // the old one was put away
    }

    void environmentsDontWaitForEachOther()
    {
        m_notifier->take(bad({{"disk", Status::Critical}}));
        m_notifier->take(bad({{"disk", Status::Critical}}, QStringLiteral("other-production")));
        QTRY_COMPARE_WITH_TIMEOUT(m_service->calls.size(), 2, int(gap.count()));
    }

    void aRunThatEndsOrPausesIsTold_data()
    {
        QTest::addColumn<int>("stage");
        QTest::addColumn<QString>("word");
        QTest::addColumn<int>("urgency");
        QTest::newRow("succeeded") << int(RunStage::Succeeded) << QStringLiteral("Verified") << 1;
        QTest::newRow("failed") << int(RunStage::Failed) << QStringLiteral("Failed") << 2;
        QTest::newRow("paused") << int(RunStage::Paused) << QStringLiteral("Paused") << 2;
    }
    void aRunThatEndsOrPausesIsTold()
    {
        QFETCH(int, stage);
        QFETCH(QString, word);
        bool isActive = true;
        m_notifier->setActive([&isActive] { return isActive; });
        const auto at = [](RunStage now, const QString &id = QStringLiteral("r1")) {
            RollbackRun run;
            run.id = id;
            run.stage = now;
            run.message = QStringLiteral("1 of 3 hosts <b>are</b> switched");
            run.plan.environment = QStringLiteral("eu");
            run.plan.environmentName = QStringLiteral("Shop EU");
            run.plan.target = QStringLiteral("sha256:") + QString(64, QLatin1Char('a'));
            return std::make_shared<const RollbackRun>(run);
        };
        QSignalSpy opened(m_notifier.get(), &Notifier::openRunRequested);
        m_notifier->takeRun(at(RunStage(stage), QStringLiteral("old"))); // as an earlier console left it
        m_notifier->takeRun(at(RunStage::Running));
        m_notifier->takeRun(at(RunStage(stage))); // a person looks on
        isActive = false;
        m_notifier->takeRun(at(RunStage(stage)));
        QVERIFY(staysQuiet(gap));
        QVERIFY(m_service->calls.isEmpty());
        m_notifier->takeRun(at(RunStage::Running));
        m_notifier->takeRun(at(RunStage::Verifying));
        m_notifier->takeRun(at(RunStage(stage)));
        QTRY_COMPARE(m_service->calls.size(), 1);
        const Call call = m_service->calls[0];
        QCOMPARE(call.title, QStringLiteral("PRODUCTION Shop EU: Rollback \u2014 ") + word);
        QVERIFY2(call.body.contains(QStringLiteral("aaaaaaaaaaaa\n")), qPrintable(call.body));
        QVERIFY2(call.body.contains(QStringLiteral("&lt;b&gt;")), qPrintable(call.body));
        QTEST(call.hints.value(QStringLiteral("urgency")).toInt(), "urgency");
        // Its id comes with the answer: before that, nobody listens.
        QTRY_VERIFY((m_service->ActionInvoked(41, QStringLiteral("default")), !opened.isEmpty()));
        QCOMPARE(opened[0][0].toString(), QStringLiteral("r1"));
        m_notifier->setLevel(Notifier::Level::Off);
        m_notifier->takeRun(at(RunStage::Running));
        m_notifier->takeRun(at(RunStage(stage)));
        QVERIFY(staysQuiet(gap));
        QCOMPARE(m_service->calls.size(), 1);
    }

    void levels()
    {
        m_notifier->take(bad({{"disk", Status::Warning}}));
        m_notifier->setLevel(Notifier::Level::Off);
        m_notifier->take(bad({{"lag", Status::Critical}}));
        m_notifier->setLevel(Notifier::Level::All);
        m_notifier->setSound(true);
        m_notifier->take(bad({{"lag", Status::Critical}, {"swap", Status::Warning}}));
        QTRY_COMPARE(m_service->calls.size(), 1);
        QVERIFY(m_service->calls[0].title.contains(QStringLiteral("Warning \u2014 swap is bad")));
        QCOMPARE(m_service->calls[0].hints.value(QStringLiteral("urgency")).toInt(), 1);
        QVERIFY(!m_service->calls[0].hints.contains(QStringLiteral("suppress-sound")));
    }

    void silentWhereAPersonLooksAndForOldNews()
    {
        m_notifier->setWatched([](const QString &id) { return id == QStringLiteral("shop-production"); });
        m_notifier->take(bad({{"disk", Status::Critical}}));
        EnvironmentState old = *bad({{"disk", Status::Critical}}, QStringLiteral("old-production"));
        Snapshot snapshot = *old.snapshot;
        snapshot.remembered = true;
        old.snapshot = std::make_shared<const Snapshot>(snapshot);
        m_notifier->take(std::make_shared<const EnvironmentState>(old));
        m_notifier->take(bad({{"disk", Status::Critical}}, QStringLiteral("old-production"))); // known from last time
        m_notifier->take(bad({{"disk", Status::Critical}}, QStringLiteral("last-production")));
        QTRY_COMPARE(m_service->calls.size(), 1);
        QVERIFY(m_service->calls[0].title.contains(QStringLiteral("last-production")));
    }

    void aLostConnectionMendsNothing()
    {
        m_notifier->take(bad({{"disk", Status::Critical}}));
        QTRY_COMPARE(m_service->calls.size(), 1);
        m_notifier->take(demo::stateOf(demo::offline()));
        EnvironmentState lost = *good();
        lost.assessment.panes[size_t(PaneKind::Health)].status = Status::Offline;
        m_notifier->take(std::make_shared<const EnvironmentState>(lost));
        m_notifier->take(bad({{"disk", Status::Critical}})); // the same trouble, seen again
        QVERIFY(staysQuiet(gap * 3 / 2));
        QCOMPARE(m_service->calls.size(), 1);
        m_notifier->take(good());
        m_notifier->take(bad({{"disk", Status::Critical}})); // it had been well
        QTRY_COMPARE(m_service->calls.size(), 2);
    }

    void textIsPlainAndHoldsNoSecret()
    {
        Finding evil;
        evil.severity = Status::Critical;
        evil.title = QStringLiteral("<b>x</b>\x1b[31m password=hunter2\nline two \u202e");
        const EnvironmentStatePtr state = good();
        const QString title = Notifier::titleOf(*state, evil);
        QVERIFY(!title.contains(QStringLiteral("hunter2")));
        QVERIFY(!title.contains(QChar(0x1b)) && !title.contains(QLatin1Char('\n')) && !title.contains(QChar(0x202e)));
        EnvironmentState two = *bad({{"a", Status::Critical}, {"<i>b</i>", Status::Critical}});
        m_notifier->take(std::make_shared<const EnvironmentState>(two));
        QTRY_COMPARE(m_service->calls.size(), 1);
        QVERIFY2(m_service->calls[0].body.contains(QStringLiteral("&lt;i&gt;")), qPrintable(m_service->calls[0].body));
    }

    void openComesBack()
    {
        QSignalSpy opened(m_notifier.get(), &Notifier::openRequested);
        m_notifier->take(bad({{"disk", Status::Critical}}));
        QTRY_COMPARE(m_service->calls.size(), 1);
        QTRY_VERIFY((pressed(QStringLiteral("open")), !opened.isEmpty())); // the id comes with the answer
        QCOMPARE(opened[0][0].toString(), QStringLiteral("shop-production"));
        while (opened.wait(100)) {} // each press comes once
        const auto count = opened.size();
        emit m_service->ActionInvoked(99, QStringLiteral("open"));
        emit m_service->ActionInvoked(41, QStringLiteral("mute"));
        QVERIFY(staysQuiet(50ms));
        QCOMPARE(opened.size(), count);
    }

    void noServiceIsNoTrouble()
    {
        m_desktop->unregisterService(QStringLiteral("org.freedesktop.Notifications"));
        m_notifier->take(bad({{"disk", Status::Critical}}));
        QVERIFY(staysQuiet(100ms));
        QVERIFY(m_desktop->registerService(QStringLiteral("org.freedesktop.Notifications")));
        m_notifier->take(bad({{"disk", Status::Critical}, {"lag", Status::Critical}}));
        QTRY_COMPARE(m_service->calls.size(), 1); // a service that came later is found
    }

    void theWindowTells()
    {
        items::ConsoleModels console;
        demo::feed(console, {good()});
        WindowModels models(console);
        MainWindow window(models, {});
        window.show();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        window.openEnvironment(QStringLiteral("shop-production"));
        console.apply(bad({{"disk", Status::Critical}})); // a person looks at it
        QVERIFY(staysQuiet(50ms));
        QCOMPARE(m_service->calls.size(), 0);
        window.showBoard();
        console.apply(bad({{"disk", Status::Critical}, {"lag", Status::Critical}}));
        QTRY_COMPARE(m_service->calls.size(), 1);
        QTRY_VERIFY(
            (pressed(QStringLiteral("default")), window.windowTitle().startsWith(QStringLiteral("Shop production"))));
    }

    void theLatestEventIsSpokenAtMostOnceInFiveSeconds()
    {
        items::ConsoleModels console;
        WindowModels models(console);
        MainWindow window(models, {});
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        const auto *label = window.findChild<QLabel *>(QStringLiteral("latestEvent"));
        const auto happens = [&](Status status, const QString &text) {
            console.activity.append({demo::now(), status, {}, text, {}});
        };
        happens(Status::Notice, QStringLiteral("first"));
        QCOMPARE(label->accessibleName(), QStringLiteral("Latest event: first"));
        happens(Status::Critical, QStringLiteral("worst"));
        happens(Status::Notice, QStringLiteral("last"));
        QCOMPARE(label->text(), QStringLiteral("last")); // seen at once
        QCOMPARE(label->accessibleName(), QStringLiteral("Latest event: first"));
        QTRY_COMPARE_WITH_TIMEOUT(label->accessibleName(), QStringLiteral("Latest event: worst"), 8000);
    }

private:
    /// Whether the desktop is told nothing for that long.
    bool staysQuiet(std::chrono::milliseconds time) const
    {
        QSignalSpy told(m_service.get(), &NotificationService::notified);
        return !told.wait(int(time.count()));
    }

    void pressed(const QString &action) const { emit m_service->ActionInvoked(41, action); }

    static EnvironmentStatePtr good(const QString &id = QStringLiteral("shop-production"))
    {
        demo::Draft draft = demo::well();
        draft.spec.id = id;
        if (id != QStringLiteral("shop-production"))
            draft.spec.name = id;
        draft.snapshot.environment = id;
        return demo::stateOf(draft);
    }

    static EnvironmentStatePtr bad(const std::vector<std::pair<const char *, Status>> &findings,
                                   const QString &id = QStringLiteral("shop-production"))
    {
        EnvironmentState state = *good(id);
        for (const auto &[code, severity] : findings) {
            Finding finding;
            finding.code = QString::fromLatin1(code);
            finding.pane = PaneKind::Health;
            finding.severity = severity;
            finding.title = QString::fromLatin1(code) + QStringLiteral(" is bad");
            finding.observedAt = demo::before(4);
            state.assessment.findings.push_back(finding);
            auto &pane = state.assessment.panes[size_t(PaneKind::Health)];
            pane.status = worse(pane.status, severity);
        }
        return std::make_shared<const EnvironmentState>(state);
    }

    std::unique_ptr<QDBusConnection> m_desktop;
    std::unique_ptr<NotificationService> m_service;
    std::unique_ptr<Notifier> m_notifier;
};

int main(int argc, char *argv[])
{
    // The bus must stand before Qt connects to it.
    QProcess bus;
    bus.start(QStringLiteral("dbus-daemon"),
              {QStringLiteral("--session"), QStringLiteral("--nofork"), QStringLiteral("--print-address")});
    if (bus.waitForStarted() && bus.waitForReadyRead())
        qputenv("DBUS_SESSION_BUS_ADDRESS", bus.readLine().trimmed());
    else
        qunsetenv("DBUS_SESSION_BUS_ADDRESS");
    QApplication application(argc, argv);
    TestNotifier test;
    const int result = QTest::qExec(&test, argc, argv);
    bus.terminate();
    bus.waitForFinished();
    return result;
}

#include "tst_notifier.moc"
