// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbacksession.h"

#include "releasetext.h"
#include "rollbackmodels.h"
#include "rollbackwords.h"
#include "windowmodels.h"

#include <algorithm>

namespace taffrail::ui {

RollbackSession::RollbackSession(WindowModels &models, const QString &environment, QObject *parent)
    : QObject(parent),
      m_models(models),
      m_desk(models.desk()),
      m_environment(environment)
{
    connect(&models.console, &items::ConsoleModels::applied, this,
            [this](const EnvironmentStatePtr &, const EnvironmentStatePtr &after) { checkInputs(after); });
    if (!m_desk)
        return;
    connect(m_desk, &items::RollbackDesk::planning, this,
            [this](const QString &which, const QString &entry, const QString &what) {
                if (which != m_environment || entry != m_entry || !m_planning)
                    return;
                m_planningText = what;
                emit planningChanged();
            });
    connect(m_desk, &items::RollbackDesk::planned, this, &RollbackSession::takePlan);
    connect(m_desk, &items::RollbackDesk::planRefused, this, &RollbackSession::takeRefusal);
    connect(m_desk, &items::RollbackDesk::startRefused, this, &RollbackSession::takeStartRefusal);
    connect(m_desk, &items::RollbackDesk::runChanged, this, &RollbackSession::takeRun);
}

EnvironmentStatePtr RollbackSession::state() const
{
    return m_models.console.state(m_environment);
}

void RollbackSession::choose(const QString &entry, const QString &target)
{
    if (entry == m_entry && target == m_target)
        return;
    m_entry = entry;
    m_target = target;
    m_plan.reset();
    m_seen.reset();
    m_planning = false;
    m_refusal.clear();
    m_difference = {};
    m_accepted.clear();
    m_typed.clear();
    m_startTrouble.clear();
    emit planChanged(false);
    emit answersChanged();
}

void RollbackSession::makePlan()
{
    if (!m_desk || m_planning || m_starting || m_run)
        return;
    m_planning = true;
    m_planningText.clear();
    m_refusal.clear();
    emit planningChanged();
    m_desk->plan(m_environment, m_entry, m_target);
}

void RollbackSession::takePlan(const RollbackPlanPtr &plan)
{
    const bool isOurs = plan && plan->environment == m_environment && plan->entry == m_entry
        && (m_target.isEmpty() || plan->target == m_target);
    // Once the start was asked the desk decides with the plan that it was given.
    if (!isOurs || m_run || m_starting)
        return;
    const RollbackPlanPtr before = std::exchange(m_plan, plan);
    if (!m_seen)
        m_seen = plan;
    m_target = plan->target;
    m_planning = false;
    m_refusal.clear();
    m_difference = m_seen->digest == plan->digest ? items::PlanDifference() : items::planDifference(*m_seen, *plan);
    const bool differs = before && before->digest != plan->digest;
    if (differs) {
        dropAnswers(*before);
        m_typed.clear();
    }
    emit planningChanged();
    emit planChanged(differs);
    emit answersChanged();
}

// What was answered before holds only for the questions that have the same verdict now.
void RollbackSession::dropAnswers(const RollbackPlan &before)
{
    const items::PlanDifference difference = items::planDifference(before, *m_plan);
    const QStringList ids = items::gateRowIds(m_plan->gates);
    for (qsizetype i = 0; i < ids.size(); ++i) {
        if (difference.gates.contains(ids[i]))
            m_accepted.remove(m_plan->gates[size_t(i)].code);
    }
}

void RollbackSession::takeRefusal(const QString &environment, const QString &entry, const Error &error)
{
    if (environment != m_environment || entry != m_entry || m_run || m_starting)
        return;
    m_planning = false;
    m_refusal = sentence(error);
    // What cannot be planned any more must not be started either.
    const bool hadPlan = m_plan != nullptr;
    m_plan.reset();
    emit planningChanged();
    emit planChanged(hadPlan);
    emit answersChanged();
}

void RollbackSession::acknowledgeDifference()
{
    m_difference = {};
    m_seen = m_plan;
}

std::vector<RollbackSession::Warning> RollbackSession::warnings() const
{
    std::vector<Warning> found;
    if (!m_plan)
        return found;
    for (const Gate &gate : m_plan->gates) {
        if (demandOf(gate) != GateDemand::Reason)
            continue;
        auto known = std::ranges::find(found, gate.code, &Warning::code);
        if (known == found.end())
            known = found.insert(found.end(), {gate.code, items::gateQuestion(gate.code), {}});
        known->answers << (gate.subject.isEmpty()
                               ? gate.answer
                               : QStringLiteral("%1: %2").arg(shortRelease(gate.subject), gate.answer));
    }
    return found;
}

QStringList RollbackSession::closed() const
{
    QStringList sentences;
    if (!m_plan)
        return sentences;
    for (const Gate &gate : m_plan->gates) {
        const QString text = items::closedText(gate);
        if (!text.isEmpty())
            sentences << text;
    }
    return sentences;
}

void RollbackSession::accept(const QString &code, bool ticked, const QString &reason)
{
    m_accepted[code] = {ticked, reason};
    emit answersChanged();
}

QString RollbackSession::missingAnswers() const
{
    if (m_planning)
        return tr("The plan is being made.");
    if (!m_plan)
        return m_refusal.isEmpty() ? tr("There is no plan yet.") : m_refusal;
    const QStringList against = closed();
    if (!against.isEmpty())
        return against.first();
    for (const Warning &warning : warnings()) {
        const Answer answer = m_accepted.value(warning.code);
        if (!answer.ticked)
            return tr("Accept or mend: %1").arg(warning.question);
        if (answer.reason.trimmed().isEmpty())
            return tr("Say why this is accepted: %1").arg(warning.question);
    }
    return {};
}

void RollbackSession::setReason(const QString &reason)
{
    m_reason = reason;
    emit answersChanged();
}

void RollbackSession::setTyped(const QString &typed)
{
    m_typed = typed;
    emit answersChanged();
}

QString RollbackSession::missing() const
{
    if (!m_desk)
        return tr("Nothing can be run by this console.");
    if (m_run)
        return tr("The run was started.");
    if (m_starting)
        return tr("The start was asked for.");
    if (!state())
        return tr("The environment is gone from the inventory.");
    const QString answers = missingAnswers();
    if (!answers.isEmpty())
        return answers;
    if (!m_difference.isEmpty())
        return tr("The plan changed: look at it again.");
    if (m_reason.trimmed().isEmpty())
        return tr("Say why: the reason is written to the audit.");
    const QString word = wordToType(*m_plan);
    if (m_typed != word)
        return tr("Type %1 to enable the button.").arg(word);
    return {};
}

std::vector<Override> RollbackSession::overrides() const
{
    std::vector<Override> made;
    for (const Warning &warning : warnings())
        made.push_back({warning.code, reasonFor(warning.code).trimmed()});
    return made;
}

void RollbackSession::start()
{
    if (!missing().isEmpty())
        return;
    m_starting = true;
    m_startDigest = m_plan->digest;
    m_startTrouble.clear();
    m_runsBefore.clear();
    for (const RollbackRunPtr &run : m_desk->runs())
        m_runsBefore << run->id;
    emit startChanged();
    emit answersChanged();
    m_desk->start(m_plan, {m_reason.trimmed(), m_typed, overrides()});
}

void RollbackSession::takeStartRefusal(const QString &digest, const Error &error)
{
    if (!m_starting || digest != m_startDigest)
        return;
    m_starting = false;
    m_startTrouble = sentence(error);
    emit startChanged();
    emit answersChanged();
    // What spoke against it is in the plan that is made now.
    makePlan();
}

void RollbackSession::takeRun(const RollbackRunPtr &run)
{
    if (!run)
        return;
    if (m_run) {
        if (run->id != m_run->id || run->version < m_run->version)
            return;
        m_run = run;
        emit runChanged();
        return;
    }
    const bool isOurs = m_starting && run->plan.digest == m_startDigest && run->plan.environment == m_environment
        && !m_runsBefore.contains(run->id);
    if (!isOurs)
        return;
    m_starting = false;
    m_run = run;
    emit startChanged();
    emit started();
    emit runChanged();
}

void RollbackSession::follow(const RollbackRunPtr &run)
{
    m_run = run;
    m_entry = run->plan.entry;
    m_target = run->plan.target;
    m_plan = std::make_shared<const RollbackPlan>(run->plan);
    emit runChanged();
}

// A poll showed other releases live than those the plan starts from: it is made anew at once.
void RollbackSession::checkInputs(const EnvironmentStatePtr &after)
{
    if (!after || !after->environment || after->environment->id != m_environment || !m_plan || m_planning)
        return;
    const DeploymentHistory *history = items::historyOf(*after, m_entry);
    if (!history || !after->snapshot || after->snapshot->takenAt <= m_plan->madeAt)
        return; // read before the plan's own look at the hosts
    const bool moved = std::ranges::any_of(m_plan->hosts, [&](const HostPlan &host) {
        const auto found = std::ranges::find(history->hosts, host.host, &HostRelease::host);
        return found != history->hosts.end() && !found->error && found->live != host.from;
    });
    if (moved)
        makePlan();
}

} // namespace taffrail::ui
