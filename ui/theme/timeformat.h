// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QObject>

namespace taffrail::ui {

/// The one place that writes times. UTC at first; the person may switch to local time. The offset is always printed.
class TimeFormat : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    bool isLocal() const { return m_local; }
    void setLocal(bool local);
    void toggle() { setLocal(!m_local); }

    /// "14:03:22Z" or "15:03:22 +01:00"
    QString clock(const QDateTime &time) const;
    /// "2026-11-20 14:03Z": for a table cell
    QString cell(const QDateTime &time) const;
    /// "2026-11-20 14:03:22Z" in the chosen zone
    QString full(const QDateTime &time) const;
    /// Both zones, for details: "2026-11-20 14:03:22Z (2026-11-20 15:03:22 +01:00 local)"
    QString both(const QDateTime &time) const;
    /// "2026-11-20 14:03:22Z", whatever zone was chosen: for copies and exports
    static QString utc(const QDateTime &time);

signals:
    void changed();

private:
    QString written(const QDateTime &time, const QString &format) const;

    bool m_local = false;
};

} // namespace taffrail::ui
