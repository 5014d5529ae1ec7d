// SPDX-License-Identifier: GPL-3.0-or-later
// shots FOLDER: pictures of every screen from the demo data, light and dark, large and small. For people to look at.
#include "demoenvironments.h"
#include "demotests.h"

#include "commandpalette.h"
#include "detailsdock.h"
#include "environmentpage.h"
#include "environmentform.h"
#include "mainwindow.h"
#include "opstable.h"
#include "paneframe.h"
#include "settingsdialog.h"
#include "setuppage.h"
#include "theme.h"
#include "windowmodels.h"

#include <QApplication>
#include <QDir>
#include <QComboBox>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QListWidget>
#include <QToolButton>

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

class Camera {
public:
    Camera(QDir folder, QString scheme) : m_folder(std::move(folder)), m_scheme(std::move(scheme)) {}

    void take(QWidget &window, const QString &name) const
    {
        settle(60);
        const QString path = m_folder.filePath(QStringLiteral("%1-%2-%3.png").arg(name, m_scheme).arg(window.width()));
        if (!window.grab().save(path))
            std::fprintf(stderr, "cannot write %s\n", qPrintable(path));
    }

private:
    QDir m_folder;
    QString m_scheme;
};

items::ConsoleModels &console(ui::WindowModels &models)
{
    return models.console;
}

void takeSettings(const Camera &camera, ui::MainWindow &window)
{
    window.showSettings();
    for (int page = 0; page < window.settingsDialog()->pageList()->count(); ++page) {
        window.settingsDialog()->pageList()->setCurrentRow(page);
        camera.take(*window.settingsDialog(), QStringLiteral("settings%1-%2").arg(page).arg(window.width()));
    }
    window.settingsDialog()->close();
}

ui::SetupWays demoWays()
{
    ui::SetupWays ways;
    ways.lookedIn = QStringList{QStringLiteral("/home/ops/.config/taffrail/inventory.json"),
                                QStringLiteral("/home/ops/.config/taffrail/inventory.d/*.json")};
    ways.freePath = [] { return QStringLiteral("/home/ops/.config/taffrail/inventory.json"); };
    ways.inventoryText = [](const std::vector<EnvironmentDraft> &drafts) -> Result<QByteArray> {
        return QByteArray("{\n  \"version\": 1,\n  \"environments\": [\n    {\n      \"id\": \"")
            + drafts[0].id.toUtf8() + "\",\n      \"tier\": \"production\"\n    }\n  ]\n}\n";
    };
    ways.candidates = [] {
        return ImportCandidates{{QStringLiteral("web1"), QStringLiteral("web2"), QStringLiteral("bastion")},
                                {QStringLiteral("shop")},
                                {QStringLiteral("/home/ops/.ssh/config"), QStringLiteral("/home/ops/.pg_service.conf")},
                                {}};
    };
    ways.startWith = [](const QString &) { return false; };
    return ways;
}

void takeSetup(const Camera &camera, const QSize &size)
{
    for (const bool broken : {false, true}) {
        items::ConsoleModels none;
        none.setNow(QDateTime::currentDateTimeUtc());
        ui::WindowModels models(none);
        models.setup = demoWays();
        if (broken) {
            models.setup.trouble = QStringLiteral("/home/ops/.config/taffrail/inventory.json:7:15 and 1 more mistake");
            models.setup.troubleDetail
                = QStringLiteral("/home/ops/.config/taffrail/inventory.json:7:15: $.environments[0].tier: expected "
                                 "\"production\", \"staging\", \"testing\" or \"development\", found \"prod\". Did you "
                                 "mean \"production\"?\n/home/ops/.config/taffrail/inventory.json:9:7: "
                                 "$.environments[0].host: expected no such key, found it. Did you mean \"hosts\"?");
        }
        ui::MainWindow window(models, {});
        window.resize(size);
        window.show();
        camera.take(window, broken ? QStringLiteral("setup-broken") : QStringLiteral("setup"));
        if (broken)
            continue;
        window.setupPage()->addButton()->click();
        camera.take(window, QStringLiteral("setup-add"));
        window.setupPage()->form()->name()->setText(QStringLiteral("Shop production"));
        window.setupPage()->form()->tier()->setCurrentIndex(1);
        window.setupPage()->form()->host()->setText(QStringLiteral("web1"));
        camera.take(window, QStringLiteral("setup-filled"));
        window.setupPage()->importButton()->click();
        camera.take(window, QStringLiteral("setup-import"));
    }
}

void takeAll(const Camera &camera, ui::MainWindow &window, ui::WindowModels &models)
{
    window.showBoard();
    camera.take(window, QStringLiteral("board"));
    for (const char *id : {"shop-production", "shop-staging", "billing-testing", "ledger-staging", "ledger-production",
                           "search-testing", "search-development", "tools-development", "hostile-testing"}) {
        window.openEnvironment(QString::fromLatin1(id));
        settle(400);
        camera.take(window, QStringLiteral("environment-") + QLatin1String(id));
    }
    window.openEnvironment(QStringLiteral("shop-staging"));
    const ui::OpsTable *releases = window.environmentPage()->pane(PaneKind::Deployments)->table();
    console(models).selection.choose(PaneKind::Deployments,
                                     releases->model()->index(0, 0).data(items::IdRole).toString());
    camera.take(window, QStringLiteral("linked"));
    console(models).selection.clear();
    window.environmentPage()->pane(PaneKind::Health)->table()->setFocus();
    window.toggleDetails();
    camera.take(window, QStringLiteral("details"));
    window.toggleDetails();
    window.showConnections();
    camera.take(window, QStringLiteral("connections"));
    models.takeTest(demo::testUnderWay());
    camera.take(window, QStringLiteral("connections-testing"));
    models.takeTest(demo::failedTest());
    camera.take(window, QStringLiteral("connections-failed"));
    models.takeTest(demo::passedTest());
    camera.take(window, QStringLiteral("connections-passed"));
    models.askHostKey({1, QStringLiteral("[10.0.0.5]:2222"), QStringLiteral("web1 through bastion"),
                       QStringLiteral("ssh-ed25519"),
                       QStringLiteral("SHA256:hnTPdKZ2cH6vPZMGxH3y8oUe7PZBlCq6MT0dCWBgFMo"), true});
    camera.take(window, QStringLiteral("question"));
    models.withdrawHostKey(1);
    window.popUpPalette(QStringLiteral("sh"));
    camera.take(*window.commandPalette(), QStringLiteral("palette"));
    window.commandPalette()->hide();
}

} // namespace

int main(int argc, char *argv[])
{
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    const QDir folder(argc > 1 ? QString::fromLocal8Bit(argv[1]) : QStringLiteral("shots"));
    if (!folder.mkpath(QStringLiteral("."))) {
        std::fprintf(stderr, "cannot make %s\n", qPrintable(folder.path()));
        return 1;
    }
    // A place for the pictures' settings page.
    const QList<ui::StoredPlace> places{
        {QStringLiteral("Inventory"), QStringLiteral("/home/ops/.config/taffrail/inventory.json"),
         QStringLiteral("default")},
        {QStringLiteral("Last known values"), QStringLiteral("/home/ops/.local/state/taffrail/state.sqlite"),
         QStringLiteral("default")}};
    for (const auto &[scheme, name] : {std::pair(ui::Scheme::Light, "light"), std::pair(ui::Scheme::Dark, "dark")}) {
        ui::applyTheme(application, scheme);
        items::ConsoleModels console;
        demo::feed(console, demo::allStates());
        console.activity.append({demo::before(60), Status::Notice, {}, QStringLiteral("The console was started"), {}});
        console.activity.append({demo::before(12),
                                 Status::Offline,
                                 QStringLiteral("billing-testing"),
                                 QStringLiteral("web1 went offline"),
                                 {}});
        ui::WindowModels models(console);
        models.places = places;
        models.setNextPoll(QDateTime::currentDateTimeUtc().addSecs(11));
        for (const QSize size : {QSize(1280, 800), QSize(900, 600)}) {
            ui::MainWindow window(models, {});
            window.resize(size);
            window.show();
            const Camera camera(folder, QString::fromLatin1(name));
            takeAll(camera, window, models);
            takeSettings(camera, window);
            takeSetup(camera, size);
        }
    }
    return 0;
}
