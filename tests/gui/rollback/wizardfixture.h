// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fakedesk.h"

#include "approvalpage.h"
#include "armedbutton.h"
#include "changespage.h"
#include "confirmpage.h"
#include "opstable.h"
#include "preflightpage.h"
#include "rollbacksession.h"
#include "rollbackwizard.h"
#include "runpage.h"
#include "tableaccessible.h"
#include "targetpage.h"
#include "verifypage.h"
#include "windowmodels.h"

#include <QApplication>
#include <QCheckBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>
#include <QTimer>

namespace taffrail::demo {

/// A rollback window over a desk that the test answers for.
class WizardFixture {
public:
    explicit WizardFixture(Draft draft = rollbackEnvironment())
    {
        ui::TableAccessible::install();
        environment = draft.spec.id;
        feed(console, {stateOf(std::move(draft))});
        models.setDesk(&desk);
        wizard = std::make_unique<ui::RollbackWizard>(models, environment, nullptr);
        beImpatient(20);
    }

    /// Lets buttons arm after another time than people get: tests that are not about it need not wait.
    void beImpatient(int milliseconds)
    {
        const QList<ui::ArmedButton *> buttons = wizard->findChildren<ui::ArmedButton *>();
        for (const ui::ArmedButton *button : buttons)
            button->findChild<QTimer *>()->setInterval(milliseconds);
    }

    /// Opens on the first page, with the suggested target.
    void open()
    {
        wizard->openAt({}, {});
        QVERIFY(QTest::qWaitForWindowActive(wizard.get()));
    }

    /// Goes on to a page the way a person would; `gates` are those of the plan.
    void goTo(int page, const std::vector<Gate> &gates = warningGates())
    {
        open();
        while (wizard->currentId() < page) {
            const int before = wizard->currentId();
            wizard->next();
            if (wizard->currentId() == ui::ChangesId && !wizard->session().plan())
                desk.answer(plan(gates));
            if (wizard->currentId() == ui::PreflightId)
                acceptAll();
            QVERIFY(wizard->currentId() != before);
        }
    }

    void acceptAll()
    {
        for (const auto &each : wizard->preflightPage()->acceptances()) {
            if (!each.tick->isChecked())
                each.tick->click();
            type(*each.reason, QStringLiteral("watched by hand"));
        }
    }

    static void type(QLineEdit &field, const QString &text)
    {
        field.setFocus();
        field.selectAll();
        QTest::keyClicks(&field, text);
    }

    void typeAll()
    {
        type(*wizard->confirmPage()->reason(), QStringLiteral("5xx after 2.14.3"));
        type(*wizard->confirmPage()->typed(), environment);
    }

    /// Everything is typed and the button is armed.
    void arm()
    {
        typeAll();
        QTRY_VERIFY(wizard->startButton()->isEnabled());
    }

    /// Started, with a first state of the run.
    void start()
    {
        goTo(ui::ConfirmId);
        arm();
        QTest::mouseClick(wizard->startButton(), Qt::LeftButton);
        QCOMPARE(int(desk.starts.size()), 1);
        current = runAt(run(*desk.starts.front().plan), 1, 1);
        desk.tell(current);
        QCOMPARE(wizard->currentId(), int(ui::RunId));
    }

    void tell(RollbackRun next)
    {
        next.version = current.version + 1;
        current = next;
        desk.tell(current);
    }

    items::ConsoleModels console;
    FakeDesk desk;
    ui::WindowModels models{console};
    QString environment;
    std::unique_ptr<ui::RollbackWizard> wizard;
    RollbackRun current;
};

} // namespace taffrail::demo
