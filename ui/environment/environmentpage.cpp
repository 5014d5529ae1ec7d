// SPDX-License-Identifier: GPL-3.0-or-later
#include "environmentpage.h"

#include "drillmodels.h"
#include "environmentband.h"
#include "filterline.h"
#include "opstable.h"
#include "paneframe.h"
#include "rollbackstrip.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QApplication>
#include <QLabel>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedLayout>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace taffrail::ui {

namespace {

// Health has the most columns: its host should be in sight without scrolling.
constexpr std::array bottomShares{3900, 6100};

QSplitter *makeSplitter(Qt::Orientation orientation, const QString &name, QWidget *parent)
{
    auto *splitter = new QSplitter(orientation, parent);
    splitter->setObjectName(name);
    splitter->setChildrenCollapsible(false);
    splitter->setHandleWidth(5);
    return splitter;
}

} // namespace

EnvironmentPage::EnvironmentPage(WindowModels &models, QWidget *parent)
    : Page(parent),
      m_models(models),
      m_band(new EnvironmentBand(this)),
      m_rows(makeSplitter(Qt::Vertical, QStringLiteral("environmentRows"), this)),
      m_top(makeSplitter(Qt::Horizontal, QStringLiteral("environmentTop"), m_rows)),
      m_bottom(makeSplitter(Qt::Horizontal, QStringLiteral("environmentBottom"), m_rows)),
      m_stack(new QStackedLayout)
{
    for (const PaneKind kind : {PaneKind::Deployments, PaneKind::Migrations, PaneKind::Backups, PaneKind::Health}) {
        auto *pane = new PaneFrame(kind, models, this);
        (m_panes.size() < 2 ? m_top : m_bottom)->addWidget(pane);
        connect(pane, &PaneFrame::maximizeRequested, this, [this, pane] { maximize(m_maximized ? nullptr : pane); });
        connect(pane, &PaneFrame::detailsRequested, this, &Page::detailsRequested);
        connect(pane, &PaneFrame::failureRequested, this, &Page::failureRequested);
        connect(pane->table(), &OpsTable::rowChosen, this,
                [this, kind](const QString &id) { m_models.console.selection.choose(kind, id); });
        connect(pane->table(), &OpsTable::cleared, this, [this] { m_models.console.selection.clear(); });
        m_panes << pane;
    }
    resetSplitters();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_band);
    auto *none = plainTextBlock(tr("No environment is chosen. Open one from the board or with Ctrl+K."), this);
    none->setAlignment(Qt::AlignCenter);
    // With a large font in a small window the panes keep what they need, and the page scrolls.
    auto *scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidgetResizable(true);
    scroll->setWidget(m_rows);
    m_stack->addWidget(scroll);
    m_stack->addWidget(none);
    column->addLayout(m_stack, 1);
    if (models.desk()) {
        m_rollback = new RollbackStrip(models, this);
        column->addWidget(m_rollback);
        connect(&models.runs, &items::RunModel::stageChanged, this,
                [this] { m_rollback->showState(m_models.console.state(m_models.console.selected())); });
        connect(m_rollback, &RollbackStrip::requested, this, [this] {
            requestRollback(m_models.console.selection.pane() == PaneKind::Deployments ? m_models.console.selection.id()
                                                                                       : QString());
        });
        PaneFrame *deployments = pane(PaneKind::Deployments);
        deployments->addRowAction(tr("Roll back to this release\u2026"),
                                  [this](const QString &row) { requestRollback(row); });
    }
    if (models.drillDesk())
        pane(PaneKind::Backups)->addRowAction(tr("Restore drill\u2026"), [this](const QString &row) {
            requestDrill(row);
        });
    connect(&models.console, &items::ConsoleModels::selectedChanged, this, &EnvironmentPage::updateAll);
    connect(&models.console.selection, &items::EnvironmentSelection::changed, this, [this] {
        for (PaneFrame *pane : std::as_const(m_panes))
            pane->updateLinked();
        if (m_rollback)
            m_rollback->showState(m_models.console.state(m_models.console.selected()));
    });
    connect(&models.console, &items::ConsoleModels::selectionChanged, this, &EnvironmentPage::updateAll);
    updateAll();
}

QString EnvironmentPage::title() const
{
    return tr("Environment");
}

PaneFrame *EnvironmentPage::pane(PaneKind kind) const
{
    const auto found = std::ranges::find(m_panes, kind, &PaneFrame::kind);
    return found == m_panes.end() ? nullptr : *found;
}

QList<QSplitter *> EnvironmentPage::splitters() const
{
    return {m_rows, m_top, m_bottom};
}

void EnvironmentPage::resetSplitters()
{
    const QList<int> even{5000, 5000};
    m_rows->setSizes(even);
    m_top->setSizes(even);
    m_bottom->setSizes(QList<int>(bottomShares.begin(), bottomShares.end()));
}

PaneFrame *EnvironmentPage::focusedPane() const
{
    for (PaneFrame *pane : m_panes) {
        if (pane->isAncestorOf(QApplication::focusWidget()))
            return pane;
    }
    return nullptr;
}

OpsTable *EnvironmentPage::mainTable() const
{
    PaneFrame *pane = focusedPane();
    return (pane ? pane : m_maximized ? m_maximized : m_panes.first())->table();
}

void EnvironmentPage::focusFilter()
{
    PaneFrame *pane = focusedPane();
    (pane ? pane : m_maximized ? m_maximized : m_panes.first())->filter()->takeFocus();
}

void EnvironmentPage::takeFocus()
{
    PaneFrame *pane = focusedPane();
    (pane ? pane : m_maximized ? m_maximized : m_panes.first())->takeFocus(Qt::OtherFocusReason);
}

void EnvironmentPage::cyclePane(bool forward)
{
    const auto count = m_panes.size();
    const auto at = m_panes.indexOf(focusedPane());
    PaneFrame *next = m_panes[at < 0 ? 0 : (at + (forward ? 1 : count - 1)) % count];
    if (m_maximized)
        maximize(next);
    next->takeFocus(Qt::TabFocusReason);
}

void EnvironmentPage::toggleMaximized()
{
    PaneFrame *pane = focusedPane();
    maximize(m_maximized ? nullptr : pane ? pane : m_panes.first());
}

void EnvironmentPage::requestRollback(const QString &rowId)
{
    const EnvironmentStatePtr state = m_models.console.state(m_models.console.selected());
    if (!state)
        return;
    const items::ReleasePlace place = items::releaseOfRow(*state, rowId);
    emit rollbackRequested(state->environment->id, place.entry, place.release);
}

void EnvironmentPage::requestDrill(const QString &rowId)
{
    const EnvironmentStatePtr state = m_models.console.state(m_models.console.selected());
    if (!state)
        return;
    const items::BackupPlace place = items::backupOfRow(*state, rowId);
    emit drillRequested(state->environment->id, place.entry, place.backup);
}

// Hides the others instead of moving the pane: splitters give the room, and sizes come back by themselves.
void EnvironmentPage::maximize(PaneFrame *wanted)
{
    m_maximized = wanted;
    for (PaneFrame *pane : std::as_const(m_panes))
        pane->setVisible(!wanted || pane == wanted);
    for (QSplitter *splitter : {m_top, m_bottom})
        splitter->setVisible(!wanted || splitter->isAncestorOf(wanted));
    if (wanted)
        wanted->takeFocus(Qt::OtherFocusReason);
}

void EnvironmentPage::updateAll()
{
    const EnvironmentStatePtr state = m_models.console.state(m_models.console.selected());
    m_band->setVisible(state != nullptr);
    m_band->setState(state, m_models.isDemo);
    m_stack->setCurrentIndex(state ? 0 : 1);
    if (m_rollback)
        m_rollback->showState(state);
    for (PaneFrame *pane : std::as_const(m_panes))
        pane->updateCondition();
}

} // namespace taffrail::ui
