// SPDX-License-Identifier: GPL-3.0-or-later
#include "colorscheme.h"

#ifdef TAFFRAIL_HAS_DBUS
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#else
class QDBusVariant {};
#endif

namespace taffrail::ui {

ColorScheme::ColorScheme(QObject *parent) : QObject(parent) {}

#ifdef TAFFRAIL_HAS_DBUS
namespace {

QString portal()
{
    return QStringLiteral("org.freedesktop.portal.Desktop");
}
QString path()
{
    return QStringLiteral("/org/freedesktop/portal/desktop");
}
QString settings()
{
    return QStringLiteral("org.freedesktop.portal.Settings");
}
QString appearance()
{
    return QStringLiteral("org.freedesktop.appearance");
}
QString colorScheme()
{
    return QStringLiteral("color-scheme");
}

// Read() wraps its answer in a variant within a variant.
QVariant unwrapped(QVariant value)
{
    while (value.metaType() == QMetaType::fromType<QDBusVariant>())
        value = value.value<QDBusVariant>().variant();
    return value;
}

} // namespace

void ColorScheme::follow()
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(portal(), path(), settings(), QStringLiteral("SettingChanged"), this,
                SLOT(takeSetting(QString, QString, QDBusVariant)));
    QDBusMessage question = QDBusMessage::createMethodCall(portal(), path(), settings(), QStringLiteral("Read"));
    question << appearance() << colorScheme();
    auto *watcher = new QDBusPendingCallWatcher(bus.asyncCall(question, 2000), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        watcher->deleteLater();
        const QDBusPendingReply<QDBusVariant> reply = *watcher;
        if (!reply.isError())
            take(unwrapped(QVariant::fromValue(reply.value())).toUInt());
    });
}

void ColorScheme::takeSetting(const QString &group, const QString &key, const QDBusVariant &value)
{
    if (group == appearance() && key == colorScheme())
        take(unwrapped(value.variant()).toUInt());
}
#else
void ColorScheme::follow() {}

void ColorScheme::takeSetting(const QString &, const QString &, const QDBusVariant &) {}
#endif

// 0 no preference, 1 dark, 2 light: org.freedesktop.appearance color-scheme
void ColorScheme::take(unsigned preference)
{
    const Scheme wanted = preference == 1 ? Scheme::Dark : Scheme::Light;
    if (std::exchange(m_told, wanted) != wanted)
        emit changed(wanted);
}

std::optional<Scheme> schemeFromWord(const QString &word)
{
    if (word == QLatin1String("light"))
        return Scheme::Light;
    if (word == QLatin1String("dark"))
        return Scheme::Dark;
    return std::nullopt;
}

} // namespace taffrail::ui
