'use strict';
module.exports = {
  async up(queryInterface, Sequelize) {
    await queryInterface.sequelize.query('CREATE TABLE orders (id bigserial PRIMARY KEY, total numeric(12,2))');
  },
  async down(queryInterface, Sequelize) {
    await queryInterface.sequelize.query('DROP TABLE orders');
  },
};
