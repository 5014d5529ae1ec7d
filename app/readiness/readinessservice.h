// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "assessment.h"
#include "courier.h"
#include "environmentrun.h"
#include "readinessdesk.h"
#include "readinessmemory.h"
#include "slowreplies.h"

#include <QSet>
#include <QThread>
#include <QThreadPool>

#include <map>

namespace taffrail {

/// Makes scorecards in a thread of its own: asks what only they need, joins it with what the monitor last saw, judges,
/// remembers.
class ReadinessWorker : public QObject {
    Q_OBJECT

public:
    ReadinessWorker(Inventory inventory, Transports transports);
    ~ReadinessWorker() override;

    void take(const EnvironmentStatePtr &state);
    void read(const QString &environment);
    void exportMarkdown(const std::vector<ReadinessReport> &reports, const QString &path);

signals:
    void judged(const taffrail::items::ReadinessCardPtr &card);
    void exported(const QString &path, const QString &trouble);
    void troubled(const QString &words);

private:
    struct Reading;

    void begin(const EnvironmentSpecPtr &environment);
    void finish(const QString &environment);
    void judge(const QString &environment, bool remember);

    Inventory m_inventory;
    QHash<QString, EnvironmentStatePtr> m_states;
    QSet<QString> m_waiting; ///< asked for before the monitor had seen them in this run
    std::map<QString, std::unique_ptr<Reading>> m_readings;
    std::map<QString, std::unique_ptr<Reading>> m_read; ///< the last whole one of each environment
    ReadinessMemory m_memory;
    QThreadPool m_workers;
    std::unique_ptr<Courier> m_courier; ///< made in the worker's thread
    Transports m_transports;
};

/// The desk of the window: hands wishes to the worker and its answers back.
class ReadinessService : public items::ReadinessDesk {
    Q_OBJECT

public:
    ReadinessService(const Inventory &inventory, Transports transports);
    ~ReadinessService() override;

    void takeState(const EnvironmentStatePtr &state);
    void read(const QStringList &environments) override;
    void exportMarkdown(const std::vector<ReadinessReport> &reports, const QString &path) override;

private:
    QThread m_thread;
    ReadinessWorker *m_worker;
};

} // namespace taffrail
