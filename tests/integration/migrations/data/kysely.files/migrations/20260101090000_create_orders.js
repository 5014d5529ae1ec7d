const { sql } = require("kysely");
exports.up = async (db) => {
  await sql`CREATE TABLE orders (id bigserial PRIMARY KEY, total numeric(12,2))`.execute(db);
};
exports.down = async (db) => {
  await sql`DROP TABLE orders`.execute(db);
};
