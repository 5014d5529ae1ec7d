// SPDX-License-Identifier: GPL-3.0-or-later
#include "runnotice.h"

#include "releasetext.h"
#include "rollbackwords.h"
#include "windowmodels.h"

namespace taffrail::ui {

namespace {

enum Button { Watch, PutAway };

QString keyOf(const RollbackRun &run)
{
    return run.id + QLatin1Char(' ') + runStageWord(run.stage);
}

} // namespace

RunNotice::RunNotice(WindowModels &models, QWidget *parent) : InlineMessage(parent), m_models(models)
{
    setObjectName(QStringLiteral("runNotice"));
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(&models.runs, signal, this, &RunNotice::showRuns);
    connect(&models.runs, &QAbstractItemModel::dataChanged, this, &RunNotice::showRuns);
    connect(this, &InlineMessage::pressed, this, [this](int button) {
        if (button == Watch) {
            emit runWanted(m_shown);
            return;
        }
        for (const RollbackRunPtr &run : m_models.runs.open())
            m_putAway.insert(keyOf(*run));
        showRuns();
    });
    showRuns();
}

void RunNotice::showRuns()
{
    QStringList sentences;
    Status worst = Status::None;
    m_shown.clear();
    for (const RollbackRunPtr &run : m_models.runs.open()) {
        if (m_putAway.contains(keyOf(*run)))
            continue;
        const items::Worded words = items::worded(run->stage);
        const QString name = run->plan.environmentName.isEmpty() ? run->plan.environment : run->plan.environmentName;
        sentences << tr("The rollback of %1 to %2 has not ended: %3, %4.")
                         .arg(name, releaseName(run->plan, run->plan.target), words.text.toLower(),
                              items::hostsText(*run));
        // The button goes to the worst one.
        if (m_shown.isEmpty() || words.status > worst)
            m_shown = run->id;
        worst = worse(worst, words.status);
    }
    if (sentences.isEmpty())
        clear();
    else
        showMessage(worst, sentences.join(QLatin1Char('\n')),
                    {{Watch, tr("Resume watching")}, {PutAway, tr("Not now")}});
}

} // namespace taffrail::ui
