// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

#include <QByteArray>

namespace taffrail {

/// Captured output as the reply it would have been, for `taffrail parse`.
struct Captured {
    QByteArray bytes;
    QByteArray err;
    int exitCode = 0;
};

/// What kind of answer a part of a source is.
enum class ReplyShape { Shell, Sql, Http, Tls };

/// The shape of a part: that of the request of this name which the source makes first; a part that is only asked later
/// is SQL when the bytes are a JSON array, else shell.
ReplyShape shapeOf(const sources::Source &source, const SourceEntry &entry, const QString &part,
                   const QByteArray &bytes);

/// The reply in that shape: shell as it is; SQL from a JSON array of row objects; HTTP from a raw response (or a body,
/// as 200); TLS from a PEM chain, leaf first.
Result<std::variant<sources::ShellReply, sources::SqlReply, sources::HttpReply, sources::TlsReply>>
readCaptured(ReplyShape shape, const Captured &captured);

/// A JSON array of row objects as rows of text, the way PostgreSQL writes values (booleans t/f, arrays {…}, numbers
/// with all their digits).
Result<sources::SqlReply> rowsFromJson(const QByteArray &json);

} // namespace taffrail
