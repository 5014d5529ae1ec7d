// SPDX-License-Identifier: GPL-3.0-or-later
#include "rulesupport.h"

#include "drift.h"
#include "rules.h"
#include "text.h"

#include <algorithm>

namespace taffrail::rules {

namespace {

/// Settings that drift or differ are an alarm where they serve people.
Status driftSeverity(const Facts &facts)
{
    return facts.environment.tier == Tier::Production ? Status::Warning : Status::Notice;
}

QString plainKey(const DriftedKey &drifted)
{
    return sanitizedLine(drifted.key.toUtf8(), 80);
}

/// Calls `use` with each config observation and its keys among `all`, where there are any.
template <typename Use> void forEachEntry(const Facts &facts, const std::vector<DriftedKey> &all, Use use)
{
    forEach<ConfigSet>(facts, [&](const Observation &observation, const ConfigSet &set) {
        std::vector<DriftedKey> own;
        std::ranges::copy_if(all, std::back_inserter(own),
                             [&](const DriftedKey &each) { return each.entry == observation.entry; });
        if (!own.empty())
            use(observation, set, own);
    });
}

QStringList keysOf(const std::vector<DriftedKey> &drifted)
{
    QStringList keys;
    for (const DriftedKey &each : drifted)
        keys << plainKey(each);
    return keys;
}

QString placeOf(const ConfigFile &file)
{
    const QString path = file.path.isEmpty() ? QStringLiteral("all of it") : file.path;
    return sanitizedLine((file.host.isEmpty() ? path : QStringLiteral("%1 on %2").arg(path, file.host)).toUtf8(), 200);
}

} // namespace

/// Config files that were not read, or not to their end: what is not seen there is unknown. A file that was read and is
/// malformed is a warning, as its service may not start again. No threshold. What lies on a host that is down is told
/// there.
std::vector<Finding> unreadableConfigs(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<ConfigSet>(facts, [&](const Observation &observation, const ConfigSet &set) {
        QStringList places;
        QString why;
        bool isMalformed = false;
        for (const ConfigFile &file : set.files) {
            if (!file.error || file.error->kind == ErrorKind::Cancelled || isHostDown(facts, file.host))
                continue;
            places << placeOf(file);
            isMalformed = isMalformed || file.error->kind == ErrorKind::BadData;
            if (why.isEmpty())
                why = file.error->text.isEmpty() ? errorKindWord(file.error->kind) : file.error->text;
        }
        if (places.isEmpty())
            return;
        const QString first = sanitizedLine(redacted(why).toUtf8(), 200);
        Finding finding = findingOn(
            observation, "config.unreadable", isMalformed ? Status::Warning : Status::Unknown, observation.entry,
            places.size() == 1 ? QStringLiteral("Not all settings are known: %1: %2").arg(places.first(), first)
                               : QStringLiteral("Not all settings are known: %1 files could not be read: %2")
                                     .arg(QString::number(places.size()), listed(places, 2)));
        finding.evidence.insert(QStringLiteral("entry"), observation.entry);
        finding.evidence.insert(QStringLiteral("count"), int(places.size()));
        finding.evidence.insert(QStringLiteral("files"), listed(places, 10));
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// Hosts of this environment whose settings are not the same, beyond what was accepted for it. No threshold.
std::vector<Finding> differingHosts(const Facts &facts)
{
    std::vector<Finding> findings;
    forEachEntry(facts, hostDifferences(facts),
                 [&](const Observation &observation, const ConfigSet &set, const std::vector<DriftedKey> &keys) {
                     QStringList hosts;
                     for (const ConfigFile &file : set.files)
                         hosts << file.host;
                     for (const ConfigEntry &entry : set.entries)
                         hosts << entry.host;
                     hosts.removeDuplicates();
                     Finding finding = findingOn(
                         observation, "config.hosts-differ", driftSeverity(facts), observation.entry,
                         QStringLiteral("%1 of %2 on %3: the hosts do not agree")
                             .arg(counted(qsizetype(keys.size()), "setting"), observation.entry, listed(hosts, 3)));
                     finding.evidence.insert(QStringLiteral("entry"), observation.entry);
                     finding.evidence.insert(QStringLiteral("count"), int(keys.size()));
                     finding.evidence.insert(QStringLiteral("keys"), listed(keysOf(keys), 10));
                     finding.evidence.insert(QStringLiteral("hosts"), listed(hosts, 20));
                     finding.hint = QStringLiteral("Compare shows each host's value. What is meant to differ can be "
                                                   "accepted there for this environment.");
                     findings.push_back(std::move(finding));
                 });
    return findings;
}

/// Settings of a server that were changed and wait for its restart: what the file says is not what runs (pg_settings,
/// column pending_restart). No threshold.
std::vector<Finding> pendingRestarts(const Facts &facts)
{
    std::vector<Finding> findings;
    forEach<ConfigSet>(facts, [&](const Observation &observation, const ConfigSet &set) {
        QStringList settings;
        for (const ConfigEntry &entry : set.entries) {
            if (entry.note.contains(QLatin1String("pending restart")))
                settings << sanitizedLine(entry.key.toUtf8(), 80);
        }
        if (settings.isEmpty())
            return;
        const QString subject = observation.subject.isEmpty() ? observation.entry : observation.subject;
        Finding finding
            = findingOn(observation, "config.pending-restart", Status::Notice, subject,
                        QStringLiteral("%1 of %2 changed and wait%3 for a restart: %4")
                            .arg(counted(settings.size(), "setting"), subject,
                                 settings.size() == 1 ? QStringLiteral("s") : QString(), listed(settings, 3)));
        finding.evidence.insert(QStringLiteral("count"), int(settings.size()));
        finding.evidence.insert(QStringLiteral("settings"), listed(settings, 20));
        finding.hint = QStringLiteral("The server still runs with the old values. Restart it when that suits.");
        findings.push_back(std::move(finding));
    });
    return findings;
}

/// Settings that are not what they were when a person saved the baseline. No threshold.
std::vector<Finding> configDrift(const Facts &facts)
{
    std::vector<Finding> findings;
    if (!facts.baseline)
        return findings;
    forEachEntry(facts, changedSince(*facts.baseline, facts),
                 [&](const Observation &observation, const ConfigSet &, const std::vector<DriftedKey> &keys) {
                     const auto count
                         = [&](CellState state) { return int(std::ranges::count(keys, state, &DriftedKey::state)); };
                     const int gone = count(CellState::Missing);
                     const int added = count(CellState::Extra);
                     Finding finding
                         = findingOn(observation, "config.drift", driftSeverity(facts), observation.entry,
                                     QStringLiteral("%1 of %2 changed since %3: %4")
                                         .arg(counted(qsizetype(keys.size()), "setting"), observation.entry,
                                              facts.baselineAt.toUTC().toString(QStringLiteral("MM-dd HH:mm'Z'")),
                                              listed(keysOf(keys), 3)));
                     finding.evidence.insert(QStringLiteral("entry"), observation.entry);
                     finding.evidence.insert(QStringLiteral("changed"), int(keys.size()) - gone - added);
                     finding.evidence.insert(QStringLiteral("missing"), gone);
                     finding.evidence.insert(QStringLiteral("extra"), added);
                     finding.evidence.insert(QStringLiteral("keys"), listed(keysOf(keys), 10));
                     finding.evidence.insert(QStringLiteral("baseline_at"), facts.baselineAt);
                     finding.hint
                         = QStringLiteral("taffrail compare %1 --baseline shows what changed. When it is meant, "
                                          "save a new baseline.")
                               .arg(facts.environment.id);
                     findings.push_back(std::move(finding));
                 });
    return findings;
}

/// Accepted differences of this environment whose time has passed: the differences come back in comparisons. No
/// threshold but their own.
std::vector<Finding> expiredAgreements(const Facts &facts)
{
    std::vector<Finding> findings;
    if (!facts.expected)
        return findings;
    QStringList keys;
    QDateTime earliest;
    for (const ExpectedDifference &each : *facts.expected) {
        if (!each.environments.contains(facts.environment.id) || each.until > facts.now)
            continue;
        keys << sanitizedLine(each.key.toUtf8(), 80);
        if (!earliest.isValid() || each.until < earliest)
            earliest = each.until;
    }
    if (keys.isEmpty())
        return findings;
    Finding finding;
    finding.code = QStringLiteral("config.agreement-expired");
    finding.pane = PaneKind::Configs;
    finding.severity = Status::Notice;
    finding.subject = facts.environment.id;
    finding.title = QStringLiteral("%1 of this environment ran out: %2")
                        .arg(counted(keys.size(), "accepted difference"), listed(keys, 3));
    finding.evidence.insert(QStringLiteral("count"), int(keys.size()));
    finding.evidence.insert(QStringLiteral("keys"), listed(keys, 10));
    finding.evidence.insert(QStringLiteral("until"), earliest);
    finding.observedAt = earliest.isValid() ? earliest : facts.now;
    finding.hint = QStringLiteral("Make the settings the same, or accept the differences anew with a reason.");
    findings.push_back(std::move(finding));
    return findings;
}

} // namespace taffrail::rules
