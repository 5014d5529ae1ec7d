// SPDX-License-Identifier: GPL-3.0-or-later
#include "targetpage.h"

#include "inlinemessage.h"
#include "opstable.h"
#include "releasetext.h"
#include "rollbacksession.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>

namespace taffrail::ui {

TargetPage::TargetPage(RollbackSession &session, QWidget *parent)
    : RollbackPage(TargetId, session, parent),
      m_entryLabel(plainLabel(tr("Application:"), this)),
      m_entries(new QComboBox(this)),
      m_table(new OpsTable(QStringLiteral("rollbackTargets"), session.models().time, this)),
      m_verdict(plainTextBlock({}, this))
{
    m_entryLabel->setBuddy(m_entries);
    m_entries->setAccessibleName(tr("Application"));
    m_table->setAccessibleName(tr("Releases that could be gone back to"));
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setSource(&m_model, new OpsProxy(m_table));
    m_model.setNow(session.models().console.now());
    auto *row = new QHBoxLayout;
    row->addWidget(m_entryLabel);
    row->addWidget(m_entries);
    row->addStretch(1);
    column()->addLayout(row);
    column()->addWidget(m_table, 1);
    column()->addWidget(m_verdict);
    connect(m_entries, &QComboBox::currentIndexChanged, this, [this] {
        showEntry();
        mark({});
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &TargetPage::takeRow);
    connect(&session.models().console, &items::ConsoleModels::applied, this,
            [this](const EnvironmentStatePtr &, const EnvironmentStatePtr &after) {
                if (!after || after->environment->id != this->session().environment())
                    return;
                takeStates();
            });
    fillEntries();
    showEntry();
}

void TargetPage::fillEntries()
{
    const EnvironmentStatePtr state = session().state();
    const QStringList entries = state ? items::rollbackEntries(*state) : QStringList();
    QStringList known;
    for (int i = 0; i < m_entries->count(); ++i)
        known << m_entries->itemData(i).toString();
    if (known != entries) {
        const QSignalBlocker quiet(m_entries);
        const QString chosen = m_entries->currentData().toString();
        m_entries->clear();
        for (const QString &entry : entries) {
            const DeploymentHistory *history = items::historyOf(*state, entry);
            m_entries->addItem(history->app.isEmpty() ? entry : tr("%1 (%2)").arg(history->app, entry), entry);
        }
        m_entries->setCurrentIndex(std::max(0, m_entries->findData(chosen)));
    }
    m_entryLabel->setVisible(entries.size() > 1);
    m_entries->setVisible(entries.size() > 1);
    if (entries.isEmpty()) {
        notice()->showMessage(
            Status::Unknown, tr("No deployment history of this environment was read: there is nothing to go back to."));
    } else {
        notice()->clear();
    }
}

void TargetPage::takeStates()
{
    fillEntries();
    showEntry();
    // Opened before the first read: the suggestion comes with it. Later nothing is marked for a person who did not ask.
    if (!m_isMarked && m_entries->count() > 0)
        choose(m_askedEntry, m_askedTarget);
}

void TargetPage::showEntry()
{
    const EnvironmentStatePtr state = session().state();
    m_model.show(state ? items::historyOf(*state, m_entries->currentData().toString()) : nullptr);
    takeRow();
}

void TargetPage::choose(const QString &entry, const QString &target)
{
    m_askedEntry = entry;
    m_askedTarget = target;
    const int place = m_entries->findData(entry);
    if (place >= 0 && place != m_entries->currentIndex()) {
        const QSignalBlocker quiet(m_entries);
        m_entries->setCurrentIndex(place);
        showEntry();
    }
    mark(target);
}

void TargetPage::mark(const QString &release)
{
    QString wanted = release;
    const EnvironmentStatePtr state = session().state();
    const DeploymentHistory *history = state ? items::historyOf(*state, m_entries->currentData().toString()) : nullptr;
    if (wanted.isEmpty() && history)
        wanted = suggestedTarget(*history);
    const int row = m_model.rowOfRelease(wanted);
    m_table->setCurrentIndex(row < 0 ? QModelIndex() : m_table->proxy()->mapFromSource(m_model.index(row, 0)));
    takeRow();
}

void TargetPage::takeRow()
{
    const QString release = m_model.releaseOf(m_table->currentId());
    const auto target = m_model.targetOf(release);
    m_isMarked = m_isMarked || target;
    if (!target) {
        m_verdict->setText(m_model.rowCount() == 0 ? QString() : tr("Choose the release to go back to."));
    } else if (!target->isPossible) {
        m_verdict->setText(tr("%1 is not possible: %2.").arg(m_model.nameOf(release), target->reason));
    } else {
        const QString note = target->reason.isEmpty() ? QString() : tr(" To know: %1.").arg(target->reason);
        m_verdict->setText(tr("Switch to %1. The next page reads the hosts and shows what would be done; nothing is "
                              "done before page 5.")
                               .arg(m_model.nameOf(release))
                           + note);
        session().choose(m_entries->currentData().toString(), release);
    }
    updateComplete();
}

void TargetPage::enter()
{
    if (!m_table->currentIndex().isValid())
        mark(session().target());
}

QWidget *TargetPage::firstFocus() const
{
    return m_table;
}

bool TargetPage::isComplete() const
{
    const auto target = m_model.targetOf(m_model.releaseOf(m_table->currentId()));
    return target && target->isPossible && session().desk();
}

} // namespace taffrail::ui
