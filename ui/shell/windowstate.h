// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>
#include <QVariantMap>

#include <functional>

class QMainWindow;

namespace taffrail::ui {

/// Geometry, docks, headers and splitters of a window over runs, in an ini file. The file is read at once, and written
/// whole through `save`, so that a full disk leaves the old one as it was.
class WindowState {
public:
    /// Of the docks and tool bars. Raise it when they change: an older state is then ignored.
    static constexpr int layoutVersion = 1;
    using Save = std::function<bool(const QString &path, const QByteArray &bytes)>;

    WindowState(QString path, Save save);

    /// Writes a file whole or leaves the old one as it was, on a full disk too. Makes the folder. The `save` of whoever
    /// gives none.
    static bool saveWhole(const QString &path, const QByteArray &bytes);

    /// Puts the window, its tables and its splitters as they were. What does not fit any more stays as it is.
    void restore(QMainWindow &window);
    /// Writes when something differs from what was read or written last. False = could not be written.
    bool store(const QMainWindow &window);
    void setValue(const QString &key, const QVariant &value) { m_values.insert(key, value); }
    void removeValue(const QString &key) { m_values.remove(key); }
    QVariant value(const QString &key) const { return m_values.value(key); }
    QStringList keys() const { return m_values.keys(); }
    /// Writes the values as they are, without looking at a window; like store().
    bool write();
    QString path() const { return m_path; }

private:
    QString m_path;
    Save m_save;
    QVariantMap m_values;
    QVariantMap m_written;
};

} // namespace taffrail::ui
