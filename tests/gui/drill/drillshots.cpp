// SPDX-License-Identifier: GPL-3.0-or-later
// drillshots FOLDER: pictures of the restore drill window, light and dark, large and small.
#include "fakedrilldesk.h"

#include "demotests.h"

#include "drillwindow.h"
#include "theme.h"
#include "windowmodels.h"

#include <QApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QLineEdit>

#include <cstdio>

using namespace taffrail;

namespace {

void settle(int milliseconds)
{
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < milliseconds)
        QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
}

void takeAll(const QDir &folder, const QString &scheme, const QSize &size)
{
    items::ConsoleModels console;
    demo::feed(console, demo::allStates());
    demo::FakeDrillDesk desk;
    ui::WindowModels models(console);
    models.setDrillDesk(&desk);
    ui::DrillWindow window(models, QStringLiteral("shop-production"), nullptr);
    const auto take = [&](const char *name) {
        window.resize(size);
        settle(1000);
        const QString path
            = folder.filePath(QStringLiteral("%1-%2-%3.png").arg(QLatin1String(name), scheme).arg(size.width()));
        if (!window.grab().save(path) || window.size() != size)
            std::fprintf(stderr, "%s: %d x %d\n", qPrintable(path), window.width(), window.height());
    };
    window.planFor(QStringLiteral("pgbackrest"), {});
    window.bringUp();
    take("drill1-planning");
    emit desk.planned(std::make_shared<const DrillPlan>(demo::drillPlan()));
    window.reasonLine()->setText(QStringLiteral("the month's drill"));
    take("drill2-plan");
    DrillPlan blocked = demo::drillPlan();
    blocked.gates[3].verdict = Verdict::Block;
    blocked.gates[3].answer = QStringLiteral("120.0 MiB are free, 190.7 MiB are needed");
    window.planFor(QStringLiteral("pgbackrest"), {});
    emit desk.planned(std::make_shared<const DrillPlan>(blocked));
    take("drill3-blocked");
    window.follow(std::make_shared<const DrillRun>(demo::drillUnderWay()));
    emit desk.logGrew(
        demo::drillUnderWay().id, 0,
        QStringLiteral(
            "== preflight\nscratch directory /var/tmp/taffrail-drill-0123456789ab, owner postgres\n== restore\nrestore "
            "size = 105MB, file total = 1265\n== start\nLOG:  starting backup recovery with redo LSN 0/2000028\n"));
    take("drill4-running");
    emit desk.drillChanged(std::make_shared<const DrillRun>(demo::passedDrill()));
    take("drill5-passed");
    emit desk.drillChanged(std::make_shared<const DrillRun>(demo::failedDrill()));
    take("drill6-failed");
}

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    const QDir folder(QString::fromLocal8Bit(argc > 1 ? argv[1] : "."));
    for (const auto &[scheme, name] : {std::pair(ui::Scheme::Light, "light"), std::pair(ui::Scheme::Dark, "dark")}) {
        ui::applyTheme(application, scheme);
        for (const QSize &size : {QSize(1280, 800), QSize(900, 600)})
            takeAll(folder, QString::fromLatin1(name), size);
    }
    return 0;
}
