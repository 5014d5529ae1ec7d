// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "courier.h"
#include "planmaking.h"

#include <QObject>

namespace taffrail {

/// Makes one plan: looks at the hosts and at the target's files in one round trip each, then judges. Nothing is changed
/// anywhere. Deletes itself after finished().
class Planner : public QObject {
    Q_OBJECT
public:
    Planner(Courier &courier, planning::Subject subject, QObject *parent);

    void start();

signals:
    void finished(const taffrail::RollbackPlan &plan);

private:
    /// Files of one history that the target may carry.
    struct Wanted {
        const MigrationHistory *history;
        QString host, path, tool;
        executors::CarriedPlace place;
    };

    void askHosts();
    void askFiles();
    void wantFiles(const SourceEntry &entry, const MigrationHistory &history);
    void take(const QString &what, const sources::Reply &reply);
    void finish();

    Courier &m_courier;
    planning::Subject m_subject;
    QHash<QString, planning::HostLook> m_looks;
    std::vector<Wanted> m_wanted;
    std::vector<CarriedMigrations> m_carried;
    QStringList m_troubles;
    std::vector<sources::Request> m_requests;
    size_t m_open = 0;
};

} // namespace taffrail
