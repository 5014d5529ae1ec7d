// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "readiness.h"

#include <QObject>

#include <memory>

namespace taffrail::items {

/// Totals of one earlier scorecard.
struct ReadinessTotal {
    QDateTime at; ///< UTC
    int passed = 0, counted = 0;

    bool operator==(const ReadinessTotal &) const = default;
};

/// One scorecard as it was made, with the totals of those before it, oldest first.
struct ReadinessCard {
    ReadinessReport report;
    std::vector<ReadinessTotal> earlier;
};
using ReadinessCardPtr = std::shared_ptr<const ReadinessCard>;

/// Scorecards as the window sees them. Lives in the GUI thread; every function returns at once, and the answer comes by
/// a signal. The application implements it.
class ReadinessDesk : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    /// Reads what the scorecards of these environments need besides what is watched anyway: judged() for each.
    virtual void read(const QStringList &environments) = 0;
    /// Writes these scorecards as Markdown: exported().
    virtual void exportMarkdown(const std::vector<ReadinessReport> &reports, const QString &path) = 0;

signals:
    void judged(const taffrail::items::ReadinessCardPtr &card);
    void exported(const QString &path, const QString &trouble); ///< "" = written
    void troubled(const QString &words); ///< what could not be recalled or remembered
};

} // namespace taffrail::items
