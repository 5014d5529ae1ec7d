class AddStatus1768473000000 {
    async up(queryRunner) {
        await queryRunner.query(`ALTER TABLE orders ADD COLUMN status text`);
    }
    async down(queryRunner) {
        await queryRunner.query(`ALTER TABLE orders DROP COLUMN status`);
    }
}
module.exports = { AddStatus1768473000000 };
// edited
