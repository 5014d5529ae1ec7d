// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QByteArray>

#include <chrono>

namespace taffrail::inventory {

/// Fetches the secret that a reference names: env:NAME, file:PATH (0600, the user's or root's, no link),
/// command:PROGRAM ARGS (no shell; double quotes keep blanks together; a reduced environment; 64 KiB),
/// keychain:SERVICE/KEY. One newline at the end of a file or an output is cut. Blocks, for a command or the keychain up
/// to `limit`: never call it on the UI thread. The caller wipes the bytes (secret.h). Errors: AnswerNeeded for "prompt"
/// (the caller asks a person), NotFound, BadConfig, Denied, Timeout, TooLarge, ToolFailed, Unsupported (no keychain
/// service); none holds a part of the secret.
Result<QByteArray> resolveSecret(const QString &reference, std::chrono::milliseconds limit = std::chrono::seconds(10));

/// Whether a text has the form of a reference (the secret itself may still be absent).
bool isSecretReference(const QString &text);

} // namespace taffrail::inventory
