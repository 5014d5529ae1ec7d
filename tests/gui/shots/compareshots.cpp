// SPDX-License-Identifier: GPL-3.0-or-later
// compareshots FOLDER: pictures of the compare page, light and dark, large and small.
#include "comparedemo.h"

#include "comparebar.h"
#include "comparepage.h"
#include "comparetable.h"
#include "environmentpicker.h"
#include "expectedtab.h"
#include "mainwindow.h"
#include "promotiontab.h"
#include "textdiffview.h"
#include "texttab.h"
#include "theme.h"
#include "windowmodels.h"

#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QTabWidget>

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

struct Camera {
    QDir folder;
    QString scheme;
    QSize size;

    void take(QWidget &window, const QString &name, bool resizes = true) const
    {
        if (resizes)
            window.resize(size);
        settle(80);
        const QString path = folder.filePath(QStringLiteral("%1-%2-%3.png").arg(name, scheme).arg(size.width()));
        if (!window.grab().save(path))
            std::fprintf(stderr, "cannot write %s\n", qPrintable(path));
        if (resizes && window.size() != size)
            std::fprintf(stderr, "%s: %d x %d instead\n", qPrintable(path), window.width(), window.height());
    }
};

void waitFor(ui::ComparePage &page)
{
    do
        settle(20);
    while (page.model().isBusy() || page.textTab()->isBusy());
}

void selectKey(ui::ComparePage &page, const QString &key, int column)
{
    for (int row = 0; row < page.model().rowCount(); ++row) {
        if (page.model().index(row, 0).data().toString() == key)
            page.table()->setCurrentIndex(page.model().index(row, column));
    }
    waitFor(page);
}

void takePage(const Camera &camera, ui::MainWindow &window, demo::FakeCompareDesk &desk)
{
    ui::ComparePage &page = *window.comparePage();
    window.showCompare();
    camera.take(window, QStringLiteral("compare1-nothing"));
    page.bar()->openPicker();
    camera.take(*page.bar()->picker(), QStringLiteral("compare1-picker"), false);
    page.bar()->picker()->hide();
    page.compareWith(QStringLiteral("shop-production"));
    emit desk.reading(QStringLiteral("Reading app-config of shop-staging: 2 of 3 environments\u2026"));
    camera.take(window, QStringLiteral("compare2-reading"));
    desk.answer(demo::comparison(demo::comparedShops()));
    waitFor(page);
    selectKey(page, QStringLiteral("pool.max"), 2);
    camera.take(window, QStringLiteral("compare3-unexpected"));
    page.bar()->view()->setCurrentIndex(2);
    emit page.bar()->view()->activated(2);
    waitFor(page);
    camera.take(window, QStringLiteral("compare3-everything"));
    page.tabs()->setCurrentIndex(1);
    waitFor(page);
    camera.take(window, QStringLiteral("compare4-text"));
    page.textTab()->side(2)->setCurrentIndex(3);
    emit page.textTab()->side(2)->activated(3);
    waitFor(page);
    page.toggleMaximized();
    page.textTab()->view()->setFocus();
    page.toggleMaximized();
    page.toggleMaximized();
    camera.take(window, QStringLiteral("compare4-three"));
    page.toggleMaximized();
    page.tabs()->setCurrentIndex(2);
    camera.take(window, QStringLiteral("compare5-expected"));
    page.expectedTab()->openForm();
    camera.take(window, QStringLiteral("compare5-form"));
    page.tabs()->setCurrentIndex(3);
    do
        settle(20);
    while (page.promotionTab()->isBusy());
    camera.take(window, QStringLiteral("compare9-promotion"));
    page.tabs()->setCurrentIndex(0);
    auto some = demo::comparedShops();
    some[1] = demo::compared(
        QStringLiteral("shop-staging"), QStringLiteral("shop staging"), Tier::Staging,
        {demo::failedSource(QStringLiteral("app-config"),
                            Error{ErrorKind::Denied, QStringLiteral("read"), QStringLiteral("web1"),
                                  QStringLiteral("/srv/shop/shared/config/app.yaml: permission denied"),
                                  QStringLiteral("Let the account read it: setfacl -m u:deploy:r FILE")}),
         some[1]->sources[1]});
    desk.answer(demo::comparison(some));
    waitFor(page);
    camera.take(window, QStringLiteral("compare6-partial"));
    const auto same = demo::comparedShops();
    desk.answer(demo::comparison({same[0], same[0]}, {}));
    page.bar()->view()->setCurrentIndex(0);
    emit page.bar()->view()->activated(0);
    waitFor(page);
    camera.take(window, QStringLiteral("compare7-equal"));
    emit desk.refused(Error{ErrorKind::Timeout, QStringLiteral("ssh"), QStringLiteral("deploy@staging-web1:22"),
                            QStringLiteral("no answer within 10 s"), QStringLiteral("Test the connection")});
    camera.take(window, QStringLiteral("compare8-refused"));
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
        for (const QSize size : {QSize(1280, 800), QSize(900, 600)}) {
            items::ConsoleModels console;
            demo::feed(console, demo::comparableStates());
            demo::FakeCompareDesk desk;
            ui::WindowModels models(console);
            models.setCompareDesk(&desk);
            ui::MainWindow window(models, {});
            window.show();
            takePage({folder, QString::fromLatin1(name), size}, window, desk);
        }
    }
    return 0;
}
