// SPDX-License-Identifier: GPL-3.0-or-later
#include "capistranolog.h"

#include "text.h"

#include <QRegularExpression>

#include <list>

namespace taffrail::sources::capistrano {

namespace {

/// The only run of exactly 14 digits, or "".
QString onlyStamp(const QString &text)
{
    static const QRegularExpression stamp(QStringLiteral("(?<![0-9])[0-9]{14}(?![0-9])"));
    QString found;
    for (auto matches = stamp.globalMatch(text); matches.hasNext();) {
        const QString next = matches.next().captured();
        if (!found.isEmpty() && next != found)
            return {};
        found = next;
    }
    return found;
}

} // namespace

// The two shapes that Capistrano 3 writes. The user is the rest of the line: it may hold blanks and " by ".
LogLine readLogLine(const QByteArray &line)
{
    static const QRegularExpression deployed(
        QStringLiteral("^Branch (.+) \\(at ([0-9a-f]*)\\) deployed as release ([0-9]{14}) by(?: (.*))?$"));
    static const QRegularExpression rolledBack(QStringLiteral("^(.*) rolled back to release ([0-9]{14})$"));
    const QString text = sanitizedLine(line.endsWith('\r') ? line.chopped(1) : line);
    LogLine result;
    result.raw = redacted(text);
    if (const auto match = deployed.match(text); match.hasMatch()) {
        result.kind = ReleaseKind::Deploy;
        result.branch = match.captured(1);
        result.revision = match.captured(2);
        result.release = match.captured(3);
        result.user = match.captured(4);
    } else if (const auto back = rolledBack.match(text); back.hasMatch()) {
        result.kind = ReleaseKind::Rollback;
        result.user = back.captured(1);
        result.release = back.captured(2);
    } else {
        result.release = onlyStamp(text);
    }
    return result;
}

std::vector<FleetLine> mergeLogs(const std::vector<HostFacts> &hosts)
{
    using Lines = std::list<FleetLine>;
    Lines merged;
    // The same words may stand in a log more than once: the n-th of one host is the n-th of another.
    QHash<std::pair<QByteArray, int>, Lines::iterator> known;
    for (const HostFacts &host : hosts) {
        if (host.error || !host.log)
            continue;
        QHash<QByteArray, int> seen;
        auto position = merged.begin();
        for (size_t i = 0; i < host.log->size(); ++i) {
            const QByteArray &raw = (*host.log)[i];
            const bool isLast = i + 1 == host.log->size();
            if (raw.trimmed().isEmpty() || (isLast && host.logPartial && readLogLine(raw).kind == ReleaseKind::Unknown))
                continue;
            const std::pair key{raw, seen[raw]++};
            const auto found = known.constFind(key);
            if (found != known.cend()) {
                (*found)->hosts << host.host;
                // Hosts that disagree about the order: the first host's stands.
                position = std::next(*found);
                continue;
            }
            known.insert(key, merged.insert(position, {readLogLine(raw), {host.host}}));
        }
    }
    return {merged.begin(), merged.end()};
}

} // namespace taffrail::sources::capistrano
