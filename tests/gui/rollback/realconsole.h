// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "armedbutton.h"
#include "backend.h"
#include "confirmpage.h"
#include "inventoryreader.h"
#include "mainwindow.h"
#include "preflightpage.h"
#include "rollbackservice.h"
#include "rollbacksession.h"
#include "rollbackwindows.h"
#include "rollbackwizard.h"
#include "targetpage.h"
#include "windowmodels.h"

#include <QAbstractButton>
#include <QCheckBox>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>

namespace taffrail::test {

/// One console: what the program puts together, without its command line.
class Console {
public:
    Console(const QString &inventory, const QString &state)
    {
        const auto read = inventory::readInventory({inventory});
        if (!read)
            qFatal("%s", qPrintable(problemText(read.error().front())));
        console.setEnvironments(read->environments);
        console.setNow(QDateTime::currentDateTimeUtc());
        backend = std::make_unique<Backend>(read->environments, Backend::Options{});
        Runner::Options options;
        options.auditPath = state + QStringLiteral("/audit.db");
        options.runsPath = state + QStringLiteral("/runs.db");
        desk = std::make_unique<RollbackService>(read->environments, backend->transports(), options);
        models.setDesk(desk.get());
        QObject::connect(&backend->monitor(), &Monitor::stateChanged, &desk->runner(), &Runner::takeState);
        QObject::connect(&desk->runner(), &Runner::refreshWanted, backend.get(), &Backend::refresh);
        QObject::connect(&backend->monitor(), &Monitor::stateChanged, &models,
                         [this](const EnvironmentStatePtr &judged) {
                             isRead = isRead || judged->snapshot->observations.front().value();
                             console.apply(judged);
                         });
        window = std::make_unique<ui::MainWindow>(models, state + QStringLiteral("/ui.ini"));
        window->resize(1280, 800);
        window->show();
        backend->start();
        desk->open();
    }

    /// From the wizard's first page to the start, as a person goes by clicks and keys.
    void goThrough(ui::RollbackWizard &wizard, const QString &environment, const QString &reason,
                   const QString &pictures = {})
    {
        const auto keep = [&](const char *name) {
            if (!pictures.isEmpty())
                wizard.grab().save(pictures + QLatin1Char('-') + QLatin1String(name) + QStringLiteral(".png"));
        };
        keep("target");
        clickNext(wizard); // what changes
        QTRY_VERIFY_WITH_TIMEOUT(wizard.session().plan() != nullptr, 60'000);
        keep("changes");
        clickNext(wizard); // preflight
        for (const auto &each : wizard.preflightPage()->acceptances()) {
            QTest::mouseClick(each.tick, Qt::LeftButton, {}, QPoint(8, each.tick->height() / 2));
            type(*each.reason, QStringLiteral("seen"));
        }
        keep("preflight");
        clickNext(wizard); // approval
        clickNext(wizard); // confirm
        type(*wizard.confirmPage()->reason(), reason);
        if (wizard.confirmPage()->typed()->isVisible()) {
            type(*wizard.confirmPage()->typed(), environment);
            QTest::keyClick(wizard.confirmPage()->typed(), Qt::Key_Return); // never acts
        }
        QTRY_VERIFY_WITH_TIMEOUT(wizard.startButton()->isEnabled(), 5'000);
        keep("confirm");
        QVERIFY(desk->runs().empty() || hasEnded(*desk->runs().front()));
        QTest::mouseClick(wizard.startButton(), Qt::LeftButton);
    }

    bool isRead = false;
    items::ConsoleModels console;
    std::unique_ptr<Backend> backend;
    std::unique_ptr<RollbackService> desk;
    ui::WindowModels models{console};
    std::unique_ptr<ui::MainWindow> window;

private:
    static void clickNext(const ui::RollbackWizard &wizard)
    {
        QAbstractButton *next = wizard.button(QWizard::NextButton);
        QTRY_VERIFY_WITH_TIMEOUT(next->isEnabled(), 30'000);
        QTest::mouseClick(next, Qt::LeftButton);
    }
    static void type(QLineEdit &field, const QString &text)
    {
        QTest::mouseClick(&field, Qt::LeftButton);
        QTest::keyClicks(&field, text);
    }
};

} // namespace taffrail::test
