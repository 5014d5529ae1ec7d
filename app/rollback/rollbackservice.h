// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackdesk.h"
#include "runner.h"

#include <QThread>

namespace taffrail {

/// The window's desk over a Runner in a thread of its own.
class RollbackService : public items::RollbackDesk {
    Q_OBJECT
public:
    /// `options` as the Runner takes them. The transports outlive this object.
    RollbackService(const std::vector<EnvironmentSpecPtr> &environments, Transports transports,
                    const Runner::Options &options, QObject *parent = nullptr);
    ~RollbackService() override;

    Runner &runner() { return *m_runner; } ///< lives in another thread: connect, or call its slots by invokeMethod
    void open();

    void plan(const QString &environment, const QString &entry, const QString &target) override;
    void start(const RollbackPlanPtr &plan, const items::StartWords &words) override;
    void stopAfterHost(const QString &run) override;
    void abort(const QString &run) override;
    void proceed(const QString &run) override;
    void retry(const QString &run) override;
    void watchLog(const QString &run, const QString &host) override;
    void unwatchLog(const QString &run, const QString &host) override;
    std::vector<RollbackRunPtr> runs() const override;
    void listAudit(qint64 beforeSeq, int limit) override;
    void verifyAudit() override;
    void exportAudit(const QString &path, const QString &format) override;

private:
    /// Calls a slot of the runner in its thread.
    template <typename Call> void tell(Call call)
    {
        QMetaObject::invokeMethod(
            m_runner, [runner = m_runner, call = std::move(call)] { call(*runner); }, Qt::QueuedConnection);
    }
    void keep(const RollbackRunPtr &run);

    QThread m_thread;
    Runner *m_runner;
    std::vector<RollbackRunPtr> m_runs; ///< newest first
    QHash<QString, QByteArray> m_tails; ///< the unfinished character at the end of a log piece, by run and host
};

} // namespace taffrail
