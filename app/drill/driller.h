// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "auditlog.h"
#include "drillplanning.h"
#include "hostjob.h"
#include "logtail.h"
#include "proofstore.h"

#include <map>

namespace taffrail {

/// Plans restore drills and follows them. Lives in a thread of its own (or the only one, on the command line): it waits
/// for disk syncs of audit and journals. Every signal is emitted there.
class Driller : public QObject {
    Q_OBJECT
public:
    struct Options {
        QString auditPath; ///< "" = AuditLog::defaultPath()
        QString proofsPath; ///< "" = ProofStore::defaultPath()
        QString actor; ///< "" = user@machine
    };

    Driller(std::vector<EnvironmentSpecPtr> environments, Transports transports, Options options,
            QObject *parent = nullptr);
    ~Driller() override;

public slots:
    /// Opens audit and journals; goes on following drills that have not ended.
    void open();
    /// The newest state of an environment: what plans are made from.
    void takeState(const taffrail::EnvironmentStatePtr &state);
    /// planned() or planRefused().
    void plan(const taffrail::drilling::Wish &wish);
    /// drillChanged() or startRefused().
    void start(const QString &digest, const QString &reason);
    /// Looks for a drill in the journals, then on the hosts: drillChanged() or drillRefused().
    void attach(const QString &environment, const QString &run);
    /// Stops it; its scratch directory is removed by its own job.
    void abort(const QString &run);
    /// Removes what dead drills left on the hosts of an environment: swept() for each, then sweepEnded().
    void sweep(const QString &environment);
    void list(const QString &environment);
    void watchLog(const QString &run);
    void unwatchLog(const QString &run);

signals:
    void opened();
    void planning(const QString &environment, const QString &what);
    void planned(const taffrail::DrillPlanPtr &plan);
    void planRefused(const QString &environment, const taffrail::Error &error);
    void startRefused(const QString &digest, const taffrail::Error &error);
    /// The drill is not known, or nothing can be done with it from here.
    void drillRefused(const QString &run, const taffrail::Error &error);
    void drillChanged(const taffrail::DrillRunPtr &run);
    void logGrew(const QString &run, qint64 offset, const QByteArray &bytes);
    void logEnded(const QString &run);
    void listed(const std::vector<taffrail::DrillRunPtr> &runs);
    void swept(const QString &environment, const QString &host, const QString &folder, const QStringList &lines,
               const QString &trouble);
    void sweepEnded(const QString &environment, bool isClean);
    void proofsChanged(const std::vector<taffrail::BackupProof> &proofs);
    void auditGrew(qint64 seq);
    void trouble(const QString &words);

private:
    struct Followed {
        DrillRun run;
        HostJob *job = nullptr; ///< null: not followed at present
        LogTail *tail = nullptr;
        int settling = 0; ///< looks for the keeper's word after a job was killed
        int exitCode = -1;
    };

    EnvironmentSpecPtr environmentOf(const QString &id) const;
    void planFrom(const drilling::Subject &subject);
    void begin(DrillRun run);
    void send(const QString &run);
    Followed &follow(const DrillRun &run);
    void watch(Followed &followed);
    void changed(const QString &run, const jobs::JobStatus &status, const QString &trouble);
    void ended(const QString &run, const Result<jobs::JobStatus> &status);
    void settle(const QString &run);
    void finish(Followed &followed);
    void adopt(const QString &environment, const QString &run, QStringList hosts);
    bool record(const QString &action, const DrillRun &run, const QVariantMap &more, qint64 *seq = nullptr);
    bool needsAudit();
    void tell(const Followed &followed) { emit drillChanged(std::make_shared<const DrillRun>(followed.run)); }

    std::vector<EnvironmentSpecPtr> m_environments;
    Options m_options;
    Courier m_courier;
    HostShell m_shell;
    std::unique_ptr<AuditLog> m_audit;
    std::unique_ptr<ProofStore> m_store;
    QHash<QString, EnvironmentStatePtr> m_states;
    QHash<QString, DrillPlan> m_plans; ///< by digest
    std::map<QString, Followed> m_followed; ///< by run
};

} // namespace taffrail
