// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "logtail.h"
#include "planner.h"
#include "rundriver.h"

#include <QElapsedTimer>
#include <QLockFile>
#include <QSet>

namespace taffrail {

/// Who acts from here: "mary@laptop".
QString personHere();

/// Plans rollbacks and carries them out. Lives in a thread of its own (or the only one, on the command line): it waits
/// for disk syncs of audit and journals. Every signal is emitted there.
class Runner : public QObject {
    Q_OBJECT
public:
    struct Options {
        QString auditPath; ///< "" = AuditLog::defaultPath()
        QString runsPath; ///< "" = RunStore::defaultPath()
        QString actor; ///< "" = user@machine
    };

    Runner(std::vector<EnvironmentSpecPtr> environments, Transports transports, Options options,
           QObject *parent = nullptr);
    ~Runner() override;

public slots:
    /// Opens audit and journals; goes on looking at runs that have not ended.
    void open();
    /// The newest state of an environment: what plans are made from.
    void takeState(const taffrail::EnvironmentStatePtr &state);
    /// planned() or planRefused(). Asks for a refresh first where what is known is older than a few seconds.
    void plan(const QString &environment, const QString &entry, const QString &target);
    /// runChanged() or startRefused(). `typed`: what the person typed as the environment.
    void start(const QString &digest, const QString &typed, const QString &reason,
               const std::vector<taffrail::Override> &overrides);
    void stopAfterHost(const QString &run);
    /// Also a run that another console of this person drives: runChanged(), or runRefused() when that does not let go.
    void abort(const QString &run);
    void proceed(const QString &run);
    void retry(const QString &run);
    /// Looks for a run in the journals, then on the hosts of its environment: runChanged() or runRefused().
    void attach(const QString &environment, const QString &run);
    void watchLog(const QString &run, const QString &host);
    void unwatchLog(const QString &run, const QString &host);

    void listAudit(qint64 beforeSeq, int limit);
    void verifyAudit();
    void exportAudit(const QString &path, const QString &format);

signals:
    void opened();
    void refreshWanted(const QString &environment);
    void planning(const QString &environment, const QString &entry, const QString &what);
    void planned(const taffrail::RollbackPlanPtr &plan);
    void planRefused(const QString &environment, const QString &entry, const taffrail::Error &error);
    void startRefused(const QString &digest, const taffrail::Error &error);
    /// The run is not known, or nothing can be done with it from here.
    void runRefused(const QString &run, const taffrail::Error &error);
    void runChanged(const taffrail::RollbackRunPtr &run);
    void logGrew(const QString &run, const QString &host, qint64 offset, const QByteArray &bytes);
    void auditListed(const std::vector<taffrail::AuditEntry> &entries, qint64 beforeSeq, bool more);
    void auditVerified(const taffrail::AuditHead &head, const taffrail::AuditFault &fault, const QDateTime &at);
    void auditExported(const QString &path, const QString &trouble);
    void auditGrew(qint64 seq);
    void auditTrouble(const QString &words);

private:
    struct Wish { // a plan that waits for a fresh state
        QString environment, entry, target;
        QDateTime since;
        QElapsedTimer waits;
    };
    struct Driven {
        std::unique_ptr<RunDriver> driver;
        std::unique_ptr<QLockFile> lock; ///< says to this person's other consoles that the run is driven
    };

    EnvironmentSpecPtr environmentOf(const QString &id) const;
    void planNow(const Wish &wish);
    void refuse(const QString &digest, ErrorKind kind, const QString &text, const QString &hint = {});
    RunDriver *drive(const RollbackRun &run);
    void unlessDriven(const QString &run);
    void lookAtRuns();
    void adoptFromHost(const QString &environment, const QString &entry, const QString &host, const QString &job);
    RunDriver *driverOf(const QString &run);
    void abortElsewhere(const RollbackRun &run);
    void tryTakeovers();
    QString lockPathOf(const QString &run) const;
    bool needsAudit();

    std::vector<EnvironmentSpecPtr> m_environments;
    Options m_options;
    QThreadPool m_workers;
    Courier m_courier;
    HostShell m_shell;
    std::unique_ptr<AuditLog> m_audit;
    std::unique_ptr<RunStore> m_store;
    QHash<QString, EnvironmentStatePtr> m_states;
    std::vector<Wish> m_wishes;
    QTimer m_wishTimer;
    QHash<QString, RollbackPlan> m_plans; ///< by digest
    std::map<QString, Driven> m_driven;
    std::map<std::pair<QString, QString>, LogTail *> m_tails;
    QTimer m_lookTimer; ///< follows runs that other consoles drive
    QHash<QString, qint64> m_shownVersions;
    QSet<QString> m_undriven; ///< under way, but not by this console
    std::map<QString, QElapsedTimer>
        m_takeovers; ///< runs to be aborted as soon as the console that drives them lets go
    QTimer m_takeoverTimer;
};

} // namespace taffrail
