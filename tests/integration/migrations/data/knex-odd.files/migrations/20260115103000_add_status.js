exports.up = (knex) => knex.raw(`ALTER TABLE orders ADD COLUMN status text`);
exports.down = (knex) => knex.raw(`ALTER TABLE orders DROP COLUMN status`);
// edited
