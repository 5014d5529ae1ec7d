// SPDX-License-Identifier: GPL-3.0-or-later
#include "configasking.h"

#include <QMessageAuthenticationCode>

using namespace taffrail;
using namespace taffrail::tests;

namespace {

const QString text(const char *utf8)
{
    return QString::fromUtf8(utf8);
}

QString digestOf(const QByteArray &secret, const QByteArray &hexKey)
{
    return QString::fromLatin1(
        QMessageAuthenticationCode::hash(secret, QByteArray::fromHex(hexKey), QCryptographicHash::Sha256).toHex());
}

const QByteArray key = QByteArray(32, '7') + QByteArray(32, 'c');

} // namespace

class PgSettingsTest : public QObject {
    Q_OBJECT
    PgCluster m_cluster;

    ConfigSet read(const QVariantMap &options = {}, const char *role = "postgres")
    {
        return configsOf(pgSettingsSource, m_cluster.socketDsn(text(role)), options);
    }
    ConfigSet readKeyed(const char *role = "postgres")
    {
        return read({{text("compare_key"), QString::fromLatin1(key)}}, role);
    }

private slots:
    void initTestCase()
    {
        QVERIFY2(m_cluster.create({text("work_mem = '5MB'"), text("archive_mode = on"),
                                   text("archive_command = 'curl -u user --password=swordfish-42 x'"),
                                   text("restore_command = 'cp /archive/%f %p'"),
                                   text("primary_conninfo = 'host=10.0.0.9 user=rep password=repl-secret-9'"),
                                   text("ssl_passphrase_command = 'echo short'"),
                                   text("checkpoint_completion_target = 0.8")}),
                 m_cluster.log().constData());
        for (const char *sql :
             {"create role watcher login", "alter role watcher set work_mem = '64MB'",
              "alter database postgres set \"app.jwt_secret\" = 'db-level-secret-1'",
              "alter role watcher in database postgres set search_path = 'a', 'b'",
              "alter role all set lock_timeout = '3s'", "alter database template1 set timezone = 'Europe/Berlin'"})
            m_cluster.execute(sql);
        m_cluster.execute("alter system set max_connections = 33");
        m_cluster.execute("alter system set shared_buffers = '16MB'");
        QVERIFY(m_cluster.reload());
        QTRY_COMPARE(m_cluster.value("select pending_restart from pg_settings where name = 'max_connections'"),
                     QByteArray("t"));
    }

    void valuesHaveUnitTypeAndPlace()
    {
        const ConfigSet set = read();
        const ConfigEntry *memory = entryOf(set, text("work_mem"));
        QVERIFY(memory);
        QCOMPARE(memory->value, text("5120"));
        QCOMPARE(memory->unit, text("kB"));
        QCOMPARE(memory->type, ConfigType::Integer);
        QVERIFY2(memory->note.contains(text("postgresql.auto.conf:")), qPrintable(memory->note));
        QCOMPARE(entryOf(set, text("fsync"))->type, ConfigType::Boolean);
        QCOMPARE(entryOf(set, text("checkpoint_completion_target"))->type, ConfigType::Number);
        QCOMPARE(entryOf(set, text("shared_buffers"))->unit, text("8kB"));
        QVERIFY(entryOf(set, text("max_connections"))->note.startsWith(text("pending restart")));
        QCOMPARE(valueIn(set, "restore_command"), text("cp /archive/%f %p"));
        QCOMPARE(valueIn(set, "password_encryption"), text("scram-sha-256"));
        QCOMPARE(valueIn(set, "transaction_isolation"), text("(missing)"));
        QCOMPARE(valueIn(set, "statement_timeout"), text("(missing)"));
        QVERIFY2(!set.notes.join(QLatin1Char(' ')).contains(text("not compared")),
                 qPrintable(set.notes.join(QLatin1Char(' '))));
    }

    void secretsStayOnTheServer()
    {
        for (const char *name :
             {"archive_command", "primary_conninfo", "ssl_passphrase_command", "database.current.app.jwt_secret"}) {
            const ConfigSet plain = read();
            const ConfigEntry *entry = entryOf(plain, text(name));
            QVERIFY2(entry, name);
            QCOMPARE(entry->value, maskMark.toString());
            QVERIFY(entry->secret && entry->fingerprint.isEmpty());
        }
        SourceEntry entry;
        entry.id = entry.source = text("pg_settings");
        entry.database = mainDatabase;
        for (const Reply &reply : askWithParameters(pgSettingsSource, entry, m_cluster.socketDsn())) {
            for (const auto &row : reply.as<SqlReply>()->rows) {
                for (const auto &cell : row) {
                    for (const char *secret : {"swordfish", "repl-secret", "echo short", "db-level-secret"})
                        QVERIFY2(!cell || !cell->contains(secret), secret);
                }
            }
        }
    }

    void digestsAreThoseOfHmac()
    {
        const ConfigSet set = readKeyed();
        QCOMPARE(entryOf(set, text("primary_conninfo"))->fingerprint,
                 digestOf("host=10.0.0.9 user=rep password=repl-secret-9", key));
        QCOMPARE(entryOf(set, text("database.current.app.jwt_secret"))->fingerprint,
                 digestOf("db-level-secret-1", key));
        const ConfigEntry *brief = entryOf(set, text("ssl_passphrase_command"));
        QVERIFY(brief->fingerprint.isEmpty());
        QCOMPARE(brief->note.contains(text("too short")), true);
        QCOMPARE(brief->value, maskMark.toString());
    }

    void settingsOfRolesAndDatabases()
    {
        const ConfigSet set = read();
        QCOMPARE(valueIn(set, "role.watcher.work_mem"), text("64MB"));
        QCOMPARE(valueIn(set, "role.watcher.database.current.search_path"), text("a, b"));
        QCOMPARE(valueIn(set, "role.all.lock_timeout"), text("3s"));
        QCOMPARE(valueIn(set, "database.template1.TimeZone"), text("Europe/Berlin"));
    }

    void aSmallRoleSaysWhatItCannotSee()
    {
        const ConfigSet set = read({}, "watcher");
        QVERIFY(set.notes.join(QLatin1Char(' ')).contains(text("GRANT pg_read_all_settings TO watcher;")));
        QCOMPARE(set.files.size(), size_t(1));
        QCOMPARE(set.files.front().error->kind, ErrorKind::Denied);
        QVERIFY(entryOf(set, text("max_connections")));
        QCOMPARE(read().files.size(), size_t(0));
    }
};

QTEST_GUILESS_MAIN(PgSettingsTest)
#include "tst_pgsettings.moc"
