// SPDX-License-Identifier: GPL-3.0-or-later
#include "railsoperations.h"

#include "verdictwords.h"

using namespace taffrail;
using namespace taffrail::schema;
using namespace taffrail::tests;

namespace {

QByteArray migration(const QByteArray &methods)
{
    return "# frozen_string_literal: true\n\nclass ChangeItems < ActiveRecord::Migration[6.1]\n" + methods + "end\n";
}

QByteArray change(const QByteArray &body)
{
    return migration("  def change\n" + body + "\n  end\n");
}

MigrationVerdict verdictOf(const QByteArray &file)
{
    CreatedObjects created;
    return classifyRails(file, created);
}

} // namespace

class TestRailsOperations : public QObject {
    Q_OBJECT

private slots:
    void kindAndLock_data();
    void kindAndLock();
    void wayBack_data();
    void wayBack();
    void linesAndReasons();
    void createdObjectsCarryOver();
    void fileAsAWhole_data();
    void fileAsAWhole();
    void hostileText();
};

void TestRailsOperations::kindAndLock_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("kinds");
    QTest::addColumn<QString>("lock");
    const auto row = [](const char *body, const char *kinds, const char *lock = "") {
        QTest::newRow(body) << QByteArray(body) << QString::fromLatin1(kinds) << QString::fromLatin1(lock);
    };
    row("", "expand");
    row("create_table :items do |t|\n t.string :a, null: false\n t.timestamps\n end", "expand");
    row("create_table(:items, id: :uuid) { |t| t.references :user, foreign_key: true }", "expand");
    row("create_table :items, force: :cascade do |t|\n end", "expand contract irreversible", "AE");
    row("create_table :items do |t|\n t.string :a\n execute 'DROP TABLE u'\n end", "expand contract irreversible",
        "AE");
    row("create_join_table :a, :b", "expand");
    row("drop_table :items", "contract irreversible", "AE");
    row("drop_table(\"items\")", "contract irreversible", "AE");
    row("rename_table :a, :b", "contract", "AE");
    row("add_column :items, :note, :text", "expand", "AE");
    row("add_column :items, :note, :text, null: false", "expand contract", "AE");
    row("add_column :items, :note, :text, :null => false", "expand contract", "AE");
    row("add_column :items, :note, :text, { null: false }", "expand contract", "AE");
    row("add_column :items, :note, :text, null: false, default: ''", "expand", "AE");
    row("add_column :items, :note, :text, null: false, default: nil", "expand contract", "AE");
    row("add_column :items, :note, :text, null: false, default: DEFAULT_NOTE", "expand unknown", "AE");
    row("add_column :items, :at, :datetime, null: false, default: -> { 'now()' }", "expand", "AE");
    row("add_column :items, :note, :text, null: required", "expand unknown contract", "AE");
    row("add_column :items, :note, :text, **options", "expand unknown", "AE");
    row("add_column table, :note, :text", "expand unknown", "AE");
    row("add_column :items,\n      :note, # , null: true\n      :text,\n      null: false", "expand contract", "AE");
    row("remove_column :items, :note, :text", "contract irreversible", "AE");
    row("remove_columns :items, :a, :b", "contract irreversible", "AE");
    row("rename_column :items, :a, :b", "contract", "AE");
    row("change_column :items, :a, :bigint", "contract", "AE");
    row("change_column_null :items, :a, false", "contract", "AE");
    row("change_column_null :items, :a, true", "contract", "AE");
    row("change_column_null :items, :a, false, 0", "data contract", "AE");
    row("change_column_default :items, :a, from: nil, to: 1", "unknown", "AE");
    row("change_column_default :items, :a, nil", "contract", "AE");
    row("add_reference :items, :user, foreign_key: true", "expand", "AE");
    row("add_reference :items, :user, null: false, foreign_key: true", "expand contract", "AE");
    row("add_reference :items, :user, index: { algorithm: :concurrently }", "expand", "AE");
    row("add_reference :items, :user, index: { unique: true }", "expand", "AE");
    row("remove_reference :items, :user", "contract irreversible", "AE");
    row("add_timestamps :items", "expand contract", "AE");
    row("add_timestamps :items, null: true", "expand", "AE");
    row("add_index :items, :a", "expand", "S");
    row("add_index :items, [:a, :b], unique: true", "expand contract", "S");
    row("add_index :items, :a, algorithm: :concurrently", "expand", "SUE");
    row("add_index :items, :a\n remove_index :items, :a", "expand", "S");
    row("remove_index :items, name: 'x'", "expand", "AE");
    row("add_foreign_key :items, :users", "contract", "SRE");
    row("add_foreign_key :items, :users, validate: false", "contract", "SRE");
    row("add_column :items, :user_id, :bigint\n add_foreign_key :items, :users", "expand", "AE");
    row("add_column :items, :code, :text\n add_index :items, :code, unique: true", "expand", "AE");
    row("validate_foreign_key :items, :users", "expand", "SUE");
    row("add_check_constraint :items, 'a > 0', name: 'k'", "contract", "AE");
    row("enable_extension 'pgcrypto'", "expand");
    row("disable_extension 'pgcrypto'", "contract irreversible", "AE");
    row("execute 'UPDATE items SET a = 1'", "irreversible", "RE");
    row("execute <<~SQL\n      UPDATE items SET a = 1\n      WHERE b = '#no comment'\n    SQL", "data", "RE");
    row("execute(<<-SQL.squish)\n DROP VIEW v\n SQL", "contract", "AE");
    row("execute \"DROP TABLE #{name}\"", "unknown contract irreversible", "AE");
    row("execute %q(DROP VIEW v)", "contract", "AE");
    row("execute sql", "unknown");
    row("sql = 'DROP VIEW v'\n execute sql", "contract", "AE");
    row("sql = made\n execute sql", "unknown");
    row("connection.execute 'DROP VIEW v'", "contract", "AE");
    row("ActiveRecord::Base.connection.execute('DROP VIEW v')", "contract", "AE");
    row("safety_assured { remove_column :items, :a, :text }", "contract irreversible", "AE");
    row("safety_assured do\n  execute 'DROP VIEW v'\n end", "contract", "AE");
    row("reversible do |dir|\n dir.up { execute 'DROP VIEW v' }\n dir.down { execute 'DROP TABLE x' }\n end",
        "contract", "AE");
    row("reversible do |dir|\n dir.up do\n Item.where(a: nil).update_all(a: 1)\n end\n end", "data");
    row("change_table :items do |t|\n t.string :a\n t.remove :b\n t.rename :c, :d\n t.index :a\n end",
        "expand contract irreversible", "AE");
    row("change_table :items, bulk: true do |t|\n t.text :a, null: false\n t.magic\n end", "expand unknown contract",
        "AE");
    row("Item.update_all(a: 1)", "irreversible");
    row("Item.where(a: nil).update_all(a: 1)", "data");
    row("Item.where(a: nil).delete_all", "data");
    row("Item.destroy_all", "irreversible");
    row("Item.find_each do |item|\n item.note = 'x'\n item.save!\n end", "data");
    row("Item.find_each { |item| execute(\"DROP TABLE #{item.name}\") }", "data unknown contract irreversible", "AE");
    row("Item.reset_column_information", "expand");
    row("Backfill.run", "unknown");
    row("Shop::Item.unscoped.in_batches(of: 100).each { |batch| batch.update_all(a: 1) }", "data");
    row("[:a, :b].each { |t| remove_column t, :c }", "unknown");
    row("%w[a b].each do |t|\n add_column t, :c, :text\n end", "unknown");
    row("add_column :items, :a, :text unless column_exists?(:items, :a)", "expand", "AE");
    row("add_column :items, :a, :text if ready", "expand unknown", "AE");
    row("if table_exists?(:items)\n  drop_table :items\n else\n  add_column :b, :c, :text\n end",
        "expand contract irreversible", "AE");
    row("return if column_exists?(:items, :a)\n create_table :new\n drop_table :new", "expand");
    row("create_table :new\n drop_table :new", "expand");
    row("add_column :items, :a, :text\n execute 'UPDATE items SET a = 1'\n change_column_null :items, :a, false",
        "expand contract", "AE");
    row("while x do\n add_column :items, :a, :text\n end", "expand unknown", "AE");
    row("begin\n add_column :items, :a, :text\n rescue StandardError\n nil\n end", "expand unknown", "AE");
    row("magic :items", "unknown");
    row("create_view :v", "unknown");
    row("Dir['x'].each { |f| execute File.read(f) }", "unknown");
    row("send(:drop_table, :items)", "unknown");
    row("raise 'no'", "unknown");
    row("super", "unknown");
    row("return drop_table(:items)", "contract irreversible", "AE");
    row("say 'x' and drop_table :items", "contract irreversible", "AE");
    row("table_exists?(:a) && drop_table(:a)", "unknown contract irreversible", "AE");
    row("say drop_table(:items)", "unknown");
    row("say_with_time('x', &step)", "unknown");
    row("'x'.then { |t| drop_table t }", "unknown");
    row("sql = 'DROP VIEW v'\n sql = 'SELECT 1' if x\n execute sql", "unknown");
    row("Item.connection.execute('DROP VIEW v')", "contract", "AE");
    row("Item.find_each(&:destroy)", "irreversible");
    row("Item.where(a: 1).find_each(&:destroy)", "data");
    row("Item.table_name = drop_table(:a)", "unknown");
    row("# drop_table :items\n say 'drop_table :items'", "expand");
    row("=begin\ndrop_table :items\n=end\n", "expand");
    row("add_column :items, :drop_table, :text, comment: \"drop_table :items\"", "expand", "AE");
    row("say_with_time 'x' do\n drop_table :items\n end", "contract irreversible", "AE");
    row("transaction do\n drop_table :items\n end", "contract irreversible", "AE");
}

void TestRailsOperations::kindAndLock()
{
    QFETCH(QByteArray, body);
    QFETCH(QString, kinds);
    QFETCH(QString, lock);
    const MigrationVerdict verdict = verdictOf(change(body));
    QCOMPARE(kindsOf(verdict.kinds), kinds);
    QCOMPARE(strongestLock(verdict), lock);
}

void TestRailsOperations::wayBack_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<Reversible>("reversible");
    const auto row = [](const char *body, Reversible reversible) { QTest::newRow(body) << change(body) << reversible; };
    row("create_table :a do |t|\n  t.string :x, null: false\n  end", Reversible::Yes);
    row("remove_column :a, :b, :string", Reversible::Yes);
    row("remove_column :a, :b", Reversible::No);
    row("remove_columns :a, :b, :c", Reversible::No);
    row("remove_columns :a, :b, :c, type: :text", Reversible::Yes);
    row("execute \"UPDATE a\"", Reversible::No);
    row("change_column :a, :b, :text", Reversible::No);
    row("drop_table :a", Reversible::No);
    row("drop_table :a do |t|\n t.string :x\n end", Reversible::Yes);
    row("change_column_default :a, :b, from: 1, to: 2", Reversible::Yes);
    row("change_column_default :a, :b, 2", Reversible::No);
    row("magic :a", Reversible::Unknown);
    row("# IrreversibleMigration\n add_column :a, :b, :text", Reversible::Yes);
    row("add_column :a, :b, :text, comment: \"execute\"", Reversible::Yes);
    row("add_index :a, :b,\n name: \"x\",\n unique: true", Reversible::Yes);
    row("remove_index :a, :b", Reversible::Yes);
    row("remove_index :a, name: 'x'", Reversible::No);
    row("remove_foreign_key :a, :b", Reversible::Yes);
    row("remove_foreign_key :a, name: 'x'", Reversible::No);
    row("reversible do |dir|\n dir.up { execute 'x' }\n dir.down { execute 'y' }\n end", Reversible::Yes);
    row("reversible do |dir|\n dir.up { execute 'x' }\n end", Reversible::Unknown);
    row("reversible do |dir|\n dir.down { raise ActiveRecord::IrreversibleMigration }\n end", Reversible::No);
    row("change_table :a do |t|\n t.remove :b\n end", Reversible::No);
    row("Item.where(a: 1).update_all(b: 2)", Reversible::Unknown);
    QTest::newRow("up and down") << migration("def up\n execute 'x'\nend\ndef down\n execute 'y'\nend\n")
                                 << Reversible::Yes;
    QTest::newRow("up alone") << migration("def up\n execute 'x'\nend\n") << Reversible::No;
    QTest::newRow("raises") << migration("def up\nend\ndef down\n raise ActiveRecord::IrreversibleMigration\nend\n")
                            << Reversible::No;
    QTest::newRow("neither") << QByteArray("x\n") << Reversible::Unknown;
}

void TestRailsOperations::wayBack()
{
    QFETCH(QByteArray, file);
    QFETCH(Reversible, reversible);
    const MigrationVerdict verdict = verdictOf(file);
    QCOMPARE(reversibleWord(verdict.reversible), reversibleWord(reversible));
    QCOMPARE(verdict.wayBack.isEmpty(), reversible == Reversible::Yes);
}

void TestRailsOperations::linesAndReasons()
{
    const MigrationVerdict verdict
        = verdictOf(change("    add_column :t, :c, :text\n    execute <<~SQL\n\n      DROP TABLE u\n    SQL"));
    QCOMPARE(verdict.operations.size(), size_t(2));
    QCOMPARE(verdict.operations[0].line, 5);
    QCOMPARE(verdict.operations[0].text, QStringLiteral("add_column :t, :c, :text"));
    QCOMPARE(verdict.operations[1].line, 8);
    QVERIFY(decidingReason(verdict).startsWith(QLatin1String("line 8: table u is gone")));
}

void TestRailsOperations::createdObjectsCarryOver()
{
    CreatedObjects created;
    classifyRails(change("create_table :items"), created);
    QCOMPARE(kindsOf(classifyRails(change("remove_column :items, :a, :text"), created).kinds),
             QStringLiteral("expand"));
    CreatedObjects perhaps;
    classifyRails(change("return if column_exists?(:a, :b)\n create_table :items"), perhaps);
    QVERIFY(perhaps.isEmpty());
    QCOMPARE(kindsOf(verdictOf(change("remove_column :items, :a, :text")).kinds),
             QStringLiteral("contract irreversible"));
}

void TestRailsOperations::fileAsAWhole_data()
{
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("kinds");
    const auto row = [](const char *name, const QByteArray &file, const char *kinds) {
        QTest::newRow(name) << file << QString::fromLatin1(kinds);
    };
    row("up, not down", migration("def up\n add_column :a, :b, :text\nend\ndef down\n drop_table :a\nend\n"), "expand");
    row("old style", migration("def self.up\n drop_table :a\nend\ndef self.down\nend\n"), "contract irreversible");
    row("own method", migration("def change\n step\nend\nprivate\ndef step\n drop_table :a\nend\n"),
        "contract irreversible");
    row("own method with values", migration("def change\n step(:a)\nend\ndef step(t)\n drop_table t\nend\n"),
        "unknown contract irreversible");
    row("calls itself", migration("def change\n change\nend\n"), "unknown");
    row("local model",
        migration("class Item < ActiveRecord::Base\n self.table_name = 'items'\nend\ndef up\n Item.where(a: "
                  "1).update_all(b: 2)\nend\n"),
        "data");
    row("without a transaction",
        migration("disable_ddl_transaction!\ndef change\n add_index :a, :b, algorithm: :concurrently\nend\n"),
        "expand");
    row("behind the end", migration("def change\nend\n") + "__END__\ndrop_table :a\n", "expand");
    row("endless method", migration("def change = drop_table(:a)\n"), "unknown");
    row("nothing", {}, "unknown");
    row("quote that opens no text", migration("def change\n x = ?\"\n drop_table :a\nend\n"), "unknown");
    row("heredoc without an end", migration("def change\n execute <<~SQL\n SELECT 1\nend\n"), "unknown");
    row("not closed", "class A\ndef change\n add_column :a, :b, :text\n", "unknown");
}

void TestRailsOperations::fileAsAWhole()
{
    QFETCH(QByteArray, file);
    QTEST(kindsOf(verdictOf(file).kinds), "kinds");
}

void TestRailsOperations::hostileText()
{
    const QByteArray sample = change(
        "execute <<~SQL.squish\n DROP TABLE #{a(\"}\")}\n SQL\n change_table :a do |t|\n t.index %i[a b]\n end\n"
        " if x then add_column :a, :b, :c, default: -> { 1 } end\n Item.where(/a|b/).each { |i| i.save! }");
    for (const QByteArray &text : hostileTexts(sample)) {
        CreatedObjects created;
        const MigrationVerdict verdict = classifyRails(text, created);
        QVERIFY(!verdict.kinds.empty());
        QVERIFY(isShownSafely(verdict));
        if (!text.contains("def change") && !text.contains("def up"))
            QCOMPARE(kindsOf(verdict.kinds), QStringLiteral("unknown"));
    }
}

QTEST_GUILESS_MAIN(TestRailsOperations)
#include "tst_railsoperations.moc"
