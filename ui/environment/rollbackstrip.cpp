// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackstrip.h"

#include "rollbackmodels.h"
#include "rollbackwords.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace taffrail::ui {

RollbackStrip::RollbackStrip(WindowModels &models, QWidget *parent)
    : QWidget(parent),
      m_models(models),
      m_button(new QPushButton(tr("Roll back\u2026"), this)),
      m_text(plainTextBlock({}, this))
{
    m_button->setAutoDefault(false);
    m_button->setAccessibleDescription(tr("Opens a window that makes a plan; nothing is changed by opening it"));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(8, 3, 8, 3);
    row->addWidget(m_button);
    row->addWidget(m_text, 1);
    connect(m_button, &QPushButton::clicked, this, &RollbackStrip::requested);
}

void RollbackStrip::showState(const EnvironmentStatePtr &state)
{
    setVisible(state != nullptr);
    if (!state)
        return;
    const QString text = words(*state);
    if (m_text->text() != text)
        m_text->setText(text);
    m_button->setEnabled(!items::rollbackEntries(*state).isEmpty());
}

QString RollbackStrip::text() const
{
    return m_text->text();
}

QString RollbackStrip::words(const EnvironmentState &state) const
{
    for (const RollbackRunPtr &run : m_models.runs.open()) {
        if (run->plan.environment == state.environment->id) {
            return tr("A rollback to %1 has not ended: %2, %3.")
                .arg(releaseName(run->plan, run->plan.target), items::worded(run->stage).text.toLower(),
                     items::hostsText(*run));
        }
    }
    const QStringList entries = items::rollbackEntries(state);
    if (entries.isEmpty())
        return tr("No deployment history was read: there is nothing to go back to.");
    const items::EnvironmentSelection &selection = m_models.console.selection;
    const items::ReleasePlace chosen = !selection.isEmpty() && selection.pane() == PaneKind::Deployments
        ? items::releaseOfRow(state, selection.id())
        : items::ReleasePlace();
    const QString entry = chosen.release.isEmpty() ? entries.first() : chosen.entry;
    const DeploymentHistory *history = items::historyOf(state, entry);
    if (!history)
        return {};
    if (!chosen.release.isEmpty()) {
        for (const RollbackTarget &target : rollbackTargets(*history)) {
            if (target.release == chosen.release) {
                const QString name = items::nameIn(*history, target.release);
                return target.isPossible ? tr("To the chosen release %1.").arg(name)
                                         : tr("Not to the chosen release %1: %2.").arg(name, target.reason);
            }
        }
    }
    const QString suggested = suggestedTarget(*history);
    return suggested.isEmpty()
        ? tr("No release is offered by itself: choose one in the window.")
        : tr("Suggested: %1, the release that was live before.").arg(items::nameIn(*history, suggested));
}

} // namespace taffrail::ui
