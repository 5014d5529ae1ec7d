// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

#include <QHash>

#include <chrono>

namespace taffrail {

/// Good answers of the slow lane, kept between refreshes of one environment.
class SlowReplies {
public:
    static constexpr std::chrono::hours lifetime {6};

    /// The kept answer to this request of this entry, or null when there is none or it is older than `lifetime`.
    const sources::Reply *find(const QString &entry, const sources::Request &request, const QDateTime &now) const;
    /// Keeps a good answer; a failed one is not kept, so that it is asked again next time.
    void keep(const QString &entry, const sources::Request &request, const sources::Reply &reply);
    /// A person asked, or something was deployed: ask all anew.
    void forget() { m_replies.clear(); }

private:
    static QByteArray keyOf(const QString &entry, const sources::Request &request);
    QHash<QByteArray, sources::Reply> m_replies;
};

} // namespace taffrail
