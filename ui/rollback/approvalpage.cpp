// SPDX-License-Identifier: GPL-3.0-or-later
#include "approvalpage.h"

#include "rollbacksession.h"
#include "rollbackwords.h"
#include "text.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QFormLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

namespace taffrail::ui {

namespace {

QString agreementText(const RollbackPlan &plan)
{
    const auto gate = std::ranges::find(plan.gates, QStringLiteral("rollback.approval"), &Gate::code);
    if (gate == plan.gates.end())
        return ApprovalPage::tr("Nobody else was asked for. You confirm alone on the next page.");
    if (gate->verdict == Verdict::Pass)
        return ApprovalPage::tr("%1: %2. You confirm alone on the next page.")
            .arg(items::worded(gate->verdict).text, gate->answer);
    return items::closedText(*gate);
}

} // namespace

ApprovalPage::ApprovalPage(RollbackSession &session, QWidget *parent)
    : RollbackPage(ApprovalId, session, parent),
      m_form(nullptr)
{
    auto *scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::StrongFocus);
    m_scroll = scroll;
    scroll->setAccessibleName(tr("The frozen plan"));
    auto *body = new QWidget(scroll);
    m_form = new QFormLayout(body);
    m_form->setRowWrapPolicy(QFormLayout::WrapLongRows);
    m_form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    m_environment = addField(tr("Environment:"));
    m_move = addField(tr("From \u2192 to:"));
    m_extent = addField(tr("Extent:"));
    m_method = addField(tr("Carried out by:"));
    m_hold = addField(tr("Verified when:"));
    m_answers = addField(tr("Set aside by you:"));
    m_agreement = addField(tr("Who must agree:"));
    m_digest = addField(tr("Plan:"));
    m_frozen
        = plainTextBlock(tr("The plan is frozen now. If anything that it rests on changes, this window goes back to "
                            "preflight and marks what changed."),
                         body);
    m_form->addRow(m_frozen);
    scroll->setWidget(body);
    column()->addWidget(scroll, 1);
    connect(&session, &RollbackSession::planChanged, this, &ApprovalPage::showPlan);
    connect(&session, &RollbackSession::answersChanged, this, &ApprovalPage::showPlan);
    showPlan();
}

QLabel *ApprovalPage::addField(const QString &name)
{
    QLabel *value = plainTextBlock({}, this);
    value->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    QLabel *label = plainLabel(name, this);
    label->setBuddy(value);
    value->setAccessibleName(name);
    m_form->addRow(label, value);
    return value;
}

void ApprovalPage::enter()
{
    showPlan();
}

void ApprovalPage::showPlan()
{
    const RollbackPlanPtr plan = session().plan();
    updateComplete();
    if (!plan)
        return;
    const TimeFormat &time = session().models().time;
    m_environment->setText(QStringLiteral("%1 (%2)").arg(
        plan->environmentName.isEmpty() ? plan->environment : plan->environmentName, plan->environment));
    m_move->setText(QStringLiteral("%1 %2").arg(plan->app, items::moveText(*plan)));
    QStringList hosts;
    for (const HostPlan &host : plan->hosts)
        hosts << host.host;
    m_extent->setText(tr("%1: %2").arg(items::extentText(*plan), hosts.join(QStringLiteral(", "))));
    m_method->setText(plan->method);
    const QString checks
        = plan->healthGate.isEmpty() ? tr("all health checks") : plan->healthGate.join(QStringLiteral(", "));
    m_hold->setText(tr("every host proves the release, and %1 stay good for %2").arg(checks, durationText(plan->hold)));
    QStringList answers;
    for (const RollbackSession::Warning &warning : session().warnings())
        answers << tr("%1 Accepted: %2").arg(warning.question, session().reasonFor(warning.code).trimmed());
    m_answers->setText(answers.isEmpty() ? tr("nothing: every question passed") : answers.join(QLatin1Char('\n')));
    m_agreement->setText(agreementText(*plan));
    m_digest->setText(
        tr("%1, made at %2\n%3").arg(items::shortDigest(plan->digest), time.full(plan->madeAt), plan->digest));
}

QString ApprovalPage::text() const
{
    QStringList lines;
    for (const QLabel *label : {m_environment, m_move, m_extent, m_method, m_hold, m_answers, m_agreement, m_digest})
        lines << label->text();
    return lines.join(QLatin1Char('\n'));
}

QWidget *ApprovalPage::firstFocus() const
{
    return m_scroll;
}

bool ApprovalPage::isComplete() const
{
    return session().missingAnswers().isEmpty() && session().difference().isEmpty();
}

} // namespace taffrail::ui
