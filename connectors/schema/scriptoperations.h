// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationverdict.h"

namespace taffrail::schema {

/// A migration in JavaScript or TypeScript. When its way up does nothing but send SQL that stands there word by word
/// (`queryRunner.query("…")`, `this.addSql('…')`, `knex.raw`, `pgm.sql`, "sql`…`.execute(db)"), that SQL is judged;
/// anything else is Unknown, with what the SQL and the names of the calls in it hint at. Its way back is judged by
/// whether there is a `down` that does something.
MigrationVerdict classifyScript(const QByteArray &script, const QString &tool, CreatedObjects &created);

/// A file of prisma, drizzle, node-pg-migrate, knex, typeorm, sequelize, mikro-orm, kysely or db-migrate: plain SQL,
/// SQL in sections, or a script, by its path's ending.
MigrationVerdict classifyNamedFile(const QString &tool, const QByteArray &path, const QByteArray &content,
                                   CreatedObjects &created);

} // namespace taffrail::schema
