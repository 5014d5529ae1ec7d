// SPDX-License-Identifier: GPL-3.0-or-later
#include "promotiontab.h"

#include "filterline.h"
#include "flowlayout.h"
#include "opstable.h"
#include "text.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QComboBox>
#include <QLabel>
#include <QVBoxLayout>

namespace taffrail::ui {

PromotionTab::PromotionTab(WindowModels &models, QWidget *parent)
    : QWidget(parent),
      m_models(models),
      m_stepChoice(new QComboBox(this)),
      m_summary(plainLabel({}, this)),
      m_notes(plainTextBlock({}, this)),
      m_table(new OpsTable(QStringLiteral("promotion"), models.time, this)),
      m_filter(nullptr)
{
    m_thread.setMaxThreadCount(1);
    m_stepChoice->setAccessibleName(tr("Step of promotion"));
    m_stepChoice->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_stepChoice->setMinimumHeight(24);
    m_table->setAccessibleName(tr("What the step would bring"));
    m_table->setSource(&m_model, new OpsProxy(m_table));
    m_filter = new FilterLine(*m_table, tr("what would be promoted"), this);
    m_filter->setPlaceholderText(tr("Filter, e.g. state:behind"));
    m_filter->setMinimumWidth(fontMetrics().averageCharWidth() * 24);
    m_summary->setMinimumHeight(24);
    auto *top = new FlowLayout(Qt::AlignLeft, 6);
    top->addWidget(m_stepChoice);
    top->addWidget(m_filter);
    top->addWidget(m_summary);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(6, 4, 6, 4);
    column->addLayout(top);
    column->addWidget(m_notes);
    column->addWidget(m_table, 1);
    connect(m_stepChoice, &QComboBox::activated, this, &PromotionTab::showStep);
    showStep();
}

void PromotionTab::show(const items::ComparisonPtr &comparison)
{
    if (comparison == m_comparison)
        return;
    m_comparison = comparison;
    if (isVisible())
        work();
    else
        m_isWaiting = true;
}

void PromotionTab::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    if (std::exchange(m_isWaiting, false))
        work();
}

void PromotionTab::work()
{
    const quint64 number = ++m_wanted;
    m_isWaiting = false;
    std::vector<EnvironmentStatePtr> states;
    const QStringList chosen
        = m_comparison && !m_comparison->question.baseline ? m_comparison->question.environments : QStringList();
    for (const QString &id : chosen) {
        if (const EnvironmentStatePtr state = m_models.console.state(id))
            states.push_back(state);
    }
    m_summary->setText(tr("Working it out\u2026"));
    m_thread.start([this, number, comparison = m_comparison, states = std::move(states)]() mutable {
        auto steps = std::make_shared<const std::vector<PromotionStep>>(
            comparison ? promotionSteps(states, comparison->matrix) : std::vector<PromotionStep>());
        comparison.reset();
        // Safe: the destructor of the pool waits for this function, and a queued call dies with its receiver.
        QMetaObject::invokeMethod(
            this, [this, number, steps = std::move(steps)] { adopt(number, steps); }, Qt::QueuedConnection);
    });
}

QString PromotionTab::nameOf(const QString &environment) const
{
    const EnvironmentStatePtr state = m_models.console.state(environment);
    const QString name = state && !state->environment->name.isEmpty() ? state->environment->name : environment;
    return sanitizedLine(name.toUtf8(), 60);
}

void PromotionTab::adopt(quint64 job, const std::shared_ptr<const std::vector<PromotionStep>> &steps)
{
    if (job != m_wanted)
        return;
    m_adopted = job;
    m_steps = steps;
    const QString kept = m_stepChoice->currentData().toString();
    m_stepChoice->clear();
    for (const PromotionStep &step : *steps)
        m_stepChoice->addItem(tr("%1 \u2192 %2").arg(nameOf(step.from), nameOf(step.to)),
                              step.from + QChar(0x1F) + step.to);
    const int place = m_stepChoice->findData(kept);
    // At first the last step, into what matters most.
    m_stepChoice->setCurrentIndex(place >= 0 ? place : m_stepChoice->count() - 1);
    showStep();
}

void PromotionTab::showStep()
{
    const int place = m_stepChoice->currentIndex();
    const PromotionStep *step
        = m_steps && place >= 0 && size_t(place) < m_steps->size() ? &(*m_steps)[size_t(place)] : nullptr;
    m_model.show(step);
    m_stepChoice->setEnabled(step != nullptr);
    m_summary->setText(step ? items::promotionText(*step)
                            : tr("None of the compared environments promotes to another. Say so by "
                                 "\u201cpromotes_from\u201d in the inventory."));
    const QString notes = step ? step->notes.join(QLatin1Char('\n')) : QString();
    m_notes->setText(notes);
    m_notes->setVisible(!notes.isEmpty());
}

} // namespace taffrail::ui
