// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "rollbackdemo.h"

#include "rollbackdesk.h"

namespace taffrail::demo {

/// A desk that does nothing by itself and remembers what it was asked for: tests say what it answers.
class FakeDesk : public items::RollbackDesk {
public:
    struct Plan {
        QString environment, entry, target;
    };
    struct Start {
        RollbackPlanPtr plan;
        items::StartWords words;
    };

    void plan(const QString &environment, const QString &entry, const QString &target) override
    {
        plans.push_back({environment, entry, target});
    }
    void start(const RollbackPlanPtr &plan, const items::StartWords &words) override
    {
        starts.push_back({plan, words});
    }
    void stopAfterHost(const QString &run) override { calls << QStringLiteral("stop ") + run; }
    void abort(const QString &run) override { calls << QStringLiteral("abort ") + run; }
    void proceed(const QString &run) override { calls << QStringLiteral("proceed ") + run; }
    void retry(const QString &run) override { calls << QStringLiteral("retry ") + run; }
    void watchLog(const QString &, const QString &host) override { calls << QStringLiteral("watch ") + host; }
    void unwatchLog(const QString &, const QString &host) override { calls << QStringLiteral("unwatch ") + host; }
    std::vector<RollbackRunPtr> runs() const override { return known; }
    void listAudit(qint64 beforeSeq, int limit) override { lists.append({beforeSeq, limit}); }
    void verifyAudit() override { calls << QStringLiteral("verify"); }
    void exportAudit(const QString &path, const QString &format) override
    {
        calls << QStringLiteral("export %1 %2").arg(format, path);
    }

    /// Answers the plan that was asked for last.
    void answer(const RollbackPlan &made) { emit planned(std::make_shared<const RollbackPlan>(made)); }
    void tell(const RollbackRun &run)
    {
        const auto shared = std::make_shared<const RollbackRun>(run);
        std::erase_if(known, [&](const RollbackRunPtr &each) { return each->id == run.id; });
        known.insert(known.begin(), shared);
        emit runChanged(shared);
    }
    /// How often anything was asked that acts on a host.
    int acts() const
    {
        int count = int(starts.size());
        for (const QString &call : calls) {
            for (const char *word : {"stop ", "abort ", "proceed ", "retry "})
                count += call.startsWith(QLatin1String(word)) ? 1 : 0;
        }
        return count;
    }

    std::vector<Plan> plans;
    std::vector<Start> starts;
    std::vector<RollbackRunPtr> known;
    QStringList calls;
    QList<QPair<qint64, int>> lists;
};

/// An environment of three hosts whose history has a release to go back to.
inline Draft rollbackEnvironment()
{
    Draft draft = well();
    DeploymentHistory history = deployments();
    history.live = QStringLiteral("20262.14.3");
    const QStringList hosts{QStringLiteral("web1"), QStringLiteral("web2"), QStringLiteral("web3")};
    history.hosts.clear();
    draft.spec.hosts.clear();
    for (const QString &id : hosts) {
        HostRelease host;
        host.host = id;
        host.live = history.live;
        host.revision = history.releases[0].revision;
        history.hosts.push_back(host);
        HostSpec spec;
        spec.id = id;
        draft.spec.hosts.push_back(spec);
    }
    for (Release &release : history.releases)
        release.presentOn = hosts;
    history.releases[0].liveOn = hosts;
    history.releases[1].revision = QStringLiteral("77ab10c9d2e84b1fa0");
    history.releases[3].revision = QStringLiteral("51c0de77aa00");
    for (const auto &[release, from, age] :
         {std::tuple("20262.14.3", "20262.14.2", 1860LL), std::tuple("20262.14.2", "20262.14.0", 3 * 86400LL)}) {
        DeployEvent event;
        event.release = QString::fromLatin1(release);
        event.from = QString::fromLatin1(from);
        event.kind = ReleaseKind::Deploy;
        event.outcome = event.release == history.live ? ReleaseStatus::Live : ReleaseStatus::Superseded;
        event.actor = QStringLiteral("ci-1");
        event.at = before(age);
        history.events.push_back(event);
    }
    good(draft, PaneKind::Deployments, history, 4, Status::Ok, QStringLiteral("2.14.3, 31 min ago by ci-1"));
    return draft;
}

} // namespace taffrail::demo
