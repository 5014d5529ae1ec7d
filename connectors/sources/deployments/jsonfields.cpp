// SPDX-License-Identifier: GPL-3.0-or-later
#include "jsonfields.h"

#include "jsonlines.h"
#include "text.h"

#include <QCryptographicHash>

#include <limits>

namespace taffrail::sources::fields {

namespace {

constexpr size_t mostDocuments = 5000;
constexpr int deepest = 100;

/// Where one document ends (one past its last byte); -1 = the text ends before it does, -2 = too deep.
qsizetype endOfDocument(const QByteArray &text, qsizetype from)
{
    int depth = 0;
    bool inText = false;
    for (qsizetype i = from; i < text.size(); ++i) {
        const char c = text[i];
        if (inText) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                inText = false;
        } else if (c == '"') {
            inText = true;
        } else if (c == '{' || c == '[') {
            if (++depth > deepest)
                return -2;
        } else if ((c == '}' || c == ']') && --depth <= 0) {
            return i + 1;
        }
    }
    return -1;
}

bool isBlank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// Warnings that tools of Kubernetes put before their answer when both streams were captured as one.
qsizetype skipWarnings(const QByteArray &text)
{
    qsizetype at = text.startsWith("\xef\xbb\xbf") ? 3 : 0;
    while (at < text.size()) {
        while (at < text.size() && isBlank(text[at]))
            ++at;
        const QByteArray start = text.mid(at, 8);
        const bool isLog = start.size() > 5 && (start[0] == 'W' || start[0] == 'I' || start[0] == 'E')
            && std::all_of(start.begin() + 1, start.begin() + 5, [](char c) { return c >= '0' && c <= '9'; });
        if (!isLog && !start.startsWith("Warning:") && !start.startsWith("WARNING:"))
            break;
        const qsizetype end = text.indexOf('\n', at);
        at = end < 0 ? text.size() : end + 1;
    }
    return at;
}

} // namespace

const Json &at(const Json &value, std::initializer_list<const char *> path)
{
    static const Json nothing;
    const Json *here = &value;
    for (const char *key : path) {
        if (!here->is_object())
            return nothing;
        const auto found = here->find(key);
        if (found == here->end())
            return nothing;
        here = &*found;
    }
    return *here;
}

QString textOf(const Json &value, int limit)
{
    if (value.is_string())
        return sanitizedLine(QByteArray::fromStdString(value.get_ref<const std::string &>()), limit);
    if (value.is_number_integer())
        return QString::fromStdString(value.dump());
    return {};
}

QString text(const Json &value, const char *key, int limit)
{
    return textOf(at(value, {key}), limit);
}

std::optional<qint64> numberOf(const Json &value)
{
    if (value.is_number_unsigned()) {
        const auto found = value.get<quint64>();
        return found <= quint64(std::numeric_limits<qint64>::max()) ? std::optional(qint64(found)) : std::nullopt;
    }
    if (value.is_number_integer())
        return value.get<qint64>();
    if (value.is_string()) {
        bool isNumber = false;
        const qint64 found = QByteArray::fromStdString(value.get_ref<const std::string &>()).toLongLong(&isNumber);
        return isNumber ? std::optional(found) : std::nullopt;
    }
    return std::nullopt;
}

std::optional<qint64> number(const Json &value, const char *key)
{
    return numberOf(at(value, {key}));
}

bool isTrue(const Json &value, const char *key)
{
    const Json &found = at(value, {key});
    return found.is_boolean() && found.get<bool>();
}

QDateTime time(const Json &value, const char *key)
{
    const Json &found = at(value, {key});
    if (!found.is_string())
        return {};
    const QDateTime read = fromRfc3339(text(value, key, 60));
    return read.isValid() && read.date().year() > 1970 ? read.toUTC() : QDateTime();
}

QDateTime nanoTime(const Json &value, const char *key)
{
    const auto found = number(value, key);
    return found && *found > 0 ? QDateTime::fromMSecsSinceEpoch(*found / 1'000'000, Qt::UTC) : QDateTime();
}

Documents documents(const QByteArray &text)
{
    Documents found;
    qsizetype at = skipWarnings(text);
    while (true) {
        while (at < text.size() && isBlank(text[at]))
            ++at;
        if (at >= text.size())
            break;
        const auto wrong = [&](qsizetype place, const QString &why) {
            found.trouble = jsonPlace(text, place) + QStringLiteral(": ") + why;
            return found;
        };
        if (text[at] != '{' && text[at] != '[')
            return wrong(at, QStringLiteral("expected JSON"));
        if (found.values.size() >= mostDocuments)
            return wrong(at, QStringLiteral("more than %1 documents").arg(mostDocuments));
        const qsizetype end = endOfDocument(text, at);
        if (end == -2)
            return wrong(at, QStringLiteral("the JSON is nested too deep"));
        if (end < 0)
            return wrong(text.size(), QStringLiteral("the text ends before its JSON does: it is cut off"));
        try {
            found.values.push_back(Json::parse(text.constBegin() + at, text.constBegin() + end));
        } catch (const Json::parse_error &error) {
            return wrong(at + qsizetype(error.byte) - 1, QStringLiteral("this is not JSON"));
        } catch (const Json::exception &) {
            return wrong(at, QStringLiteral("the JSON can't be read"));
        }
        at = end;
    }
    if (found.values.empty())
        found.trouble = QStringLiteral("nothing was printed");
    return found;
}

QString digest(const Json &value)
{
    const std::string plain = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    return QString::fromLatin1(QCryptographicHash::hash(QByteArray::fromRawData(plain.data(), qsizetype(plain.size())),
                                                        QCryptographicHash::Sha256)
                                   .toHex());
}

} // namespace taffrail::sources::fields
