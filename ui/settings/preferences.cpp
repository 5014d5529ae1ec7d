// SPDX-License-Identifier: GPL-3.0-or-later
#include "preferences.h"

#include "windowstate.h"

namespace taffrail::ui {

namespace {

constexpr QLatin1String shortcutGroup("shortcuts/");

struct Choice {
    Preferences::Key key;
    const char *path;
    const char *words; // the default first
};

constexpr Choice choices[]{{Preferences::Scheme, "appearance/scheme", "follow light dark"},
                           {Preferences::Density, "appearance/density", "compact comfortable"},
                           {Preferences::Zone, "appearance/zone", "utc local"},
                           {Preferences::Notify, "notifications/level", "critical all off"},
                           {Preferences::Sound, "notifications/sound", "off on"}};

const Choice &choiceOf(Preferences::Key key)
{
    return choices[size_t(key)];
}

QString pathOf(Preferences::Key key)
{
    return QString::fromLatin1(choiceOf(key).path);
}

} // namespace

Preferences::Preferences(WindowState &state, QObject *parent) : QObject(parent), m_state(state) {}

QStringList Preferences::words(Key key)
{
    return QString::fromLatin1(choiceOf(key).words).split(QLatin1Char(' '));
}

QString Preferences::value(Key key) const
{
    const QString stored = m_state.value(pathOf(key)).toString();
    return words(key).contains(stored) ? stored : words(key).constFirst();
}

bool Preferences::isDefault(Key key) const
{
    return value(key) == words(key).constFirst();
}

bool Preferences::setValue(Key key, const QString &word)
{
    if (!words(key).contains(word))
        return false;
    if (word == value(key))
        return true;
    if (word == words(key).constFirst())
        m_state.removeValue(pathOf(key));
    else
        m_state.setValue(pathOf(key), word);
    emit changed(key);
    return true;
}

QMap<QString, QList<QKeySequence>> Preferences::shortcuts() const
{
    QMap<QString, QList<QKeySequence>> found;
    const QStringList keys = m_state.keys();
    for (const QString &key : keys) {
        if (!key.startsWith(shortcutGroup))
            continue;
        // An ini file gives an empty list as an invalid value and a list of one as text.
        QList<QKeySequence> sequences;
        const QStringList texts = m_state.value(key).toStringList();
        for (const QString &text : texts) {
            const QKeySequence sequence = QKeySequence::fromString(text, QKeySequence::PortableText);
            if (!sequence.isEmpty())
                sequences << sequence;
        }
        found.insert(key.mid(shortcutGroup.size()), sequences);
    }
    return found;
}

void Preferences::setShortcuts(const QMap<QString, QList<QKeySequence>> &shortcuts)
{
    const QStringList keys = m_state.keys();
    for (const QString &key : keys) {
        if (key.startsWith(shortcutGroup))
            m_state.removeValue(key);
    }
    for (auto item = shortcuts.cbegin(); item != shortcuts.cend(); ++item) {
        QStringList texts;
        for (const QKeySequence &sequence : item.value())
            texts << sequence.toString(QKeySequence::PortableText);
        m_state.setValue(shortcutGroup + item.key(), texts.isEmpty() ? QStringList{QString()} : texts);
    }
}

bool Preferences::save()
{
    return m_state.write();
}

} // namespace taffrail::ui
