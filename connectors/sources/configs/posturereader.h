// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configs.h"
#include "source.h"

namespace taffrail::sources {

/// Gathers what one part says of one host, database or endpoint, as settings that can be compared.
class PostureReader {
public:
    PostureReader(ConfigSet &set, QString host) : m_set(set), m_host(std::move(host)) {}

    void text(const QString &key, const QString &value, const QString &note = {});
    void number(const QString &key, qint64 value, const QString &note = {});
    void flag(const QString &key, bool value, const QString &note = {});
    /// Why a part is not known.
    void trouble(const QString &part, ErrorKind kind, const QString &why);
    bool isTroubled(const QString &part) const;
    const QString &host() const { return m_host; }

private:
    void add(const QString &key, const QString &value, ConfigType type, const QString &note);

    ConfigSet &m_set;
    QString m_host;
};

/// Lines without their newline, at most 5000.
QList<QByteArray> postureLines(const QByteArray &text);

void readSshd(PostureReader &reader, const QByteArray &text);
void readUpdates(PostureReader &reader, const QByteArray &text);
void readFiles(PostureReader &reader, const QByteArray &text);
void readCode(PostureReader &reader, const QByteArray &text);
void readLogs(PostureReader &reader, const QByteArray &text);
void readNginx(PostureReader &reader, const QByteArray &text);
void readHaproxy(PostureReader &reader, const QByteArray &text);
void readContainers(PostureReader &reader, const QByteArray &text);
void readListening(PostureReader &reader, const QByteArray &text);

} // namespace taffrail::sources
