'use strict';
exports.setup = function (options) {};
exports.up = function (db) {
  return db.runSql('ALTER TABLE orders ADD COLUMN note text');
};
exports.down = function (db) {
  return db.runSql('ALTER TABLE orders DROP COLUMN status');
};
exports._meta = { version: 1 };
