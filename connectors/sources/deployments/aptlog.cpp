// SPDX-License-Identifier: GPL-3.0-or-later
#include "aptlog.h"

#include "debianversion.h"
#include "text.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources::apt {

namespace {

QDateTime timeOf(const QString &local, const QHash<QString, qint64> &times)
{
    const auto found = times.constFind(local);
    return found == times.constEnd() ? QDateTime() : QDateTime::fromSecsSinceEpoch(*found, Qt::UTC);
}

QString localTimeOf(const QByteArray &text)
{
    static const QRegularExpression shape(
        QStringLiteral("\\A([0-9]{4}-[0-9]{2}-[0-9]{2}) +([0-9]{2}:[0-9]{2}:[0-9]{2})\\z"));
    const auto match = shape.match(QString::fromLatin1(text.trimmed()));
    return match.hasMatch() ? match.captured(1) + QLatin1Char(' ') + match.captured(2) : QString();
}

/// "shop:amd64 (1.4.0-1, 1.3.0-1)" → its versions; "automatic" is no version.
QStringList versionsOf(const QByteArray &entry)
{
    QByteArray inside = entry.mid(entry.indexOf('(') + 1);
    if (inside.endsWith(')'))
        inside.chop(1);
    QStringList versions;
    for (const QByteArray &word : inside.split(',')) {
        const QString version = QString::fromLatin1(word.trimmed());
        if (isDebianVersion(version))
            versions << version;
    }
    return versions;
}

void takeAction(const QByteArray &action, const QByteArray &entry, LoggedChange &change)
{
    const QStringList versions = versionsOf(entry);
    if (action == "Upgrade" || action == "Downgrade") {
        change.from = versions.value(0);
        change.to = versions.value(1);
    } else if (action == "Remove" || action == "Purge") {
        change.from = versions.value(0);
    } else {
        change.to = versions.value(0);
        change.isReinstall = action == "Reinstall";
        if (change.isReinstall)
            change.from = change.to;
    }
}

} // namespace

std::vector<LoggedChange> readAptHistory(const QByteArrayList &fields, const QHash<QString, qint64> &times)
{
    std::vector<LoggedChange> changes;
    LoggedChange change;
    for (const QByteArray &field : fields) {
        const qsizetype tab = field.indexOf('\t');
        const QByteArray key = tab < 0 ? field : field.left(tab), value = tab < 0 ? QByteArray() : field.mid(tab + 1);
        if (key == "BLOCK") {
            if (!change.from.isEmpty() || !change.to.isEmpty()) {
                change.isApt = true;
                changes.push_back(change);
            }
            change = {};
        } else if (key == "Start-Date") {
            change.localTime = localTimeOf(value);
            change.at = timeOf(change.localTime, times);
        } else if (key == "End-Date") {
            change.endTime = localTimeOf(value);
        } else if (key == "Commandline") {
            change.command = redacted(sanitizedLine(value, 300));
        } else if (key == "Requested-By") {
            change.actor
                = sanitizedLine(value.left(value.lastIndexOf(" (") < 0 ? value.size() : value.lastIndexOf(" (")), 80);
        } else if (key == "Error") {
            change.trouble = sanitizedLine(value, 200);
        } else {
            takeAction(key, value, change);
        }
    }
    return changes;
}

std::vector<LoggedChange> readDpkgLog(const QByteArrayList &lines, const QHash<QString, qint64> &times)
{
    std::vector<LoggedChange> changes;
    for (const QByteArray &line : lines) {
        const QByteArrayList words = line.simplified().split(' ');
        if (words.size() < 6)
            continue;
        const QString local = localTimeOf(words[0] + ' ' + words[1]);
        if (words[2] == "status") {
            // "installed" ends a change that went well; anything else, if it is the last word, is how it was left.
            if (changes.empty() || local.isEmpty())
                continue;
            LoggedChange &change = changes.back();
            const bool isDone = words[3] == "installed" || words[3] == "config-files" || words[3] == "not-installed";
            change.endTime = isDone ? local : QString();
            change.trouble = isDone ? QString() : sanitizedLine(words[3], 40);
            continue;
        }
        LoggedChange change;
        change.localTime = local;
        change.at = timeOf(local, times);
        const QString before = QString::fromLatin1(words[4]), after = QString::fromLatin1(words[5]);
        change.from = isDebianVersion(before) ? before : QString();
        change.to = isDebianVersion(after) ? after : QString();
        if (!change.from.isEmpty() || !change.to.isEmpty())
            changes.push_back(change);
    }
    return changes;
}

std::vector<LoggedChange> mergeLogs(const std::vector<LoggedChange> &apt, const std::vector<LoggedChange> &dpkg)
{
    std::vector<LoggedChange> all = apt;
    for (const LoggedChange &change : dpkg) {
        // Both logs of one run use the same zone, so their own texts can be compared.
        const bool isKnown = std::ranges::any_of(apt, [&](const LoggedChange &run) {
            return run.to == change.to && run.localTime <= change.localTime
                && (run.endTime.isEmpty() || change.localTime <= run.endTime);
        });
        if (!isKnown && !change.to.isEmpty())
            all.push_back(change);
    }
    std::ranges::stable_sort(all, {}, [](const LoggedChange &change) { return change.localTime; });
    return all;
}

} // namespace taffrail::sources::apt
