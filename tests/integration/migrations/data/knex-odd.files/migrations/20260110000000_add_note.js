exports.up = (knex) => knex.raw(`ALTER TABLE orders ADD COLUMN note text`);
exports.down = (knex) => knex.raw(`ALTER TABLE orders DROP COLUMN status`);
