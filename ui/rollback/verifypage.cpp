// SPDX-License-Identifier: GPL-3.0-or-later
#include "verifypage.h"

#include "releasetext.h"
#include "armedbutton.h"
#include "flowlayout.h"
#include "inlinemessage.h"
#include "opstable.h"
#include "rollbacksession.h"
#include "rollbackwords.h"
#include "text.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QLabel>
#include <QPlainTextEdit>
#include <QVBoxLayout>

#include <algorithm>

namespace taffrail::ui {

namespace {

QString headlineOf(const RollbackRun &run)
{
    switch (run.stage) {
    case RunStage::Succeeded: return VerifyPage::tr("Verified");
    case RunStage::Failed: return VerifyPage::tr("Failed: next steps");
    case RunStage::Running:
    case RunStage::Paused:
    case RunStage::Verifying:
    case RunStage::Lost: break;
    }
    return VerifyPage::tr("Not verified yet");
}

QString nextSteps(const RollbackRun &run)
{
    if (run.stage != RunStage::Failed)
        return run.message;
    const bool hosts
        = std::ranges::any_of(run.hosts, [](const HostRun &host) { return host.stage == HostStage::Failed; });
    const QString text = hosts
        ? VerifyPage::tr("Read the log of the failed hosts, then retry them or roll forward again.")
        : VerifyPage::tr("Look at what is not as it must be, then roll forward again or mend it on the hosts.");
    return run.message.isEmpty() ? text : run.message + QLatin1Char('\n') + text;
}

} // namespace

VerifyPage::VerifyPage(RollbackSession &session, QWidget *parent)
    : RollbackPage(VerifyId, session, parent),
      m_headline(plainLabel({}, this)),
      m_hold(plainTextBlock({}, this)),
      m_table(new OpsTable(QStringLiteral("rollbackProofs"), session.models().time, this)),
      m_problemLabel(plainLabel(tr("Not as it must be:"), this)),
      m_problems(new QPlainTextEdit(this))
{
    setFinalPage(true);
    QFont large = m_headline->font();
    large.setBold(true);
    large.setPointSizeF(large.pointSizeF() * 1.4);
    m_headline->setFont(large);
    m_table->setAccessibleName(tr("What every host runs now"));
    m_table->setSource(&m_model, new OpsProxy(m_table));
    m_problemLabel->setBuddy(m_problems);
    m_problems->setReadOnly(true);
    m_problems->setTabChangesFocus(true);
    m_problems->setAccessibleName(tr("What is not as it must be"));
    m_problems->setMaximumHeight(fontMetrics().height() * 6);
    column()->addWidget(m_headline);
    column()->addWidget(m_hold);
    column()->addWidget(m_table, 1);
    column()->addWidget(m_problemLabel);
    column()->addWidget(m_problems);
    setupButtons();
    connect(&session, &RollbackSession::runChanged, this, &VerifyPage::showRun);
    connect(&session.models().console, &items::ConsoleModels::clockMoved, this, &VerifyPage::showHold);
    connect(&session.models().time, &TimeFormat::changed, this, &VerifyPage::showHold);
}

void VerifyPage::setupButtons()
{
    m_stepsAndLog = new QPushButton(tr("Show steps and log"), this);
    m_retry = new ArmedButton(tr("Retry failed hosts"), this);
    m_retry->setAccessibleDescription(tr("Starts the steps on the failed hosts again"));
    m_forward = new QPushButton(this);
    m_forward->setAccessibleDescription(tr("Opens a new plan with the release from before as its target"));
    auto *row = new FlowLayout(Qt::AlignLeft, 6);
    for (QPushButton *button : {m_stepsAndLog, static_cast<QPushButton *>(m_retry), m_forward}) {
        button->setAutoDefault(false);
        row->addWidget(button);
    }
    column()->addLayout(row);
    connect(m_stepsAndLog, &QPushButton::clicked, this, &VerifyPage::stepsRequested);
    connect(m_forward, &QPushButton::clicked, this, &VerifyPage::rollForwardRequested);
    connect(m_retry, &QPushButton::clicked, this, [this] {
        const RollbackRunPtr run = session().run();
        m_retry->setReady(false);
        if (run && session().desk())
            session().desk()->retry(run->id);
    });
}

void VerifyPage::enter()
{
    showRun();
}

void VerifyPage::showRun()
{
    const RollbackRunPtr run = session().run();
    if (!run)
        return;
    m_model.show(*run);
    m_headline->setText(headlineOf(*run));
    const bool failed = run->stage == RunStage::Failed;
    const QString steps = nextSteps(*run);
    notice()->showMessage(items::worded(run->stage).status, steps);
    m_problems->setPlainText(run->verification.problems.join(QLatin1Char('\n')));
    m_problemLabel->setVisible(!run->verification.problems.isEmpty());
    m_problems->setVisible(!run->verification.problems.isEmpty());
    const bool canRetry = failed
        && std::ranges::any_of(run->hosts, [](const HostRun &host) { return host.stage == HostStage::Failed; });
    m_retry->setVisible(canRetry);
    m_retry->setReady(canRetry);
    m_forward->setText(items::returnText(run->plan));
    m_forward->setVisible(hasEnded(*run));
    showHold();
}

void VerifyPage::showHold()
{
    const RollbackRunPtr run = session().run();
    if (!run)
        return;
    const Verification &check = run->verification;
    const TimeFormat &time = session().models().time;
    if (run->stage == RunStage::Succeeded) {
        m_hold->setText(
            tr("Every host proves %1, and health stayed good until %2. Everything was read %3 \u00d7.")
                .arg(releaseName(run->plan, run->plan.target), time.full(check.until), QString::number(check.looks)));
    } else if (run->stage == RunStage::Verifying && check.until.isValid()) {
        const qint64 left = session().models().console.now().secsTo(check.until);
        const QString rest = left > 0 ? tr("%1 left").arg(durationText(std::chrono::seconds(left)))
                                      : tr("the time is over, the last look is awaited");
        m_hold->setText(tr("Health must stay good until %1: %2. Everything was read %3 \u00d7.")
                            .arg(time.clock(check.until), rest, QString::number(check.looks)));
    } else if (run->stage == RunStage::Verifying) {
        m_hold->setText(tr("The hosts are read back."));
    } else if (run->stage == RunStage::Failed) {
        m_hold->setText(tr("Ended %1.").arg(time.full(run->endedAt)));
    } else {
        m_hold->setText(tr("Not every host is through."));
    }
}

QWidget *VerifyPage::firstFocus() const
{
    return m_table;
}

} // namespace taffrail::ui
