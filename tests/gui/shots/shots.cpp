// SPDX-License-Identifier: GPL-3.0-or-later
// shots FOLDER: pictures of every screen from the demo data, light and dark, large and small. For people to look at.
#include "demoenvironments.h"

#include "commandpalette.h"
#include "detailsdock.h"
#include "environmentpage.h"
#include "mainwindow.h"
#include "opstable.h"
#include "paneframe.h"
#include "theme.h"
#include "windowmodels.h"

#include <QApplication>
#include <QDir>
#include <QElapsedTimer>

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
    window.environmentPage()->pane(PaneKind::Health)->table()->setFocus();
    window.toggleDetails();
    camera.take(window, QStringLiteral("details"));
    window.toggleDetails();
    window.showConnections();
    camera.take(window, QStringLiteral("connections"));
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
        models.setNextPoll(QDateTime::currentDateTimeUtc().addSecs(11));
        for (const QSize size : {QSize(1280, 800), QSize(900, 600)}) {
            ui::MainWindow window(models, {});
            window.resize(size);
            window.show();
            takeAll(Camera(folder, QString::fromLatin1(name)), window, models);
        }
    }
    return 0;
}
