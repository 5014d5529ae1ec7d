// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QKeySequence>
#include <QMap>
#include <QWidget>

class QLabel;
class QTableWidget;
class QToolButton;

namespace taffrail::ui {

class ActionRegistry;

/// Every action with its shortcut. F2, Enter or a double click starts to record; the next key is the shortcut. One that
/// another action has is refused in words. Nothing counts until it is applied.
class ShortcutTable : public QWidget {
    Q_OBJECT

public:
    using Shortcuts = QMap<QString, QList<QKeySequence>>;

    ShortcutTable(ActionRegistry &actions, QWidget *parent);

    /// Shortcuts as edited, those that differ from the default only.
    Shortcuts edited() const;
    /// Takes these for a start, the defaults for all others.
    void load(const Shortcuts &changed);
    /// Gives an action one shortcut; an empty one takes all away. Why not, in words, or "".
    QString setShortcut(const QString &action, const QKeySequence &sequence);
    QString message() const;
    QTableWidget *table() const { return m_table; }

    /// The file form: {"version": 1, "shortcuts": {"go.board": ["Ctrl+1"]}}.
    QByteArray exported() const;
    /// Takes over a file; what it holds of unknown actions or doubled keys is left out and told. BadData for another
    /// form.
    Result<QStringList> import(const QByteArray &text);

signals:
    void editedChanged();
    void exportRequested();
    void importRequested();

private:
    void fill();
    void resetCurrent();
    QString currentAction() const;
    void say(const QString &text);

    ActionRegistry &m_actions;
    QTableWidget *m_table;
    QLabel *m_message;
    Shortcuts m_shortcuts; // of every action
};

} // namespace taffrail::ui
