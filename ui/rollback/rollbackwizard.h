// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackpage.h"

#include "rollbackrun.h"

#include <QWizard>

namespace taffrail::ui {

class ApprovalPage;
class ArmedButton;
class ChangesPage;
class ConfirmPage;
class PreflightPage;
class RollbackSession;
class RunPage;
class TargetPage;
class VerifyPage;
class WindowModels;

/// The rollback of one environment from the choice of the target to its proof. Not modal. Enter presses nothing in it;
/// from the run on, closing it leaves the run alone.
class RollbackWizard : public QWizard {
    Q_OBJECT

public:
    RollbackWizard(WindowModels &models, const QString &environment, QWidget *parent);
    ~RollbackWizard() override;
    Q_DISABLE_COPY_MOVE(RollbackWizard)

    /// Opens on the choice of the target; "" = the suggested one.
    void openAt(const QString &entry, const QString &target);
    /// Opens on a run that was started before.
    void openRun(const RollbackRunPtr &run);
    /// In front of the others, with the keys.
    void bringUp();
    void reject() override;

    RollbackSession &session() const { return *m_session; }
    TargetPage *targetPage() const { return m_target; }
    ChangesPage *changesPage() const { return m_changes; }
    PreflightPage *preflightPage() const { return m_preflight; }
    ApprovalPage *approvalPage() const { return m_approval; }
    ConfirmPage *confirmPage() const { return m_confirm; }
    RunPage *runPage() const { return m_run; }
    VerifyPage *verifyPage() const { return m_verify; }
    ArmedButton *startButton() const { return m_start; }
    ArmedButton *stopButton() const { return m_stop; }

signals:
    /// A new plan is wished for, with the release of before as its target; "" = a person must choose.
    void rollForwardRequested(const QString &environment, const QString &entry, const QString &target);

protected:
    void keyPressEvent(QKeyEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void setupPages();
    void setupButtons();
    void setupRun();
    void enterPage(int id);
    void takePlanChange(bool differs);
    void takeRun();
    void backTo(int id);

    RollbackSession *m_session;
    ArmedButton *m_start;
    ArmedButton *m_stop;
    TargetPage *m_target = nullptr;
    ChangesPage *m_changes = nullptr;
    PreflightPage *m_preflight = nullptr;
    ApprovalPage *m_approval = nullptr;
    ConfirmPage *m_confirm = nullptr;
    RunPage *m_run = nullptr;
    VerifyPage *m_verify = nullptr;
    RunStage m_lastStage = RunStage::Running;
};

} // namespace taffrail::ui
