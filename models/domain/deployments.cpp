// SPDX-License-Identifier: GPL-3.0-or-later
#include "deployments.h"

#include "wordtable.h"

namespace taffrail {

namespace {

constexpr WordTable<ReleaseStatus, 9> statusWords{{
    {ReleaseStatus::Live, "live"},
    {ReleaseStatus::Available, "available"},
    {ReleaseStatus::Running, "running"},
    {ReleaseStatus::Failed, "failed"},
    {ReleaseStatus::Unfinished, "unfinished"},
    {ReleaseStatus::Bad, "bad"},
    {ReleaseStatus::RolledBack, "rolled-back"},
    {ReleaseStatus::Superseded, "superseded"},
    {ReleaseStatus::Removed, "removed"},
}};

constexpr WordTable<ReleaseKind, 6> kindWords{{
    {ReleaseKind::Deploy, "deploy"},
    {ReleaseKind::Rollback, "rollback"},
    {ReleaseKind::Redeploy, "redeploy"},
    {ReleaseKind::Config, "config"},
    {ReleaseKind::OutOfBand, "out-of-band"},
    {ReleaseKind::Unknown, "unknown"},
}};

constexpr WordTable<Confidence, 3> confidenceWords{{
    {Confidence::Logged, "logged"},
    {Confidence::Inferred, "inferred"},
    {Confidence::Reconciled, "reconciled"},
}};

} // namespace

QString releaseStatusWord(ReleaseStatus status)
{
    return wordOf(statusWords, status);
}

// An unknown word must not look like a release that can be gone back to.
ReleaseStatus releaseStatusFromWord(const QString &word)
{
    return valueOf(statusWords, word, ReleaseStatus::Removed);
}

QString releaseKindWord(ReleaseKind kind)
{
    return wordOf(kindWords, kind);
}

ReleaseKind releaseKindFromWord(const QString &word)
{
    return valueOf(kindWords, word, ReleaseKind::Unknown);
}

QString confidenceWord(Confidence confidence)
{
    return wordOf(confidenceWords, confidence);
}

Confidence confidenceFromWord(const QString &word)
{
    return valueOf(confidenceWords, word, Confidence::Inferred);
}

} // namespace taffrail
