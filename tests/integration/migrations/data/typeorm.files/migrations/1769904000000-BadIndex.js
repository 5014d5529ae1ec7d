class BadIndex1769904000000 {
    async up(queryRunner) {
        await queryRunner.query(`CREATE INDEX bad_ix ON orders (no_such_column)`);
    }
    async down(queryRunner) {
        await queryRunner.query(`ALTER TABLE orders DROP COLUMN status`);
    }
}
module.exports = { BadIndex1769904000000 };
