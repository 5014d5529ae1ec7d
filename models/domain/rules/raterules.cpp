// SPDX-License-Identifier: GPL-3.0-or-later
#include "rulesupport.h"

#include "rules.h"
#include "text.h"

#include <array>
#include <cmath>

namespace taffrail::rules {

namespace {

/// Two reports of one source between which its counters can be subtracted.
struct Interval {
    const Observation &observation;
    const HealthReport &before;
    const HealthReport &after;
    double seconds;
};

/// Calls `use` with each pair of reports. No pair after a restart (another boot id or postmaster start), where the
/// first is missing, or where both are the same look.
template <typename Use> void forEachInterval(const Facts &facts, Use use)
{
    if (!facts.previous)
        return;
    forEach<HealthReport>(facts, [&](const Observation &observation, const HealthReport &after) {
        const Observation *earlier = facts.previous->observation(observation.entry);
        const HealthReport *before = earlier ? valueAs<HealthReport>(*earlier) : nullptr;
        if (!before || before->epoch != after.epoch || before->source != after.source)
            return;
        const double seconds = double(earlier->lastGood->at.msecsTo(observation.lastGood->at)) / 1000;
        if (seconds > 0)
            use(Interval{observation, *before, after, seconds});
    });
}

/// How much a counter grew; nothing where it is new or ran backwards (a reset).
std::optional<double> growth(const Interval &interval, const QString &key)
{
    const auto before = interval.before.counters.constFind(key);
    const auto after = interval.after.counters.constFind(key);
    if (before == interval.before.counters.constEnd() || after == interval.after.counters.constEnd())
        return std::nullopt;
    const double grown = *after - *before;
    if (!std::isfinite(grown) || grown < 0)
        return std::nullopt;
    return grown;
}

bool isSeparator(QChar each)
{
    return each == QLatin1Char('.') || each == QLatin1Char(':') || each == QLatin1Char('/') || each == QLatin1Char('@')
        || each == QLatin1Char(' ');
}

/// The rest of a counter's key when it holds `name` as a whole word: "restarts.shop.service" → "shop.service",
/// "web1/oom_kill" → "web1", "db.shop.deadlocks" → "shop".
std::optional<QString> subjectIn(const QString &key, const QString &name)
{
    const qsizetype at = key.indexOf(name);
    if (at < 0)
        return std::nullopt;
    const qsizetype end = at + name.size();
    if ((at > 0 && !isSeparator(key.at(at - 1))) || (end < key.size() && !isSeparator(key.at(end))))
        return std::nullopt;
    QString front = key.left(qMax<qsizetype>(0, at - 1));
    if (front.startsWith(QLatin1String("db.")))
        front.remove(0, 3);
    return QString(front + QLatin1Char(' ') + key.mid(end + 1)).trimmed();
}

struct CounterRule {
    const char *counter;
    const char *code;
    Status severity;
    double atLeast; ///< growth
    double perMinute; ///< and growth a minute above this
    const char *text; ///< %1 = how many, %2 = where, %3 = in what time
    const char *hint;
};

/// Sources: oom_kill and checksum failures at the first (health reference A9, B3); restarts more than 2 in 5 min (A5);
/// deadlocks over 5 and temporary files over 1 GiB a minute (B3); a file system that turned read-only (A4); connections
/// that nginx accepted and dropped (C3).
constexpr double gibibyte = 1024.0 * 1024 * 1024;
constexpr std::array<CounterRule, 8> counterRules{{
    {"oom_kill", "host.oom-kill", Status::Critical, 1, 0, "The kernel killed %1 for lack of memory on %2 within %3",
     "See the kernel log for which, then what grew."},
    {"checksum_failures", "postgres.checksum-failures", Status::Critical, 1, 0, "%1 corrupt on disk in %2 within %3",
     "Do not restart the server; find the damaged table, and check the disk and the backups."},
    {"restarts", "host.restart-loop", Status::Warning, 2, 0.4, "%1 of %2 within %3",
     "Read the unit's log: it keeps failing."},
    {"nrestarts", "host.restart-loop", Status::Warning, 2, 0.4, "%1 of %2 within %3",
     "Read the unit's log: it keeps failing."},
    {"mount.readonly", "host.turned-readonly", Status::Critical, 1, 0, "%1 %2 turned read-only within %3",
     "The kernel saw a disk error: see its log before anything is written."},
    {"temp_bytes", "postgres.temp-files", Status::Warning, 1, gibibyte, "%1 of temporary files in %2 within %3",
     "A query sorts or hashes more than work_mem holds."},
    {"deadlocks", "postgres.deadlocks", Status::Warning, 1, 5, "%1 in %2 within %3",
     "The server log names the statements."},
    {"nginx.dropped", "nginx.dropped-now", Status::Warning, 1, 0, "%1 dropped by %2 within %3",
     "worker_connections is too small, or a worker ended."},
}};

const char *unitOf(const CounterRule &rule)
{
    const QLatin1String code(rule.code);
    return code == QLatin1String("host.oom-kill")             ? "process"
        : code == QLatin1String("postgres.checksum-failures") ? "page"
        : code == QLatin1String("postgres.deadlocks")         ? "deadlock"
        : code == QLatin1String("nginx.dropped-now")          ? "connection"
                                                              : "restart";
}

QString countText(const CounterRule &rule, double grown)
{
    const qint64 count = qint64(grown);
    if (QLatin1String(rule.code) == QLatin1String("host.turned-readonly"))
        return QStringLiteral("File system");
    if (QLatin1String(rule.code) == QLatin1String("postgres.temp-files"))
        return bytesText(count);
    if (QLatin1String(rule.code) == QLatin1String("host.oom-kill"))
        return count == 1 ? QStringLiteral("1 process") : QStringLiteral("%1 processes").arg(count);
    return counted(count, unitOf(rule));
}

} // namespace

/// Counters that must not grow, or not so fast, between two looks.
std::vector<Finding> grownCounters(const Facts &facts)
{
    std::vector<Finding> findings;
    forEachInterval(facts, [&](const Interval &interval) {
        QStringList keys = interval.after.counters.keys();
        keys.sort();
        for (const QString &key : keys) {
            for (const CounterRule &rule : counterRules) {
                const std::optional<QString> subject = subjectIn(key, QString::fromLatin1(rule.counter));
                const std::optional<double> grown = subject ? growth(interval, key) : std::nullopt;
                if (!grown || *grown < rule.atLeast || *grown * 60 / interval.seconds <= rule.perMinute)
                    continue;
                const QString whole = interval.observation.subject.isEmpty() ? interval.observation.entry
                                                                             : interval.observation.subject;
                const QString where = subject->isEmpty() ? whole : *subject;
                const auto span = std::chrono::milliseconds(qint64(interval.seconds * 1000));
                Finding finding
                    = findingOn(interval.observation, rule.code, rule.severity, where,
                                QString::fromLatin1(rule.text).arg(countText(rule, *grown), where, durationText(span)));
                finding.evidence.insert(QStringLiteral("grown"), *grown);
                finding.evidence.insert(QStringLiteral("total"), interval.after.counters.value(key));
                finding.evidence.insert(QStringLiteral("within_s"), interval.seconds);
                finding.hint = QString::fromLatin1(rule.hint);
                findings.push_back(std::move(finding));
            }
        }
    });
    return findings;
}

/// Processor time between two looks: a notice from 95 % on. It never pages (health reference E5): what suffers says so
/// itself.
std::vector<Finding> busyProcessors(const Facts &facts)
{
    constexpr double noticePercent = 95;
    std::vector<Finding> findings;
    forEachInterval(facts, [&](const Interval &interval) {
        QStringList keys = interval.after.counters.keys();
        keys.sort();
        for (const QString &key : keys) {
            const std::optional<QString> subject = subjectIn(key, QStringLiteral("cpu.busy"));
            if (!subject)
                continue;
            const std::optional<double> busy = growth(interval, key);
            const std::optional<double> total
                = growth(interval, QString(key).replace(QLatin1String("cpu.busy"), QLatin1String("cpu.total")));
            if (!busy || !total || *total <= 0)
                continue;
            const double percent = std::min(100.0, *busy * 100 / *total);
            if (percent < noticePercent)
                continue;
            const QString where = !subject->isEmpty()    ? *subject
                : interval.observation.subject.isEmpty() ? interval.observation.entry
                                                         : interval.observation.subject;
            Finding finding = findingOn(
                interval.observation, "host.cpu", Status::Notice, where,
                QStringLiteral("The processors of %1 are %2 % busy").arg(where, QString::number(percent, 'f', 0)));
            finding.evidence.insert(QStringLiteral("value"), percent);
            finding.evidence.insert(QStringLiteral("unit"), QStringLiteral("%"));
            finding.evidence.insert(QStringLiteral("warning"), noticePercent);
            finding.evidence.insert(QStringLiteral("within_s"), interval.seconds);
            findings.push_back(std::move(finding));
        }
    });
    return findings;
}

} // namespace taffrail::rules
