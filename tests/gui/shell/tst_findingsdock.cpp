// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoenvironments.h"

#include "bottomdocks.h"
#include "windowmodels.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::ui;

class TestFindingsDock : public QObject {
    Q_OBJECT

private slots:
    void theTitleCountsWhatIsShown()
    {
        items::ConsoleModels console;
        demo::feed(console, demo::allStates());
        WindowModels models(console);
        const FindingsDock dock(models, nullptr);
        QCOMPARE(dock.windowTitle(), QStringLiteral("Findings"));
        console.select(QStringLiteral("shop-staging"));
        QCOMPARE(dock.windowTitle(), QStringLiteral("Findings of Shop staging: 2"));
        console.select(QStringLiteral("shop-production"));
        QCOMPARE(dock.windowTitle(), QStringLiteral("Findings of Shop production: 0"));
        console.select(QStringLiteral("shop-staging"));
        demo::Draft mended = demo::warning();
        mended.assessment.findings.clear();
        mended.snapshot.generation = 8;
        console.apply(demo::stateOf(mended)); // the last finding goes while it is shown
        QCOMPARE(dock.windowTitle(), QStringLiteral("Findings of Shop staging: 0"));
    }
};

QTEST_MAIN(TestFindingsDock)
#include "tst_findingsdock.moc"
