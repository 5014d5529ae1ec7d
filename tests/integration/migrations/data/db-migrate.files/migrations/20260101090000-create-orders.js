'use strict';
exports.setup = function (options) {};
exports.up = function (db) {
  return db.runSql('CREATE TABLE orders (id bigserial PRIMARY KEY, total numeric(12,2))');
};
exports.down = function (db) {
  return db.runSql('DROP TABLE orders');
};
exports._meta = { version: 1 };
