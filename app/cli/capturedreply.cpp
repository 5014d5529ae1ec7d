// SPDX-License-Identifier: GPL-3.0-or-later
#include "capturedreply.h"

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

} // namespace

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
        Result<sources::SqlReply> rows = rowsFromJson(captured.bytes);
        if (!rows)
            return failure(rows.error());
        return *rows;
    }
    }
    return failure(ErrorKind::Internal, {}, {}, {});
}

} // namespace taffrail
