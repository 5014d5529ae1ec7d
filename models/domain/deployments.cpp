// SPDX-License-Identifier: GPL-3.0-or-later
#include "deployments.h"

#include <array>
#include <utility>

namespace taffrail {

namespace {

template <typename T, size_t N> QString wordOf(const std::array<std::pair<T, const char *>, N> &words, T value)
{
    for (const auto &[key, word] : words) {
        if (key == value)
            return QString::fromLatin1(word);
    }
    return {};
}

template <typename T, size_t N>
T valueOf(const std::array<std::pair<T, const char *>, N> &words, const QString &text, T otherwise)
{
    for (const auto &[key, word] : words) {
        if (text == QLatin1String(word))
            return key;
    }
    return otherwise;
}

constexpr std::array<std::pair<ReleaseStatus, const char *>, 9> statusWords{{
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

constexpr std::array<std::pair<ReleaseKind, const char *>, 6> kindWords{{
    {ReleaseKind::Deploy, "deploy"},
    {ReleaseKind::Rollback, "rollback"},
    {ReleaseKind::Redeploy, "redeploy"},
    {ReleaseKind::Config, "config"},
    {ReleaseKind::OutOfBand, "out-of-band"},
    {ReleaseKind::Unknown, "unknown"},
}};

constexpr std::array<std::pair<Confidence, const char *>, 3> confidenceWords{{
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
