// SPDX-License-Identifier: GPL-3.0-or-later
// A monitor runs, a migration file appears on a real host: its content is read in the slow lane, and it must show at
// the next look all the same.
#include "backend.h"
#include "inventoryreader.h"
#include "labfixture.h"

#include <QRegularExpression>
#include <QTest>

using namespace taffrail;
using namespace taffrail::tests;
using namespace std::chrono_literals;

class TestNewMigration : public QObject {
    Q_OBJECT

    LabFixture m_lab;

    /// The shop's production with nothing but its migrations.
    EnvironmentSpecPtr environment() const
    {
        const auto inventory = inventory::readInventory({m_lab.inventory()});
        const EnvironmentSpecPtr whole
            = inventory ? inventory->environment(QStringLiteral("shop-production")) : nullptr;
        if (!whole)
            return nullptr;
        auto spec = std::make_shared<EnvironmentSpec>(*whole);
        spec->refresh = 2s;
        std::erase_if(spec->entries, [](const SourceEntry &entry) { return entry.pane != PaneKind::Migrations; });
        return spec;
    }

    /// The revision that no other one follows.
    static QString headOf(const QDir &folder)
    {
        static const QRegularExpression revision(QStringLiteral("^revision\\b.*?[\"'](\\w+)[\"']"),
                                                 QRegularExpression::MultilineOption);
        static const QRegularExpression follows(QStringLiteral("^down_revision\\b.*?[\"'](\\w+)[\"']"),
                                                QRegularExpression::MultilineOption);
        QStringList all, followed;
        for (const QString &name : folder.entryList({QStringLiteral("*.py")}, QDir::Files)) {
            QFile file(folder.filePath(name));
            if (!file.open(QIODevice::ReadOnly))
                continue;
            const QString text = QString::fromUtf8(file.readAll());
            all << revision.match(text).captured(1);
            followed << follows.match(text).captured(1);
        }
        for (const QString &each : all) {
            if (!each.isEmpty() && !followed.contains(each))
                return each;
        }
        return {};
    }

    static int pendingIn(const EnvironmentStatePtr &state)
    {
        const auto *histories = valueAs<MigrationHistories>(state->snapshot->observations.front());
        int pending = -1;
        if (histories && !histories->histories.empty()) {
            pending = int(std::ranges::count(histories->histories.front().migrations, MigrationState::Pending,
                                             &Migration::state));
        }
        return pending;
    }

private slots:
    void initTestCase() { QVERIFY2(m_lab.up(), qPrintable(m_lab.problem())); }
    void cleanupTestCase() { QVERIFY(m_lab.down()); }

    void aNewFileShowsAtTheNextLook()
    {
        const EnvironmentSpecPtr spec = environment();
        QVERIFY(spec && spec->entries.size() == 1);
        const QString web = QStringLiteral("shop-web1");
        const QDir folder(QStringLiteral("%1/srv/shop/releases/%2/db/migrations/versions")
                              .arg(m_lab.host(web).folder, m_lab.liveRelease(web)));
        const QString head = headOf(folder);
        QVERIFY2(!head.isEmpty(), qPrintable(folder.path()));
        Backend backend({spec}, {});
        std::vector<EnvironmentStatePtr> states;
        connect(&backend.monitor(), &Monitor::stateChanged, this,
                [&](const EnvironmentStatePtr &state) { states.push_back(state); });
        backend.start();
        QTRY_VERIFY_WITH_TIMEOUT(!states.empty() && pendingIn(states.back()) == 0, 20'000);
        const QDateTime read = states.back()->snapshot->observations.front().lastGood->at;
        // Some looks later nothing has changed: what was kept still stands.
        QTRY_VERIFY_WITH_TIMEOUT(states.back()->snapshot->observations.front().lastGood->at > read.addSecs(3), 20'000);
        for (const EnvironmentStatePtr &state : states)
            QVERIFY(pendingIn(state) <= 0);

        states.clear();
        QFile file(folder.filePath(QStringLiteral("feedc0de0001_late.py")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("\"\"\"late\"\"\"\nrevision = \"feedc0de0001\"\ndown_revision = \"" + head.toLatin1() + "\"\n");
        file.close();
        QTRY_VERIFY_WITH_TIMEOUT(!states.empty() && pendingIn(states.back()) == 1, 20'000);
        QVERIFY(file.remove());
        QTRY_VERIFY_WITH_TIMEOUT(pendingIn(states.back()) == 0, 20'000);
    }
};

QTEST_GUILESS_MAIN(TestNewMigration)
#include "tst_newmigration.moc"
