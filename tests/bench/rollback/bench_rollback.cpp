// SPDX-License-Identifier: GPL-3.0-or-later
// From the decision to the proof, against `cap deploy:rollback` on the same three hosts in the same run. Capistrano
// plans, judges, audits and verifies nothing: its time is that of the switch and the restart alone.
#include "../../integration/rollback/rollbackworld.h"

#include <QElapsedTimer>

#include <algorithm>
#include <cstdio>

using namespace taffrail::test;

namespace {

constexpr int rounds = 5;

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

/// A project of Capistrano's for the same hosts, with the same restart.
QString writeCapProject(RollbackWorld &world)
{
    const QDir project(world.file(QStringLiteral("cap")));
    project.mkpath(QStringLiteral("config/deploy"));
    Sshd::writeFile(project.filePath(QStringLiteral("Capfile")),
                    "require 'capistrano/setup'\nrequire 'capistrano/deploy'\nrequire 'capistrano/scm/plugin'\n"
                    "class NoScm < Capistrano::SCM::Plugin; end\ninstall_plugin NoScm\n");
    Sshd::writeFile(project.filePath(QStringLiteral("config/deploy.rb")),
                    "set :application, 'shop'\nset :repo_url, 'none'\nset :deploy_to, '" + world.appPath().toUtf8()
                        + "'\nset :keep_releases, 50\nset :log_level, :error\n"
                          "namespace :deploy do\n  task :restart_app do\n    on roles(:app) do\n      execute %q{cd "
                        + world.appPath().toUtf8()
                        + "/current && basename \"$(pwd -P)\" >> ../../restarts}\n    end\n  end\n"
                          "  after :publishing, :restart_app\nend\n");
    QByteArray stage;
    for (int i = 0; i < world.hostCount(); ++i) {
        Sshd &sshd = world.sshd(i);
        stage += "server '" + sshd.address().toUtf8() + "', user: '" + Sshd::currentUser().toUtf8()
            + "', port: " + QByteArray::number(sshd.port()) + ", roles: %w{app}, ssh_options: { keys: ['"
            + sshd.clientKey().toUtf8() + "'], keys_only: true, verify_host_key: :never }\n";
    }
    Sshd::writeFile(project.filePath(QStringLiteral("config/deploy/production.rb")), stage);
    return project.path();
}

bool isLiveEverywhere(const RollbackWorld &world, const QString &release)
{
    for (int i = 0; i < world.hostCount(); ++i) {
        if (world.live(i) != release || world.restarts(i) != QStringList{release})
            return false;
    }
    return true;
}

double capSeconds(RollbackWorld &world, const QString &project)
{
    world.deployAll();
    QProcess process;
    process.setWorkingDirectory(project);
    process.setProcessChannelMode(QProcess::MergedChannels);
    QElapsedTimer clock;
    clock.start();
    process.start(QStringLiteral("cap"),
                  {QStringLiteral("production"), QStringLiteral("deploy:rollback"),
                   QStringLiteral("ROLLBACK_RELEASE=") + olderRelease});
    process.waitForFinished(120'000);
    const double took = double(clock.nsecsElapsed()) / 1e9;
    if (process.exitCode() != 0 || !isLiveEverywhere(world, olderRelease))
        qFatal("cap did not roll back: %s", process.readAll().constData());
    return took;
}

/// Seconds of the plan, and of the run up to its verified end.
std::pair<double, double> ourSeconds(RollbackWorld &world, const QString &inventory)
{
    world.deployAll();
    QElapsedTimer clock;
    clock.start();
    const QStringList arguments = world.confirmation(QStringLiteral("shop"), inventory, olderRelease);
    const double planned = double(clock.nsecsElapsed()) / 1e9;
    clock.restart();
    const CliResult result = world.cli(arguments);
    const double ran = double(clock.nsecsElapsed()) / 1e9;
    if (result.exitCode != 0 || !isLiveEverywhere(world, olderRelease))
        qFatal("no rollback: %s", (result.out + result.err).constData());
    return {planned, ran};
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    RollbackWorld world(3, QStringLiteral("srv"));
    const QString project = writeCapProject(world);
    for (const int batch : {1, 3}) {
        const QString inventory = world.writeInventory(
            {world.environment(QStringLiteral("shop"), QStringLiteral("shop"),
                               {{QStringLiteral("strategy"), QJsonObject{{QStringLiteral("batch"), batch}}}})});
        std::vector<double> cap, plan, run;
        for (int i = 0; i < rounds; ++i) {
            cap.push_back(capSeconds(world, project));
            const auto [planned, ran] = ourSeconds(world, inventory);
            plan.push_back(planned);
            run.push_back(ran);
        }
        std::printf("rollback of 3 hosts, %d at a time: plan %.0f ms, confirmed to verified %.0f ms; "
                    "cap deploy:rollback %.0f ms = %.1fx\n",
                    batch, median(plan) * 1e3, median(run) * 1e3, median(cap) * 1e3, median(cap) / median(run));
    }
    return 0;
}
