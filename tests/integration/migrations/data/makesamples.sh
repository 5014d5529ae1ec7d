#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes the samples NAME.sql and NAME.files of this folder with the real tools: three migrations are applied, the fourth
# fails, then the second is edited, the third's file is taken away, and one below the newest is added.
# Usage: makesamples.sh NODE_MODULES OUT   with PGHOST, PGPORT, PGUSER set to a server where databases may be made.
set -u
MODULES=$(cd "$1" && pwd)
mkdir -p "$2"; OUT=$(cd "$2" && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
ln -s "$MODULES" "$WORK/node_modules"

# db TOOL: an empty database and folder
db() {
    DB=sample_$(echo "$1" | tr - _)
    psql -q -d postgres -c "DROP DATABASE IF EXISTS $DB" -c "CREATE DATABASE $DB"
    URL="postgresql://$PGUSER@$PGHOST:$PGPORT/$DB"
    export DB URL DATABASE_URL="$URL"
    DIR="$WORK/$1"; mkdir -p "$DIR"; cd "$DIR" || exit 1
    echo "== $1"
}
# keep TOOL PATH…: the dump and these paths
keep() {
    name=$1; shift
    pg_dump --inserts --no-owner --no-privileges -d "$DB" | grep -v '^\\\(un\)\?restrict\|^--\|^$' > "$OUT/$name.sql"
    rm -rf "$OUT/$name.files"; mkdir -p "$OUT/$name.files"
    for path; do (cd "$DIR" && cp -r --parents "$path" "$OUT/$name.files"); done
}
UP1='CREATE TABLE orders (id bigserial PRIMARY KEY, total numeric(12,2))'
UP2='ALTER TABLE orders ADD COLUMN status text'
UP3='ALTER TABLE orders ADD COLUMN customer_id bigint'
BAD='CREATE INDEX bad_ix ON orders (no_such_column)'
LATE='ALTER TABLE orders ADD COLUMN note text'
DOWN1='DROP TABLE orders'
DOWN2='ALTER TABLE orders DROP COLUMN status'

knex() {
    db knex; mkdir migrations
    cat > knexfile.js <<X
module.exports = { client: 'pg', connection: process.env.DATABASE_URL };
X
    one() { printf 'exports.up = (knex) => knex.raw(`%s`);\nexports.down = (knex) => knex.raw(`%s`);\n' "$2" "$3" > "migrations/$1.js"; }
    one 20260101090000_create_orders "$UP1" "$DOWN1"
    one 20260115103000_add_status "$UP2" "$DOWN2"
    "$MODULES/.bin/knex" migrate:latest
    one 20260120080000_add_customer "$UP3" "$DOWN2"
    "$MODULES/.bin/knex" migrate:latest
    one 20260201000000_bad_index "$BAD" "$DOWN2"
    "$MODULES/.bin/knex" migrate:latest; echo "exit $?"
    one 20260110000000_add_note "$LATE" "$DOWN2"
    echo '// edited' >> migrations/20260115103000_add_status.js
    rm migrations/20260120080000_add_customer.js
    "$MODULES/.bin/knex" migrate:latest; echo "exit $?"
    keep knex-odd migrations
}
# A run that is killed while it works leaves Knex's row locked.
knexlock() {
    db knex-locked; mkdir migrations
    printf "module.exports = { client: 'pg', connection: process.env.DATABASE_URL };\n" > knexfile.js
    printf 'exports.up = (knex) => knex.raw(`%s`);\nexports.down = (knex) => knex.raw(`%s`);\n' "$UP1" "$DOWN1" > migrations/20260101090000_create_orders.js
    "$MODULES/.bin/knex" migrate:latest
    printf 'exports.up = (knex) => knex.raw(`SELECT pg_sleep(60)`);\nexports.down = () => {};\nexports.config = { transaction: false };\n' > migrations/20260115103000_slow.js
    "$MODULES/.bin/knex" migrate:latest & pid=$!
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
        [ "$(psql -At -d "$DB" -c 'SELECT is_locked FROM knex_migrations_lock')" = 1 ] && break; sleep 1
    done
    kill -9 $pid
    psql -q -d "$DB" -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()" > /dev/null
    "$MODULES/.bin/knex" migrate:latest; echo "exit $?"
    keep knex-locked migrations
}
nodepg() {
    db node-pg-migrate-odd; mkdir migrations
    one() { printf -- '-- Up Migration\n%s;\n\n-- Down Migration\n%s;\n' "$2" "$3" > "migrations/$1.sql"; }
    one 1767258000000_create-orders "$UP1" "$DOWN1"
    one 1768473000000_add-status "$UP2" "$DOWN2"
    printf 'exports.up = (pgm) => { pgm.addColumn("orders", { customer_id: "bigint" }); };\nexports.down = false;\n' > migrations/1768896000000_add-customer.js
    "$MODULES/.bin/node-pg-migrate" up
    one 1769904000000_bad-index "$BAD" "$DOWN2"
    "$MODULES/.bin/node-pg-migrate" up; echo "exit $?"
    one 1768000000000_add-note "$LATE" "$DOWN2"
    echo '-- edited' >> migrations/1768473000000_add-status.sql
    rm migrations/1768896000000_add-customer.js
    "$MODULES/.bin/node-pg-migrate" up; echo "exit $?"
    keep node-pg-migrate-odd migrations
}
typeorm() {
    db typeorm; mkdir migrations
    cat > source.js <<X
const { DataSource } = require("typeorm");
module.exports = new DataSource({ type: "postgres", url: process.env.DATABASE_URL, migrations: ["migrations/*.js"], entities: [] });
X
    one() { printf 'class %s%s {\n    async up(queryRunner) {\n        await queryRunner.query(`%s`);\n    }\n    async down(queryRunner) {\n        await queryRunner.query(`%s`);\n    }\n}\nmodule.exports = { %s%s };\n' "$2" "$1" "$3" "$4" "$2" "$1" > "migrations/$1-$2.js"; }
    one 1767258000000 CreateOrders "$UP1" "$DOWN1"
    one 1768473000000 AddStatus "$UP2" "$DOWN2"
    one 1768896000000 AddCustomer "$UP3" "$DOWN2"
    node "$MODULES/typeorm/cli.js" migration:run -d source.js
    one 1769904000000 BadIndex "$BAD" "$DOWN2"
    node "$MODULES/typeorm/cli.js" migration:run -d source.js; echo "exit $?"
    one 1768000000000 AddNote "$LATE" "$DOWN2"
    echo '// edited' >> migrations/1768473000000-AddStatus.js
    rm migrations/1768896000000-AddCustomer.js
    node "$MODULES/typeorm/cli.js" migration:show -d source.js; echo "exit $?"
    keep typeorm migrations
}
sequelize() {
    db sequelize; mkdir migrations config
    cat > config/config.json <<X
{ "development": { "url": "$URL", "dialect": "postgres" } }
X
    one() { printf "'use strict';\nmodule.exports = {\n  async up(queryInterface, Sequelize) {\n    await queryInterface.sequelize.query('%s');\n  },\n  async down(queryInterface, Sequelize) {\n    await queryInterface.sequelize.query('%s');\n  },\n};\n" "$2" "$3" > "migrations/$1.js"; }
    one 20260101090000-create-orders "$UP1" "$DOWN1"
    one 20260115103000-add-status "$UP2" "$DOWN2"
    one 20260120080000-add-customer "$UP3" "$DOWN2"
    node "$MODULES/sequelize-cli/lib/sequelize" db:migrate
    one 20260201000000-bad-index "$BAD" "$DOWN2"
    node "$MODULES/sequelize-cli/lib/sequelize" db:migrate; echo "exit $?"
    one 20260110000000-add-note "$LATE" "$DOWN2"
    echo '// edited' >> migrations/20260115103000-add-status.js
    rm migrations/20260120080000-add-customer.js
    node "$MODULES/sequelize-cli/lib/sequelize" db:migrate:status; echo "exit $?"
    keep sequelize migrations
}
drizzle() {
    db drizzle; mkdir -p drizzle/meta
    printf 'export default { dialect: "postgresql", out: "./drizzle", dbCredentials: { url: process.env.DATABASE_URL } };\n' > drizzle.config.ts
    journal() {
        node -e '
const steps = process.argv.slice(1).map((text, idx) => { const [tag, when] = text.split("="); return { idx, version: "7", when: Number(when), tag, breakpoints: true }; });
require("fs").writeFileSync("drizzle/meta/_journal.json", JSON.stringify({ version: "7", dialect: "postgresql", entries: steps }, null, 2));' "$@"
    }
    sql() { printf '%s;\n' "$2" > "drizzle/$1.sql"; }
    A=0000_create_orders=1767258000000 B=0001_add_status=1768473000000 C=0002_add_customer=1768896000000
    sql 0000_create_orders "$UP1"; sql 0001_add_status "$UP2"; sql 0002_add_customer "$UP3"
    journal $A $B $C; "$MODULES/.bin/drizzle-kit" migrate; echo "exit $?"
    sql 0003_bad_index "$BAD"
    journal $A $B $C 0003_bad_index=1769904000000; "$MODULES/.bin/drizzle-kit" migrate; echo "exit $?"
    sql 0002_add_note "$LATE"
    journal $A $B 0002_add_note=1768000000000 $C; "$MODULES/.bin/drizzle-kit" migrate; echo "exit $? (the late one is not run)"
    psql -At -d "$DB" -c "SELECT count(*) FROM information_schema.columns WHERE table_name = 'orders' AND column_name = 'note'"
    echo '-- edited' >> drizzle/0001_add_status.sql
    journal $A $B 0002_add_note=1768000000000 0003_bad_index=1769904000000
    rm drizzle/0002_add_customer.sql
    keep drizzle drizzle
}
kysely() {
    db kysely; mkdir migrations
    cat > run.js <<X
const { Kysely, PostgresDialect, Migrator, FileMigrationProvider } = require("kysely");
const { Pool } = require("pg"); const path = require("path"); const fs = require("fs").promises;
const db = new Kysely({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: process.env.DATABASE_URL }) }) });
new Migrator({ db, provider: new FileMigrationProvider({ fs, path, migrationFolder: path.resolve("migrations") }) }).migrateToLatest()
  .then(async (r) => { console.log(r.error ? String(r.error) : "ok", (r.results || []).map((x) => x.migrationName + " " + x.status).join(", ")); await db.destroy(); process.exit(r.error ? 1 : 0); });
X
    one() { printf 'const { sql } = require("kysely");\nexports.up = async (db) => {\n  await sql`%s`.execute(db);\n};\nexports.down = async (db) => {\n  await sql`%s`.execute(db);\n};\n' "$2" "$3" > "migrations/$1.js"; }
    one 20260101090000_create_orders "$UP1" "$DOWN1"
    one 20260115103000_add_status "$UP2" "$DOWN2"
    one 20260120080000_add_customer "$UP3" "$DOWN2"
    node run.js
    one 20260201000000_bad_index "$BAD" "$DOWN2"
    node run.js; echo "exit $?"
    one 20260110000000_add_note "$LATE" "$DOWN2"
    echo '// edited' >> migrations/20260115103000_add_status.js
    node run.js; echo "exit $?"
    rm migrations/20260120080000_add_customer.js
    node run.js; echo "exit $?"
    keep kysely migrations
}
dbmigrate() {
    db db-migrate; mkdir migrations
    printf '{ "dev": { "driver": "pg", "host": "%s", "port": "%s", "user": "%s", "database": "%s" } }\n' "$PGHOST" "$PGPORT" "$PGUSER" "$DB" > database.json
    unset DATABASE_URL
    one() { printf "'use strict';\nexports.setup = function (options) {};\nexports.up = function (db) {\n  return db.runSql('%s');\n};\nexports.down = function (db) {\n  return db.runSql('%s');\n};\nexports._meta = { version: 1 };\n" "$2" "$3" > "migrations/$1.js"; }
    one 20260101090000-create-orders "$UP1" "$DOWN1"
    one 20260115103000-add-status "$UP2" "$DOWN2"
    one 20260120080000-add-customer "$UP3" "$DOWN2"
    "$MODULES/.bin/db-migrate" up
    one 20260201000000-bad-index "$BAD" "$DOWN2"
    "$MODULES/.bin/db-migrate" up; echo "exit $?"
    one 20260110000000-add-note "$LATE" "$DOWN2"
    echo '// edited' >> migrations/20260115103000-add-status.js
    rm migrations/20260120080000-add-customer.js
    "$MODULES/.bin/db-migrate" check; echo "exit $?"
    keep db-migrate migrations
}
# Its engines are another download: the one in JavaScript does not need them.
prisma() {
    export PRISMA_QUERY_ENGINE_LIBRARY=/bin/true PRISMA_SCHEMA_ENGINE_BINARY=/bin/true PRISMA_HIDE_UPDATE_MESSAGE=1
    db prisma; mkdir -p prisma/migrations
    printf 'generator client {\n  provider = "prisma-client-js"\n}\ndatasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n' > prisma/schema.prisma
    printf 'provider = "postgresql"\n' > prisma/migrations/migration_lock.toml
    cat > prisma.config.ts <<X
import { defineConfig } from "prisma/config";
import { PrismaPg } from "@prisma/adapter-pg";
import Result from "pg/lib/result.js";
// The adapter does not know the type "name", in which the engine asks for tables.
const fields = Result.prototype.addFields;
Result.prototype.addFields = function (list) { for (const field of list) if (field.dataTypeID === 19) field.dataTypeID = 25; return fields.call(this, list); };
export default defineConfig({ experimental: { adapter: true }, engine: "js", schema: "prisma/schema.prisma", adapter: async () => new PrismaPg({ connectionString: process.env.DATABASE_URL }) });
X
    one() { mkdir -p "prisma/migrations/$1"; printf '%s;\n' "$2" > "prisma/migrations/$1/migration.sql"; }
    one 20260101090000_create_orders "$UP1"
    one 20260115103000_add_status "$UP2"
    one 20260120080000_add_customer "$UP3"
    "$MODULES/.bin/prisma" migrate deploy
    one 20260125000000_add_region 'ALTER TABLE orders ADD COLUMN region no_such_type'
    "$MODULES/.bin/prisma" migrate deploy; echo "exit $?"
    "$MODULES/.bin/prisma" migrate resolve --rolled-back 20260125000000_add_region
    one 20260125000000_add_region 'ALTER TABLE orders ADD COLUMN region text'
    "$MODULES/.bin/prisma" migrate deploy; echo "exit $?"
    one 20260201000000_bad_index "$BAD"
    "$MODULES/.bin/prisma" migrate deploy; echo "exit $?"
    one 20260110000000_add_note "$LATE"
    echo '-- edited' >> prisma/migrations/20260115103000_add_status/migration.sql
    rm -r prisma/migrations/20260120080000_add_customer
    "$MODULES/.bin/prisma" migrate deploy; echo "exit $?"
    "$MODULES/.bin/prisma" migrate status; echo "exit $?"
    keep prisma prisma/migrations
}
mikro() {
    db mikro-orm; mkdir migrations
    cat > run.js <<X
const { defineConfig } = require("@mikro-orm/postgresql"); const { Migrator } = require("@mikro-orm/migrations");
const { MikroORM } = require("@mikro-orm/postgresql");
const config = defineConfig({ clientUrl: process.env.DATABASE_URL, extensions: [Migrator], entities: [], discovery: { warnWhenNoEntities: false }, migrations: { path: "migrations", snapshot: false } });
(async () => {
    const orm = await MikroORM.init(config); let code = 0;
    try { const names = await orm.getMigrator()[process.argv[2]](); console.log(names.map((each) => each.name)); } catch (error) { console.log(String(error).split("\\n")[0]); code = 1; }
    await orm.close(true); process.exit(code);
})();
X
    one() { printf '"use strict";\nconst { Migration } = require("@mikro-orm/migrations");\nclass %s extends Migration {\n  async up() {\n    this.addSql(`%s`);\n  }\n  async down() {\n    this.addSql(`%s`);\n  }\n}\nexports.%s = %s;\n' "$1" "$2" "$3" "$1" "$1" > "migrations/$1.js"; }
    one Migration20260101090000 "$UP1" "$DOWN1"
    one Migration20260115103000_status "$UP2" "$DOWN2"
    one Migration20260120080000 "$UP3" "$DOWN2"
    node run.js up
    one Migration20260201000000 "$BAD" "$DOWN2"
    node run.js up; echo "exit $?"
    one Migration20260110000000 "$LATE" "$DOWN2"
    echo '// edited' >> migrations/Migration20260115103000_status.js
    rm migrations/Migration20260120080000.js
    node run.js getPendingMigrations; echo "exit $?"
    keep mikro-orm migrations
}
shift 2
for tool in "$@"; do "$tool"; done
