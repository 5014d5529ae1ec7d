// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QKeySequence>
#include <QMap>
#include <QObject>

namespace taffrail::ui {

class WindowState;

/// What a person chose for the window, kept in the ini file beside the layout. A value that is not stored, or is not
/// one of its words, is the default.
class Preferences : public QObject {
    Q_OBJECT

public:
    enum Key { Scheme, Density, Zone, Notify, Sound };
    Q_ENUM(Key)

    Preferences(WindowState &state, QObject *parent);

    /// The words of a key, the default first: scheme follow|light|dark, density compact|comfortable, zone utc|local,
    /// notify critical|all|off, sound off|on.
    static QStringList words(Key key);
    QString value(Key key) const;
    bool isDefault(Key key) const;
    /// False = not one of its words; nothing changes then.
    bool setValue(Key key, const QString &word);

    /// Shortcuts that differ from the default, by action id; an empty list = none. They are portable texts ("Ctrl+K").
    QMap<QString, QList<QKeySequence>> shortcuts() const;
    void setShortcuts(const QMap<QString, QList<QKeySequence>> &shortcuts);

    /// Writes the file; false = it could not be written, and what is set counts for this run only.
    bool save();

signals:
    void changed(taffrail::ui::Preferences::Key key);

private:
    WindowState &m_state;
};

} // namespace taffrail::ui
