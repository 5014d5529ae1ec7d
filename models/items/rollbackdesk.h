// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "auditchain.h"
#include "rollbackrun.h"

#include <QObject>

namespace taffrail::items {

/// What a person typed to start a plan.
struct StartWords {
    QString reason; ///< never empty
    QString typed; ///< the environment's id, where wordToType() asks for it
    std::vector<Override> overrides;
};

/// Rollbacks and their audit as the window sees them. Lives in the GUI thread; every function returns at once, and the
/// answer comes by a signal. The application implements it.
class RollbackDesk : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    /// Reads the environment and its hosts anew and makes a plan: planned() or planRefused(). An empty target asks for
    /// the suggested one.
    virtual void plan(const QString &environment, const QString &entry, const QString &target) = 0;
    /// Starts the plan with this digest, which must be the last one that was made: runChanged() or startRefused().
    virtual void start(const RollbackPlanPtr &plan, const StartWords &words) = 0;
    /// No further host is begun; the one under way ends its step.
    virtual void stopAfterHost(const QString &run) = 0;
    /// Ends the job under way (TERM, then KILL).
    virtual void abort(const QString &run) = 0;
    /// Goes on with a paused run.
    virtual void proceed(const QString &run) = 0;
    /// Tries the failed hosts again.
    virtual void retry(const QString &run) = 0;
    /// Sends the log of a host's job from its first byte, and what is added to it.
    virtual void watchLog(const QString &run, const QString &host) = 0;
    virtual void unwatchLog(const QString &run, const QString &host) = 0;

    /// The runs known to this console, newest first.
    virtual std::vector<RollbackRunPtr> runs() const = 0;

    /// Audit entries with numbers below `beforeSeq` (0 = the newest): auditListed().
    virtual void listAudit(qint64 beforeSeq, int limit) = 0;
    /// Walks the whole chain: auditVerified().
    virtual void verifyAudit() = 0;
    /// Writes all entries to a file, as "jsonl" or "markdown": auditExported().
    virtual void exportAudit(const QString &path, const QString &format) = 0;

signals:
    void planning(const QString &environment, const QString &entry, const QString &what); ///< progress in words
    void planned(const taffrail::RollbackPlanPtr &plan);
    void planRefused(const QString &environment, const QString &entry, const taffrail::Error &error);
    void startRefused(const QString &digest, const taffrail::Error &error);
    void runChanged(const taffrail::RollbackRunPtr &run);
    /// `offset`: of the first byte of `text` in the log. `text` is sanitised.
    void logGrew(const QString &run, const QString &host, qint64 offset, const QString &text);
    void auditListed(const std::vector<taffrail::AuditEntry> &entries, qint64 beforeSeq, bool more);
    /// `fault.seq` 0 = the chain is whole up to `head`.
    void auditVerified(const taffrail::AuditHead &head, const taffrail::AuditFault &fault, const QDateTime &at);
    void auditExported(const QString &path, const QString &trouble); ///< "" = written
    void auditGrew(qint64 seq); ///< entries up to this one exist now
    void auditTrouble(const QString &words); ///< the audit can't be opened or written: nothing can be run
};

} // namespace taffrail::items
