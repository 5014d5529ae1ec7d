// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackwizard.h"

#include "approvalpage.h"
#include "armedbutton.h"
#include "changespage.h"
#include "confirmpage.h"
#include "environmentband.h"
#include "preflightpage.h"
#include "rollbacksession.h"
#include "runpage.h"
#include "targetpage.h"
#include "verifypage.h"
#include "windowmodels.h"

#include <QKeyEvent>

namespace taffrail::ui {

namespace {

bool isEnter(const QEvent *event)
{
    if (event->type() != QEvent::KeyPress && event->type() != QEvent::KeyRelease)
        return false;
    const int key = static_cast<const QKeyEvent *>(event)->key();
    return key == Qt::Key_Return || key == Qt::Key_Enter;
}

} // namespace

RollbackWizard::RollbackWizard(WindowModels &models, const QString &environment, QWidget *parent)
    : QWizard(parent),
      m_session(new RollbackSession(models, environment, this)),
      m_start(new ArmedButton(tr("Roll back now"), this)),
      m_stop(new ArmedButton(tr("Stop after this host"), this))
{
    setObjectName(QStringLiteral("rollbackWizard"));
    setModal(false);
    setWizardStyle(ClassicStyle);
    setTitleFormat(Qt::PlainText);
    setSubTitleFormat(Qt::PlainText);
    setOptions(NoDefaultButton | NoBackButtonOnStartPage | NoBackButtonOnLastPage | NoCancelButtonOnLastPage
               | HaveCustomButton1 | HaveCustomButton2);
    setupPages();
    setupButtons();
    setupRun();
    const EnvironmentStatePtr state = m_session->state();
    const QString name = !state || state->environment->name.isEmpty() ? environment : state->environment->name;
    setWindowTitle(tr("Roll back %1").arg(name));
    setAccessibleName(tr("Roll back. %1").arg(m_target->band()->text()));
    resize(std::max(1000, fontMetrics().averageCharWidth() * 120), std::max(640, fontMetrics().height() * 38));
    connect(this, &QWizard::currentIdChanged, this, &RollbackWizard::enterPage);
    connect(m_session, &RollbackSession::planChanged, this, &RollbackWizard::takePlanChange);
}

RollbackWizard::~RollbackWizard() = default;

void RollbackWizard::setupPages()
{
    m_target = new TargetPage(*m_session, this);
    m_changes = new ChangesPage(*m_session, this);
    m_preflight = new PreflightPage(*m_session, this);
    m_approval = new ApprovalPage(*m_session, this);
    m_confirm = new ConfirmPage(*m_session, *m_start, this);
    m_run = new RunPage(*m_session, *m_stop, this);
    m_verify = new VerifyPage(*m_session, this);
    setPage(TargetId, m_target);
    setPage(ChangesId, m_changes);
    setPage(PreflightId, m_preflight);
    setPage(ApprovalId, m_approval);
    setPage(ConfirmId, m_confirm);
    setPage(RunId, m_run);
    setPage(VerifyId, m_verify);
}

void RollbackWizard::setupButtons()
{
    setButton(CommitButton, m_start);
    setButton(CustomButton1, new ButtonGap(this));
    setButton(CustomButton2, m_stop);
    setButtonText(BackButton, tr("Back"));
    setButtonText(NextButton, tr("Next"));
    setButtonText(CancelButton, tr("Cancel"));
    setButtonText(FinishButton, tr("Close"));
    setButtonText(CommitButton, tr("Roll back now"));
    setButtonText(CustomButton2, tr("Stop after this host"));
    m_run->setButtonText(CancelButton, tr("Close"));
    m_run->setButtonText(NextButton, tr("Show verification"));
    m_stop->setAccessibleDescription(tr("No further host is begun; the one at work ends its steps"));
    for (const WizardButton which : {BackButton, NextButton, CommitButton, FinishButton, CancelButton, CustomButton2}) {
        auto *push = qobject_cast<QPushButton *>(button(which));
        push->setAutoDefault(false);
        push->setDefault(false);
        push->installEventFilter(this);
    }
    const auto forward = [this] {
        const QStringList before = releasesBefore(m_session->run()->plan);
        emit rollForwardRequested(m_session->environment(), m_session->entry(),
                                  before.size() == 1 ? before.first() : QString());
    };
    connect(m_run, &RunPage::rollForwardRequested, this, forward);
    connect(m_verify, &VerifyPage::rollForwardRequested, this, forward);
    connect(m_verify, &VerifyPage::stepsRequested, this, [this] {
        if (currentId() == VerifyId)
            back();
    });
}

void RollbackWizard::setupRun()
{
    connect(m_session, &RollbackSession::started, this, [this] {
        m_lastStage = m_session->run()->stage;
        if (currentId() == ConfirmId) {
            next();
            return;
        }
        setStartId(RunId); // wherever a person went meanwhile
        restart();
    });
    connect(m_session, &RollbackSession::runChanged, this, &RollbackWizard::takeRun);
}

void RollbackWizard::openAt(const QString &entry, const QString &target)
{
    setStartId(TargetId);
    m_target->choose(entry, target);
    restart();
    bringUp();
}

void RollbackWizard::bringUp()
{
    show();
    raise();
    activateWindow();
}

void RollbackWizard::openRun(const RollbackRunPtr &run)
{
    m_session->follow(run);
    m_lastStage = run->stage;
    setStartId(RunId);
    restart();
    if (m_run->isComplete())
        next();
    bringUp();
}

void RollbackWizard::enterPage(int id)
{
    using Layout = QList<WizardButton>;
    Layout layout{Stretch, BackButton, NextButton, CancelButton};
    if (id == ConfirmId)
        layout = {Stretch, BackButton, CancelButton, CustomButton1, CommitButton};
    else if (id == RunId)
        layout = {CustomButton2, Stretch, NextButton, CancelButton};
    else if (id == VerifyId)
        layout = {Stretch, FinishButton};
    setButtonLayout(layout);
    auto *shown = qobject_cast<RollbackPage *>(page(id));
    if (!shown)
        return;
    shown->enter();
    if (QWidget *first = shown->firstFocus())
        first->setFocus(Qt::OtherFocusReason);
}

void RollbackWizard::backTo(int id)
{
    for (int steps = VerifyId; currentId() > id && steps > 0; --steps)
        back();
}

// A plan that changed under a person who had passed the preflight is looked at again, from there on.
void RollbackWizard::takePlanChange(bool differs)
{
    if (differs && !m_session->run() && currentId() > PreflightId)
        backTo(PreflightId);
}

void RollbackWizard::takeRun()
{
    const RunStage stage = m_session->run()->stage;
    const bool wasAtWork = m_lastStage == RunStage::Running || m_lastStage == RunStage::Paused;
    m_lastStage = stage;
    if (currentId() == RunId && wasAtWork && (stage == RunStage::Verifying || stage == RunStage::Succeeded))
        next();
    else if (currentId() == VerifyId && (stage == RunStage::Running || stage == RunStage::Paused))
        back();
}

void RollbackWizard::reject()
{
    if (m_session->run() || m_session->isStarting()) {
        QDialog::done(Accepted); // only the window goes, whatever page it is on: the run is in the activity
        return;
    }
    QWizard::reject();
}

void RollbackWizard::keyPressEvent(QKeyEvent *event)
{
    if (isEnter(event)) {
        event->accept();
        return;
    }
    QWizard::keyPressEvent(event);
}

bool RollbackWizard::eventFilter(QObject *watched, QEvent *event)
{
    if (isEnter(event))
        return true;
    return QWizard::eventFilter(watched, event);
}

} // namespace taffrail::ui
