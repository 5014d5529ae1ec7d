class CreateOrders1767258000000 {
    async up(queryRunner) {
        await queryRunner.query(`CREATE TABLE orders (id bigserial PRIMARY KEY, total numeric(12,2))`);
    }
    async down(queryRunner) {
        await queryRunner.query(`DROP TABLE orders`);
    }
}
module.exports = { CreateOrders1767258000000 };
