// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostprobes.h"

#include "text.h"

#include <QRegularExpression>
#include <QSet>

#include <algorithm>

namespace taffrail::sources::probes {

QString Record::text(qsizetype index, int limit) const
{
    return sanitizedLine(field(index), limit);
}

QByteArray Record::rest(qsizetype index) const
{
    return fields.mid(index).join('\t');
}

void eachRecord(const QByteArray &out, const std::function<void(const Record &)> &take)
{
    for (qsizetype from = 0; from < out.size();) {
        const qsizetype end = out.indexOf('\n', from);
        if (end < 0)
            return;
        QList<QByteArray> fields = out.mid(from, end - from).split('\t');
        const QByteArray key = fields.takeFirst();
        take({key, fields});
        from = end + 1;
    }
}

QString optionText(const SourceEntry &entry, const char *name)
{
    return entry.options.value(QLatin1String(name)).toString();
}

QDateTime fromSeconds(const QByteArray &text)
{
    bool ok = false;
    const qint64 seconds = text.trimmed().toLongLong(&ok);
    // Year 9999: beyond it a time is rubbish, and QDateTime would show another one.
    return ok && seconds > 0 && seconds < 253'402'300'800 ? QDateTime::fromSecsSinceEpoch(seconds, Qt::UTC)
                                                          : QDateTime();
}

QDateTime isoTime(const QString &text)
{
    static const QRegularExpression plainOffset(QStringLiteral("([+-][0-9]{2})([0-9]{2})$"));
    QString written = text.trimmed();
    if (written.contains(QLatin1Char('T')))
        written.replace(plainOffset, QStringLiteral("\\1:\\2"));
    const QDateTime time = fromRfc3339(written);
    return time.isValid() ? time.toUTC() : QDateTime();
}

void addNote(QString &note, const QString &text)
{
    if (!note.contains(text))
        note += note.isEmpty() ? text : QStringLiteral("; ") + text;
}

bool wasEndedByTime(int exitCode)
{
    return exitCode == 124 || exitCode == 137 || exitCode == 143;
}

qint64 freeBytesOf(const Record &record)
{
    bool hasBlocks = false, hasSize = false;
    const qint64 blocks = record.field(0).toLongLong(&hasBlocks);
    const qint64 size = record.field(1).toLongLong(&hasSize);
    qint64 bytes = 0;
    return hasBlocks && hasSize && blocks >= 0 && size > 0 && !__builtin_mul_overflow(blocks, size, &bytes) ? bytes
                                                                                                            : -1;
}

bool isCommit(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A[0-9a-f]{7,64}\\z"));
    return shape.match(text).hasMatch();
}

Error unanswered(const QString &host, const QString &doing)
{
    return {ErrorKind::Internal, doing, host, QStringLiteral("there is no answer"), {}};
}

void agree(DeploymentHistory &history)
{
    QStringList live, words;
    for (const HostRelease &host : history.hosts) {
        if (host.error)
            continue;
        live << host.live;
        words << QStringLiteral("%1 on %2").arg(host.live.isEmpty() ? QStringLiteral("nothing") : host.live, host.host);
    }
    live.removeDuplicates();
    if (live.size() == 1)
        history.live = live.first();
    else if (live.size() > 1)
        history.notes.prepend(
            QStringLiteral("the hosts disagree about what is live: %1").arg(words.join(QStringLiteral(", "))));
}

void mergeEvents(DeploymentHistory &history, std::chrono::seconds window)
{
    std::ranges::stable_sort(history.events, std::greater<>(), [](const DeployEvent &event) {
        return event.at.isValid() ? event.at : event.notAfter.isValid() ? event.notAfter : event.notBefore;
    });
    std::vector<DeployEvent> merged;
    for (DeployEvent &event : history.events) {
        // Only the last few can be of the same deploy: a long history stays cheap.
        const auto recent = merged.end() - std::min<std::ptrdiff_t>(std::ptrdiff_t(merged.size()), 64);
        const auto same = std::find_if(recent, merged.end(), [&](const DeployEvent &other) {
            return other.release == event.release && other.from == event.from && other.kind == event.kind
                && other.outcome == event.outcome && other.at.isValid() && event.at.isValid()
                && !other.host.split(QStringLiteral(", ")).contains(event.host)
                && event.at.secsTo(other.at) < window.count();
        });
        if (same == merged.end()) {
            merged.push_back(event);
        } else {
            same->host += QStringLiteral(", ") + event.host;
            same->at = std::min(same->at, event.at);
        }
    }
    const auto readable = std::ranges::count_if(history.hosts, [](const HostRelease &host) { return !host.error; });
    for (DeployEvent &event : merged) {
        if (event.host.split(QStringLiteral(", ")).size() == readable)
            event.host.clear();
    }
    history.events = std::move(merged);
}

Release &releaseOf(DeploymentHistory &history, const QString &id)
{
    const auto found = std::ranges::find(history.releases, id, &Release::id);
    if (found != history.releases.end())
        return *found;
    Release release;
    release.id = id;
    release.kind = ReleaseKind::Unknown;
    release.confidence = Confidence::Inferred;
    history.releases.push_back(release);
    return history.releases.back();
}

} // namespace taffrail::sources::probes
