// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include <algorithm>

namespace taffrail::sources {

const std::vector<const Source *> &allSources()
{
    static const std::vector<const Source *> table{
        // clang-format off: one a line
        &capistranoSource,
        &dockerDeploymentsSource,
        &aptDeploymentsSource,
        &commandDeploymentsSource,
        &deployerSource,
        &gitSource,
        &composeSource,
        &kamalSource,
        &kubernetesSource,
        &helmSource,
        &nomadSource,
        &nixSource,
        &dokkuSource,
        &argocdSource,
        &githubSource,
        &gitlabSource,
        &systemdDeploymentsSource,
        &autoMigrationsSource,
        &alembicSource,
        &railsSource,
        &flywaySource,
        &djangoSource,
        &atlasSource,
        &dbmateSource,
        &dieselSource,
        &doctrineSource,
        &ectoSource,
        &efcoreSource,
        &golangMigrateSource,
        &gooseSource,
        &graphileMigrateSource,
        &laravelSource,
        &liquibaseSource,
        &pgrollSource,
        &phinxSource,
        &postgratorSource,
        &refinerySource,
        &sqitchSource,
        &sqlMigrateSource,
        &sqlxSource,
        &yoyoSource,
        &prismaSource,
        &knexSource,
        &nodePgMigrateSource,
        &typeormSource,
        &sequelizeSource,
        &drizzleSource,
        &mikroOrmSource,
        &kyselySource,
        &dbMigrateSource,
        &pgbackrestSource,
        &pgdumpSource,
        &archiverSource,
        &barmanSource,
        &walgSource,
        &basebackupSource,
        &resticSource,
        &borgSource,
        &borgmaticSource,
        &commandBackupsSource,
        &drillCaptureSource,
        &hostSource,
        &postgresHealthSource,
        &httpSource,
        &tlsSource,
        &prometheusSource,
        &alertmanagerSource,
        &nginxHealthSource,
        &haproxySource,
        &nagiosSource,
        &dotenvSource,
        &iniSource,
        &propertiesSource,
        &jsonSource,
        &yamlSource,
        &tomlSource,
        &nginxSource,
        &systemdSource,
        &sysctlSource,
        &textSource,
        &packagesSource,
        &lockfileSource,
        &runtimeSource,
        &containerSource,
        &cronSource,
        &pgSettingsSource,
        &pgSchemaSource,
        &terraformSource,
        &certificatesSource,
        &postureSource,
        &pgPostureSource,
        &webPostureSource,
        &reachableSource,
        // clang-format on
    };
    return table;
}

const Source *findSource(PaneKind pane, const QString &name)
{
    const std::vector<const Source *> &all = allSources();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Source *source) {
        return source->pane == pane && name == QLatin1String(source->name);
    });
    return found == all.end() ? nullptr : *found;
}

} // namespace taffrail::sources
