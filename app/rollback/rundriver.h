// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "auditlog.h"
#include "hostjob.h"
#include "runstore.h"
#include "verifier.h"

namespace taffrail {

/// What a run needs of the program; all of it outlives the driver, in the same thread.
struct RunTools {
    HostShell &shell;
    Courier &courier;
    QThreadPool &workers;
    RunStore &store;
    AuditLog &audit;
};

/// Carries one run out, host by host: journal first, then audit, then the act. When the journal or the audit can't be
/// written, nothing further is begun.
class RunDriver : public QObject {
    Q_OBJECT
public:
    RunDriver(RunTools tools, EnvironmentSpecPtr environment, RollbackRun run, QObject *parent);

    const RollbackRun &run() const { return m_run; }
    bool isAtRest() const { return m_jobs.empty() && !m_verifier && m_releasing == 0; } ///< nothing of it is under way
    /// A new run, whose journal is in the store and whose start is in the audit.
    void begin();
    /// Another console began it, or an earlier one of ours: looks at what is under way, and then pauses if there is
    /// more to do.
    void resume();

    void proceed();
    void stopAfterHost();
    /// Ends it: stops what is under way on the hosts, begins nothing more. What another console had begun, too.
    void abort();
    void retry();

signals:
    void changed(const taffrail::RollbackRunPtr &run);
    void outrun(); ///< another console changed the journal: it drives the run now
    void ended();

private:
    void advance();
    void beginHosts(const std::vector<size_t> &hosts);
    HostJob *follow(size_t host);
    void hostChanged(size_t host, const jobs::JobStatus &status, const QString &trouble);
    void hostEnded(size_t host, const Result<jobs::JobStatus> &status);
    void verify();
    void verified(const QStringList &problems);
    void settle();
    void finish(RunStage stage, const QString &message);
    void finishAborted();
    void pause(const QString &message);
    void release();
    void released(const QString &trouble);
    bool save();
    bool record(const QString &action, const QString &object, const QVariantMap &detail);
    void tell() { emit changed(std::make_shared<const RollbackRun>(m_run)); }

    RunTools m_tools;
    EnvironmentSpecPtr m_environment;
    const SourceEntry *m_entry;
    RollbackRun m_run;
    std::map<size_t, HostJob *> m_jobs;
    Verifier *m_verifier = nullptr;
    int m_releasing = 0; ///< hosts that have not answered yet
    bool m_isPausing = false; ///< resumed: what is under way ends, nothing is begun
    bool m_isAborting = false;
    bool m_isOutrun = false; ///< another console has changed the journal
};

} // namespace taffrail
