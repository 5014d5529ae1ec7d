// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "dockerfixture.h"
#include "dockerprobe.h"

namespace taffrail::tests {

/// One engine with three releases of "shop", and the words to switch between them.
struct DockerShop {
    DockerFixture engine;
    ExecutorHost host;
    SourceEntry entry;
    RollbackPolicy policy;
    QString one, two, three; ///< image ids

    bool start()
    {
        entry.id = entry.source = QStringLiteral("docker");
        entry.pane = PaneKind::Deployments;
        entry.hosts = QStringList{QStringLiteral("web1")};
        entry.options
            = {{QStringLiteral("container"), QStringLiteral("shop")}, {QStringLiteral("engine"), engine.engine()}};
        host.setPlace(engine.path(QStringLiteral("jobs with 'quotes'")));
        if (!engine.start())
            return false;
        makeImages();
        return true;
    }
    void makeImages()
    {
        one = engine.addImage(QStringLiteral("1.1"));
        two = engine.addImage(QStringLiteral("1.2"), {QStringLiteral("ENV ONLY_IN_TWO=x")});
        three = engine.addImage(QStringLiteral("1.3"));
    }
    Release release(const QString &image) const
    {
        Release found;
        found.id = image;
        found.version = image == one ? QStringLiteral("1.1")
            : image == two           ? QStringLiteral("1.2")
                                     : QStringLiteral("1.3");
        return found;
    }
    executors::HostSwitch part(const QString &from, const QString &to) const
    {
        return {entry, policy, QStringLiteral("prod"), QStringLiteral("web1"), release(from), release(to)};
    }
    Result<executors::HostSteps> plan(const QString &from, const QString &to) const
    {
        return host.plan(executors::dockerExecutor, part(from, to));
    }
    DeploymentHistory history() const
    {
        const Result<Value> value = host.read(sources::dockerDeploymentsSource, entry);
        return value && std::holds_alternative<DeploymentHistory>(*value) ? std::get<DeploymentHistory>(*value)
                                                                          : DeploymentHistory();
    }
    QString kept(const QString &image) const { return sources::docker::keptName(QStringLiteral("shop"), image); }
    QString variables(const QString &name)
    {
        return engine.inspect(name, QStringLiteral("{{range .Config.Env}}{{println .}}{{end}}"));
    }
    QString imageOf(const QString &name) { return engine.inspect(name, QStringLiteral("{{.Image}}")); }
    QString stateOf(const QString &name) { return engine.inspect(name, QStringLiteral("{{.State.Status}}")); }
};

} // namespace taffrail::tests
