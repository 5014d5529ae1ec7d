// SPDX-License-Identifier: GPL-3.0-or-later
// A monitor runs, a new dump appears on a real host: it must not pass for a good one until all of it was read.
#include "backend.h"
#include "labfixture.h"

#include <QElapsedTimer>
#include <QTest>

#include <utime.h>

using namespace taffrail;
using namespace taffrail::tests;
using namespace std::chrono_literals;

class TestNewDump : public QObject {
    Q_OBJECT

    LabFixture m_lab;
    QString m_folder;

    EnvironmentSpecPtr environment() const
    {
        const LabFixture::Host host = m_lab.host(QStringLiteral("ledger-db"));
        auto spec = std::make_shared<EnvironmentSpec>();
        spec->id = QStringLiteral("ledger");
        spec->refresh = 2s;
        HostSpec machine;
        machine.id = QStringLiteral("ledger-db");
        machine.ssh = {host.address, host.port, host.user, {}, m_lab.identityFile(), host.hostKey};
        spec->hosts.push_back(machine);
        SourceEntry dumps;
        dumps.id = dumps.source = QStringLiteral("pg_dump");
        dumps.pane = PaneKind::Backups;
        dumps.hosts = QStringList{machine.id};
        dumps.options.insert(QStringLiteral("path"), host.srv + QStringLiteral("/backups/newdump"));
        dumps.target.fullEvery = 24h * 365;
        spec->entries.push_back(dumps);
        return spec;
    }

    /// A dump as a nightly job leaves it: written under another name, then renamed.
    bool put(const QString &kind, const QString &name, int secondsOld)
    {
        QFile from(m_lab.dir() + QStringLiteral("/dumps/%1.dump").arg(kind));
        QFile to(m_folder + QLatin1Char('/') + name + QStringLiteral(".partial"));
        if (!from.open(QIODevice::ReadOnly) || !to.open(QIODevice::WriteOnly))
            return false;
        to.write(from.readAll());
        to.close();
        const time_t at = time_t(QDateTime::currentSecsSinceEpoch() - secondsOld);
        const utimbuf times{at, at};
        return utime(QFile::encodeName(to.fileName()).constData(), &times) == 0
            && to.rename(m_folder + QLatin1Char('/') + name);
    }

    static const BackupSet *setOf(const EnvironmentStatePtr &state)
    {
        const Observation *observation = state ? state->snapshot->observation(QStringLiteral("pg_dump")) : nullptr;
        return observation ? valueAs<BackupSet>(*observation) : nullptr;
    }

    static const Backup *find(const BackupSet *set, const QString &id)
    {
        for (size_t i = 0; set && i < set->backups.size(); ++i) {
            if (set->backups[i].id == id)
                return &set->backups[i];
        }
        return nullptr;
    }

    static bool says(const EnvironmentStatePtr &state, const char *code)
    {
        return std::ranges::any_of(state->assessment.findings,
                                   [code](const Finding &each) { return each.code == QLatin1String(code); });
    }

private slots:
    void initTestCase()
    {
        QVERIFY2(m_lab.up(), qPrintable(m_lab.problem()));
        m_folder = m_lab.host(QStringLiteral("ledger-db")).folder + QStringLiteral("/srv/backups/newdump");
        QVERIFY(QDir().mkpath(m_folder));
    }
    void cleanupTestCase() { QVERIFY(m_lab.down()); }

    void aNewDumpIsReadSoonAndIsNoGoodNewsBefore()
    {
        QVERIFY(put(QStringLiteral("whole"), QStringLiteral("good.dump"), 7200));
        Backend backend({environment()}, {});
        std::vector<EnvironmentStatePtr> states;
        connect(&backend.monitor(), &Monitor::stateChanged, this,
                [&](const EnvironmentStatePtr &state) { states.push_back(state); });
        backend.start();
        const auto newest = [&]() { return states.empty() ? nullptr : setOf(states.back()); };
        const auto good = [&]() { return find(newest(), QStringLiteral("good.dump")); };
        QTRY_VERIFY_WITH_TIMEOUT(good() && good()->trust == Trust::AllBytes, 20'000);
        const QDateTime proved = newest()->assessment.latestFinishedAt;
        QVERIFY(!says(states.back(), "backup.flawed-newest"));

        states.clear();
        QVERIFY(put(QStringLiteral("cut"), QStringLiteral("new.dump"), 600));
        const auto isTold = [&] { return !states.empty() && says(states.back(), "backup.flawed-newest"); };
        QTRY_VERIFY_WITH_TIMEOUT(isTold(), 20'000); // not in six hours
        int refreshes = 0;
        QDateTime seenAt;
        for (const EnvironmentStatePtr &state : states) {
            const Backup *cut = find(setOf(state), QStringLiteral("new.dump"));
            if (!cut)
                continue;
            const QDateTime at = state->snapshot->observation(QStringLiteral("pg_dump"))->lastGood->at;
            refreshes += at != seenAt;
            seenAt = at;
            // Whatever is said of it on the way, the proved one stays the newest good one.
            QVERIFY2(!isUsable(*cut), qPrintable(cut->detail));
            QCOMPARE(setOf(state)->assessment.latestFinishedAt, proved);
            if (cut->problem == QLatin1String("not_read")) {
                QCOMPARE(cut->detail, QStringLiteral("listed, not read yet"));
                QVERIFY(cut->trust < Trust::AllBytes);
            }
        }
        // Read within a few refreshes: the reading itself may last longer than one on a busy host.
        QVERIFY2(refreshes <= 5, qPrintable(QString::number(refreshes)));
        QCOMPARE(find(newest(), QStringLiteral("new.dump"))->problem, QStringLiteral("truncated"));

        states.clear();
        QVERIFY(put(QStringLiteral("whole"), QStringLiteral("newer.dump"), 300));
        const auto newer = [&]() { return find(newest(), QStringLiteral("newer.dump")); };
        QTRY_VERIFY_WITH_TIMEOUT(newer() && newer()->trust == Trust::AllBytes, 20'000);
        QVERIFY(isUsable(*newer()));
        QVERIFY(!says(states.back(), "backup.flawed-newest"));
    }
};

QTEST_GUILESS_MAIN(TestNewDump)
#include "tst_newdump.moc"
