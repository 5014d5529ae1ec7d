// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

/// Every source is one constant object, defined in the file of its tool and listed in registry.cpp.
namespace taffrail::sources {

extern const Source capistranoSource;
extern const Source dockerDeploymentsSource;
extern const Source aptDeploymentsSource;
extern const Source commandDeploymentsSource;
extern const Source deployerSource;
extern const Source gitSource;
extern const Source composeSource;
extern const Source kamalSource;
extern const Source kubernetesSource;
extern const Source helmSource;
extern const Source nomadSource;
extern const Source nixSource;
extern const Source dokkuSource;
extern const Source argocdSource;
extern const Source githubSource;
extern const Source gitlabSource;
extern const Source systemdDeploymentsSource;

extern const Source autoMigrationsSource;
extern const Source alembicSource;
extern const Source railsSource;
extern const Source flywaySource;
extern const Source djangoSource;
extern const Source atlasSource;
extern const Source dbmateSource;
extern const Source dieselSource;
extern const Source doctrineSource;
extern const Source ectoSource;
extern const Source efcoreSource;
extern const Source golangMigrateSource;
extern const Source gooseSource;
extern const Source graphileMigrateSource;
extern const Source laravelSource;
extern const Source liquibaseSource;
extern const Source pgrollSource;
extern const Source phinxSource;
extern const Source postgratorSource;
extern const Source refinerySource;
extern const Source sqitchSource;
extern const Source sqlMigrateSource;
extern const Source sqlxSource;
extern const Source yoyoSource;
extern const Source prismaSource;
extern const Source knexSource;
extern const Source nodePgMigrateSource;
extern const Source typeormSource;
extern const Source sequelizeSource;
extern const Source drizzleSource;
extern const Source mikroOrmSource;
extern const Source kyselySource;
extern const Source dbMigrateSource;

extern const Source pgbackrestSource;
extern const Source pgdumpSource;
extern const Source archiverSource;
extern const Source barmanSource;
extern const Source walgSource;
extern const Source basebackupSource;
extern const Source resticSource;
extern const Source borgSource;
extern const Source borgmaticSource;
extern const Source commandBackupsSource;
extern const Source drillCaptureSource;

extern const Source hostSource;
extern const Source postgresHealthSource;
extern const Source httpSource;
extern const Source tlsSource;
extern const Source prometheusSource;
extern const Source alertmanagerSource;
extern const Source nginxHealthSource;
extern const Source haproxySource;
extern const Source nagiosSource;

extern const Source dotenvSource;
extern const Source iniSource;
extern const Source propertiesSource;
extern const Source jsonSource;
extern const Source yamlSource;
extern const Source tomlSource;
extern const Source nginxSource;
extern const Source systemdSource;
extern const Source sysctlSource;
extern const Source textSource;
extern const Source packagesSource;
extern const Source lockfileSource;
extern const Source runtimeSource;
extern const Source containerSource;
extern const Source cronSource;
extern const Source pgSettingsSource;
extern const Source pgSchemaSource;
extern const Source terraformSource;
extern const Source certificatesSource;
extern const Source postureSource;
extern const Source pgPostureSource;
extern const Source webPostureSource;
extern const Source reachableSource;

} // namespace taffrail::sources
