// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QMap>
#include <QObject>

#include <functional>

namespace taffrail::ui {

/// One action of the window as data. Menus, palette and the shortcut list read it.
struct ActionSpec {
    QString id; ///< "view.board"
    QString text; ///< verb and object, sentence case, with its mnemonic
    QList<QKeySequence> shortcuts;
    QString scope; ///< "window"; two actions of one scope never share a sequence
    bool mutating = false; ///< changes something outside: has no default shortcut
};

/// Every action of the window, by id.
class ActionRegistry : public QObject {
    Q_OBJECT

public:
    explicit ActionRegistry(QWidget *window);

    /// Makes the action. A sequence that another action of the scope has, or any on a mutating action, is refused and
    /// left out.
    QAction *add(const ActionSpec &spec, const std::function<void()> &act);
    QAction *action(const QString &id) const;
    const QList<QAction *> &actions() const { return m_actions; }
    const ActionSpec &specOf(const QAction *action) const;
    /// What an action was made with.
    QList<QKeySequence> defaultShortcuts(const QString &id) const;
    /// Shortcuts of every action by id, as they are now.
    QMap<QString, QList<QKeySequence>> shortcuts() const;
    /// Why `sequence` can't be a shortcut of `id` while the others have `taken`, in words; "" = it can.
    QString refusal(const QString &id, const QKeySequence &sequence,
                    const QMap<QString, QList<QKeySequence>> &taken) const;
    /// Gives actions other shortcuts; those that are not named get their default. What refusal() refuses is left out,
    /// and told in words: a file may hold anything.
    QStringList remap(const QMap<QString, QList<QKeySequence>> &wanted);
    /// Sequences that were refused, for the test.
    const QStringList &refused() const { return m_refused; }
    /// "Show board: Ctrl+1", one line per action.
    QString shortcutList() const;

private:
    QWidget *m_window;
    QList<QAction *> m_actions;
    QList<ActionSpec> m_specs;
    QList<QList<QKeySequence>> m_defaults;
    QStringList m_refused;
};

} // namespace taffrail::ui
