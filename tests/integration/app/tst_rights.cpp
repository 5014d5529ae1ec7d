// SPDX-License-Identifier: GPL-3.0-or-later
// A monitor runs while a database takes rights away and gives them back.
#include "backend.h"
#include "inventoryreader.h"
#include "labfixture.h"

#include <QTest>

using namespace taffrail;
using namespace std::chrono_literals;

class TestRights : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY2(m_lab.up(), qPrintable(m_lab.problem())); }
    void cleanupTestCase() { QVERIFY(m_lab.down()); }

    void aGrantClearsTheFindingWithoutARestart()
    {
        const auto inventory = inventory::readInventory({m_lab.inventory()});
        QVERIFY(inventory);
        auto spec = std::make_shared<EnvironmentSpec>(*inventory->environment(QStringLiteral("shop-production")));
        spec->refresh = 1s;
        QVERIFY2(m_lab.breakThing(QStringLiteral("db-no-rights")), qPrintable(m_lab.problem()));
        Backend backend({spec}, {});
        EnvironmentStatePtr last;
        connect(&backend.monitor(), &Monitor::stateChanged, this,
                [&](const EnvironmentStatePtr &state) { last = state; });
        backend.start();
        const auto isTold = [&] {
            return last && std::ranges::any_of(last->assessment.findings, [](const Finding &finding) {
                       return finding.code == QLatin1String("database.rights");
                   });
        };
        QTRY_VERIFY_WITH_TIMEOUT(isTold(), 20'000);
        QVERIFY2(m_lab.mendThing(QStringLiteral("db-no-rights")), qPrintable(m_lab.problem()));
        QTRY_VERIFY_WITH_TIMEOUT(!isTold(), 20'000);
    }

private:
    tests::LabFixture m_lab;
};

QTEST_GUILESS_MAIN(TestRights)
#include "tst_rights.moc"
