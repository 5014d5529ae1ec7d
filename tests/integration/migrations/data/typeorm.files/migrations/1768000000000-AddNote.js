class AddNote1768000000000 {
    async up(queryRunner) {
        await queryRunner.query(`ALTER TABLE orders ADD COLUMN note text`);
    }
    async down(queryRunner) {
        await queryRunner.query(`ALTER TABLE orders DROP COLUMN status`);
    }
}
module.exports = { AddNote1768000000000 };
