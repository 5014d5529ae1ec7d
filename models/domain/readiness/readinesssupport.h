// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "readiness.h"
#include "readinesspolicy.h"

#include <functional>

namespace taffrail::readiness {

/// What one criterion says. Gathers lines; the worst decides: a fail, then an unknown, then a pass.
class Judgement {
public:
    void pass(const QString &line) { add(ReadinessVerdict::Pass, line); }
    void fail(const QString &line) { add(ReadinessVerdict::Fail, line); }
    void unknown(const QString &line) { add(ReadinessVerdict::Unknown, line); }
    /// Only worth telling: changes no verdict.
    void note(const QString &line) { m_lines.push_back({ReadinessVerdict::NotApplicable, line}); }
    /// The first fix that is given stays.
    Judgement &fix(const QString &what);
    void seen(const Observation &observation);
    void seen(const QDateTime &at);

    bool has(ReadinessVerdict verdict) const;
    bool isEmpty() const { return m_lines.empty(); }
    /// Fails first, then unknowns, passes, notes. Without any line but notes: `otherwise`.
    ReadinessResult result(ReadinessVerdict otherwise) const;

private:
    void add(ReadinessVerdict verdict, const QString &line) { m_lines.push_back({verdict, line}); }

    std::vector<std::pair<ReadinessVerdict, QString>> m_lines;
    QString m_fix;
    QDateTime m_seen;
};

ReadinessResult notApplicable(const QString &why);
ReadinessResult unknownBecause(const QString &why, const QString &fix, const QDateTime &seen = {});

/// One criterion. `judge` fills in verdict, evidence, fix, observedAt; the rest comes from the row.
struct Criterion {
    const char *code;
    const char *group;
    const char *title;
    ReadinessResult (*judge)(const ReadinessFacts &facts);
};
const std::vector<Criterion> &securityCriteria();
const std::vector<Criterion> &accessCriteria(); ///< group Security, too
const std::vector<Criterion> &healthCriteria();
const std::vector<Criterion> &deploymentCriteria();
const std::vector<Criterion> &schemaCriteria(); ///< group Deployment: migrations and the way back
const std::vector<Criterion> &databaseCriteria();
const std::vector<Criterion> &backupCriteria();
/// All of them, in the order of the page.
const std::vector<Criterion> &allCriteria();

/// The newest value of an entry, if it is a ConfigSet and not older than a day; else null, and `why` says why not.
const ConfigSet *configsOf(const Facts &facts, const Observation &observation, QString &why);

/// What one `posture` entry read of one host, or why nothing is known.
struct HostPosture {
    QString host;
    const ConfigSet *set = nullptr;
    const Observation *observation = nullptr;
    QString why; ///< set == nullptr: the reason

    /// The value of a key, or null.
    const ConfigEntry *entry(const QString &key) const;
    QString value(const QString &key) const;
    /// Entries whose key begins with `prefix` + '.'.
    std::vector<const ConfigEntry *> below(const QString &prefix) const;
    /// Why a part of the posture ("sshd", "nginx") is not known; "" = it was read.
    QString trouble(const QString &part) const;
};
std::vector<HostPosture> hostPostures(const Facts &facts);

/// The same of one database.
struct DatabasePosture : HostPosture {};
std::vector<DatabasePosture> databasePostures(const Facts &facts);
/// Of one HTTP endpoint; `host` is its URL.
std::vector<HostPosture> endpointPostures(const Facts &facts, const char *source = "web_posture");

/// Calls `judge` with each host whose part was read; the others become unknown lines.
void forEachHost(const Facts &facts, Judgement &judgement, const char *part,
                 const std::function<void(const HostPosture &)> &judge);

/// Judges each database whose part was read; no database: not applicable.
ReadinessResult forDatabases(const ReadinessFacts &facts, const char *part, const QString &fix,
                             const std::function<void(Judgement &, const DatabasePosture &)> &judge);

/// Holds a day that a person wrote into the inventory against how often it should be done. `what`: "the channel was
/// tested". A day to come proves nothing.
void judgeRecorded(Judgement &judgement, const Facts &facts, const QDateTime &at, std::chrono::seconds every,
                   const QString &what);
/// Entries of a pane and source that a person wrote into the inventory.
std::vector<const SourceEntry *> writtenEntries(const Facts &facts, PaneKind pane, const char *source = nullptr);
/// "not read yet" or why the newest try failed.
QString reasonOf(const Observation *observation);
/// "12 min ago"
QString ago(const Facts &facts, const QDateTime &at);

} // namespace taffrail::readiness
