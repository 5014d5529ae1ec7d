// SPDX-License-Identifier: GPL-3.0-or-later
#include "backuptool.h"

#include "text.h"
#include "walcontinuity.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources {

namespace {

// The environment file is read where the tool runs, by the user it runs as. What it prints is dropped; the zone is set
// after it, since the tools print times of the reader's zone.
constexpr char innerShell[]
    = "f=$1; shift; if [ -n \"$f\" ]; then [ -r \"$f\" ] || { echo \"the environment file cannot be read: $f\" >&2; "
      "exit 77; }; set -a; . \"$f\" >/dev/null 2>&1; set +a; fi; LC_ALL=C.UTF-8 TZ=UTC; export LC_ALL TZ; exec \"$@\"";

} // namespace

QByteArray toolFunction(const SourceEntry &entry, const QByteArray &tool)
{
    QByteArray text = "command -v " + tool + " >/dev/null 2>&1 || exit 127\n";
    QByteArray who;
    if (const QString user = optionText(entry, "user"); !user.isEmpty()) {
        text += "[ \"$(id -un)\" = " + shellQuoted(user) + " ] && as= || as='sudo -n -u '" + shellQuoted(user)
            + "' --'\n";
        who = "$as ";
    }
    return text + "tool() { " + who + "sh -c " + shellQuoted(QString::fromLatin1(innerShell)) + " sh "
        + shellQuoted(optionText(entry, "environment_file")) + ' ' + tool + " \"$@\"; }\n";
}

QByteArray toolScript(const SourceEntry &entry, const QByteArray &tool, const QByteArray &words)
{
    return toolFunction(entry, tool) + "tool " + words + '\n';
}

const Option &userOption()
{
    static const Option option{"user", "string", false, "user who may read the backups; taken with sudo -n",
                               R"("pattern":"^[A-Za-z_][A-Za-z0-9_.-]*$")"};
    return option;
}

const Option &environmentFileOption()
{
    static const Option option{"environment_file", "string", false,
                               "file of NAME=VALUE lines on the host that the tool's own shell reads there "
                               "(repository, password); it never leaves the host",
                               R"("pattern":"^/")"};
    return option;
}

const Option &locationOption()
{
    static const Option option{"location", "string", false, "what kind of place these backups lie in",
                               R"("enum":["onsite","offsite","immutable"])"};
    return option;
}

const Option &locationsOption()
{
    static const Option option{
        "locations", "object", false,
        "kind of each place by its name, such as {\"repository 1\": \"onsite\", \"repository 2\": \"offsite\"}",
        R"("additionalProperties":{"type":"string","enum":["onsite","offsite","immutable"]})"};
    return option;
}

QByteArray optionWord(const SourceEntry &entry, const char *key, const QByteArray &flag)
{
    const QString text = optionText(entry, key);
    if (text.isEmpty())
        return {};
    return (flag.isEmpty() ? QByteArray() : flag + ' ') + shellQuoted(text) + ' ';
}

std::optional<Error> notRun(const Reply &reply, const QString &tool)
{
    const ShellReply &shell = *reply.as<ShellReply>();
    const auto error = [&](ErrorKind kind, const QString &text, const QString &hint = {}) {
        return Error{kind, QStringLiteral("run"), reply.subject, text, hint};
    };
    if (shell.exitCode == 127)
        return error(ErrorKind::NotFound, QStringLiteral("%1 is not installed there").arg(tool));
    if (shell.exitCode == 124 || shell.exitCode == 137 || shell.exitCode == 143)
        return error(ErrorKind::Timeout, QStringLiteral("%1 gave no answer within its time limit").arg(tool));
    if (shell.exitCode == 77 && shell.err.contains("environment file"))
        return error(ErrorKind::Denied, firstLine(shell.err));
    if (shell.exitCode != 0 && shell.out.trimmed().isEmpty() && shell.err.trimmed().startsWith("sudo:"))
        return error(ErrorKind::Denied, firstLine(shell.err), QStringLiteral("allow it in sudoers without a password"));
    return std::nullopt;
}

QTimeZone zoneOfCaptured(const SourceEntry &entry, const QString &command)
{
    static const QRegularExpression shape(QStringLiteral("(?:^|\\s)TZ=[\"']?:?([A-Za-z0-9_+/-]+)"));
    QString name = shape.match(command).captured(1);
    if (name.isEmpty())
        name = optionText(entry, "timezone");
    const QTimeZone zone(name.toLatin1());
    return !name.isEmpty() && zone.isValid() ? zone : QTimeZone::utc();
}

QDateTime timeInZone(const QString &text, const QTimeZone &zone)
{
    static const QRegularExpression shape(QStringLiteral(
        "^(\\d{4}-\\d\\d-\\d\\d)[T ](\\d\\d:\\d\\d:\\d\\d)(?:[.,]\\d+)?\\s*(Z|UTC|[+-]\\d\\d(?::?\\d\\d)?)?$"));
    const QRegularExpressionMatch match = shape.match(text.trimmed());
    if (!match.hasMatch())
        return {};
    const QDate date = QDate::fromString(match.captured(1), Qt::ISODate);
    const QTime time = QTime::fromString(match.captured(2), Qt::ISODate);
    const QString offset = match.captured(3);
    if (!date.isValid() || !time.isValid())
        return {};
    if (offset.isEmpty())
        return QDateTime(date, time, zone).toUTC();
    int seconds = 0;
    if (offset.size() >= 3 && offset != QLatin1String("UTC")) {
        const QString digits = QString(offset.mid(1)).remove(QLatin1Char(':'));
        seconds = (digits.left(2).toInt() * 60 + digits.mid(2, 2).toInt()) * 60;
        if (offset.startsWith(QLatin1Char('-')))
            seconds = -seconds;
    }
    return QDateTime(date, time, Qt::UTC).addSecs(-seconds);
}

QDateTime ctimeInZone(const QString &text, const QTimeZone &zone)
{
    static const QRegularExpression shape(
        QStringLiteral("([A-Z][a-z]{2}) +(\\d{1,2}) (\\d\\d:\\d\\d:\\d\\d) (\\d{4})"));
    static const QStringList months{QStringLiteral("Jan"), QStringLiteral("Feb"), QStringLiteral("Mar"),
                                    QStringLiteral("Apr"), QStringLiteral("May"), QStringLiteral("Jun"),
                                    QStringLiteral("Jul"), QStringLiteral("Aug"), QStringLiteral("Sep"),
                                    QStringLiteral("Oct"), QStringLiteral("Nov"), QStringLiteral("Dec")};
    const QRegularExpressionMatch match = shape.match(text);
    const qsizetype month = months.indexOf(match.captured(1)) + 1;
    const QDate date(match.captured(4).toInt(), int(month), match.captured(2).toInt());
    const QTime time = QTime::fromString(match.captured(3), Qt::ISODate);
    return match.hasMatch() && date.isValid() && time.isValid() ? QDateTime(date, time, zone).toUTC() : QDateTime();
}

QDateTime secondOf(const QString &rfc3339Text)
{
    const QDateTime time = fromRfc3339(rfc3339Text);
    return time.isValid() ? QDateTime::fromSecsSinceEpoch(time.toMSecsSinceEpoch() / 1000, Qt::UTC) : QDateTime();
}

void flawForeign(BackupSet &set, const QString &liveSystemId)
{
    if (liveSystemId.isEmpty())
        return;
    for (Backup &backup : set.backups) {
        if (isUsable(backup) && !backup.systemId.isEmpty() && backup.systemId != liveSystemId)
            flaw(backup, BackupState::Flawed, "wrong_database",
                 QStringLiteral("it is of system %1, the server is %2").arg(backup.systemId, liveSystemId));
    }
}

QString liveSystemIdOf(const SourceEntry &entry, const Replies &replies)
{
    for (const Reply *reply : repliesNamed(replies, QStringLiteral("system"))) {
        const SqlReply *rows = reply->as<SqlReply>();
        if (const QByteArray *id = rows ? rows->cell(0, "system_id") : nullptr)
            return QString::fromUtf8(*id);
    }
    return optionText(entry, "live_system_identifier");
}

std::vector<Request> systemRequest(const SourceEntry &entry)
{
    if (entry.database.isEmpty())
        return {};
    return {{QStringLiteral("system"), entry.database,
             SqlQuery{"select system_identifier::text as system_id from pg_control_system()", {}}, Lane::Fast}};
}

QString problemOfList(const BackupSet &set)
{
    const bool isRunning
        = std::ranges::any_of(set.backups, [](const Backup &backup) { return backup.state == BackupState::Running; });
    for (const Backup &backup : set.backups) { // newest first: a flaw that a newer good one followed is history
        if (backup.state == BackupState::Running || backup.problem == QLatin1String("not_read"))
            continue; // what stands behind it speaks
        if (isUsable(backup))
            return isRunning                            ? QStringLiteral("in_progress")
                : backup.state == BackupState::Obsolete ? QStringLiteral("obsolete")
                                                        : QStringLiteral("none");
        if (!backup.problem.isEmpty())
            return backup.problem;
    }
    return isRunning ? QStringLiteral("in_progress") : QStringLiteral("no_backups");
}

void assess(BackupSet &set, const SourceEntry &entry, const Replies &replies, const Context &context,
            const QString &host)
{
    flawForeign(set, liveSystemIdOf(entry, replies));
    flawFutureTimes(set, context.now, context.clockOffsets.value(host, 0));
    assessNewest(set);
}

void finish(BackupSet &set, const SourceEntry &entry, const Context &context)
{
    const qint64 most = entry.options.value(QStringLiteral("max_age_s")).toLongLong();
    const QDateTime &latest = set.assessment.latestFinishedAt;
    if (most > 0 && set.assessment.ok && latest.isValid() && context.now.isValid() && latest.secsTo(context.now) > most)
        setProblem(set, QStringLiteral("stale"));
    const QString kind = optionText(entry, "location");
    const QVariantMap kinds = entry.options.value(QStringLiteral("locations")).toMap();
    if (kind.isEmpty() && kinds.isEmpty())
        return;
    // A tool that tells of no places still has those that its backups name.
    for (const Backup &backup : set.backups) {
        const bool isKnown = std::ranges::any_of(
            set.locations, [&](const BackupLocation &place) { return place.name == backup.location; });
        if (!isKnown) {
            BackupLocation place;
            place.name = backup.location;
            set.locations.push_back(place);
        }
    }
    for (BackupLocation &place : set.locations)
        place.kind = kinds.value(place.name, kind).toString();
}

QString verbOf(const QString &command, const QString &tool, const QStringList &verbs)
{
    static const QRegularExpression blank(QStringLiteral("[\\s'\"]+"));
    static const QRegularExpression separator(QStringLiteral("[;|&()\n]"));
    for (const QString &piece : command.left(4000).split(separator)) {
        const QStringList words = piece.split(blank, Qt::SkipEmptyParts);
        bool isTool = false;
        for (const QString &word : words) {
            if (isTool && verbs.contains(word))
                return word;
            isTool = isTool || word == tool || word.endsWith(QLatin1Char('/') + tool);
        }
    }
    return {};
}

WalListing walListingOf(const QByteArray &text)
{
    WalListing listing;
    std::optional<QString> newest;
    for (const QByteArray &raw : text.split('\n')) {
        const QList<QByteArray> words = raw.simplified().split(' ');
        const QString name = QString::fromLatin1(words[0]).section(QLatin1Char('/'), -1);
        const std::optional<WalSegment> segment = walSegmentOf(name);
        if (!segment && !walHistoryOf(name))
            continue;
        listing.names.append(name);
        if (!segment)
            continue;
        const QString plain = walSegmentName(*segment);
        if (!newest || plain > *newest) {
            newest = plain;
            listing.newestAt = words.size() > 1 ? timeOf(words[1].split('.').first().toLongLong()) : QDateTime();
        }
    }
    listing.newest = newest.value_or(QString());
    return listing;
}

void applyWal(BackupSet &set, const QString &location, const WalListing &listing, qint64 segmentBytes)
{
    if (!listing.isComplete)
        return; // what is cut off would look like a hole
    set.walChecked = true;
    const std::vector<WalGap> gaps = walGaps(listing.names, set.backups, location, segmentBytes);
    for (const WalGap &gap : gaps) {
        for (Backup &backup : set.backups) {
            if (gap.insideBackup && isUsable(backup) && gap.breaks.contains(backup.id)
                && (backup.location == location || backup.location.isEmpty()))
                flaw(backup, BackupState::Flawed, "wal_gap",
                     gap.count == 1 ? QStringLiteral("WAL segment %1 that it needs is missing").arg(gap.first)
                                    : QStringLiteral("%1 WAL segments that it needs are missing, the first is %2")
                                          .arg(QString::number(gap.count), gap.first));
        }
    }
    set.gaps.insert(set.gaps.end(), gaps.begin(), gaps.end());
    const auto place = std::ranges::find(set.locations, location, &BackupLocation::name);
    if (place != set.locations.end()) {
        place->newestWal = listing.newest;
        place->newestWalAt = listing.newestAt;
    }
}

} // namespace taffrail::sources
