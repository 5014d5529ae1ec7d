"use strict";
const { Migration } = require("@mikro-orm/migrations");
class Migration20260115103000_status extends Migration {
  async up() {
    this.addSql(`ALTER TABLE orders ADD COLUMN status text`);
  }
  async down() {
    this.addSql(`ALTER TABLE orders DROP COLUMN status`);
  }
}
exports.Migration20260115103000_status = Migration20260115103000_status;
// edited
