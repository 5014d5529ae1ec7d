// SPDX-License-Identifier: GPL-3.0-or-later
#include "windowmodels.h"

#include "drillmodels.h"
#include "rollbackwords.h"
#include "stagemodel.h"

namespace taffrail::ui {

WindowModels::WindowModels(items::ConsoleModels &models, QObject *parent) : QObject(parent), console(models)
{
    runs.setNow(models.now());
    connect(&models, &items::ConsoleModels::clockMoved, this, [this] { runs.setNow(console.now()); });
}

void WindowModels::setDrillDesk(items::DrillDesk *desk)
{
    m_drillDesk = desk;
    if (!desk)
        return;
    connect(desk, &items::DrillDesk::trouble, this, [this](const QString &words) { tell(Status::Warning, words); });
    connect(desk, &items::DrillDesk::drillChanged, this, [this](const DrillRunPtr &run) {
        const bool isKnown = m_drillStages.contains(run->id);
        const DrillStage before = m_drillStages.value(run->id, run->stage);
        m_drillStages.insert(run->id, run->stage);
        if (!isKnown ? run->stage != DrillStage::Running : before == run->stage)
            return;
        const items::Worded words = items::worded(run->stage);
        console.activity.append({console.now(), words.status, run->plan.environment,
                                 tr("Restore drill of %1: %2").arg(run->plan.backup, words.text.toLower()),
                                 run->message});
    });
}

void WindowModels::setDesk(items::RollbackDesk *desk)
{
    m_desk = desk;
    if (!desk)
        return;
    runs.show(desk->runs());
    connect(desk, &items::RollbackDesk::runChanged, &runs, &items::RunModel::take);
    connect(desk, &items::RollbackDesk::auditTrouble, this,
            [this](const QString &words) { tell(Status::Critical, words); });
    connect(desk, &items::RollbackDesk::startRefused, this, [this](const QString &digest, const Error &error) {
        console.activity.append({console.now(), Status::Warning, QString(),
                                 tr("A rollback was not started: %1").arg(sentence(error)), tr("Plan %1").arg(digest)});
    });
    connect(&runs, &items::RunModel::stageChanged, this,
            [this](const RollbackRunPtr &, const RollbackRunPtr &after) { noteRun(*after); });
}

void WindowModels::noteRun(const RollbackRun &run)
{
    const items::Worded words = items::worded(run.stage);
    const QString name = run.plan.environmentName.isEmpty() ? run.plan.environment : run.plan.environmentName;
    QString detail = items::moveText(run.plan) + QLatin1Char('\n') + items::hostsText(run) + QStringLiteral(", ")
        + items::stepsText(run);
    if (!run.message.isEmpty())
        detail += QLatin1Char('\n') + run.message;
    console.activity.append(
        {console.now(), words.status, run.plan.environment,
         tr("%1: rollback to %2 is %3").arg(name, releaseName(run.plan, run.plan.target), words.text.toLower()),
         detail});
}

void WindowModels::setNextPoll(const QDateTime &at)
{
    if (std::exchange(m_nextPoll, at) != at)
        emit nextPollChanged();
}

void WindowModels::takeTest(const ConnectionTestPtr &test)
{
    console.links.setTest(test);
    if (!test->isOver())
        return;
    const items::Worded words = items::worded(*test);
    console.activity.append({test->finishedAt, words.status, test->environment,
                             tr("Connection test of %1: %2").arg(test->subject, words.text),
                             test->error ? sentence(*test->error) : QString()});
}

void WindowModels::tell(Status severity, const QString &text, const QString &detail)
{
    emit told(severity, text, detail);
}

} // namespace taffrail::ui
