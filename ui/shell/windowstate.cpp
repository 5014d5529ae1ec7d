// SPDX-License-Identifier: GPL-3.0-or-later
#include "windowstate.h"

#include "opstable.h"

#include <QDir>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHeaderView>
#include <QMainWindow>
#include <QSaveFile>
#include <QScreen>
#include <QSettings>
#include <QSplitter>
#include <QTemporaryDir>

namespace taffrail::ui {

namespace {

QString headerKey(const OpsTable &table)
{
    return QStringLiteral("headers/%1-%2")
        .arg(table.objectName())
        .arg(table.model() ? table.model()->columnCount() : 0);
}

// Written beside the real file's kind of place, never over it; nothing when it could not be written whole.
QByteArray iniBytes(const QVariantMap &values)
{
    QTemporaryDir folder;
    if (!folder.isValid())
        return {};
    const QString path = folder.filePath(QStringLiteral("ui.ini"));
    {
        QSettings settings(path, QSettings::IniFormat);
        for (auto item = values.cbegin(); item != values.cend(); ++item)
            settings.setValue(item.key(), item.value());
        settings.sync();
        if (settings.status() != QSettings::NoError)
            return {};
    }
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void clampToScreens(QMainWindow &window)
{
    const QRect frame = window.geometry();
    for (const QScreen *screen : QGuiApplication::screens()) {
        if (screen->availableGeometry().intersects(frame))
            return;
    }
    if (const QScreen *screen = QGuiApplication::primaryScreen())
        window.move(screen->availableGeometry().topLeft());
}

} // namespace

bool WindowState::saveWhole(const QString &path, const QByteArray &bytes)
{
    QDir().mkpath(QFileInfo(path).absolutePath());
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return false;
    // commit() of Qt 6.4 takes a short write on a full disk for a good one.
    const bool isWhole = file.write(bytes) == bytes.size() && file.flush() && file.error() == QFileDevice::NoError;
    if (!isWhole)
        file.cancelWriting();
    return file.commit() && isWhole;
}

WindowState::WindowState(QString path, Save save) : m_path(std::move(path)), m_save(save ? std::move(save) : saveWhole)
{
    if (m_path.isEmpty() || !QFileInfo(m_path).isFile())
        return;
    const QSettings settings(m_path, QSettings::IniFormat);
    const QStringList keys = settings.allKeys();
    for (const QString &key : keys)
        m_values.insert(key, settings.value(key));
    m_written = m_values;
}

void WindowState::restore(QMainWindow &window)
{
    window.restoreGeometry(m_values.value(QStringLiteral("main/geometry")).toByteArray());
    clampToScreens(window);
    window.restoreState(m_values.value(QStringLiteral("main/state")).toByteArray(), layoutVersion);
    const QList<OpsTable *> tables = window.findChildren<OpsTable *>();
    for (OpsTable *table : tables) {
        const QByteArray header = m_values.value(headerKey(*table)).toByteArray();
        if (!header.isEmpty())
            table->horizontalHeader()->restoreState(header);
    }
    const QList<QSplitter *> splitters = window.findChildren<QSplitter *>();
    for (QSplitter *splitter : splitters) {
        const QByteArray sizes = m_values.value(QStringLiteral("splitters/") + splitter->objectName()).toByteArray();
        if (!splitter->objectName().isEmpty() && !sizes.isEmpty())
            splitter->restoreState(sizes);
    }
}

bool WindowState::store(const QMainWindow &window)
{
    if (m_path.isEmpty())
        return true;
    m_values.insert(QStringLiteral("main/geometry"), window.saveGeometry());
    m_values.insert(QStringLiteral("main/state"), window.saveState(layoutVersion));
    const QList<OpsTable *> tables = window.findChildren<OpsTable *>();
    for (const OpsTable *table : tables)
        m_values.insert(headerKey(*table), table->horizontalHeader()->saveState());
    const QList<QSplitter *> splitters = window.findChildren<QSplitter *>();
    for (const QSplitter *splitter : splitters) {
        if (!splitter->objectName().isEmpty())
            m_values.insert(QStringLiteral("splitters/") + splitter->objectName(), splitter->saveState());
    }
    return write();
}

bool WindowState::write()
{
    if (m_path.isEmpty() || m_values == m_written)
        return true;
    const QByteArray bytes = iniBytes(m_values);
    if (bytes.isEmpty() || !m_save(m_path, bytes))
        return false;
    m_written = m_values;
    return true;
}

} // namespace taffrail::ui
