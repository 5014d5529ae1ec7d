// SPDX-License-Identifier: GPL-3.0-or-later
#include "readinesssupport.h"

#include "rulesupport.h"
#include "text.h"

#include <algorithm>
#include <map>

namespace taffrail::readiness {

namespace {

constexpr double fullPercent = 95; // of a file system: what ext4 keeps for root is left out of use
constexpr double countedDays = 7; // of statistics, before "never used" means anything

/// Lines of one kind, each with its own words; a pass when there are none.
void judgeList(Judgement &judgement, const DatabasePosture &posture, const char *kind, const char *none)
{
    bool isBad = false;
    for (const ConfigEntry *entry : posture.below(QStringLiteral("indexes.") + QLatin1String(kind))) {
        isBad = true;
        judgement.fail(QStringLiteral("%1: %2").arg(posture.host, entry->value));
    }
    if (!isBad)
        judgement.pass(QStringLiteral("%1: %2").arg(posture.host, QLatin1String(none)));
}

ReadinessResult foreignKeysIndexed(const ReadinessFacts &facts)
{
    return forDatabases(facts, "indexes",
                        QStringLiteral("CREATE INDEX CONCURRENTLY on the columns that refer to the other table"),
                        [](Judgement &judgement, const DatabasePosture &posture) {
                            judgeList(judgement, posture, "foreign_keys",
                                      "every foreign key of a table that is not small has an index");
                        });
}

double countedSeconds(const DatabasePosture &posture)
{
    return posture.value(QStringLiteral("indexes.counted_s")).toDouble();
}

/// Counts that are younger than a week prove nothing against an index or for a table.
void judgeUse(Judgement &judgement, const DatabasePosture &posture, const char *kind, const char *none)
{
    const double seconds = countedSeconds(posture);
    const bool hasLines = !posture.below(QStringLiteral("indexes.") + QLatin1String(kind)).empty();
    const bool tooYoung = seconds < countedDays * 86400;
    if (tooYoung && !(hasLines && qstrcmp(kind, "scans") == 0))
        judgement.unknown(QStringLiteral("%1: the server has counted for %2 only, a week is needed")
                              .arg(posture.host, ageText(std::chrono::seconds(qint64(seconds)))));
    else if (posture.value(QStringLiteral("indexes.standbys")).toInt() > 0 && qstrcmp(kind, "unused") == 0)
        judgement.unknown(QStringLiteral("%1: it has standbys, whose reads are counted there").arg(posture.host));
    else
        judgeList(judgement, posture, kind, none);
}

ReadinessResult indexesUsed(const ReadinessFacts &facts)
{
    return forDatabases(
        facts, "indexes",
        QStringLiteral("Drop what is never used (DROP INDEX CONCURRENTLY), or wait until the counters are a week old"),
        [](Judgement &judgement, const DatabasePosture &posture) {
            judgeUse(judgement, posture, "unused", "every index is used");
        });
}

ReadinessResult largeTablesIndexed(const ReadinessFacts &facts)
{
    return forDatabases(
        facts, "indexes", QStringLiteral("EXPLAIN the statements on the table, and add the index that they lack"),
        [](Judgement &judgement, const DatabasePosture &posture) {
            judgeUse(judgement, posture, "scans", "no large table is read whole more often than by an index");
        });
}

/// Least squares over the samples of one file system: days until it is full. Nothing when it does not grow.
std::optional<double> daysUntilFull(const std::vector<CapacitySample> &samples, const QDateTime &now)
{
    double sumT = 0, sumU = 0, sumTT = 0, sumTU = 0;
    for (const CapacitySample &sample : samples) {
        const double days = double(now.secsTo(sample.at)) / 86400.0;
        sumT += days;
        sumU += sample.usedPercent;
        sumTT += days * days;
        sumTU += days * sample.usedPercent;
    }
    const double count = double(samples.size());
    const double spread = count * sumTT - sumT * sumT;
    const double slope = spread > 0 ? (count * sumTU - sumT * sumU) / spread : 0;
    if (slope <= 0)
        return std::nullopt;
    const double level = (sumU - slope * sumT) / count; // by the line, now
    return std::max(0.0, (fullPercent - level) / slope);
}

void judgeRoom(Judgement &judgement, const QString &place, std::vector<CapacitySample> samples, const QDateTime &now,
               int wanted)
{
    const auto [first, last] = std::ranges::minmax_element(samples, {}, &CapacitySample::at);
    const double days = double(first->at.secsTo(last->at)) / 86400.0;
    if (samples.size() < 3 || days * 10 < wanted) {
        judgement.unknown(QStringLiteral("%1: looked at for %2 days; a forecast of %3 days needs a tenth of it")
                              .arg(place)
                              .arg(days, 0, 'f', 1)
                              .arg(wanted));
        return;
    }
    const std::optional<double> left = daysUntilFull(samples, now);
    if (!left)
        judgement.pass(QStringLiteral("%1: does not grow, %2 % used").arg(place).arg(last->usedPercent, 0, 'f', 0));
    else if (*left < wanted)
        judgement.fail(QStringLiteral("%1: full in %2 days as it grows now").arg(place).arg(*left, 0, 'f', 0));
    else
        judgement.pass(QStringLiteral("%1: room for %2 days and more as it grows now")
                           .arg(place)
                           .arg(std::min(*left, 3650.0), 0, 'f', 0));
}

/// A straight line through what was seen of each file system must not reach 95 % within the policy's days.
ReadinessResult capacityForecast(const ReadinessFacts &all)
{
    const int wanted = readinessPolicyOf(all.facts.environment).capacityDays;
    std::map<QString, std::vector<CapacitySample>> places;
    for (const CapacitySample &sample : all.capacity)
        places[QStringLiteral("%1:%2").arg(sample.host, sample.mount)].push_back(sample);
    Judgement judgement;
    for (const auto &[place, samples] : places)
        judgeRoom(judgement, place, samples, all.facts.now, wanted);
    judgement.fix(judgement.has(ReadinessVerdict::Fail)
                      ? QStringLiteral("Make room, or move what grows")
                      : QStringLiteral("Look at the readiness again over the next days: each look is remembered"));
    if (judgement.isEmpty())
        return unknownBecause(
            QStringLiteral("no earlier looks are remembered: growth is not known"),
            QStringLiteral("Look at the readiness again over the next days: each look is remembered"));
    return judgement.result(ReadinessVerdict::Unknown);
}

} // namespace

const std::vector<Criterion> &databaseCriteria()
{
    static const std::vector<Criterion> table{
        {"db.foreign-keys", "Database", "Foreign keys have indexes", foreignKeysIndexed},
        {"db.unused-indexes", "Database", "Every index is used", indexesUsed},
        {"db.large-scans", "Database", "Large tables are not read whole", largeTablesIndexed},
        {"capacity.forecast", "Database", "Room lasts beyond the policy's days", capacityForecast},
    };
    return table;
}

} // namespace taffrail::readiness
