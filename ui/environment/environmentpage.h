// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "inventory.h"
#include "page.h"

class QSplitter;
class QStackedLayout;

namespace taffrail::ui {

class EnvironmentBand;
class PaneFrame;
class RollbackStrip;
class WindowModels;

/// The four panes of one environment, in nested splitters.
class EnvironmentPage : public Page {
    Q_OBJECT

public:
    EnvironmentPage(WindowModels &models, QWidget *parent);

    QString title() const override;
    OpsTable *mainTable() const override;
    void focusFilter() override;
    void takeFocus() override;
    void cyclePane(bool forward) override;
    void toggleMaximized() override;

    PaneFrame *pane(PaneKind kind) const;
    const QList<PaneFrame *> &panes() const { return m_panes; }
    EnvironmentBand *band() const { return m_band; }
    PaneFrame *maximized() const { return m_maximized; }
    /// Sizes of the splitters, to be kept over runs.
    QList<QSplitter *> splitters() const;
    /// The panes in their usual sizes.
    void resetSplitters();
    /// Null where rollbacks are not offered.
    RollbackStrip *rollbackStrip() const { return m_rollback; }

signals:
    /// Empty entry and release = the suggested ones.
    void rollbackRequested(const QString &environment, const QString &entry, const QString &release);
    /// Empty entry and backup = the suggested ones.
    void drillRequested(const QString &environment, const QString &entry, const QString &backup);

private:
    void requestRollback(const QString &rowId);
    void requestDrill(const QString &rowId);
    PaneFrame *focusedPane() const;
    void maximize(PaneFrame *pane);
    void updateAll();

    WindowModels &m_models;
    EnvironmentBand *m_band;
    QList<PaneFrame *> m_panes;
    QSplitter *m_rows;
    QSplitter *m_top;
    QSplitter *m_bottom;
    QStackedLayout *m_stack;
    RollbackStrip *m_rollback = nullptr;
    PaneFrame *m_maximized = nullptr;
};

} // namespace taffrail::ui
