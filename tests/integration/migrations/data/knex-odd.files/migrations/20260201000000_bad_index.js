exports.up = (knex) => knex.raw(`CREATE INDEX bad_ix ON orders (no_such_column)`);
exports.down = (knex) => knex.raw(`ALTER TABLE orders DROP COLUMN status`);
