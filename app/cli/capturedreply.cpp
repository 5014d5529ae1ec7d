// SPDX-License-Identifier: GPL-3.0-or-later
#include "capturedreply.h"

#include "registry.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace taffrail {

namespace {

using Json = nlohmann::ordered_json;

QByteArray arrayLiteral(const Json &array);

/// A value as PostgreSQL prints it.
std::optional<QByteArray> pgText(const Json &value)
{
    switch (value.type()) {
    case Json::value_t::null: return std::nullopt;
    case Json::value_t::boolean: return QByteArray(value.get<bool>() ? "t" : "f");
    case Json::value_t::string: return QByteArray::fromStdString(value.get<std::string>());
    case Json::value_t::array: return arrayLiteral(value);
    default: return QByteArray::fromStdString(value.dump(-1, ' ', false, Json::error_handler_t::replace));
    }
}

QByteArray arrayLiteral(const Json &array)
{
    QByteArray out = "{";
    for (const Json &element : array) {
        if (out.size() > 1)
            out += ',';
        const auto text = pgText(element);
        if (!text) {
            out += "NULL";
        } else if (element.is_array()) {
            out += *text;
        } else {
            QByteArray quoted = *text;
            quoted.replace('\\', "\\\\").replace('"', "\\\"");
            out += '"' + quoted + '"';
        }
    }
    return out + '}';
}

sources::HttpReply httpFrom(const QByteArray &bytes)
{
    sources::HttpReply reply;
    reply.code = 200;
    reply.body = bytes;
    if (!bytes.startsWith("HTTP/"))
        return reply;
    qsizetype end = bytes.indexOf("\r\n\r\n");
    qsizetype skip = 4;
    if (end < 0) {
        end = bytes.indexOf("\n\n");
        skip = 2;
    }
    const QByteArray head = end < 0 ? bytes : bytes.left(end);
    reply.body = end < 0 ? QByteArray() : bytes.mid(end + skip);
    const QList<QByteArray> lines = head.split('\n');
    const QList<QByteArray> words = lines.value(0).trimmed().split(' ');
    reply.code = words.value(1).toInt();
    for (const QByteArray &line : lines.mid(1)) {
        const qsizetype colon = line.indexOf(':');
        if (colon > 0)
            reply.headers.insert(line.left(colon).trimmed().toLower(), line.mid(colon + 1).trimmed());
    }
    reply.contentType = reply.headers.value("content-type");
    if (reply.code >= 300 && reply.code < 400)
        reply.redirectedTo = QUrl::fromEncoded(reply.headers.value("location"));
    return reply;
}

sources::TlsReply tlsFrom(const QByteArray &pem)
{
    sources::TlsReply reply;
    static const QByteArray begin = "-----BEGIN CERTIFICATE-----";
    static const QByteArray finish = "-----END CERTIFICATE-----";
    for (qsizetype at = pem.indexOf(begin); at >= 0; at = pem.indexOf(begin, at + 1)) {
        const qsizetype end = pem.indexOf(finish, at);
        if (end < 0)
            break;
        reply.chainDer.push_back(QByteArray::fromBase64(pem.mid(at + begin.size(), end - at - begin.size())));
    }
    return reply;
}

/// The inventory entry that a captured output stands for.
SourceEntry entryFor(const sources::Source &source, const QVariantMap &options)
{
    SourceEntry entry;
    entry.id = QString::fromLatin1(source.name);
    entry.pane = source.pane;
    entry.source = entry.id;
    entry.options = options;
    if (source.needsHosts || !source.needsDatabase)
        entry.hosts = {QStringLiteral("host")};
    if (source.needsDatabase)
        entry.database = QStringLiteral("database");
    return entry;
}

} // namespace

const sources::Source *capturedSource(PaneKind pane, const QString &word)
{
    struct Other {
        const char *word;
        const char *name;
    };
    static const Other others[]{
        {"postgresql", "postgres"},
        {"psql", "postgres"},
        {"pgdump", "pg_dump"},
        {"pg_restore", "pg_dump"},
        {"pg_dumpall", "pg_dump"},
        {"check_pgbackrest", "pgbackrest"},
        {"pg_verifybackup", "pg_basebackup"},
        {"walg", "wal-g"},
        {"borgbackup", "borg"},
    };
    if (const sources::Source *source = sources::findSource(pane, word))
        return source;
    if (pane != PaneKind::Backups)
        return nullptr;
    for (const Other &other : others) {
        if (word == QLatin1String(other.word))
            return sources::findSource(pane, QString::fromLatin1(other.name));
    }
    return word == QLatin1String(sources::drillCaptureSource.name) ? &sources::drillCaptureSource : nullptr;
}

Result<Value> parseCaptured(const sources::Source &source, const QVariantMap &options,
                            const QMap<QString, QByteArray> &parts, const QByteArray &err, int exitCode,
                            const QDateTime &now, SourceEntry &entry)
{
    entry = entryFor(source, options);
    sources::Replies replies;
    for (auto part = parts.cbegin(); part != parts.cend(); ++part) {
        const auto read = readCaptured(shapeOf(source, entry, part.key(), part.value()), {part.value(), err, exitCode});
        if (!read)
            return failure(read.error());
        sources::Reply reply;
        reply.name = part.key();
        reply.subject = !entry.database.isEmpty() && read->index() == 1 ? entry.database : entry.hosts.value(0);
        reply.at = now;
        reply.result = *read;
        replies.push_back(std::move(reply));
    }
    sources::Context context;
    context.now = now;
    return source.parse(entry, replies, context);
}

ReplyShape shapeOf(const sources::Source &source, const SourceEntry &entry, const QString &part,
                   const QByteArray &bytes)
{
    const std::vector<sources::Request> requests = source.requests(entry, {});
    const auto named
        = std::ranges::find_if(requests, [&part](const sources::Request &each) { return each.name == part; });
    if (named != requests.end())
        return ReplyShape(named->what.index());
    return bytes.trimmed().startsWith('[') && source.needsDatabase ? ReplyShape::Sql : ReplyShape::Shell;
}

std::optional<sources::SqlReply> rowsFromPsql(const QByteArray &bytes)
{
    sources::SqlReply reply;
    const auto cellOf = [](const QByteArray &text) {
        const QByteArray value = text.trimmed();
        return value.isEmpty() ? std::nullopt : std::optional<QByteArray>(value);
    };
    const QList<QByteArray> lines = bytes.split('\n');
    if (bytes.trimmed().startsWith("-[ RECORD")) {
        for (const QByteArray &line : lines) {
            if (line.startsWith("-[ RECORD"))
                reply.rows.emplace_back(size_t(reply.columns.size()));
            const qsizetype bar = line.startsWith('-') ? -1 : line.indexOf('|');
            if (bar <= 0)
                continue;
            const QByteArray name = line.left(bar).trimmed();
            qsizetype column = reply.columns.indexOf(name);
            if (column < 0) {
                column = reply.columns.size();
                reply.columns << name;
                for (auto &row : reply.rows)
                    row.emplace_back();
            }
            reply.rows.back()[size_t(column)] = cellOf(line.mid(bar + 1));
        }
        return reply;
    }
    const bool isRuled = lines.size() > 1 && lines[1].startsWith('-')
        && QByteArray(lines[1]).replace('-', "").replace('+', "").trimmed().isEmpty();
    if (!isRuled)
        return std::nullopt;
    for (const QByteArray &name : lines[0].split('|'))
        reply.columns << name.trimmed();
    for (const QByteArray &line : lines.mid(2)) {
        const QList<QByteArray> cells = line.split('|');
        if (cells.size() != reply.columns.size() || line.trimmed().isEmpty() || line.startsWith('('))
            continue;
        reply.rows.emplace_back();
        for (const QByteArray &cell : cells)
            reply.rows.back().push_back(cellOf(cell));
    }
    return reply;
}

Result<sources::SqlReply> rowsFromJson(const QByteArray &bytes)
{
    const auto wrong = [](const QString &text) {
        return failure(ErrorKind::BadData, QStringLiteral("read rows"), QStringLiteral("standard input"), text,
                       QStringLiteral("SQL parts are a JSON array of row objects, as json_agg writes them."));
    };
    const Json json = Json::parse(bytes.begin(), bytes.end(), nullptr, false);
    if (json.is_discarded() || !json.is_array())
        return wrong(QStringLiteral("this is not a JSON array"));
    sources::SqlReply reply;
    for (const Json &row : json) {
        if (!row.is_object())
            return wrong(QStringLiteral("row %1 is not an object").arg(reply.rows.size()));
        std::vector<std::optional<QByteArray>> cells(size_t(reply.columns.size()));
        for (const auto &[key, value] : row.items()) {
            const QByteArray name = QByteArray::fromStdString(key);
            qsizetype column = reply.columns.indexOf(name);
            if (column < 0) {
                column = reply.columns.size();
                reply.columns << name;
                cells.emplace_back();
                for (auto &earlier : reply.rows)
                    earlier.emplace_back();
            }
            cells[size_t(column)] = pgText(value);
        }
        reply.rows.push_back(std::move(cells));
    }
    return reply;
}

Result<std::variant<sources::ShellReply, sources::SqlReply, sources::HttpReply, sources::TlsReply>>
readCaptured(ReplyShape shape, const Captured &captured)
{
    switch (shape) {
    case ReplyShape::Shell: return sources::ShellReply{captured.exitCode, captured.bytes, captured.err};
    case ReplyShape::Http: return httpFrom(captured.bytes);
    case ReplyShape::Tls: return tlsFrom(captured.bytes);
    case ReplyShape::Sql: {
        if (const std::optional<sources::SqlReply> printed = rowsFromPsql(captured.bytes))
            return *printed;
        Result<sources::SqlReply> rows = rowsFromJson(captured.bytes);
        if (!rows)
            return failure(rows.error());
        return *rows;
    }
    }
    return failure(ErrorKind::Internal, {}, {}, {});
}

} // namespace taffrail
