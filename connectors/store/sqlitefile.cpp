// SPDX-License-Identifier: GPL-3.0-or-later
#include "sqlitefile.h"

#include "statefile.h"

#include <QSqlDatabase>
#include <QSqlError>
#include <QUuid>
#include <QVariant>

namespace taffrail {

SqliteFile::SqliteFile(QString path)
    : m_path(std::move(path)),
      m_connection(QStringLiteral("taffrail-") + QUuid::createUuid().toString(QUuid::Id128))
{
}

SqliteFile::~SqliteFile()
{
    {
        QSqlDatabase database = QSqlDatabase::database(m_connection, false);
        database.close();
    }
    QSqlDatabase::removeDatabase(m_connection);
}

Result<void> SqliteFile::open()
{
    QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_connection);
    database.setDatabaseName(m_path);
    database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000"));
    if (!database.isValid())
        return failure(ErrorKind::Unsupported, QStringLiteral("open"), m_path,
                       QStringLiteral("Qt has no SQLite driver"), QStringLiteral("Install libqt6sql6-sqlite."));
    if (!database.open())
        return failure(storeError(database.lastError(), m_path, QStringLiteral("open")));
    QSqlQuery query(database);
    if (!query.exec(QStringLiteral("PRAGMA quick_check(1)")) || !query.next())
        return failure(storeError(query.lastError(), m_path, QStringLiteral("check")));
    const QString verdict = query.value(0).toString();
    if (verdict != QLatin1String("ok"))
        return failure(ErrorKind::BadData, QStringLiteral("check"), m_path, verdict.left(200));
    return {};
}

Result<int> SqliteFile::schemaVersion(int known)
{
    auto query = run(QStringLiteral("PRAGMA user_version"));
    if (!query)
        return failure(query.error());
    const int found = query->next() ? query->value(0).toInt() : 0;
    if (found > known)
        return failure(ErrorKind::Unsupported, QStringLiteral("open"), m_path,
                       QStringLiteral("the file has schema %1, this program knows %2").arg(found).arg(known),
                       QStringLiteral("A newer Taffrail wrote it: use that, or another state folder."));
    return found;
}

Result<void> SqliteFile::setModes(Sync sync)
{
    auto journal = run(QStringLiteral("PRAGMA journal_mode=WAL"));
    const bool isWal = journal && journal->next() && journal->value(0).toString() == QLatin1String("wal");
    if (journal)
        journal->finish();
    const QString mode = !isWal ? QStringLiteral("EXTRA")
        : sync == Sync::Durable ? QStringLiteral("FULL")
                                : QStringLiteral("NORMAL");
    for (const QString &pragma :
         {QStringLiteral("PRAGMA synchronous=") + mode, QStringLiteral("PRAGMA foreign_keys=ON"),
          QStringLiteral("PRAGMA trusted_schema=OFF"), QStringLiteral("PRAGMA journal_size_limit=4194304")}) {
        if (const auto done = run(pragma); !done)
            return failure(done.error());
    }
    return {};
}

Result<void> SqliteFile::transaction(const QStringList &statements)
{
    if (const auto begun = run(QStringLiteral("BEGIN IMMEDIATE")); !begun)
        return failure(begun.error());
    for (const QString &sql : statements + QStringList{QStringLiteral("COMMIT")}) {
        if (const auto done = run(sql); !done) {
            static_cast<void>(run(QStringLiteral("ROLLBACK")));
            return failure(done.error());
        }
    }
    return {};
}

Result<QSqlQuery> SqliteFile::run(const QString &sql, const QVariantList &values)
{
    QSqlQuery query(QSqlDatabase::database(m_connection, false));
    if (!query.prepare(sql))
        return failure(storeError(query.lastError(), m_path, QStringLiteral("write")));
    for (const QVariant &value : values)
        query.addBindValue(value);
    if (!query.exec())
        return failure(storeError(query.lastError(), m_path, QStringLiteral("write")));
    return query;
}

} // namespace taffrail
