// SPDX-License-Identifier: GPL-3.0-or-later
#include "liquibasechangelog.h"
#include "migrationlocks.h"
#include "migrationworld.h"
#include "siphash.h"
#include "sqitchplan.h"

using namespace taffrail;
using namespace taffrail::tests;
using namespace taffrail::sources::migrations;

namespace {

const QByteArray line = "CREATE TABLE orders (id bigserial PRIMARY KEY, total numeric(12,2));\n";

/// The first checksum that a tool's reader gives a file.
QByteArray firstSum(const char *tool, const QByteArray &name, const QByteArray &content = line)
{
    const FileRoot root = rootOf({{name, content}, {"atlas.sum", "h1:x\n"}});
    const std::vector<DiskMigration> disk = toolNamed(QLatin1String(tool))->disk({&root});
    return disk.empty() || disk[0].checksums.empty() ? QByteArray() : disk[0].checksums.front();
}

} // namespace

// Values that the tools themselves wrote for one and the same file.
class TestMigrationChecksums : public QObject {
    Q_OBJECT

private slots:
    void files_data()
    {
        QTest::addColumn<QByteArray>("tool");
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QByteArray>("sum");
        const auto row = [](const char *tool, const char *name, const QByteArray &content, const char *sum) {
            QTest::newRow(tool) << QByteArray(tool) << QByteArray(name) << content << QByteArray(sum);
        };
        row("sqlx", "1_create_orders.sql", line,
            "db263206c3588612227708d39a7c5f7a6af60f8181cc760d4a7267eab64d7ec7018d23e1917353972256f80cf502619b");
        row("refinery", "V1__create_orders.sql", line, "9601261077412703938");
        row("postgrator", "001.do.create-orders.sql", line, "158102fcbbb170dc224894f257086e91");
        row("graphile-migrate", "000001.sql", "--! Previous: -\n--! Hash: sha1:x\n\n" + line,
            "sha1:53bd7c93132579adf953f621ecc311a286a5d583");
        row("atlas", "20260101090000_create_orders.sql", line, "bXUV9wF+wqLWZAUQFSqkfP25+KEJgaM67rRg3ODEsfc=");
    }
    void files()
    {
        QFETCH(QByteArray, tool);
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, content);
        QFETCH(QByteArray, sum);
        QCOMPARE(firstSum(tool.constData(), name, content), sum);
    }

    void liquibase()
    {
        LiquibaseSql sql;
        sql.text = line.trimmed();
        QCOMPARE(liquibaseSumV9({sql}), QByteArray("9:cdd2438aee53520ce04598156133f6df"));
        QCOMPARE(liquibaseSumV8({sql}), QByteArray("8:2f870c45c39dfaea53e6204d5b0677e3"));
        sql.text = "SELECT '\xC3\xA4'"; // how other characters are counted is not known
        QCOMPARE(liquibaseSumV9({sql}), QByteArray());
    }

    void sqitchIds()
    {
        const SqitchPlan plan
            = sqitchPlanOf("%syntax-version=1.0.0\n%project=shop\n%uri=https://example.com/shop/\n\n"
                           "orders 2026-11-20T15:53:14Z Ops Example <ops@example.com> # Create orders\n"
                           "status [orders] 2026-11-20T15:53:14Z Ops Example <ops@example.com> # Add status\n"
                           "customer [orders] 2026-11-20T15:53:14Z Ops Example <ops@example.com> # Add customer\n"
                           "@v1.0 2026-11-20T15:53:14Z Ops Example <ops@example.com> # Release 1.0\n\n"
                           "bad 2026-11-20T15:53:15Z Ops Example <ops@example.com> # Bad index\n");
        QCOMPARE(plan.changes.size(), size_t(4));
        QVERIFY(plan.faults.isEmpty());
        QCOMPARE(plan.changes[0].id, QByteArray("2938e30bb0ccfebc33001d334d76170ac17c1936"));
        QCOMPARE(plan.changes[1].id, QByteArray("ff0ec7a7f3b3c52b7d9d14a7c3cf6de4e1cae428"));
        QCOMPARE(plan.changes[2].id, QByteArray("02d396c1652cd416531e6ffd5aec92f9a78803c7"));
        QCOMPARE(plan.changes[3].id, QByteArray("79c8bcafe7989c4a12198006e55651573f74eea8"));
        QCOMPARE(plan.changes[2].tags, QByteArrayList{"@v1.0"});
    }

    void reworkedChanges()
    {
        const SqitchPlan plan
            = sqitchPlanOf("%project=p\na 2026-11-20T15:53:14Z A <a@b>\n@t 2026-11-20T15:53:14Z A <a@b>\n"
                           "a [a@t !x] 2026-11-20T15:53:15Z A <a@b> # again\nwhat is this\n");
        QCOMPARE(plan.changes.size(), size_t(2));
        QCOMPARE(plan.changes[0].reworkedAt, QByteArray("@t"));
        QCOMPARE(plan.changes[1].reworkedAt, QByteArray());
        QCOMPARE(plan.changes[1].needs, QByteArrayList{"a@t"});
        QCOMPARE(plan.changes[1].conflicts, QByteArrayList{"x"});
        QCOMPARE(plan.faults, QByteArrayList{"what is this"});
    }

    void lockKeys()
    {
        const TableName table{QStringLiteral("public"), QStringLiteral("schema_migrations")};
        const std::vector<qint64> keys = golangLockKeys(table, "golang_migrate");
        QVERIFY(std::ranges::find(keys, 1188984052) != keys.end());
        QCOMPARE(sqlxLockKey("shop") % 0x3d32ad9eLL, 0);
    }

    void sipHashOfNothing() { QCOMPARE(sources::sipHash13({}), 0xd1fba762150c532cULL); }
};

QTEST_GUILESS_MAIN(TestMigrationChecksums)
#include "tst_migrationchecksums.moc"
