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
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>

namespace taffrail::ui {

namespace {

constexpr int longestReason = 500; // characters: it goes into the audit
constexpr int mostLines = 5; // of a difference; the marked rows show all

} // namespace

PreflightPage::PreflightPage(RollbackSession &session, QWidget *parent)
    : RollbackPage(PreflightId, session, parent),
      m_summary(plainTextBlock({}, this)),
      m_again(new QPushButton(tr("Plan again"), this)),
      m_split(new QSplitter(Qt::Vertical, this)),
      m_table(new OpsTable(QStringLiteral("rollbackGates"), session.models().time, m_split)),
      m_answers(new QWidget),
      m_chosen(plainTextBlock({}, m_answers)),
      m_missing(plainTextBlock({}, m_answers))
{
    m_again->setAutoDefault(false);
    m_again->setAccessibleDescription(tr("Reads the environment and its hosts anew"));
    m_table->setAccessibleName(tr("Preflight questions"));
    m_table->setSource(&m_model, new OpsProxy(m_table));
    m_table->sortByColumn(items::GateModel::Verdict, Qt::DescendingOrder);
    m_model.setNow(session.models().console.now());
    // The questions and the answers to them share the room; what is too long scrolls.
    auto *scroll = new QScrollArea(m_split);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setAccessibleName(tr("Answers to the questions"));
    auto *answers = new QVBoxLayout(m_answers);
    answers->setContentsMargins(0, 0, 0, 0);
    answers->addWidget(m_chosen);
    answers->addWidget(m_missing);
    answers->addStretch(1);
    scroll->setWidget(m_answers);
    m_split->setChildrenCollapsible(false);
    m_split->setStretchFactor(0, 1);
    m_table->setMinimumHeight(fontMetrics().height() * 4);
    auto *row = new QHBoxLayout;
    row->addWidget(m_summary, 1);
    row->addWidget(m_again);
    column()->addLayout(row);
    column()->addWidget(m_split, 1);
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
    shareRoom();
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
    if (shown == m_shownWarnings && m_acceptanceBody)
        return;
    m_shownWarnings = shown;
    m_acceptances.clear();
    delete m_acceptanceBody;
    auto *body = m_acceptanceBody = new QWidget(m_answers);
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
    body->setVisible(!m_acceptances.isEmpty());
    static_cast<QVBoxLayout *>(m_answers->layout())->insertWidget(1, body);
}

// As much for the answers as they need, as far as the questions keep half of the room.
void PreflightPage::shareRoom()
{
    const int all = std::max(m_split->height(), fontMetrics().height() * 16);
    const int needed = m_answers->layout()->totalHeightForWidth(std::max(200, m_split->width() - 24));
    const int wanted = std::min(needed + fontMetrics().height(), all / 2);
    m_split->setSizes({all - wanted, wanted});
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
