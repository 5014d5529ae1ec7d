// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "linkedrows.h"

#include <QObject>

namespace taffrail::items {

class ConsoleModels;

/// The row that a person chose in one pane of the selected environment, and the marks that it puts on rows of the other
/// panes. Follows refreshes; another environment, or the row's end, clears it.
class EnvironmentSelection : public QObject {
    Q_OBJECT

public:
    explicit EnvironmentSelection(ConsoleModels &models);

    /// `id` as IdRole gives it; "" clears.
    void choose(PaneKind pane, const QString &id);
    void clear() { choose(m_pane, {}); }
    bool isEmpty() const { return m_id.isEmpty(); }
    PaneKind pane() const { return m_pane; }
    QString id() const { return m_id; }

signals:
    void changed();

private:
    void update();

    ConsoleModels &m_models;
    PaneKind m_pane = PaneKind::Deployments;
    QString m_id;
    EnvironmentStatePtr m_linked; // what the marks were made of
};

} // namespace taffrail::items
