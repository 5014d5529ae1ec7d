const { sql } = require("kysely");
exports.up = async (db) => {
  await sql`ALTER TABLE orders ADD COLUMN note text`.execute(db);
};
exports.down = async (db) => {
  await sql`ALTER TABLE orders DROP COLUMN status`.execute(db);
};
