"use strict";
const { Migration } = require("@mikro-orm/migrations");
class Migration20260101090000 extends Migration {
  async up() {
    this.addSql(`CREATE TABLE orders (id bigserial PRIMARY KEY, total numeric(12,2))`);
  }
  async down() {
    this.addSql(`DROP TABLE orders`);
  }
}
exports.Migration20260101090000 = Migration20260101090000;
