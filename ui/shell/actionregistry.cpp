// SPDX-License-Identifier: GPL-3.0-or-later
#include "actionregistry.h"

#include <QWidget>

#include <algorithm>

namespace taffrail::ui {

namespace {

QString plainText(const ActionSpec &spec)
{
    return QString(spec.text).remove(QLatin1Char('&'));
}

// A key without Ctrl or Alt types or moves, unless it is a function key; text fields swallow Ctrl+E and Ctrl+U (X11),
// and copy, paste and the like.
bool isNeededForTyping(QKeyCombination keys)
{
    const bool isFunction = keys.key() >= Qt::Key_F1 && keys.key() <= Qt::Key_F35;
    const auto modifiers = keys.keyboardModifiers();
    if (!modifiers.testAnyFlags(Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier))
        return !isFunction;
    constexpr Qt::Key fields[]{Qt::Key_E, Qt::Key_U, Qt::Key_A, Qt::Key_V, Qt::Key_X, Qt::Key_Z};
    return modifiers == Qt::ControlModifier && std::ranges::find(fields, keys.key()) != std::end(fields);
}

} // namespace

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
    m_defaults << free;
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

QList<QKeySequence> ActionRegistry::defaultShortcuts(const QString &id) const
{
    const auto place = m_actions.indexOf(action(id));
    return place < 0 ? QList<QKeySequence>() : m_defaults[place];
}

QMap<QString, QList<QKeySequence>> ActionRegistry::shortcuts() const
{
    QMap<QString, QList<QKeySequence>> all;
    for (const ActionSpec &spec : m_specs)
        all.insert(spec.id, spec.shortcuts);
    return all;
}

QString ActionRegistry::refusal(const QString &id, const QKeySequence &sequence,
                                const QMap<QString, QList<QKeySequence>> &taken) const
{
    const QString keys = sequence.toString(QKeySequence::NativeText);
    const ActionSpec &own = specOf(action(id));
    if (own.mutating)
        return tr("%1 changes something outside of the console: it has no shortcut.").arg(plainText(own));
    if (sequence.count() != 1)
        return tr("A shortcut is one key with its modifiers.");
    const QKeyCombination first = sequence[0];
    if (isNeededForTyping(first))
        return tr("%1 is needed to type and to move around.").arg(keys);
    for (const ActionSpec &other : m_specs) {
        if (other.id != id && other.scope == own.scope && taken.value(other.id).contains(sequence))
            return tr("%1 belongs to \u201c%2\u201d already: neither would run.").arg(keys, plainText(other));
    }
    return {};
}

QStringList ActionRegistry::remap(const QMap<QString, QList<QKeySequence>> &wanted)
{
    QStringList told;
    QMap<QString, QList<QKeySequence>> given;
    // First those that a person named, then the defaults, as far as they are still free.
    for (const bool named : {true, false}) {
        for (qsizetype i = 0; i < m_specs.size(); ++i) {
            const QString &id = m_specs[i].id;
            if (wanted.contains(id) != named)
                continue;
            const QList<QKeySequence> sequences = named ? wanted.value(id) : m_defaults[i];
            for (const QKeySequence &sequence : sequences) {
                const QString why = refusal(id, sequence, given);
                if (why.isEmpty())
                    given[id] << sequence;
                else
                    told << why;
            }
        }
    }
    for (qsizetype i = 0; i < m_specs.size(); ++i) {
        m_specs[i].shortcuts = given.value(m_specs[i].id);
        m_actions[i]->setShortcuts(m_specs[i].shortcuts);
    }
    return told;
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
