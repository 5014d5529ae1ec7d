exports.up = (knex) => knex.raw(`SELECT pg_sleep(60)`);
exports.down = () => {};
exports.config = { transaction: false };
