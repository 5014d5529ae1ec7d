// SPDX-License-Identifier: GPL-3.0-or-later
#include "runpage.h"

#include "armedbutton.h"
#include "flowlayout.h"
#include "inlinemessage.h"
#include "logview.h"
#include "opstable.h"
#include "rollbacksession.h"
#include "rollbackwords.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QComboBox>
#include <QLabel>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>

namespace taffrail::ui {

namespace {

// The host at work; before and after that, the first that failed, else the last that did anything.
QString hostToWatch(const RollbackRun &run)
{
    QString last = run.hosts.empty() ? QString() : run.hosts.front().host;
    for (const HostRun &host : run.hosts) {
        switch (host.stage) {
        case HostStage::Starting:
        case HostStage::Running:
        case HostStage::Failed:
        case HostStage::Lost: return host.host;
        case HostStage::Switched: last = host.host; break;
        case HostStage::Waiting:
        case HostStage::Skipped: break;
        }
    }
    return last;
}

bool hasFailedHost(const RollbackRun &run)
{
    return std::ranges::any_of(run.hosts, [](const HostRun &host) { return host.stage == HostStage::Failed; });
}

QString adviceOf(const RollbackRun &run)
{
    switch (run.stage) {
    case RunStage::Running:
        return run.stopAsked ? RunPage::tr("The run stops after the host that is at work.") : QString();
    case RunStage::Paused:
        return RunPage::tr("The run is paused between two hosts. Nothing happens until it is continued.");
    case RunStage::Verifying: return RunPage::tr("Every host is through. The result is being verified.");
    case RunStage::Succeeded: return RunPage::tr("The run has ended, and its result was verified.");
    case RunStage::Failed: return RunPage::tr("The run failed. Nothing more happens by itself.");
    case RunStage::Lost:
        return RunPage::tr("What happened on a host is not known. Look there before anything is tried again.");
    }
    return {};
}

Status severityOf(const RollbackRun &run)
{
    const Status status = items::worded(run.stage).status;
    return run.stage == RunStage::Running && run.stopAsked ? Status::Warning : status;
}

} // namespace

RunPage::RunPage(RollbackSession &session, ArmedButton &stop, QWidget *parent)
    : RollbackPage(RunId, session, parent),
      m_progress(plainTextBlock({}, this)),
      m_table(nullptr),
      m_hosts(nullptr),
      m_log(nullptr),
      m_stop(stop)
{
    auto *split = new QSplitter(Qt::Vertical, this);
    split->setChildrenCollapsible(false);
    m_table = new OpsTable(QStringLiteral("rollbackRunSteps"), session.models().time, split);
    m_table->setAccessibleName(tr("Steps of the run"));
    m_table->setSource(&m_model, new OpsProxy(m_table));
    auto *lower = new QWidget(split);
    auto *lowerColumn = new QVBoxLayout(lower);
    lowerColumn->setContentsMargins(0, 0, 0, 0);
    auto *row = new QHBoxLayout;
    auto *label = plainLabel(tr("Log of:"), lower);
    m_hosts = new QComboBox(lower);
    m_hosts->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_hosts->setAccessibleName(tr("Host whose log is shown"));
    label->setBuddy(m_hosts);
    row->addWidget(label);
    row->addWidget(m_hosts);
    row->addStretch(1);
    m_log = new LogView(lower);
    m_log->setAccessibleName(tr("Log of the job on the host"));
    lowerColumn->addLayout(row);
    lowerColumn->addWidget(m_log, 1);
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 2);
    column()->addWidget(m_progress);
    column()->addWidget(split, 1);
    setupButtons(*column());
    connect(m_hosts, &QComboBox::activated, this, [this] {
        m_hostChosen = true;
        watch(m_hosts->currentText());
    });
    connect(&session, &RollbackSession::runChanged, this, &RunPage::showRun);
    if (items::RollbackDesk *desk = session.desk()) {
        connect(desk, &items::RollbackDesk::logGrew, this,
                [this](const QString &run, const QString &host, qint64 offset, const QString &text) {
                    if (run == m_watchedRun && host == m_watchedHost)
                        m_log->take(offset, text);
                });
    }
    connect(&m_stop, &QPushButton::clicked, this, [this] {
        const RollbackRunPtr run = this->session().run();
        if (run && this->session().desk())
            this->session().desk()->stopAfterHost(run->id);
    });
}

RunPage::~RunPage()
{
    unwatch();
}

void RunPage::setupButtons(QVBoxLayout &column)
{
    m_proceed = new ArmedButton(tr("Continue the run"), this);
    m_proceed->setAccessibleDescription(tr("Begins the next host of the paused run"));
    m_retry = new ArmedButton(tr("Retry failed hosts"), this);
    m_retry->setAccessibleDescription(tr("Starts the steps on the failed hosts again"));
    m_forward = new QPushButton(this);
    m_forward->setAccessibleDescription(tr("Opens a new plan with the release from before as its target"));
    m_abort = new QPushButton(tr("Abort\u2026"), this);
    m_abort->setAccessibleDescription(tr("Asks once more before the job under way is ended"));
    for (QPushButton *button : {m_forward, m_abort})
        button->setAutoDefault(false);
    auto *row = new FlowLayout(Qt::AlignLeft, 6);
    for (QWidget *button : {static_cast<QWidget *>(m_proceed), static_cast<QWidget *>(m_retry),
                            static_cast<QWidget *>(m_forward), static_cast<QWidget *>(m_abort)})
        row->addWidget(button);
    column.addLayout(row);

    m_abortStep = new QWidget(this);
    auto *ask = new QVBoxLayout(m_abortStep);
    ask->setContentsMargins(0, 0, 0, 0);
    ask->addWidget(plainTextBlock(tr("Abort ends the job under way with TERM, then KILL. The host may be left between "
                                     "two steps; the prepared way back is not run."),
                                  m_abortStep));
    auto *keep = new QPushButton(tr("Keep it running"), m_abortStep);
    keep->setAutoDefault(false);
    m_abortNow = new ArmedButton(tr("Abort the job now"), m_abortStep);
    m_abortNow->setAccessibleDescription(tr("Ends the job under way on the host"));
    m_abortNow->setReady(true);
    auto *answers = new QHBoxLayout;
    answers->addWidget(keep);
    answers->addSpacing(24);
    answers->addWidget(m_abortNow);
    answers->addStretch(1);
    ask->addLayout(answers);
    m_abortStep->hide();
    column.addWidget(m_abortStep);

    connect(m_abort, &QPushButton::clicked, this, [this] { showAbortStep(true); });
    connect(keep, &QPushButton::clicked, this, [this] { showAbortStep(false); });
    const auto act = [this](void (items::RollbackDesk::*deed)(const QString &)) {
        const RollbackRunPtr run = session().run();
        if (run && session().desk())
            (session().desk()->*deed)(run->id);
    };
    connect(m_proceed, &QPushButton::clicked, this, [this, act] {
        m_proceed->setReady(false); // until the run says how it stands
        act(&items::RollbackDesk::proceed);
    });
    connect(m_retry, &QPushButton::clicked, this, [this, act] {
        m_retry->setReady(false);
        act(&items::RollbackDesk::retry);
    });
    connect(m_abortNow, &QPushButton::clicked, this, [this, act] {
        showAbortStep(false);
        act(&items::RollbackDesk::abort);
    });
    connect(m_forward, &QPushButton::clicked, this, &RunPage::rollForwardRequested);
}

void RunPage::showAbortStep(bool shown)
{
    m_abortStep->setVisible(shown);
    if (!shown && m_abort->isVisible())
        m_abort->setFocus(Qt::OtherFocusReason);
}

void RunPage::enter()
{
    showRun();
}

void RunPage::showRun()
{
    const RollbackRunPtr run = session().run();
    if (!run)
        return;
    m_model.show(*run);
    const items::Worded words = items::worded(run->stage);
    m_progress->setText(
        tr("%1: %2, %3 (%4). %5")
            .arg(words.text, items::stepsText(*run), items::hostsText(*run), items::moveText(run->plan),
                 tr("Started %1 by %2.").arg(session().models().time.full(run->startedAt), run->startedBy)));
    QString advice = adviceOf(*run);
    if (!run->message.isEmpty())
        advice += (advice.isEmpty() ? QString() : QStringLiteral(" ")) + run->message;
    notice()->showMessage(severityOf(*run), advice);
    fillHosts(*run);
    showButtons(*run);
    updateComplete();
}

void RunPage::showButtons(const RollbackRun &run)
{
    const bool runs = run.stage == RunStage::Running;
    const bool failed = run.stage == RunStage::Failed;
    const bool mayRetry = (failed && hasFailedHost(run)) || run.stage == RunStage::Lost;
    m_stop.setText(runs && run.stopAsked ? tr("Stopping after this host") : tr("Stop after this host"));
    m_stop.setReady(runs && !run.stopAsked);
    m_proceed->setVisible(run.stage == RunStage::Paused);
    m_proceed->setReady(run.stage == RunStage::Paused);
    m_retry->setVisible(mayRetry);
    m_retry->setReady(mayRetry);
    m_forward->setText(items::returnText(run.plan));
    m_forward->setVisible(hasEnded(run));
    m_abort->setVisible(!hasEnded(run)); // a paused or lost run holds the locks until it is ended
    if (hasEnded(run))
        m_abortStep->hide();
}

void RunPage::fillHosts(const RollbackRun &run)
{
    if (m_hosts->count() != int(run.hosts.size())) {
        m_hosts->clear();
        for (const HostRun &host : run.hosts)
            m_hosts->addItem(host.host);
    }
    const QString wanted = m_hostChosen ? m_hosts->currentText() : hostToWatch(run);
    m_hosts->setCurrentText(wanted);
    watch(wanted);
}

void RunPage::watch(const QString &host)
{
    const RollbackRunPtr run = session().run();
    if (!run || !session().desk() || host.isEmpty() || (run->id == m_watchedRun && host == m_watchedHost))
        return;
    unwatch();
    m_log->restart();
    m_watchedRun = run->id;
    m_watchedHost = host;
    session().desk()->watchLog(run->id, host);
}

void RunPage::unwatch()
{
    if (!m_watchedHost.isEmpty() && session().desk())
        session().desk()->unwatchLog(m_watchedRun, m_watchedHost);
    m_watchedHost.clear();
    m_watchedRun.clear();
}

QWidget *RunPage::firstFocus() const
{
    return m_table;
}

bool RunPage::isComplete() const
{
    const RollbackRunPtr run = session().run();
    return run && (run->stage == RunStage::Verifying || hasEnded(*run));
}

} // namespace taffrail::ui
