'use strict';
module.exports = {
  async up(queryInterface, Sequelize) {
    await queryInterface.sequelize.query('CREATE INDEX bad_ix ON orders (no_such_column)');
  },
  async down(queryInterface, Sequelize) {
    await queryInterface.sequelize.query('ALTER TABLE orders DROP COLUMN status');
  },
};
