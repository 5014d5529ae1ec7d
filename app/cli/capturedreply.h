// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

#include <QByteArray>
#include <QMap>
#include <QVariantMap>

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

/// The reply in that shape: shell as it is; SQL from a JSON array of row objects, or from what psql printed; HTTP from
/// a raw response (or a body, as 200); TLS from a PEM chain, leaf first.
Result<std::variant<sources::ShellReply, sources::SqlReply, sources::HttpReply, sources::TlsReply>>
readCaptured(ReplyShape shape, const Captured &captured);

/// The source whose output `word` names: its own name, or that of a command or program which it reads
/// ("pg_verifybackup", "check_pgbackrest"); a restore tried by hand is read as "drill". Null for none.
const sources::Source *capturedSource(PaneKind pane, const QString &word);

/// What the source says of captured outputs by part name, all with the same error text and exit code, as if read at
/// `now`. `entry` receives the inventory entry that they stand for.
Result<Value> parseCaptured(const sources::Source &source, const QVariantMap &options,
                            const QMap<QString, QByteArray> &parts, const QByteArray &err, int exitCode,
                            const QDateTime &now, SourceEntry &entry);

/// A JSON array of row objects as rows of text, the way PostgreSQL writes values (booleans t/f, arrays {…}, numbers
/// with all their digits).
Result<sources::SqlReply> rowsFromJson(const QByteArray &json);

/// Rows as psql prints them, expanded (-x) or as a table; empty for any other text. NULL and "" cannot be told apart.
std::optional<sources::SqlReply> rowsFromPsql(const QByteArray &text);

} // namespace taffrail
