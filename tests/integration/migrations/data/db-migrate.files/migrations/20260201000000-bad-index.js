'use strict';
exports.setup = function (options) {};
exports.up = function (db) {
  return db.runSql('CREATE INDEX bad_ix ON orders (no_such_column)');
};
exports.down = function (db) {
  return db.runSql('ALTER TABLE orders DROP COLUMN status');
};
exports._meta = { version: 1 };
