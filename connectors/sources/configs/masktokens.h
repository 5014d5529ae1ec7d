// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

namespace taffrail::sources {

/// What stands for a secret that only this side can recognise, in the token forms of configsecrets.h: its digest by the
/// entry's compare_key, the same that a host would have made.
QString maskTokenOf(const QString &secret, const SourceEntry &entry);

/// HMAC-SHA-256 in SQL needs the key's two pads: 64 bytes as hex digits, or nothing without a good compare_key.
struct SqlKeyPads {
    std::optional<QByteArray> inner, outer;
};
SqlKeyPads sqlKeyPads(const SourceEntry &entry);
/// SQL text that is the token of the text expression `value`, with the pads as parameters `inner` and `outer` ("$1").
/// An empty text stays empty.
QByteArray sqlToken(const QByteArray &value, const QByteArray &inner, const QByteArray &outer);
/// SQL condition: the name (a text expression) is one that secrets have.
QByteArray sqlNamesSecret(const QByteArray &name);
/// SQL condition: the value (a text expression) holds what looks like a secret.
QByteArray sqlLooksSecret(const QByteArray &value);
/// The same two judgements on this side, for answers that did not come from those statements.
bool isSecretSetting(const QString &name, const QString &value);

} // namespace taffrail::sources
