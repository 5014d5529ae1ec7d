// SPDX-License-Identifier: GPL-3.0-or-later
#include "confirmpage.h"

#include "armedbutton.h"
#include "environmentband.h"
#include "inlinemessage.h"
#include "rollbacksession.h"
#include "rollbackwords.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QVBoxLayout>

namespace taffrail::ui {

namespace {

constexpr int longestReason = 500; // characters: it goes into the audit

QString titleOf(const RollbackPlan &plan)
{
    return plan.environmentName.isEmpty() ? plan.environment : plan.environmentName;
}

} // namespace

ConfirmPage::ConfirmPage(RollbackSession &session, ArmedButton &button, QWidget *parent)
    : RollbackPage(ConfirmId, session, parent),
      m_button(button),
      m_headline(plainTextBlock({}, this)),
      m_summary(plainTextBlock({}, this)),
      m_reason(new QLineEdit(this)),
      m_typedLabel(plainLabel({}, this)),
      m_typed(new QLineEdit(this)),
      m_missing(plainTextBlock({}, this))
{
    setCommitPage(true);
    setButtonText(QWizard::CommitButton, m_button.text());
    auto *scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setAccessibleName(tr("What will be done"));
    m_summary->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    scroll->setWidget(m_summary);
    QFont large = m_headline->font();
    large.setBold(true);
    large.setPointSizeF(large.pointSizeF() * 1.25);
    m_headline->setFont(large);
    m_reason->setMaxLength(longestReason);
    m_reason->setAccessibleName(tr("Reason"));
    m_reason->setPlaceholderText(tr("for example: 5xx since the deploy, incident 4711"));
    m_typed->setMaxLength(longestReason);
    auto *reasonLabel = plainLabel(tr("Reason, written to the audit:"), this);
    reasonLabel->setBuddy(m_reason);
    m_typedLabel->setBuddy(m_typed);
    auto *grid = new QGridLayout;
    grid->addWidget(reasonLabel, 0, 0);
    grid->addWidget(m_reason, 0, 1);
    grid->addWidget(m_typedLabel, 1, 0);
    grid->addWidget(m_typed, 1, 1);
    grid->setColumnStretch(1, 1);
    column()->addWidget(m_headline);
    column()->addWidget(scroll, 1);
    column()->addLayout(grid);
    column()->addWidget(m_missing);
    connect(m_reason, &QLineEdit::textEdited, &session, &RollbackSession::setReason);
    connect(m_typed, &QLineEdit::textEdited, &session, &RollbackSession::setTyped);
    connect(&session, &RollbackSession::answersChanged, this, &ConfirmPage::showMissing);
    connect(&session, &RollbackSession::startChanged, this, &ConfirmPage::showMissing);
    connect(&session, &RollbackSession::planChanged, this, [this] {
        m_button.arm();
        showPlan();
    });
    connect(&m_button, &ArmedButton::armedChanged, this, &ConfirmPage::updateComplete);
    showPlan();
}

void ConfirmPage::enter()
{
    m_button.arm();
    showPlan();
}

void ConfirmPage::showPlan()
{
    const RollbackPlanPtr plan = session().plan();
    if (plan) {
        QStringList hosts;
        for (const HostPlan &host : plan->hosts)
            hosts << host.host;
        m_headline->setText(tr("%1 of %2 in %3").arg(items::moveText(*plan), plan->app, titleOf(*plan)));
        QStringList lines{tr("On %1: %2.").arg(hosts.join(QStringLiteral(", ")), items::extentText(*plan)),
                          tr("The way back is prepared: to %1 again.").arg(namesBefore(*plan))};
        const auto warnings = session().warnings();
        if (warnings.empty())
            lines << tr("Every question of the preflight passed.");
        for (const RollbackSession::Warning &warning : warnings) {
            lines << tr("Warning accepted: %1 %2. Because: %3")
                         .arg(warning.question, warning.answers.join(QStringLiteral("; ")),
                              session().reasonFor(warning.code).trimmed());
        }
        lines << tr("Plan %1, made at %2.")
                     .arg(items::shortDigest(plan->digest), session().models().time.full(plan->madeAt));
        m_summary->setText(lines.join(QStringLiteral("\n\n")));
        const QString word = wordToType(*plan);
        m_typedLabel->setText(tr("Type %1:").arg(word));
        m_typed->setAccessibleName(tr("Type %1 to enable the button").arg(word));
        m_typedLabel->setVisible(!word.isEmpty());
        m_typed->setVisible(!word.isEmpty());
        m_button.setAccessibleDescription(tr("%1: changes the live release of %2 on %3")
                                              .arg(band()->text(), plan->app, hosts.join(QStringLiteral(", "))));
    } else {
        m_headline->clear();
        m_summary->clear();
    }
    showMissing();
}

void ConfirmPage::showMissing()
{
    const QString missing = session().missing();
    m_button.setReady(missing.isEmpty());
    m_missing->setText(missing.isEmpty() ? tr("Everything is there. The button acts at once, and Enter never does.")
                                         : missing);
    for (QLineEdit *field : {m_reason, m_typed}) {
        const QString &text = field == m_reason ? session().reason() : session().typed();
        if (field->text() != text)
            field->setText(text);
        field->setReadOnly(session().isStarting());
    }
    if (session().isStarting())
        notice()->showMessage(Status::Running, tr("The start was asked for. Nothing is known yet."));
    else if (session().isPlanning())
        notice()->showMessage(Status::Running, tr("The hosts are read and the plan is made anew\u2026"));
    else if (!session().startTrouble().isEmpty())
        notice()->showMessage(Status::Critical, tr("The start was refused. %1").arg(session().startTrouble()));
    else
        notice()->clear();
    updateComplete();
}

QString ConfirmPage::text() const
{
    return m_headline->text() + QLatin1Char('\n') + m_summary->text();
}

QWidget *ConfirmPage::firstFocus() const
{
    return m_reason;
}

bool ConfirmPage::isComplete() const
{
    return session().run() || (m_button.isArmed() && session().missing().isEmpty());
}

bool ConfirmPage::validatePage()
{
    if (session().run())
        return true;
    if (isComplete())
        session().start();
    return session().run() != nullptr;
}

} // namespace taffrail::ui
