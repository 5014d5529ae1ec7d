// SPDX-License-Identifier: GPL-3.0-or-later
#include "deployerlog.h"

#include "text.h"

#include <nlohmann/json.hpp>

#include <QRegularExpression>

namespace taffrail::sources::deployer {

namespace {

using nlohmann::json;

constexpr size_t mostLines = 5000;

QString textOf(const json &object, const char *key)
{
    const auto found = object.find(key);
    if (found == object.end())
        return {};
    if (found->is_number_integer())
        return QString::number(found->get<qint64>());
    return found->is_string() ? sanitizedLine(QByteArray::fromStdString(found->get_ref<const std::string &>()), 200)
                              : QString();
}

/// Times of the table are in the zone that its heading names.
QDateTime tableTime(const QString &text, bool isUtc)
{
    const QDateTime time = QDateTime::fromString(text, QStringLiteral("yyyy-MM-dd HH:mm:ss"));
    return isUtc && time.isValid() ? QDateTime(time.date(), time.time(), Qt::UTC) : QDateTime();
}

bool takeRow(const QStringList &cells, bool isUtc, HostFacts &facts)
{
    static const QRegularExpression shape(QStringLiteral("\\A(\\S+)((?: \\((?:current|bad|dirty)\\))*)\\z"));
    const auto match = shape.match(cells.value(1));
    if (cells.size() < 5 || !match.hasMatch() || !isReleaseName(match.captured(1)))
        return false;
    const QString name = match.captured(1), marks = match.captured(2), commit = cells[4];
    facts.log->push_back(
        {tableTime(cells[0], isUtc), name, cells[2], cells[3], cells.join(QStringLiteral(" | ")), !isUtc});
    const bool isLive = marks.contains(QLatin1String("(current)"));
    if (isLive) {
        facts.hasLink = true;
        facts.live = facts.target = name;
    }
    // The table says "unknown" of a release without REVISION, too: then its marks alone show that it is there.
    if (commit == QLatin1String("unknown") && marks.isEmpty())
        return true;
    Folder &folder = facts.folders[name];
    folder.isDirectory = true;
    if (probes::isCommit(commit))
        folder.revision = commit;
    folder.isDirty = marks.contains(QLatin1String("(dirty)"));
    if (marks.contains(QLatin1String("(bad)")))
        folder.bad = Mark{};
    if (isLive)
        facts.liveRevision = folder.revision;
    return true;
}

} // namespace

std::optional<LogEntry> readLogLine(const QByteArray &line)
{
    const json object = json::parse(line.constBegin(), line.constEnd(), nullptr, false);
    if (!object.is_object())
        return std::nullopt;
    LogEntry entry;
    entry.release = textOf(object, "release_name");
    if (!isReleaseName(entry.release))
        return std::nullopt;
    entry.at = probes::isoTime(textOf(object, "created_at"));
    entry.user = textOf(object, "user");
    entry.target = textOf(object, "target");
    entry.raw = redacted(sanitizedLine(line));
    return entry;
}

std::optional<LogEntry> readOldLine(const QByteArray &line)
{
    static const QRegularExpression shape(QStringLiteral("\\A([0-9]{14}),([A-Za-z0-9._-]+)\\r?\\z"));
    const auto match = shape.match(QString::fromLatin1(line));
    if (!match.hasMatch() || !isReleaseName(match.captured(2)))
        return std::nullopt;
    QDateTime at = QDateTime::fromString(match.captured(1), QStringLiteral("yyyyMMddHHmmss"));
    at = at.isValid() ? QDateTime(at.date(), at.time(), Qt::UTC) : QDateTime();
    return LogEntry{at, match.captured(2), {}, {}, sanitizedLine(line), true};
}

Mark readMark(const QByteArray &text)
{
    const QString line = sanitizedLine(text, 200);
    const Mark mark{probes::isoTime(line.section(QLatin1Char(','), 0, 0)), line.section(QLatin1Char(','), 1), line};
    return mark.at.isValid() ? mark : Mark{{}, {}, line};
}

void readLogFile(const QByteArray &text, HostFacts &facts)
{
    if (!facts.log)
        facts.log.emplace();
    for (const QByteArray &line : text.split('\n')) {
        if (line.trimmed().isEmpty() || facts.log->size() >= mostLines)
            continue;
        std::optional<LogEntry> entry = readLogLine(line);
        if (!entry)
            entry = readOldLine(line);
        if (entry)
            facts.log->push_back(*entry);
        else
            ++facts.strangeLines;
    }
}

bool readTable(const QByteArray &text, HostFacts &facts)
{
    bool isInside = false, isUtc = false, seen = false;
    for (const QByteArray &raw : text.split('\n')) {
        const QString line = sanitizedLine(raw, 1000).trimmed();
        // `dep` puts the name of the host before each line when it asks several.
        const qsizetype bar = line.indexOf(QLatin1Char('|'));
        if (bar < 0) {
            if (isInside && line.isEmpty())
                break;
            continue;
        }
        QStringList cells = line.mid(bar + 1).split(QLatin1Char('|'));
        if (cells.size() > 1 && cells.last().trimmed().isEmpty())
            cells.removeLast();
        for (QString &cell : cells)
            cell = cell.trimmed();
        if (cells.value(1) == QLatin1String("Release") && cells.value(0).startsWith(QLatin1String("Date"))) {
            if (isInside)
                break; // the next host's table
            isInside = seen = true;
            isUtc = cells[0].contains(QLatin1String("UTC"));
            facts.log.emplace();
        } else if (isInside && facts.log->size() < mostLines && !takeRow(cells, isUtc, facts)) {
            ++facts.strangeLines;
        }
    }
    return seen;
}

} // namespace taffrail::sources::deployer
