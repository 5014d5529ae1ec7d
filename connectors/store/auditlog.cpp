// SPDX-License-Identifier: GPL-3.0-or-later
#include "auditlog.h"

#include "savefile.h"
#include "snapshotstore.h"
#include "statefile.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLockFile>
#include <QSqlError>

#include <chrono>

namespace taffrail {

namespace {

constexpr int schemaVersion = 1;

constexpr QLatin1String columns("seq, at, actor, app, action, env, object, detail, prev, hash");

AuditEntry entryOf(const QSqlQuery &row)
{
    AuditEntry entry;
    entry.seq = row.value(0).toLongLong();
    entry.at = row.value(1).toLongLong();
    entry.actor = row.value(2).toString();
    entry.app = row.value(3).toString();
    entry.action = row.value(4).toString();
    entry.environment = row.value(5).toString();
    entry.object = row.value(6).toString();
    entry.detail = row.value(7).toString().toUtf8();
    entry.previous = row.value(8).toByteArray();
    entry.hash = row.value(9).toByteArray();
    return entry;
}

QString appName()
{
    return QStringLiteral("taffrail ") + QCoreApplication::applicationVersion();
}

/// As the file gives it back: SQLite stores a null QString as NULL, and text that is no valid UTF-16 otherwise.
QString given(const QString &text)
{
    return text.isNull() ? QStringLiteral("") : QString::fromUtf8(text.toUtf8());
}

QByteArray objectText(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

/// Restarts an emptied log: its first entry says what was left behind.
AuditRecord restartRecord(const QString &aside, const QString &why)
{
    return {QStringLiteral("audit.restarted"),
            {},
            aside,
            objectText({{QStringLiteral("left"), aside}, {QStringLiteral("why"), why}})};
}

} // namespace

QString AuditLog::defaultPath()
{
    return QFileInfo(SnapshotStore::defaultPath()).dir().filePath(QStringLiteral("audit.db"));
}

AuditLog::AuditLog(const QString &path, QString actor) : m_file(path), m_actor(std::move(actor)) {}

AuditLog::~AuditLog() = default;

Result<std::unique_ptr<AuditLog>> AuditLog::open(const QString &path, const QString &actor)
{
    const QString absolute = QFileInfo(path).absoluteFilePath();
    if (const Result<void> made = makeFile(absolute); !made)
        return failure(made.error());
    // Two programs that find the same damage must not both move files.
    QLockFile lock(absolute + QStringLiteral(".lock"));
    lock.setStaleLockTime(0);
    static_cast<void>(lock.tryLock(5'000));
    std::unique_ptr<AuditLog> log(new AuditLog(absolute, actor));
    Result<void> ready = log->m_file.open();
    if (ready)
        ready = log->prepare();
    if (ready)
        ready = log->check();
    if (ready)
        return log;
    if (ready.error().kind != ErrorKind::BadData)
        return failure(ready.error());

    log.reset();
    const QString why = ready.error().text;
    const QString aside = moveAside(absolute, QDateTime::currentDateTimeUtc());
    QFile::rename(absolute + QStringLiteral(".head"), aside + QStringLiteral(".head"));
    if (const Result<void> made = makeFile(absolute); !made)
        return failure(made.error());
    log.reset(new AuditLog(absolute, actor));
    ready = log->m_file.open();
    if (ready)
        ready = log->prepare();
    if (!ready)
        return failure(ready.error());
    if (const Result<AuditEntry> first = log->append(restartRecord(aside, why)); !first)
        return failure(first.error());
    log->m_notice
        = QStringLiteral("The audit is damaged: %1. The file was moved to %2; a new chain begins.").arg(why, aside);
    return log;
}

Result<void> AuditLog::prepare()
{
    const Result<int> found = m_file.schemaVersion(schemaVersion);
    if (!found)
        return failure(found.error());
    const Result<void> modes = m_file.setModes(SqliteFile::Sync::Durable);
    if (!modes || *found == schemaVersion)
        return modes;
    const QString refuse = QStringLiteral("BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END");
    return m_file.transaction(
        {QStringLiteral("CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, "
                        "actor TEXT NOT NULL, app TEXT NOT NULL, action TEXT NOT NULL, env TEXT NOT NULL, "
                        "object TEXT NOT NULL, detail TEXT NOT NULL, prev BLOB NOT NULL, hash BLOB NOT NULL UNIQUE)"),
         QStringLiteral("CREATE INDEX IF NOT EXISTS audit_by_environment ON audit (env, seq)"),
         QStringLiteral("CREATE TRIGGER IF NOT EXISTS audit_keeps BEFORE UPDATE ON audit ") + refuse,
         QStringLiteral("CREATE TRIGGER IF NOT EXISTS audit_stays BEFORE DELETE ON audit ") + refuse,
         QStringLiteral("PRAGMA user_version=%1").arg(schemaVersion)});
}

Result<void> AuditLog::check()
{
    const auto verdict = verify();
    if (!verdict)
        return failure(verdict.error());
    if (!*verdict)
        return failure(ErrorKind::BadData, QStringLiteral("check"), m_file.path(), verdict->error().why, {});
    return {};
}

std::optional<AuditHead> AuditLog::anchor() const
{
    QFile file(m_file.path() + QStringLiteral(".head"));
    if (!file.open(QIODevice::ReadOnly))
        return std::nullopt;
    const QList<QByteArray> parts = file.read(200).trimmed().split(':');
    bool isNumber = false;
    const AuditHead head{parts.value(0).toLongLong(&isNumber), QByteArray::fromHex(parts.value(1))};
    return isNumber && head.seq > 0 && head.hash.size() == 32 ? std::optional(head) : std::nullopt;
}

void AuditLog::writeAnchor(const AuditEntry &entry)
{
    // It only adds a check; the entry itself is on disk already.
    static_cast<void>(saveFile(m_file.path() + QStringLiteral(".head"),
                               QByteArray::number(entry.seq) + ':' + entry.hash.toHex() + '\n'));
}

Result<AuditEntry> AuditLog::append(const AuditRecord &record)
{
    if (!QJsonDocument::fromJson(record.detail).isObject())
        return failure(ErrorKind::BadConfig, QStringLiteral("write"), record.action,
                       QStringLiteral("the detail of an audit entry must be a JSON object"));
    if (const auto begun = m_file.run(QStringLiteral("BEGIN IMMEDIATE")); !begun)
        return failure(begun.error());
    Result<AuditEntry> entry = insert(record);
    if (entry) {
        if (const auto committed = m_file.run(QStringLiteral("COMMIT")); !committed)
            entry = failure(committed.error());
    }
    if (!entry) {
        static_cast<void>(m_file.run(QStringLiteral("ROLLBACK")));
        return entry;
    }
    writeAnchor(*entry);
    return entry;
}

Result<AuditEntry> AuditLog::insert(const AuditRecord &record)
{
    AuditHead head = auditGenesis();
    {
        auto last = m_file.run(QStringLiteral("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"));
        if (!last)
            return failure(last.error());
        if (last->next())
            head = {last->value(0).toLongLong(), last->value(1).toByteArray()};
    }
    AuditEntry entry;
    entry.seq = head.seq + 1;
    entry.at
        = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
              .count();
    entry.actor = given(m_actor);
    entry.app = appName();
    entry.action = given(record.action);
    entry.environment = given(record.environment);
    entry.object = given(record.object);
    entry.detail = record.detail;
    entry.previous = head.hash;
    entry.hash = auditDigest(entry);
    const auto inserted
        = m_file.run(QStringLiteral("INSERT INTO audit (%1) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").arg(columns),
                     {entry.seq, entry.at, entry.actor, entry.app, entry.action, entry.environment, entry.object,
                      QString::fromUtf8(entry.detail), entry.previous, entry.hash});
    if (!inserted)
        return failure(inserted.error());
    return entry;
}

Result<std::vector<AuditEntry>> AuditLog::list(const AuditQuery &query)
{
    auto rows = m_file.run(
        QStringLiteral("SELECT %1 FROM audit WHERE (? = '' OR env = ?) AND substr(action, 1, length(?)) = ? "
                       "AND (? = 0 OR seq < ?) ORDER BY seq DESC LIMIT ?")
            .arg(columns),
        {given(query.environment), query.environment, given(query.action), given(query.action), query.beforeSeq,
         query.beforeSeq, query.limit});
    if (!rows)
        return failure(rows.error());
    std::vector<AuditEntry> entries;
    while (rows->next())
        entries.push_back(entryOf(*rows));
    return entries;
}

Result<void> AuditLog::walk(const std::function<bool(const AuditEntry &)> &take)
{
    auto rows = m_file.run(QStringLiteral("SELECT %1 FROM audit ORDER BY seq").arg(columns));
    if (!rows)
        return failure(rows.error());
    while (rows->next()) {
        if (!take(entryOf(*rows)))
            return {};
    }
    if (rows->lastError().isValid())
        return failure(storeError(rows->lastError(), m_file.path(), QStringLiteral("read")));
    return {};
}

Result<tl::expected<AuditHead, AuditFault>> AuditLog::verify()
{
    using Verdict = tl::expected<AuditHead, AuditFault>;
    const std::optional<AuditHead> known = anchor();
    bool anchored = !known;
    AuditWalk chain;
    std::optional<AuditFault> fault;
    const Result<void> walked = walk([&](const AuditEntry &entry) {
        fault = chain.step(entry);
        anchored = anchored || (entry.seq == known->seq && entry.hash == known->hash);
        return !fault;
    });
    if (!walked)
        return failure(walked.error());
    if (fault)
        return Verdict(tl::unexpect, *fault);
    if (!anchored)
        return Verdict(
            tl::unexpect,
            AuditFault{
                known->seq,
                QStringLiteral("entry %1, which was written from here, is not in the file any more").arg(known->seq)});
    return Verdict(chain.head());
}

} // namespace taffrail
