// SPDX-License-Identifier: GPL-3.0-or-later
#include "drillwindow.h"

#include "armedbutton.h"
#include "inlinemessage.h"
#include "logview.h"
#include "opstable.h"
#include "rollbackwords.h"
#include "text.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSplitter>
#include <QTabWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace taffrail::ui {

namespace {

enum Tab { GateTab, PhaseTab };

bool isStartable(const DrillPlan &plan)
{
    return std::ranges::all_of(plan.gates, [](const Gate &gate) { return demandOf(gate) <= GateDemand::Reason; });
}

QString whatOf(const DrillPlan &plan)
{
    return DrillWindow::tr("%1 of %2 (%3, %4), on %5 in %6, to %7.")
        .arg(plan.backup, plan.entry, plan.tool, items::backupTypeTitle(plan.type), plan.host, plan.scratch,
             plan.target == DrillTarget::Latest ? DrillWindow::tr("the end of the archived WAL")
                                                : DrillWindow::tr("the end of the backup"));
}

} // namespace

DrillWindow::DrillWindow(WindowModels &models, const QString &environment, QWidget *parent)
    : QDialog(parent),
      m_models(models),
      m_environment(environment),
      m_what(plainTextBlock({}, this)),
      m_notice(new InlineMessage(this)),
      m_target(new QComboBox(this)),
      m_tabs(new QTabWidget(this))
{
    setObjectName(QStringLiteral("drillWindow"));
    setModal(false);
    const EnvironmentStatePtr state = models.console.state(environment);
    const QString name = !state || state->environment->name.isEmpty() ? environment : state->environment->name;
    setWindowTitle(tr("Restore drill: %1").arg(name));
    setAccessibleName(windowTitle());
    m_target->addItem(tr("the backup alone"), int(DrillTarget::Immediate));
    m_target->addItem(tr("the backup and all archived WAL"), int(DrillTarget::Latest));
    m_target->setAccessibleName(tr("How far the copy recovers"));
    auto *targetLabel = plainLabel(tr("&Try:"), this);
    targetLabel->setBuddy(m_target);
    auto *head = new QHBoxLayout;
    head->addWidget(targetLabel);
    head->addWidget(m_target);
    head->addStretch(1);

    auto *column = new QVBoxLayout(this);
    column->addWidget(m_what);
    column->addLayout(head);
    column->addWidget(m_notice);
    column->addWidget(m_tabs, 1);
    m_gateTable = new OpsTable(QStringLiteral("drillGates"), models.time, m_tabs);
    m_gateTable->setAccessibleName(tr("What must hold before the drill"));
    m_gateTable->setSource(&m_gates, new OpsProxy(m_gateTable));
    m_tabs->addTab(m_gateTable, tr("&Questions before"));
    auto *split = new QSplitter(Qt::Vertical, m_tabs);
    split->setChildrenCollapsible(false);
    setupTables(split);
    m_tabs->addTab(split, tr("&Phases, checks and log"));
    setupButtons();
    resize(std::max(900, fontMetrics().averageCharWidth() * 115), std::max(600, fontMetrics().height() * 36));

    connect(m_target, &QComboBox::activated, this, &DrillWindow::makePlan);
    if (items::DrillDesk *desk = models.drillDesk()) {
        connect(desk, &items::DrillDesk::planning, this, [this](const QString &which, const QString &what) {
            if (which == m_environment && m_isPlanning)
                m_notice->showMessage(Status::Running, tr("Making the plan: %1.").arg(what));
        });
        connect(desk, &items::DrillDesk::planned, this, &DrillWindow::takePlan);
        connect(desk, &items::DrillDesk::planRefused, this, [this](const QString &which, const Error &error) {
            if (which == m_environment && m_isPlanning)
                takeRefusal(error);
        });
        connect(desk, &items::DrillDesk::startRefused, this, [this](const QString &digest, const Error &error) {
            if (m_plan && m_isStarting && digest == m_plan->digest)
                takeRefusal(error);
        });
        connect(desk, &items::DrillDesk::drillChanged, this, &DrillWindow::takeRun);
        connect(desk, &items::DrillDesk::logGrew, this,
                [this](const QString &which, qint64 offset, const QString &text) {
                    if (m_run && m_run->id == which)
                        m_log->take(offset, text);
                });
    }
    updateButtons();
}

DrillWindow::~DrillWindow()
{
    if (m_run && m_models.drillDesk())
        m_models.drillDesk()->unwatchLog(m_run->id);
}

void DrillWindow::setupTables(QSplitter *split)
{
    m_phaseTable = new OpsTable(QStringLiteral("drillPhases"), m_models.time, split);
    m_phaseTable->setAccessibleName(tr("Phases of the drill"));
    m_phaseTable->setSource(&m_phases, new OpsProxy(m_phaseTable));
    m_checkTable = new OpsTable(QStringLiteral("drillChecks"), m_models.time, split);
    m_checkTable->setAccessibleName(tr("Questions to the copy"));
    m_checkTable->setSource(&m_checks, new OpsProxy(m_checkTable));
    auto *lower = new QWidget(split);
    auto *lowerColumn = new QVBoxLayout(lower);
    lowerColumn->setContentsMargins(0, 0, 0, 0);
    m_facts = plainTextBlock({}, lower);
    m_facts->setVisible(false);
    m_log = new LogView(lower);
    m_log->setAccessibleName(tr("Log of the job on the host"));
    m_log->setPlaceholderText(tr("The log of the job comes here."));
    lowerColumn->addWidget(m_facts);
    lowerColumn->addWidget(m_log, 1);
    split->setStretchFactor(0, 5);
    split->setStretchFactor(1, 3);
    split->setStretchFactor(2, 4);
}

void DrillWindow::setupButtons()
{
    m_reason = new QLineEdit(this);
    m_reason->setPlaceholderText(tr("Why, for the audit"));
    m_reason->setAccessibleName(tr("Reason"));
    m_reason->setMaxLength(500);
    m_reasonLabel = plainLabel(tr("&Reason:"), this);
    m_reasonLabel->setBuddy(m_reason);
    m_start = new ArmedButton(tr("Start the drill"), this);
    m_start->setAccessibleDescription(
        tr("Restores the backup into a scratch directory; nothing of the live system is changed"));
    m_abort = new ArmedButton(tr("End the drill"), this);
    m_abort->setAccessibleDescription(tr("Ends the job; its scratch directory is removed"));
    m_again = new QPushButton(tr("Plan again"), this);
    m_close = new QPushButton(tr("Close"), this);
    for (QPushButton *button : {m_again, m_close}) {
        button->setAutoDefault(false);
        button->setDefault(false);
    }
    auto *row = new QHBoxLayout;
    row->addWidget(m_reasonLabel);
    row->addWidget(m_reason, 1);
    row->addStretch(0); // takes the room while no reason is asked for
    row->addWidget(m_again);
    row->addWidget(m_close);
    row->addSpacing(24);
    row->addWidget(m_abort);
    row->addWidget(m_start);
    static_cast<QVBoxLayout *>(layout())->addLayout(row);
    connect(m_reason, &QLineEdit::textChanged, this, &DrillWindow::updateButtons);
    connect(m_start, &QPushButton::clicked, this, &DrillWindow::begin);
    connect(m_abort, &QPushButton::clicked, this, [this] {
        if (m_run && m_models.drillDesk())
            m_models.drillDesk()->abort(m_run->id);
        m_abort->setReady(false);
    });
    connect(m_again, &QPushButton::clicked, this, [this] {
        m_run.reset();
        makePlan();
    });
    connect(m_close, &QPushButton::clicked, this, &QDialog::close);
}

void DrillWindow::bringUp()
{
    show();
    raise();
    activateWindow();
}

QString DrillWindow::noticeText() const
{
    return m_notice->isHidden() ? QString() : m_notice->text();
}

void DrillWindow::planFor(const QString &entry, const QString &backup)
{
    m_entry = entry;
    m_backup = backup;
    m_run.reset();
    makePlan();
}

void DrillWindow::makePlan()
{
    items::DrillDesk *desk = m_models.drillDesk();
    if (!desk || m_run)
        return;
    m_plan.reset();
    m_isPlanning = true;
    m_what->setText(m_backup.isEmpty() ? tr("The newest usable backup.") : m_backup);
    m_notice->showMessage(Status::Running, tr("Making the plan."));
    m_gates.show({});
    m_phases.show(DrillPlan());
    m_checks.show(DrillPlan());
    m_facts->hide();
    m_log->restart();
    m_tabs->setCurrentIndex(GateTab);
    desk->plan(m_environment, m_entry, m_backup, {}, DrillTarget(m_target->currentData().toInt()));
    updateButtons();
}

void DrillWindow::takePlan(const DrillPlanPtr &plan)
{
    if (!m_isPlanning || plan->environment != m_environment)
        return;
    m_isPlanning = false;
    m_plan = plan;
    m_entry = plan->entry;
    m_backup = plan->backup;
    showPlan();
}

void DrillWindow::takeRefusal(const Error &error)
{
    m_isPlanning = m_isStarting = false;
    m_notice->showMessage(Status::Critical, sentence(error));
    updateButtons();
}

void DrillWindow::showPlan()
{
    m_what->setText(whatOf(*m_plan));
    m_target->setCurrentIndex(m_plan->target == DrillTarget::Latest ? 1 : 0);
    m_gates.show(m_plan->gates);
    m_phases.show(*m_plan);
    m_checks.show(*m_plan);
    const Verdict worst = worstVerdict(m_plan->gates);
    if (!isStartable(*m_plan))
        m_notice->showMessage(Status::Critical, tr("The drill can't be started; look at what blocks it."));
    else if (worst == Verdict::Warn)
        m_notice->showMessage(Status::Warning, tr("The drill can be started; your reason covers the warnings."));
    else
        m_notice->showMessage(Status::Ok, tr("The drill can be started. Nothing of the live system is changed by it."));
    m_start->arm();
    updateButtons();
    if (isStartable(*m_plan))
        m_reason->setFocus(Qt::OtherFocusReason);
}

void DrillWindow::begin()
{
    if (!m_plan || !m_models.drillDesk())
        return;
    m_isStarting = true;
    m_notice->showMessage(Status::Running, tr("Starting."));
    m_models.drillDesk()->start(m_plan, m_reason->text().trimmed());
    updateButtons();
}

void DrillWindow::takeRun(const DrillRunPtr &run)
{
    if (m_isStarting && m_plan && run->plan.digest == m_plan->digest && !m_run) {
        follow(run);
        return;
    }
    if (m_run && m_run->id == run->id) {
        m_run = run;
        showRun();
    }
}

void DrillWindow::follow(const DrillRunPtr &run)
{
    m_isStarting = m_isPlanning = false;
    m_run = run;
    m_plan = std::make_shared<const DrillPlan>(run->plan);
    m_entry = run->plan.entry;
    m_backup = run->plan.backup;
    m_target->setCurrentIndex(run->plan.target == DrillTarget::Latest ? 1 : 0);
    m_what->setText(whatOf(run->plan));
    m_gates.show(run->plan.gates);
    m_log->restart();
    m_tabs->setCurrentIndex(PhaseTab);
    m_abort->arm();
    if (m_models.drillDesk())
        m_models.drillDesk()->watchLog(run->id);
    showRun();
}

void DrillWindow::showRun()
{
    m_phases.show(*m_run);
    m_checks.show(*m_run);
    QStringList facts;
    for (const items::DetailLine &line : items::drillFacts(*m_run))
        facts << QStringLiteral("%1: %2").arg(line.name,
                                              line.time.isValid() ? m_models.time.full(line.time) : line.value);
    m_facts->setText(facts.join(QStringLiteral("   \u00b7   ")));
    m_facts->setVisible(!facts.isEmpty());
    QString words = m_run->trouble.isEmpty() ? m_run->message : m_run->trouble;
    if (!m_run->wayForward.isEmpty())
        words += QLatin1Char(' ') + m_run->wayForward;
    m_notice->showMessage(items::worded(m_run->stage).status, words);
    updateButtons();
}

void DrillWindow::updateButtons()
{
    const bool isOver = m_run && m_run->stage != DrillStage::Running;
    const bool mayStart = m_plan && !m_run && !m_isStarting && isStartable(*m_plan);
    for (QWidget *widget :
         {static_cast<QWidget *>(m_reason), static_cast<QWidget *>(m_reasonLabel), static_cast<QWidget *>(m_start)})
        widget->setVisible(!m_run);
    m_target->setEnabled(!m_run && !m_isPlanning && !m_isStarting);
    m_reason->setEnabled(mayStart);
    m_start->setReady(mayStart && !m_reason->text().trimmed().isEmpty());
    m_abort->setVisible(m_run && !isOver);
    m_abort->setReady(m_run && !isOver);
    m_again->setEnabled(!m_isPlanning && !m_isStarting && (!m_run || isOver));
}

} // namespace taffrail::ui
