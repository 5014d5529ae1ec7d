// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QtTest>

#include <unistd.h>

/// A real PostgreSQL server with real backups of it, and the program that tries them. Everything lies under one
/// temporary folder; servers are ended by their own data directory.
namespace taffrail::test {

struct CliResult {
    int exitCode = -1;
    QByteArray out, err;

    QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
};

class DrillWorld {
public:
    /// Makes the server, with a table "orders" of 20000 rows in the database "shop"; its WAL goes to pgBackRest's
    /// repository.
    DrillWorld()
    {
        QFile::setPermissions(m_folder.path(), QFile::Permissions(0x7055));
        const QString script = QStringLiteral(R"sh(
set -e
umask 022
install -d -m 700 live sock scratch spool repo log restore
cat > pgbackrest.conf <<EOF
[global]
repo1-path=$W/repo
log-path=$W/log
spool-path=$W/spool
lock-path=$W/lock
log-level-console=warn
start-fast=y
compress-type=gz
compress-level=1
repo1-retention-full=9
[main]
pg1-path=$W/live
pg1-socket-path=$W/sock
pg1-port=54321
EOF
$B/initdb -k --no-sync -A trust -U postgres -D live -E UTF8 --locale=C >/dev/null
cat >> live/postgresql.conf <<EOF
listen_addresses = ''
unix_socket_directories = '$W/sock'
port = 54321
archive_mode = on
archive_command = 'pgbackrest --config=$W/pgbackrest.conf --stanza=main archive-push %p'
archive_timeout = 0
max_connections = 120
max_wal_senders = 10
wal_level = replica
shared_buffers = 16MB
fsync = off
autovacuum = off
EOF
$B/pg_ctl -D live -w -l live.log start >/dev/null
$B/createdb -h $W/sock -p 54321 -U postgres shop
$B/psql -X -q -h $W/sock -p 54321 -U postgres -d shop -v ON_ERROR_STOP=1 <<EOF
create table orders(id int primary key, note text not null, created_at timestamptz not null default now());
insert into orders select n, repeat('order ' || n, 10) from generate_series(1, 20000) n;
create table migrations(version text primary key);
insert into migrations values ('0041'), ('0042');
create role shop_app; grant select on orders to shop_app; alter table migrations owner to shop_app;
EOF
pgbackrest --config=$W/pgbackrest.conf --stanza=main stanza-create
)sh");
        m_trouble = shell(script);
    }
    ~DrillWorld()
    {
        shell(
            QStringLiteral("$B/pg_ctl -D live -m immediate -w stop; for p in scratch/*/data; do $B/pg_ctl -D \"$p\" -m "
                           "immediate stop; done; true"));
        if (geteuid() == 0) // the scratch user's folders are 0700
            QProcess::execute(QStringLiteral("chmod"),
                              {QStringLiteral("-R"), QStringLiteral("u+rwX"), m_folder.path()});
    }
    Q_DISABLE_COPY_MOVE(DrillWorld)

    QString trouble() const { return m_trouble; } ///< why the server could not be made; "" = it runs
    QString path(const QString &name = {}) const { return m_folder.filePath(name); }

    /// Runs shell text in the folder as the user who owns the server; $W is the folder, $B PostgreSQL's programs.
    /// Returns what went wrong, or "".
    QString shell(const QString &text, QByteArray *out = nullptr)
    {
        QProcess process;
        QStringList words{QStringLiteral("sh"), QStringLiteral("-c"), text};
        if (geteuid() == 0) {
            QProcess::execute(QStringLiteral("chown"), {QStringLiteral("postgres"), m_folder.path()});
            words
                = QStringList{QStringLiteral("setpriv"), QStringLiteral("--reuid=postgres"),
                              QStringLiteral("--regid=postgres"), QStringLiteral("--init-groups"), QStringLiteral("--")}
                + words;
        }
        QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
        variables.insert(QStringLiteral("W"), m_folder.path());
        variables.insert(QStringLiteral("B"), binaries());
        variables.insert(QStringLiteral("HOME"), m_folder.path());
        process.setProcessEnvironment(variables);
        process.setWorkingDirectory(m_folder.path());
        process.setStandardInputFile(QProcess::nullDevice());
        process.start(words.first(), words.mid(1));
        if (!process.waitForFinished(120'000))
            return QStringLiteral("it did not end");
        const QByteArray err = process.readAllStandardError();
        if (out)
            *out = process.readAllStandardOutput();
        return process.exitCode() == 0
            ? QString()
            : QStringLiteral("exit %1: %2").arg(process.exitCode()).arg(QString::fromUtf8(err));
    }
    QString psql(const QString &sql, const QString &database = QStringLiteral("shop"))
    {
        QByteArray out;
        const QString wrong
            = shell(QStringLiteral("$B/psql -X -qAt -v ON_ERROR_STOP=1 -h $W/sock -p 54321 -U postgres -d %1 "
                                   "-c \"%2\"")
                        .arg(database, sql),
                    &out);
        return wrong.isEmpty() ? QString::fromUtf8(out).trimmed() : wrong;
    }
    static QString binaries()
    {
        const QDir versions(QStringLiteral("/usr/lib/postgresql"));
        const QStringList found = versions.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
        return versions.filePath(found.value(found.size() - 1) + QStringLiteral("/bin"));
    }
    static QString user() { return geteuid() == 0 ? QStringLiteral("postgres") : QString(); }

    QString pgbackrest(const QString &verb)
    {
        return shell(QStringLiteral("pgbackrest --config=$W/pgbackrest.conf --stanza=main %1").arg(verb));
    }

    /// An inventory with one environment "shop" on this machine. `more` on top of the backups entry, `drill` of its
    /// drill.
    QString inventory(QJsonObject entry, QJsonObject drill = {},
                      const QString &name = QStringLiteral("inventory.json")) const
    {
        if (!drill.contains(QStringLiteral("folder")))
            drill.insert(QStringLiteral("folder"), path(QStringLiteral("scratch")));
        if (!user().isEmpty())
            drill.insert(QStringLiteral("user"), user());
        if (!drill.contains(QStringLiteral("binaries")))
            drill.insert(QStringLiteral("binaries"), binaries());
        entry.insert(QStringLiteral("drill"), drill);
        entry.insert(QStringLiteral("hosts"), QJsonArray{QStringLiteral("here")});
        entry.insert(QStringLiteral("database"), QStringLiteral("main"));
        const QString dsn
            = QStringLiteral("host=%1 port=54321 dbname=shop user=postgres").arg(path(QStringLiteral("sock")));
        const QJsonObject environment{
            {QStringLiteral("id"), QStringLiteral("shop")},
            {QStringLiteral("tier"), QStringLiteral("production")},
            {QStringLiteral("hosts"),
             QJsonArray{QJsonObject{{QStringLiteral("id"), QStringLiteral("here")}, {QStringLiteral("local"), true}}}},
            {QStringLiteral("databases"),
             QJsonArray{QJsonObject{{QStringLiteral("id"), QStringLiteral("main")}, {QStringLiteral("dsn"), dsn}}}},
            {QStringLiteral("backups"), QJsonArray{entry}}};
        const QJsonObject root{{QStringLiteral("version"), 1},
                               {QStringLiteral("environments"), QJsonArray{environment}}};
        QFile file(path(name));
        if (file.open(QIODevice::WriteOnly))
            file.write(QJsonDocument(root).toJson());
        return file.fileName();
    }
    QJsonObject pgbackrestEntry() const
    {
        return {{QStringLiteral("source"), QStringLiteral("pgbackrest")},
                {QStringLiteral("stanza"), QStringLiteral("main")},
                {QStringLiteral("config"), path(QStringLiteral("pgbackrest.conf"))}};
    }

    std::unique_ptr<QProcess> start(const QStringList &arguments, const QString &state = QStringLiteral("state")) const
    {
        auto process = std::make_unique<QProcess>();
        QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
        variables.insert(QStringLiteral("XDG_STATE_HOME"), path(QStringLiteral("home/") + state));
        variables.insert(QStringLiteral("HOME"), path(QStringLiteral("home")));
        QDir().mkpath(path(QStringLiteral("home")));
        process->setProcessEnvironment(variables);
        process->start(QStringLiteral(TAFFRAIL_BINARY), arguments);
        return process;
    }
    static CliResult finish(QProcess &process, int limitMs = 120'000)
    {
        if (process.state() != QProcess::NotRunning
            && !QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, limitMs))
            return {};
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
                process.readAllStandardError()};
    }
    CliResult cli(const QStringList &arguments, const QString &state = QStringLiteral("state")) const
    {
        const auto process = start(arguments, state);
        return finish(*process);
    }

    CliResult plan(const QString &inventory, const QStringList &more = {}) const
    {
        return cli(QStringList{QStringLiteral("drill"), QStringLiteral("shop"), QStringLiteral("--inventory"),
                               inventory, QStringLiteral("--plan"), QStringLiteral("--json")}
                   + more);
    }
    /// Arguments that confirm the plan as it is now; empty when it cannot be started.
    QStringList confirmation(const QString &inventory, const QStringList &more = {}, CliResult *planOut = nullptr) const
    {
        const CliResult planned = plan(inventory, more);
        if (planOut)
            *planOut = planned;
        if (planned.exitCode > 1)
            return {};
        return QStringList{QStringLiteral("drill"),         QStringLiteral("shop"),
                           QStringLiteral("--inventory"),   inventory,
                           QStringLiteral("--confirm"),     QStringLiteral("shop"),
                           QStringLiteral("--plan-digest"), planned.json().value(QStringLiteral("digest")).toString(),
                           QStringLiteral("--reason"),      QStringLiteral("the month's drill; it's $(really)")}
        + more;
    }
    CliResult drill(const QString &inventory, const QStringList &more = {}) const
    {
        CliResult planned;
        const QStringList arguments = confirmation(inventory, more, &planned);
        return arguments.isEmpty() ? planned : cli(arguments + QStringList{QStringLiteral("--json")});
    }
    /// The id in "drill ID; should this console go …".
    static QString runIn(const QByteArray &err)
    {
        static const QRegularExpression shape(QStringLiteral("drill ([0-9a-f-]{36});"));
        return shape.match(QString::fromUtf8(err)).captured(1);
    }
    /// What lies in the folder for scratch directories.
    QStringList scratch() const
    {
        return QDir(path(QStringLiteral("scratch"))).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
    }
    /// Servers and tools that still work in a scratch directory.
    QStringList strays() const
    {
        QStringList found;
        for (const QString &pid : QDir(QStringLiteral("/proc")).entryList({QStringLiteral("[0-9]*")}, QDir::Dirs)) {
            const QString cwd = QFile::symLinkTarget(QStringLiteral("/proc/%1/cwd").arg(pid));
            QFile file(QStringLiteral("/proc/%1/cmdline").arg(pid));
            const QByteArray words = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
            if (cwd.startsWith(path(QStringLiteral("scratch/")))
                || words.contains(path(QStringLiteral("scratch/taffrail")).toUtf8()))
                found << pid + QLatin1Char(' ') + QString::fromUtf8(words).replace(QChar(0), QLatin1Char(' '));
        }
        return found;
    }

private:
    QTemporaryDir m_folder{QStringLiteral("/tmp/taffrail-drilling-XXXXXX")};
    QString m_trouble;
};

} // namespace taffrail::test
