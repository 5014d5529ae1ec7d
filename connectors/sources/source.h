// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "observation.h"

#include <QByteArray>
#include <QHash>
#include <QUrl>

#include <chrono>
#include <optional>
#include <variant>
#include <vector>

/// A source is two pure functions and a name. It never does I/O: `requests` says what to ask, `parse` reads the
/// answers.
namespace taffrail::sources {

/// fast: every interval; slow: every 6 h, when a person asks, and after a deploy (its replies are kept meanwhile).
enum class Lane { Fast, Slow };

/// POSIX sh text run on one host as a part of that host's probe. The text is constant but for values passed through
/// shellQuoted(). It runs in a subshell with LC_ALL=C TZ=UTC, stdin from /dev/null, under its own time limit; a missing
/// path is an answer, not a failure. It must not write.
struct ShellPart {
    QByteArray script;
    std::chrono::milliseconds limit{8'000};
    qint64 maxBytes = 256 * 1024;
};

/// One statement in a read-only session, autocommit, sent pipelined with the others of its database.
struct SqlQuery {
    QByteArray sql;
    std::vector<std::optional<QByteArray>> parameters; ///< text format, $1 …
};

struct HttpGet {
    QUrl url;
    QString via; ///< host id to go through, or ""
    std::chrono::milliseconds limit{5'000};
    qint64 maxBytes = 64 * 1024;
    bool verifyTls = true;
    QString caFile; ///< PEM file on this machine whose authorities are trusted, alone and for this request alone; or ""
    /// Reference of a secret (env:NAME, file:PATH, command:…, keychain:…) that the transport resolves when it asks, and
    /// sends to this very scheme, host and port alone; never the secret itself. "" = none.
    QString secret;
    QByteArray secretField = "Authorization"; ///< header field that carries it
    QByteArray secretPrefix = "Bearer "; ///< what stands before it there
    std::vector<std::pair<QByteArray, QByteArray>> headers; ///< further fields; nothing secret
};

struct TlsProbe {
    QString host;
    int port = 443;
    QString serverName; ///< for SNI and the name check; "" = host
    QString via;
    enum class StartTls { None, Postgres } startTls = StartTls::None;
    std::chrono::milliseconds limit{5'000};
    QString caFile; ///< PEM file on this machine whose authorities are trusted, alone and for this probe alone; or ""
};

/// One thing to ask. `name` is unique within a source ("" for a source with one part); `subject` is the host or
/// database id, or the URL.
struct Request {
    QString name;
    QString subject;
    std::variant<ShellPart, SqlQuery, HttpGet, TlsProbe> what;
    Lane lane = Lane::Fast;
};

struct ShellReply {
    int exitCode = 0; ///< 127: tool absent, 124/137/143: its time limit passed
    QByteArray out, err;
};

/// Rows as text, as PostgreSQL writes them; null = SQL NULL.
struct SqlReply {
    QList<QByteArray> columns;
    std::vector<std::vector<std::optional<QByteArray>>> rows;

    int column(const QByteArray &name) const { return int(columns.indexOf(name)); }
    /// The cell, or null for NULL, a missing column or row.
    const QByteArray *cell(size_t row, const QByteArray &name) const;
};

struct HttpReply {
    int code = 0;
    QByteArray contentType, body;
    QHash<QByteArray, QByteArray> headers; ///< names in lower case
    QUrl redirectedTo; ///< a redirect that was not followed
    std::chrono::milliseconds dns{0}, connect{0}, tls{0}, firstByte{0}, total{0};
    bool bodyCut = false;
};

struct TlsReply {
    std::vector<QByteArray> chainDer; ///< as the peer sent it, leaf first
    QString protocol; ///< "TLSv1.3"
    QString verifyError; ///< "" = the chain leads to a trusted root
    std::chrono::milliseconds handshake{0};
};

/// An answer to one Request, or why there is none.
struct Reply {
    QString name;
    QString subject;
    QDateTime at; ///< our clock, UTC, when it was complete
    std::chrono::milliseconds took{0};
    Result<std::variant<ShellReply, SqlReply, HttpReply, TlsReply>> result = failure(ErrorKind::Internal, {}, {}, {});

    template <typename T> const T *as() const { return result ? std::get_if<T>(&*result) : nullptr; }
    const Error *error() const { return result ? nullptr : &result.error(); }
};
using Replies = std::vector<Reply>;

/// The replies with this part name, in order.
std::vector<const Reply *> repliesNamed(const Replies &replies, const QString &name);
const Reply *replyOf(const Replies &replies, const QString &name, const QString &subject);

struct Context {
    QDateTime now; ///< our clock, UTC
    /// Offset of a host or database clock, seconds, other side minus ours; 0 when not known.
    QHash<QString, double> clockOffsets;
};

/// One key that an inventory entry of this source may carry besides the common ones.
struct Option {
    const char *name;
    const char *type; ///< JSON Schema type: "string", "integer", "boolean", "object", "array"
    bool required;
    const char *description;
    const char *schema = nullptr; ///< further JSON Schema members, e.g. R"("pattern":"^/")", or null
};

struct Source {
    PaneKind pane;
    const char *name; ///< as in the inventory
    const char *title; ///< "Capistrano 3"
    bool needsHosts; ///< the entry must name at least one host
    bool needsDatabase;
    std::vector<Option> options;
    std::vector<const char *> parts; ///< part names for `taffrail parse KIND/NAME.PART`; the first is the default

    /// What to ask next, given the answers so far (empty at first). Empty = enough. Called at most 4 times.
    std::vector<Request> (*requests)(const SourceEntry &entry, const Replies &soFar);
    /// What the answers say. An error only when nothing can be said: a value with notes is better than an error.
    Result<Value> (*parse)(const SourceEntry &entry, const Replies &replies, const Context &context);
    /// Whether the other answers show something that `kept`, an older good answer of the slow lane, does not know yet,
    /// so that it must be asked again before its time. Null = never. Cheap: it runs at every refresh.
    bool (*isOutdated)(const SourceEntry &entry, const Reply &kept, const Replies &replies) = nullptr;
    /// What the login must be allowed to read or run, in one plain sentence; null = no more than signing in.
    const char *rights = nullptr;
    /// What Taffrail can do through this tool besides reading ("rollback", "drill"), separated by blanks; null =
    /// nothing.
    const char *acts = nullptr;
};

/// All sources, in pane order. The one place to add a line for a new one is registry.cpp.
const std::vector<const Source *> &allSources();
const Source *findSource(PaneKind pane, const QString &name);

/// The one function that turns a value into shell text: single quotes, safe in every POSIX shell. NUL is refused (cut).
QByteArray shellQuoted(const QString &value);

} // namespace taffrail::sources
