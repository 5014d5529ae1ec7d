// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

#include <QHash>
#include <QSet>

#include <chrono>

namespace taffrail {

/// Answers of the slow lane, kept between refreshes of one environment. An old answer is still an answer until the new
/// one is there: refreshing never blanks what is known.
class SlowReplies {
public:
    static constexpr std::chrono::hours lifetime{6};
    /// A failed answer is told for this long, then asked for again.
    static constexpr std::chrono::minutes failureLifetime{5};

    /// The kept answer to this request of this entry, however old, or null.
    const sources::Reply *find(const QString &entry, const sources::Request &request) const;
    /// Whether the request is to be sent: not under way, and nothing kept, or kept for too long, or made old by
    /// expire().
    bool isDue(const QString &entry, const sources::Request &request, const QDateTime &now) const;
    /// Whether an answer that the fast lane shows to be outdated may be asked for again before its time: not while it
    /// is under way or was just refused, and never so often that the host spends more than a tenth of its time on it.
    bool mayAskEarly(const QString &entry, const sources::Request &request, const QDateTime &now) const;
    void setUnderWay(const QString &entry, const sources::Request &request);
    /// Keeps the answer; it is no longer under way, and due again after `goodFor`. A failure never replaces a good
    /// answer that is younger than `lifetime`.
    void keep(const QString &entry, const sources::Request &request, const sources::Reply &reply,
              std::chrono::milliseconds goodFor = lifetime);
    /// A person asked, or something was deployed: everything is due.
    void expire();
    /// What was under way will not come (sleep).
    void abandon() { m_underWay.clear(); }

private:
    struct Kept {
        sources::Reply reply;
        QDateTime dueAt;
        QDateTime refusedUntil; ///< a later try failed; not before this
    };
    static QByteArray keyOf(const QString &entry, const sources::Request &request);
    QHash<QByteArray, Kept> m_kept;
    QSet<QByteArray> m_underWay;
};

} // namespace taffrail
