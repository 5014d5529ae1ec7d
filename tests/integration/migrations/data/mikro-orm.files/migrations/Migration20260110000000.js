"use strict";
const { Migration } = require("@mikro-orm/migrations");
class Migration20260110000000 extends Migration {
  async up() {
    this.addSql(`ALTER TABLE orders ADD COLUMN note text`);
  }
  async down() {
    this.addSql(`ALTER TABLE orders DROP COLUMN status`);
  }
}
exports.Migration20260110000000 = Migration20260110000000;
