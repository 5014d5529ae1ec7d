// SPDX-License-Identifier: GPL-3.0-or-later
#include "databaseset.h"

#include <algorithm>

namespace taffrail::sources {

const SqlReply *DatabaseSet::rows(const QString &part)
{
    const SqlReply *found = nullptr;
    for (const Reply &reply : replies) {
        if (reply.name != part)
            continue;
        if (const Error *error = reply.error()) {
            failures.push_back(*error);
            if (failures.back().subject.isEmpty())
                failures.back().subject = reply.subject;
            failures.back().text = QStringLiteral("%1: %2").arg(part, error->text);
        } else {
            found = reply.as<SqlReply>();
        }
    }
    return found;
}

QString cellOf(const SqlReply &reply, size_t row, const char *column)
{
    const QByteArray *cell = reply.cell(row, column);
    return cell ? exactText(*cell) : QString();
}

bool isNullCell(const SqlReply &reply, size_t row, const char *column)
{
    return !reply.cell(row, column);
}

Result<Value> finishedSet(DatabaseSet &&set)
{
    const bool isAnswered = std::any_of(set.replies.begin(), set.replies.end(),
                                        [](const Reply &reply) { return reply.as<SqlReply>() != nullptr; });
    if (!isAnswered) {
        for (const Reply &reply : set.replies) {
            if (const Error *error = reply.error())
                return failure(*error);
        }
        return failure(ErrorKind::BadData, QStringLiteral("parse"), set.entry.id,
                       QStringLiteral("there is no answer to read"));
    }
    if (set.parsed.error)
        set.failures.push_back(*set.parsed.error);
    ConfigSet result;
    result.source = set.entry.source;
    result.notes = set.parsed.notes;
    result.partial = set.parsed.partial;
    for (const Error &error : set.failures) {
        ConfigFile file;
        file.error = error;
        result.files.push_back(std::move(file));
        result.notes << QStringLiteral("not read: %1").arg(error.text);
    }
    for (ConfigEntry &entry : set.parsed.entries) {
        settleShapes(entry);
        result.entries.push_back(std::move(entry));
    }
    return Value(std::move(result));
}

} // namespace taffrail::sources
