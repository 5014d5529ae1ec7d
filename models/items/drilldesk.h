// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "drillrun.h"

#include <QObject>

namespace taffrail::items {

/// Restore drills as the window sees them. Lives in the GUI thread; every function returns at once, and the answer
/// comes by a signal. The application implements it.
class DrillDesk : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    /// Looks at host and backup and makes a plan: planned() or planRefused(). Empty entry, backup and host = the
    /// suggested ones.
    virtual void plan(const QString &environment, const QString &entry, const QString &backup, const QString &host,
                      DrillTarget target)
        = 0;
    /// Starts the plan, which must be the last one that was made: drillChanged() or startRefused().
    virtual void start(const DrillPlanPtr &plan, const QString &reason) = 0;
    /// Ends the job under way; it clears up after itself.
    virtual void abort(const QString &run) = 0;
    /// Sends the log of the job from its first byte, and what is added to it.
    virtual void watchLog(const QString &run) = 0;
    virtual void unwatchLog(const QString &run) = 0;
    /// The drills known to this console, newest first.
    virtual std::vector<DrillRunPtr> runs() const = 0;

signals:
    void planning(const QString &environment, const QString &what); ///< progress in words
    void planned(const taffrail::DrillPlanPtr &plan);
    void planRefused(const QString &environment, const taffrail::Error &error);
    void startRefused(const QString &digest, const taffrail::Error &error);
    void drillChanged(const taffrail::DrillRunPtr &run);
    /// `offset`: of the first byte of `text` in the log. `text` is sanitised.
    void logGrew(const QString &run, qint64 offset, const QString &text);
    void trouble(const QString &words);
};

} // namespace taffrail::items
