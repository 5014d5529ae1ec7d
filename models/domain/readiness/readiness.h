// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "finding.h"

/// Whether an environment is ready for production, as a page of evidence.
namespace taffrail {

enum class ReadinessVerdict { Pass, Fail, NotApplicable, Unknown };
QString readinessWord(ReadinessVerdict verdict); ///< "pass" | "fail" | "not-applicable" | "unknown"

/// One criterion, held against one environment.
struct ReadinessResult {
    QString code; ///< "config.secret-in-file", "tls.valid", "ssh.password-login"
    QString group; ///< "Security" | "Health" | "Deployment" | "Database" | "Backup"
    QString title; ///< what is asked for, as a statement: "No password login over SSH"
    ReadinessVerdict verdict = ReadinessVerdict::Unknown;
    QStringList evidence; ///< one line each: what was seen, where; sanitised, never a secret
    QString fix; ///< what to do, for a fail or an unknown
    QDateTime observedAt; ///< of the oldest observation that it rests on; invalid = none
    /// Switched off in the inventory with this reason: counts in no total.
    QString offReason;

    bool operator==(const ReadinessResult &) const = default;
};

struct ReadinessReport {
    QString environment;
    QDateTime judgedAt; ///< UTC
    std::vector<ReadinessResult> results; ///< in the order of the groups and of the criteria in them
    int passed = 0; ///< of
    int counted = 0; ///< those that apply and are not switched off: "9 of 12"

    bool operator==(const ReadinessReport &) const = default;
};

/// Judges every criterion. Pure: same facts, same report. What was not observed is unknown, never a pass.
ReadinessReport readinessOf(const Facts &facts);

/// A rollback that was carried through, as the record of runs has it.
struct RehearsedRollback {
    QString environment;
    QDateTime at; ///< UTC, when it ended
    QString app;
};

/// How full a file system was at one moment, from what is remembered of earlier looks.
struct CapacitySample {
    QDateTime at; ///< UTC
    QString host;
    QString mount;
    double usedPercent = 0;
};

/// What the scorecard looks at: the facts, and what no snapshot holds.
struct ReadinessFacts {
    const Facts &facts;
    std::vector<RehearsedRollback> rollbacks; ///< of this environment and of those that it promotes from
    std::vector<CapacitySample> capacity; ///< of this environment, in any order
};
ReadinessReport readinessOf(const ReadinessFacts &facts);

/// What is not there is unknown to a reader as well; the word of codec and command line.
ReadinessVerdict readinessFromWord(const QString &word);
/// The codes of all criteria, in the order of the page.
QStringList readinessCodes();
/// Exit code of `taffrail readiness`: 0 all pass, 1 something fails, 3 nothing fails but something is unknown.
int exitCode(const ReadinessReport &report);
/// How many results have this verdict, without those that are switched off.
int countOf(const ReadinessReport &report, ReadinessVerdict verdict);

} // namespace taffrail
