'use strict';
module.exports = {
  async up(queryInterface, Sequelize) {
    await queryInterface.sequelize.query('ALTER TABLE orders ADD COLUMN status text');
  },
  async down(queryInterface, Sequelize) {
    await queryInterface.sequelize.query('ALTER TABLE orders DROP COLUMN status');
  },
};
// edited
