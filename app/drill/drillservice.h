// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "drilldesk.h"
#include "driller.h"

#include <QThread>

namespace taffrail {

/// The window's desk over a Driller in a thread of its own.
class DrillService : public items::DrillDesk {
    Q_OBJECT
public:
    /// The transports outlive this object.
    DrillService(const std::vector<EnvironmentSpecPtr> &environments, Transports transports,
                 const Driller::Options &options, QObject *parent = nullptr);
    ~DrillService() override;

    Driller &driller() { return *m_driller; } ///< lives in another thread: connect, or call its slots by invokeMethod
    /// Opens the journals, and shows the drills of these environments.
    void open();

    void plan(const QString &environment, const QString &entry, const QString &backup, const QString &host,
              DrillTarget target) override;
    void start(const DrillPlanPtr &plan, const QString &reason) override;
    void abort(const QString &run) override;
    void watchLog(const QString &run) override;
    void unwatchLog(const QString &run) override;
    std::vector<DrillRunPtr> runs() const override { return m_runs; }

private:
    template <typename Call> void tell(Call call)
    {
        QMetaObject::invokeMethod(
            m_driller, [driller = m_driller, call = std::move(call)] { call(*driller); }, Qt::QueuedConnection);
    }
    void keep(const DrillRunPtr &run);

    QThread m_thread;
    Driller *m_driller;
    std::vector<DrillRunPtr> m_runs; ///< newest first
    QHash<QString, QByteArray> m_tails; ///< the unfinished line at the end of a log piece, by run
};

} // namespace taffrail
