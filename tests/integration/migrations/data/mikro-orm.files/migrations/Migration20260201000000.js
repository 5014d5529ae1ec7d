"use strict";
const { Migration } = require("@mikro-orm/migrations");
class Migration20260201000000 extends Migration {
  async up() {
    this.addSql(`CREATE INDEX bad_ix ON orders (no_such_column)`);
  }
  async down() {
    this.addSql(`ALTER TABLE orders DROP COLUMN status`);
  }
}
exports.Migration20260201000000 = Migration20260201000000;
