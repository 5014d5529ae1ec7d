// SPDX-License-Identifier: GPL-3.0-or-later
#include "preflightpage.h"

#include "inlinemessage.h"
#include "opstable.h"
#include "rollbacksession.h"
#include "rollbackwords.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QVBoxLayout>

#include <algorithm>

namespace taffrail::ui {

namespace {

constexpr int longestReason = 500; // characters: it goes into the audit

} // namespace

PreflightPage::PreflightPage(RollbackSession &session, QWidget *parent)
    : RollbackPage(PreflightId, session, parent),
      m_summary(plainLabel({}, this)),
      m_again(new QPushButton(tr("Plan again"), this)),
      m_table(new OpsTable(QStringLiteral("rollbackGates"), session.models().time, this)),
      m_chosen(plainTextBlock({}, this)),
      m_scroll(new QScrollArea(this)),
      m_missing(plainTextBlock({}, this))
{
    m_again->setAutoDefault(false);
    m_again->setAccessibleDescription(tr("Reads the environment and its hosts anew"));
    m_table->setAccessibleName(tr("Preflight questions"));
    m_table->setSource(&m_model, new OpsProxy(m_table));
    m_table->sortByColumn(items::GateModel::Verdict, Qt::DescendingOrder);
    m_model.setNow(session.models().console.now());
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    auto *row = new QHBoxLayout;
    row->addWidget(m_summary, 1);
    row->addWidget(m_again);
    column()->addLayout(row);
    column()->addWidget(m_table, 1);
    column()->addWidget(m_chosen);
    column()->addWidget(m_scroll);
    column()->addWidget(m_missing);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &PreflightPage::showChosen);
    connect(m_again, &QPushButton::clicked, this, [this] { this->session().makePlan(); });
    connect(&session, &RollbackSession::planChanged, this, [this](bool differs) {
        showPlan();
        if (differs && m_model.rowCount() > 0)
            m_table->setCurrentIndex(m_table->model()->index(0, 0)); // the worst question
    });
    connect(&session, &RollbackSession::planningChanged, this, &PreflightPage::showNotice);
    connect(&session, &RollbackSession::answersChanged, this, &PreflightPage::showMissing);
    connect(&session.models().console, &items::ConsoleModels::clockMoved, this,
            [this] { m_model.setNow(this->session().models().console.now()); });
    showPlan();
}

void PreflightPage::enter()
{
    showPlan();
}

void PreflightPage::showPlan()
{
    const RollbackPlanPtr plan = session().plan();
    m_model.show(plan ? plan->gates : std::vector<Gate>(), session().difference().gates);
    if (!m_table->currentIndex().isValid() && m_model.rowCount() > 0)
        m_table->setCurrentIndex(m_table->model()->index(0, 0));
    showChosen();
    int counts[4]{};
    for (const Gate &gate : plan ? plan->gates : std::vector<Gate>())
        ++counts[int(gate.verdict)];
    m_summary->setText(plan ? tr("%1: %2 pass, %3 warn, %4 unknown, %5 block. Plan %6.")
                                  .arg(items::moveText(*plan))
                                  .arg(counts[int(Verdict::Pass)])
                                  .arg(counts[int(Verdict::Warn)])
                                  .arg(counts[int(Verdict::Unknown)])
                                  .arg(counts[int(Verdict::Block)])
                                  .arg(items::shortDigest(plan->digest))
                            : QString());
    rebuildAcceptances();
    showNotice();
    showMissing();
}

// The whole of the chosen question: a table cuts its answer off.
void PreflightPage::showChosen()
{
    m_chosen->setText(m_model.wordsOf(m_table->currentId()));
}

void PreflightPage::showNotice()
{
    m_again->setEnabled(!session().isPlanning());
    const items::PlanDifference &difference = session().difference();
    if (session().isPlanning()) {
        notice()->showMessage(Status::Running,
                              session().planningText().isEmpty()
                                  ? tr("The hosts are read and the plan is made anew\u2026")
                                  : session().planningText());
    } else if (!session().refusal().isEmpty()) {
        notice()->showMessage(Status::Warning, tr("No plan could be made. %1").arg(session().refusal()));
    } else if (!difference.isEmpty()) {
        QString text
            = tr("The plan changed. Look at it again:") + QLatin1Char('\n') + difference.lines.join(QLatin1Char('\n'));
        if (!session().startTrouble().isEmpty())
            text = tr("The start was refused. %1").arg(session().startTrouble()) + QLatin1Char('\n') + text;
        notice()->showMessage(Status::Warning, text);
    } else {
        notice()->clear();
    }
    showMissing();
}

void PreflightPage::showMissing()
{
    const QStringList closed = session().closed();
    m_missing->setText(closed.isEmpty() ? session().missingAnswers()
                                        : tr("This rollback is not possible now:") + QLatin1Char('\n')
                               + closed.join(QLatin1Char('\n')));
    m_missing->setVisible(!m_missing->text().isEmpty());
    for (const Acceptance &each : std::as_const(m_acceptances)) {
        const QSignalBlocker quietTick(each.tick), quietReason(each.reason);
        each.tick->setChecked(session().isTicked(each.code));
        if (each.reason->text() != session().reasonFor(each.code))
            each.reason->setText(session().reasonFor(each.code));
    }
    updateComplete();
}

// Only when the warnings are others: what a person types into must not be taken away.
void PreflightPage::rebuildAcceptances()
{
    const std::vector<RollbackSession::Warning> warnings = session().warnings();
    QStringList shown;
    for (const RollbackSession::Warning &warning : warnings)
        shown << warning.code + QLatin1Char(' ') + warning.answers.join(QLatin1Char('\n'));
    if (shown == m_shownWarnings && m_scroll->widget())
        return;
    m_shownWarnings = shown;
    m_acceptances.clear();
    auto *body = new QWidget(m_scroll);
    auto *grid = new QGridLayout(body);
    grid->setContentsMargins(0, 0, 0, 0);
    for (const RollbackSession::Warning &warning : warnings) {
        const int line = grid->rowCount();
        auto *tick = new QCheckBox(tr("Accept the warning"), body);
        tick->setAccessibleName(tr("Accept the warning: %1").arg(warning.question));
        auto *what = plainTextBlock(
            QStringLiteral("%1 %2").arg(warning.question, warning.answers.join(QStringLiteral("; "))), body);
        auto *label = plainLabel(tr("because"), body);
        auto *reason = new QLineEdit(body);
        reason->setMaxLength(longestReason);
        reason->setPlaceholderText(tr("Written to the audit"));
        reason->setAccessibleName(tr("Why this warning is accepted: %1").arg(warning.question));
        label->setBuddy(reason);
        grid->addWidget(what, line, 0, 1, 3);
        grid->addWidget(tick, line + 1, 0);
        grid->addWidget(label, line + 1, 1);
        grid->addWidget(reason, line + 1, 2);
        const auto answer
            = [this, code = warning.code, tick, reason] { session().accept(code, tick->isChecked(), reason->text()); };
        connect(tick, &QCheckBox::toggled, this, answer);
        connect(reason, &QLineEdit::textEdited, this, answer);
        m_acceptances.append({warning.code, tick, reason});
    }
    grid->setColumnStretch(2, 1);
    m_scroll->setWidget(body); // takes the old one away
    m_scroll->setVisible(!m_acceptances.isEmpty());
    keepRoom();
}

// Two warnings are seen whole; more of them scroll, so that the questions keep their room.
void PreflightPage::keepRoom()
{
    const int wanted = m_scroll->widget()->sizeHint().height() + 4;
    const int most = fontMetrics().height() * 9;
    m_scroll->setFixedHeight(std::min(wanted, most));
}

QWidget *PreflightPage::firstFocus() const
{
    return m_table;
}

bool PreflightPage::isComplete() const
{
    return session().missingAnswers().isEmpty();
}

bool PreflightPage::validatePage()
{
    if (!isComplete())
        return false;
    session().acknowledgeDifference(); // it was shown here, and the person goes on
    return true;
}

} // namespace taffrail::ui
