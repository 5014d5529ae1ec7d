// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configs.h"

/// What is a secret in a configuration, and how it stays one. The host masks first (connectors/sources/configs): what
/// is masked there arrives as a token. settleSecrets() is the second lock: it turns tokens into marks, and masks what
/// the host could not see.
namespace taffrail {

/// What the host puts in the place of a secret: "TFMASK_" + 64 hex digits (its keyed digest) + "_", "TFMASK_short_"
/// (under 12 bytes: not compared, a digest of it could be guessed), "TFMASK_none_" (no key was sent). Plain ASCII
/// letters, digits and '_', so that it survives every format's quoting.
inline constexpr QLatin1String maskTokenStart("TFMASK_");

/// Whether a key names a secret, by any of its segments ("db.password", "secrets.api", "TOKEN_TTL" does too: masking
/// too much is no leak). The patterns are those of security.md 7.
bool namesSecret(const QString &key);
/// `value` with maskMark in place of what looks like a secret by its shape alone (URL user info, PEM private keys,
/// well-known token shapes), and of mask tokens.
QString maskedValue(const QString &value);
/// As above, but long runs of letters and digits stay: where they are digests, certificates and commits.
QString maskedShapes(const QString &value);

/// Every entry passes here before it leaves a source: tokens become marks and the fingerprint, secrets by key or shape
/// that came unmasked are masked (their fingerprint stays ""), and `secret` is set. Idempotent.
void settleSecrets(ConfigEntry &entry);
/// The text of a whole file with its tokens, and a mark in place of every secret that came unmasked.
QString lockedText(const QString &text);
/// lockedText() as people see it. Equal digests get equal marks: "••••⟨a⟩", "••••⟨b⟩" by order
/// in `known`, which a comparison shares among its files; a token without digest is maskMark alone.
QString maskedText(const QString &text, QStringList &known);

} // namespace taffrail
