// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "environmentrun.h"
#include "rollbackrun.h"

#include <QElapsedTimer>
#include <QTimer>

namespace taffrail {

/// What one look after a switch found.
struct VerificationLook {
    QHash<QString, QString> proofs; ///< host → what shows the release that it runs now
    QStringList problems; ///< what is not as it must be; empty = all is well
    QStringList histories; ///< migration histories as "database table current": they must not change
};

/// Judges what was read after the switch; pure. `before` are the histories of the first look.
VerificationLook lookOf(const RollbackPlan &plan, const EnvironmentSpec &environment,
                        const std::vector<Observation> &observations, const QStringList &before);

/// Reads what a run was for, again and again, until it was good for the plan's hold time, or until too long it was not.
class Verifier : public QObject {
    Q_OBJECT
public:
    Verifier(Courier &courier, QThreadPool &workers, EnvironmentSpecPtr environment, RollbackPlan plan,
             QObject *parent);

    void start();

signals:
    void looked(const taffrail::Verification &state, const QHash<QString, QString> &proofs);
    /// `problems` is empty when it held.
    void finished(const QStringList &problems);

private:
    void look();
    void judge();

    Courier &m_courier;
    QThreadPool &m_workers;
    EnvironmentSpecPtr m_environment;
    RollbackPlan m_plan;
    SlowReplies m_slow;
    std::unique_ptr<EnvironmentRun> m_run;
    std::vector<size_t> m_entries;
    std::vector<Observation> m_observations;
    QStringList m_histories;
    Verification m_state;
    QTimer m_timer;
    QElapsedTimer m_sinceStart, m_sinceGood; ///< what must hold for a time holds for it whatever the clock is set to
};

} // namespace taffrail
