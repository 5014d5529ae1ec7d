const { sql } = require("kysely");
exports.up = async (db) => {
  await sql`CREATE INDEX bad_ix ON orders (no_such_column)`.execute(db);
};
exports.down = async (db) => {
  await sql`ALTER TABLE orders DROP COLUMN status`.execute(db);
};
