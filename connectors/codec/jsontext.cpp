// SPDX-License-Identifier: GPL-3.0-or-later
#include "codec.h"

#include <nlohmann/json.hpp>

namespace taffrail::codec {

namespace {

constexpr int maxDepth = 64;

/// Whether brackets outside texts nest deeper than the limit. Looked at before parsing, because printing and copying
/// what was parsed recurse.
bool isTooDeep(const QByteArray &text)
{
    int depth = 0;
    bool inText = false;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const char each = text.at(i);
        if (inText) {
            if (each == '\\')
                ++i;
            else if (each == '"')
                inText = false;
        } else if (each == '"') {
            inText = true;
        } else if ((each == '[' || each == '{') && ++depth > maxDepth) {
            return true;
        } else if (each == ']' || each == '}') {
            --depth;
        }
    }
    return false;
}

} // namespace

Result<Json> parseJson(const QByteArray &text, qint64 maxBytes)
{
    const QString step = QStringLiteral("parse");
    if (text.size() > maxBytes)
        return failure(ErrorKind::TooLarge, step, QStringLiteral("$"),
                       QStringLiteral("JSON of %1 bytes is over the limit of %2").arg(text.size()).arg(maxBytes));
    if (isTooDeep(text))
        return failure(ErrorKind::BadData, step, QStringLiteral("$"),
                       QStringLiteral("JSON nested deeper than %1").arg(maxDepth));
    try {
        return Json::parse(text.constData(), text.constData() + text.size());
    } catch (const Json::parse_error &error) {
        return failure(ErrorKind::BadData, step, QStringLiteral("$"),
                       QStringLiteral("no valid JSON at byte %1").arg(qulonglong(error.byte)));
    } catch (const Json::exception &) { // a number that no type holds
        return failure(ErrorKind::BadData, step, QStringLiteral("$"),
                       QStringLiteral("JSON with a number out of range"));
    }
}

QByteArray jsonText(const Json &json, int indent)
{
    return QByteArray::fromStdString(json.dump(indent > 0 ? indent : -1, ' ', false, Json::error_handler_t::replace));
}

QByteArray encoded(const Snapshot &snapshot)
{
    // Settings are not kept: they are many, and what a host holds in its files is nobody's to leave on a laptop.
    Snapshot kept = snapshot;
    std::erase_if(kept.observations, [](const Observation &each) { return each.pane == PaneKind::Configs; });
    return jsonText(toJson(kept));
}

Result<Snapshot> decodedSnapshot(const QByteArray &text)
{
    const Result<Json> json = parseJson(text);
    if (!json)
        return failure(json.error());
    return fromJson<Snapshot>(*json);
}

} // namespace taffrail::codec
