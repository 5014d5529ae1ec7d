// SPDX-License-Identifier: GPL-3.0-or-later
#include "configformats.h"
#include "configsecrets.h"
#include "configtext.h"
#include "registry.h"

#include <QCryptographicHash>

namespace taffrail::sources {

namespace {

/// 128 bits in groups: one run of hex digits would look like a secret.
QString digestText(const QByteArray &bytes)
{
    const QByteArray hex = QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex();
    QString text;
    for (int group = 0; group < 8; ++group)
        text += (group > 0 ? QStringLiteral("-") : QString()) + QString::fromLatin1(hex.mid(group * 4, 4));
    return text;
}

} // namespace

ParsedConfig parsePlainText(const QByteArray &bytes, const SourceEntry &)
{
    ConfigReading reading;
    if (const std::optional<BadPlace> place = firstBadPlace(bytes))
        reading.note(QStringLiteral("line %1 holds %2").arg(QString::number(place->line), place->found));
    const qsizetype lines = bytes.count('\n') + (bytes.isEmpty() || bytes.endsWith('\n') ? 0 : 1);
    const QString value = QStringLiteral("%1 %2, digest %3")
                              .arg(QString::number(lines),
                                   lines == 1 ? QStringLiteral("line") : QStringLiteral("lines"), digestText(bytes));
    const QByteArray token(maskTokenStart.data(), maskTokenStart.size());
    const qsizetype hidden = bytes.count(token + "none_") + bytes.count(token + "short_");
    QString note;
    if (hidden > 0)
        note = QStringLiteral("%1 secrets in it are not compared").arg(hidden);
    reading.add(QStringLiteral("content"), value, bytes.isEmpty() ? 0 : 1, ConfigType::Text, note);
    return reading.take();
}

const Source textSource{
    PaneKind::Configs,
    "text",
    "Text files",
    true,
    false,
    fileOptions(),
    {"files"},
    requestsForFiles<MaskForm::Lines>,
    valueOfFiles<parsePlainText>,
    nullptr,
    "read access to the files; secrets are masked on the host",
};

} // namespace taffrail::sources
