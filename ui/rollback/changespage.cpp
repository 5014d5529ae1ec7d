// SPDX-License-Identifier: GPL-3.0-or-later
#include "changespage.h"

#include "inlinemessage.h"
#include "opstable.h"
#include "rollbacksession.h"
#include "rollbackwords.h"
#include "text.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QLabel>
#include <QPlainTextEdit>
#include <QSplitter>
#include <QTabWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace taffrail::ui {

namespace {

QPlainTextEdit *commandText(const QString &name, QWidget *parent)
{
    auto *text = new QPlainTextEdit(parent);
    text->setReadOnly(true);
    text->setTabChangesFocus(true);
    text->setLineWrapMode(QPlainTextEdit::NoWrap);
    text->setFont(fixedFont(text->font()));
    text->setAccessibleName(name);
    return text;
}

} // namespace

QString commandsText(const QString &host, const std::vector<PlannedStep> &steps)
{
    QStringList lines{QStringLiteral("# ") + host};
    int number = 0;
    for (const PlannedStep &step : steps) {
        lines << QString() << QStringLiteral("# %1. %2").arg(++number).arg(step.title)
              << sanitized(step.command).trimmed();
    }
    return lines.join(QLatin1Char('\n'));
}

ChangesPage::ChangesPage(RollbackSession &session, QWidget *parent)
    : RollbackPage(ChangesId, session, parent),
      m_summary(plainTextBlock({}, this)),
      m_tabs(new QTabWidget(this)),
      m_changes(new OpsTable(QStringLiteral("rollbackChanges"), session.models().time, m_tabs)),
      m_steps(nullptr),
      m_commands(nullptr),
      m_undo(commandText(tr("The way back, host by host"), m_tabs))
{
    m_changes->setAccessibleName(tr("What will be different"));
    m_changes->setSource(&m_changeModel, new OpsProxy(m_changes));
    auto *split = new QSplitter(Qt::Vertical, m_tabs);
    split->setChildrenCollapsible(false);
    m_steps = new OpsTable(QStringLiteral("rollbackSteps"), session.models().time, split);
    m_steps->setAccessibleName(tr("Steps on every host"));
    m_steps->setSource(&m_stepModel, new OpsProxy(m_steps));
    m_commands = commandText(tr("Exact commands of the chosen host"), split);
    m_tabs->setDocumentMode(true);
    m_tabs->setAccessibleName(tr("What the plan holds"));
    m_tabs->addTab(m_changes, {});
    m_tabs->addTab(split, {});
    m_tabs->addTab(m_undo, {});
    column()->addWidget(m_summary);
    column()->addWidget(m_tabs, 1);
    connect(m_steps->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &ChangesPage::showCommands);
    connect(&session, &RollbackSession::planningChanged, this, &ChangesPage::showPlanning);
    connect(&session, &RollbackSession::planChanged, this, &ChangesPage::showPlan);
    connect(notice(), &InlineMessage::pressed, this, [this] { this->session().makePlan(); });
    showPlan();
}

void ChangesPage::initializePage()
{
    if (!session().plan())
        session().makePlan();
}

void ChangesPage::enter()
{
    showPlan();
    showPlanning();
}

void ChangesPage::showPlanning()
{
    if (session().isPlanning()) {
        const QString what = session().planningText();
        notice()->showMessage(Status::Running,
                              what.isEmpty() ? tr("The hosts are read and the plan is made\u2026") : what);
    } else if (!session().refusal().isEmpty()) {
        notice()->showMessage(Status::Warning, tr("No plan could be made. %1").arg(session().refusal()),
                              {{0, tr("Plan again")}});
    } else {
        notice()->clear();
    }
    updateComplete();
}

void ChangesPage::showPlan()
{
    const RollbackPlanPtr plan = session().plan();
    const RollbackPlan none;
    const RollbackPlan &shown = plan ? *plan : none;
    m_changeModel.show(shown.changes, session().difference().changes);
    m_stepModel.show(shown.hosts);
    m_tabs->setTabText(0, tr("What changes (%1)").arg(shown.changes.size()));
    m_tabs->setTabText(1, tr("Steps and exact commands (%1)").arg(m_stepModel.rowCount()));
    m_tabs->setTabText(2, tr("The prepared way back"));
    QStringList undo;
    for (const HostPlan &host : shown.hosts)
        undo << commandsText(host.host, host.undoSteps);
    m_undo->setPlainText(undo.join(QStringLiteral("\n\n")));
    if (plan) {
        m_summary->setText(
            tr("%1 of %2: %3. Afterwards health must stay good for %4.")
                .arg(items::moveText(*plan), plan->app, items::extentText(*plan), durationText(plan->hold)));
        if (!m_steps->currentIndex().isValid() && m_stepModel.rowCount() > 0)
            m_steps->setCurrentIndex(m_steps->model()->index(0, 0));
    } else {
        m_summary->clear();
    }
    showCommands();
    updateComplete();
}

void ChangesPage::showCommands()
{
    const RollbackPlanPtr plan = session().plan();
    const QString name = m_steps->currentIndex().siblingAtColumn(items::PlannedStepModel::Host).data().toString();
    QString text;
    if (plan) {
        const auto host = std::ranges::find(plan->hosts, name, &HostPlan::host);
        if (host != plan->hosts.end())
            text = commandsText(host->host, host->steps);
    }
    if (m_commands->toPlainText() != text)
        m_commands->setPlainText(text);
}

QWidget *ChangesPage::firstFocus() const
{
    return m_changes;
}

bool ChangesPage::isComplete() const
{
    return session().plan() && !session().isPlanning();
}

} // namespace taffrail::ui
