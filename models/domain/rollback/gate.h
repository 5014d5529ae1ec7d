// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QString>
#include <QVariantMap>

namespace taffrail {

/// What a gate says, best first. Unknown blocks like Block: what was not seen is not good.
enum class Verdict { Pass, Warn, Unknown, Block };

/// One question that a rollback must answer before it may start, with its evidence.
struct Gate {
    QString code; ///< "rollback.schema"
    Verdict verdict = Verdict::Unknown;
    QString subject; ///< host, database, release: what it is about
    QString answer; ///< one sentence in plain words
    QVariantMap evidence; ///< key → number, text, list of texts or UTC QDateTime
    QString hint; ///< what would turn it, or ""
    QString entry; ///< SourceEntry::id it rests on, or ""
    QDateTime observedAt; ///< of what it rests on; invalid = of nothing that ages
    bool overridable = false; ///< with a typed reason (and a second person for Block and Unknown)

    bool operator==(const Gate &) const = default;
};

/// What a person may do about a gate.
enum class GateDemand {
    Nothing, ///< it passed
    Reason, ///< may be accepted with a typed reason
    SecondPerson, ///< only with another person: not possible from one console alone
    Closed, ///< cannot be set aside by anybody
};
GateDemand demandOf(const Gate &gate);

QString verdictWord(Verdict verdict); ///< "pass" | "warn" | "unknown" | "block"
Verdict verdictFromWord(const QString &word);

} // namespace taffrail
