// SPDX-License-Identifier: GPL-3.0-or-later
#include "readinesssupport.h"

#include "readinessentries.h"
#include "text.h"

#include <algorithm>
#include <array>

namespace taffrail::readiness {

namespace {

constexpr int mostLines = 12; // evidence of one criterion; a page is to be read
constexpr qint64 tooOld = 86400; // posture is read every 6 h: what is older than a day says nothing of today

constexpr std::array order{ReadinessVerdict::Fail, ReadinessVerdict::Unknown, ReadinessVerdict::Pass,
                           ReadinessVerdict::NotApplicable};

HostPosture postureOf(const Facts &facts, const SourceEntry &entry, const QString &about)
{
    HostPosture posture;
    posture.host = about;
    posture.observation = facts.snapshot.observation(entry.id);
    if (!posture.observation)
        posture.why = QStringLiteral("%1 was not read").arg(entry.source);
    else
        posture.set = configsOf(facts, *posture.observation, posture.why);
    return posture;
}

} // namespace

Judgement &Judgement::fix(const QString &what)
{
    if (m_fix.isEmpty())
        m_fix = what;
    return *this;
}

void Judgement::seen(const QDateTime &at)
{
    if (at.isValid() && (!m_seen.isValid() || at < m_seen))
        m_seen = at;
}

void Judgement::seen(const Observation &observation)
{
    if (observation.lastGood)
        seen(observation.lastGood->at);
}

bool Judgement::has(ReadinessVerdict verdict) const
{
    return std::ranges::any_of(m_lines, [&](const auto &line) { return line.first == verdict; });
}

ReadinessResult Judgement::result(ReadinessVerdict otherwise) const
{
    ReadinessResult result;
    result.verdict = otherwise;
    for (ReadinessVerdict verdict : {ReadinessVerdict::Pass, ReadinessVerdict::Unknown, ReadinessVerdict::Fail})
        result.verdict = has(verdict) ? verdict : result.verdict;
    for (ReadinessVerdict verdict : order) {
        for (const auto &[kind, line] : m_lines) {
            if (kind == verdict)
                result.evidence << sanitizedLine(redacted(line).toUtf8(), 300);
        }
    }
    if (const qsizetype more = result.evidence.size() - mostLines; more > 0)
        result.evidence = result.evidence.mid(0, mostLines) << QStringLiteral("and %1 lines more").arg(more);
    if (result.verdict == ReadinessVerdict::Fail || result.verdict == ReadinessVerdict::Unknown)
        result.fix = m_fix;
    result.observedAt = m_seen;
    return result;
}

ReadinessResult notApplicable(const QString &why)
{
    Judgement judgement;
    judgement.note(why);
    return judgement.result(ReadinessVerdict::NotApplicable);
}

ReadinessResult unknownBecause(const QString &why, const QString &fix, const QDateTime &seen)
{
    Judgement judgement;
    judgement.unknown(why);
    judgement.fix(fix).seen(seen);
    return judgement.result(ReadinessVerdict::Unknown);
}

QString reasonOf(const Observation *observation)
{
    if (!observation || (!observation->lastGood && !observation->lastAttempt))
        return QStringLiteral("not read yet");
    if (const Error *error = observation->error())
        return error->text.isEmpty() ? errorKindWord(error->kind) : error->text;
    return QStringLiteral("another kind of answer was expected");
}

const ConfigSet *configsOf(const Facts &facts, const Observation &observation, QString &why)
{
    const auto *set = valueAs<ConfigSet>(observation);
    if (!set) {
        why = reasonOf(&observation);
        return nullptr;
    }
    if (observation.lastGood->at.secsTo(facts.now) > tooOld) {
        why = QStringLiteral("last read %1 ago: %2")
                  .arg(ageText(ageOf(observation.lastGood->at, facts.now)), reasonOf(&observation));
        return nullptr;
    }
    return set;
}

const ConfigEntry *HostPosture::entry(const QString &key) const
{
    if (!set)
        return nullptr;
    const auto found = std::ranges::find(set->entries, key, &ConfigEntry::key);
    return found == set->entries.end() ? nullptr : &*found;
}

QString HostPosture::value(const QString &key) const
{
    const ConfigEntry *found = entry(key);
    return found ? found->value : QString();
}

std::vector<const ConfigEntry *> HostPosture::below(const QString &prefix) const
{
    std::vector<const ConfigEntry *> found;
    if (!set)
        return found;
    for (const ConfigEntry &each : set->entries) {
        if (each.key.startsWith(prefix + QLatin1Char('.')))
            found.push_back(&each);
    }
    return found;
}

QString HostPosture::trouble(const QString &part) const
{
    if (!set)
        return why;
    for (const ConfigFile &file : set->files) {
        if (file.name == part && file.error)
            return file.error->text;
    }
    return {};
}

std::vector<HostPosture> hostPostures(const Facts &facts)
{
    std::vector<HostPosture> postures;
    for (const HostSpec &host : facts.environment.hosts) {
        HostPosture posture{host.id, nullptr, nullptr, QStringLiteral("its posture was not read")};
        for (const SourceEntry &entry : facts.environment.entries) {
            if (entry.pane == PaneKind::Configs && entry.source == QLatin1String("posture")
                && entry.hosts.contains(host.id)) {
                posture = postureOf(facts, entry, host.id);
                break;
            }
        }
        postures.push_back(posture);
    }
    return postures;
}

std::vector<DatabasePosture> databasePostures(const Facts &facts)
{
    std::vector<DatabasePosture> postures;
    for (const DatabaseSpec &database : facts.environment.databases) {
        DatabasePosture posture{{database.id, nullptr, nullptr, QStringLiteral("its posture was not read")}};
        for (const SourceEntry &entry : facts.environment.entries) {
            if (entry.pane == PaneKind::Configs && entry.source == QLatin1String("pg_posture")
                && entry.database == database.id) {
                posture = DatabasePosture{postureOf(facts, entry, database.id)};
                break;
            }
        }
        postures.push_back(posture);
    }
    return postures;
}

std::vector<HostPosture> endpointPostures(const Facts &facts, const char *source)
{
    std::vector<HostPosture> postures;
    for (const SourceEntry &entry : facts.environment.entries) {
        if (entry.pane == PaneKind::Configs && entry.source == QLatin1String(source))
            postures.push_back(postureOf(facts, entry, entry.options.value(QStringLiteral("url")).toString()));
    }
    return postures;
}

void forEachHost(const Facts &facts, Judgement &judgement, const char *part,
                 const std::function<void(const HostPosture &)> &judge)
{
    for (const HostPosture &posture : hostPostures(facts)) {
        const QString trouble = posture.trouble(QString::fromLatin1(part));
        if (posture.observation && posture.set)
            judgement.seen(*posture.observation);
        if (trouble.isEmpty())
            judge(posture);
        else
            judgement.unknown(QStringLiteral("%1: %2").arg(posture.host, trouble));
    }
}

ReadinessResult forDatabases(const ReadinessFacts &all, const char *part, const QString &fix,
                             const std::function<void(Judgement &, const DatabasePosture &)> &judge)
{
    if (all.facts.environment.databases.empty())
        return notApplicable(QStringLiteral("the inventory names no database here"));
    Judgement judgement;
    for (const DatabasePosture &posture : databasePostures(all.facts)) {
        const QString trouble = posture.trouble(QString::fromLatin1(part));
        if (posture.observation && posture.set)
            judgement.seen(*posture.observation);
        if (trouble.isEmpty())
            judge(judgement, posture);
        else
            judgement.unknown(QStringLiteral("%1: %2").arg(posture.host, trouble));
    }
    return judgement.fix(fix).result(ReadinessVerdict::Unknown);
}

std::vector<const SourceEntry *> writtenEntries(const Facts &facts, PaneKind pane, const char *source)
{
    std::vector<const SourceEntry *> found;
    for (const SourceEntry &entry : facts.environment.entries) {
        if (entry.pane == pane && !isReadinessEntry(entry.id) && (!source || entry.source == QLatin1String(source)))
            found.push_back(&entry);
    }
    return found;
}

QString ago(const Facts &facts, const QDateTime &at)
{
    return QStringLiteral("%1 ago").arg(ageText(ageOf(at, facts.now)));
}

void judgeRecorded(Judgement &judgement, const Facts &facts, const QDateTime &at, std::chrono::seconds every,
                   const QString &what)
{
    const QString day = at.toString(QStringLiteral("yyyy-MM-dd"));
    if (at > facts.now) {
        judgement.unknown(QStringLiteral("the inventory says that %1 on %2, which is still to come").arg(what, day));
        return;
    }
    const QString line = QStringLiteral("the inventory says that %1 on %2, %3").arg(what, day, ago(facts, at));
    if (at.secsTo(facts.now) > every.count())
        judgement.fail(line);
    else
        judgement.pass(line);
}

} // namespace taffrail::readiness
