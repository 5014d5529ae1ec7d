// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "newfindings.h"
#include "rollbackrun.h"

#include <QObject>
#include <QStringList>

#include <chrono>
#include <functional>
#include <map>
#include <memory>

class QTimer;

namespace taffrail::ui {

/// Tells the desktop of what newly went wrong (org.freedesktop.Notifications 1.2), without ever waiting for it. At most
/// one an environment within `gap`; what comes meanwhile replaces it afterwards. Silent where there is no such service.
class Notifier : public QObject {
    Q_OBJECT

public:
    enum class Level { Off, Critical, All };

    explicit Notifier(QObject *parent, std::chrono::milliseconds gap = std::chrono::minutes(1));
    ~Notifier() override;
    Q_DISABLE_COPY_MOVE(Notifier)

    void setLevel(Level level) { m_level = level; }
    void setSound(bool sound) { m_sound = sound; }
    /// Whether a person looks at an environment right now: then nothing is told of it.
    void setWatched(std::function<bool(const QString &environment)> isWatched) { m_isWatched = std::move(isWatched); }
    /// One judged state. What was remembered from an earlier run, or is told of nothing, is taken as known.
    void take(const EnvironmentStatePtr &state);

    /// Whether a person is in one of our windows: then nothing is told of runs.
    void setActive(std::function<bool()> isActive) { m_isActive = std::move(isActive); }
    /// A rollback as it stands now: told of when it ends or pauses after it was seen under way.
    void takeRun(const RollbackRunPtr &run);

    /// "PRODUCTION eu: Critical — http_5xx 4.1 %" and the lines below it; fit to show.
    static QString titleOf(const EnvironmentState &state, const Finding &finding);
    static QString bodyOf(const EnvironmentState &state, const std::vector<Finding> &findings);

signals:
    /// A person pressed "Open".
    void openRequested(const QString &environment);
    void openRunRequested(const QString &run);

private slots:
    void actionInvoked(uint id, const QString &action);
    void notificationClosed(uint id, uint reason);

private:
    struct Line;

    Line &lineOf(const QString &key);
    void send(const QString &key);
    void askCapabilities();
    void notify(const QString &key);

    std::chrono::milliseconds m_gap;
    Level m_level = Level::Critical;
    bool m_sound = false;
    bool m_asked = false;
    bool m_answered = false;
    QStringList m_capabilities;
    std::function<bool(const QString &)> m_isWatched;
    std::function<bool()> m_isActive;
    std::map<QString, NewFindings> m_seen;
    std::map<QString, RunStage> m_runs; // as they were last seen, by id
    std::map<QString, std::unique_ptr<Line>> m_lines; // by environment; of runs by "run ID"
};

} // namespace taffrail::ui
