// SPDX-License-Identifier: GPL-3.0-or-later
#include "actionregistry.h"

#include <QWidget>

#include <algorithm>

namespace taffrail::ui {

ActionRegistry::ActionRegistry(QWidget *window) : QObject(window), m_window(window) {}

QAction *ActionRegistry::add(const ActionSpec &spec, const std::function<void()> &act)
{
    QList<QKeySequence> free;
    for (const QKeySequence &sequence : spec.shortcuts) {
        const bool taken = std::ranges::any_of(m_specs, [&](const ActionSpec &other) {
            return other.scope == spec.scope && other.shortcuts.contains(sequence);
        });
        if (taken || spec.mutating)
            m_refused << spec.id + QStringLiteral(": ") + sequence.toString();
        else
            free << sequence;
    }
    auto *action = new QAction(spec.text, this);
    action->setObjectName(spec.id);
    action->setShortcuts(free);
    action->setShortcutContext(Qt::WindowShortcut);
    connect(action, &QAction::triggered, this, [act] { act(); });
    m_window->addAction(action);
    m_actions << action;
    m_specs << spec;
    m_specs.last().shortcuts = free;
    return action;
}

QAction *ActionRegistry::action(const QString &id) const
{
    const auto found = std::ranges::find(m_actions, id, [](const QAction *action) { return action->objectName(); });
    return found == m_actions.end() ? nullptr : *found;
}

const ActionSpec &ActionRegistry::specOf(const QAction *action) const
{
    static const ActionSpec none;
    const auto place = m_actions.indexOf(const_cast<QAction *>(action));
    return place < 0 ? none : m_specs[place];
}

QString ActionRegistry::shortcutList() const
{
    QStringList lines;
    for (const ActionSpec &spec : m_specs) {
        QStringList keys;
        for (const QKeySequence &sequence : spec.shortcuts)
            keys << sequence.toString(QKeySequence::NativeText);
        if (!keys.isEmpty())
            lines << keys.join(QStringLiteral(", ")) + QLatin1Char('\t') + QString(spec.text).remove(QLatin1Char('&'));
    }
    return lines.join(QLatin1Char('\n'));
}

} // namespace taffrail::ui
