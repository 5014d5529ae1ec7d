// SPDX-License-Identifier: GPL-3.0-or-later
#include "auditlog.h"

#include "limits.h"

#include <QDir>
#include <QFile>
#include <QRandomGenerator>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include <thread>

#include <sys/wait.h>

using namespace taffrail;

namespace {

AuditRecord recordOf(int number)
{
    return {QStringLiteral("rollback.start"), QStringLiteral("shop"), QStringLiteral("run-%1").arg(number),
            "{\"n\":" + QByteArray::number(number) + '}'};
}

std::unique_ptr<AuditLog> opened(const QString &path)
{
    auto log = AuditLog::open(path, QStringLiteral("mary@laptop"));
    return log ? std::move(*log) : nullptr;
}

/// Runs SQL on the file as a stranger would.
void tamper(const QString &path, const QStringList &statements)
{
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("stranger"));
        database.setDatabaseName(path);
        QVERIFY(database.open());
        QSqlQuery query(database);
        for (const QString &sql : statements)
            QVERIFY2(query.exec(sql), qPrintable(sql));
        query.finish();
        database.close();
    }
    QSqlDatabase::removeDatabase(QStringLiteral("stranger"));
}

} // namespace

class TestAuditLog : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_path = m_folder->filePath(QStringLiteral("audit.db"));
    }
    void entriesAreKeptAndChained();
    void listFiltersNewestFirst();
    void onlyObjectsAreDetails();
    void sqlCannotChangeEntries();
    void changedEntriesAreFoundAndTheFileIsSetAside();
    void aShortenedFileIsFoundByItsAnchor();
    void flippedBytesNeverPassSilently();
    void twoWritersMakeOneChain();
    void aKilledWriterLosesNothingAcknowledged();
    void aFullDiskIsAnErrorAndTheChainStaysWhole();
    void aReadOnlyFolderIsAnError();
    void strangeTextSurvives();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_path;
};

void TestAuditLog::entriesAreKeptAndChained()
{
    {
        const auto log = opened(m_path);
        QVERIFY(log);
        for (int i = 1; i <= 5; ++i) {
            const auto entry = log->append(recordOf(i));
            QVERIFY(entry);
            QCOMPARE(entry->seq, qint64(i));
            QCOMPARE(entry->actor, QStringLiteral("mary@laptop"));
        }
    }
    const auto log = opened(m_path);
    QVERIFY(log);
    QCOMPARE(log->notice(), QString());
    const auto verdict = log->verify();
    QVERIFY(verdict && *verdict);
    QCOMPARE((*verdict)->seq, qint64(5));
    QCOMPARE(log->append(recordOf(6))->seq, qint64(6));
    QCOMPARE(QFile::permissions(m_path) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
}

void TestAuditLog::listFiltersNewestFirst()
{
    const auto log = opened(m_path);
    for (int i = 1; i <= 6; ++i) {
        AuditRecord record = recordOf(i);
        record.environment = i % 2 == 0 ? QStringLiteral("even") : QStringLiteral("odd");
        record.action = i > 4 ? QStringLiteral("rollback.finish") : QStringLiteral("rollback.start");
        QVERIFY(log->append(record));
    }
    const auto seqs = [&](const AuditQuery &query) {
        QList<qint64> list;
        const auto entries = log->list(query);
        for (const AuditEntry &entry : *entries)
            list << entry.seq;
        return list;
    };
    QCOMPARE(seqs({}), (QList<qint64>{6, 5, 4, 3, 2, 1}));
    QCOMPARE(seqs({QStringLiteral("even"), {}, 0, 200}), (QList<qint64>{6, 4, 2}));
    QCOMPARE(seqs({{}, QStringLiteral("rollback.f"), 0, 200}), (QList<qint64>{6, 5}));
    QCOMPARE(seqs({{}, {}, 4, 2}), (QList<qint64>{3, 2}));
}

void TestAuditLog::onlyObjectsAreDetails()
{
    const auto log = opened(m_path);
    for (const QByteArray &detail :
         {QByteArray("[]"), QByteArray(""), QByteArray("{"), QByteArray("{\"a\":\"\xff\"}")}) {
        AuditRecord record = recordOf(1);
        record.detail = detail;
        const auto entry = log->append(record);
        QVERIFY2(!entry, detail.constData());
        QCOMPARE(entry.error().kind, ErrorKind::BadConfig);
    }
    QCOMPARE(log->append(recordOf(1))->seq, qint64(1));
}

void TestAuditLog::sqlCannotChangeEntries()
{
    {
        const auto log = opened(m_path);
        QVERIFY(log->append(recordOf(1)));
    }
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("stranger"));
        database.setDatabaseName(m_path);
        QVERIFY(database.open());
        QSqlQuery query(database);
        QVERIFY(!query.exec(QStringLiteral("UPDATE audit SET actor = 'eve'")));
        QVERIFY(!query.exec(QStringLiteral("DELETE FROM audit")));
        database.close();
    }
    QSqlDatabase::removeDatabase(QStringLiteral("stranger"));
}

void TestAuditLog::changedEntriesAreFoundAndTheFileIsSetAside()
{
    {
        const auto log = opened(m_path);
        for (int i = 1; i <= 3; ++i)
            QVERIFY(log->append(recordOf(i)));
    }
    tamper(
        m_path,
        {QStringLiteral("DROP TRIGGER audit_keeps"), QStringLiteral("UPDATE audit SET actor = 'eve' WHERE seq = 2")});
    const auto log = opened(m_path);
    QVERIFY(log);
    QVERIFY2(log->notice().contains(QLatin1String("entry 2 was changed")), qPrintable(log->notice()));
    const QStringList aside = QDir(m_folder->path()).entryList({QStringLiteral("audit.db.damaged-*")});
    QVERIFY(!aside.isEmpty());
    const auto entries = log->list({});
    QCOMPARE(entries->size(), size_t(1));
    QCOMPARE(entries->front().action, QStringLiteral("audit.restarted"));
    QVERIFY(entries->front().detail.contains("entry 2 was changed"));
}

void TestAuditLog::aShortenedFileIsFoundByItsAnchor()
{
    {
        const auto log = opened(m_path);
        for (int i = 1; i <= 3; ++i)
            QVERIFY(log->append(recordOf(i)));
    }
    tamper(m_path, {QStringLiteral("DROP TRIGGER audit_stays"), QStringLiteral("DELETE FROM audit WHERE seq = 3")});
    const auto log = opened(m_path);
    QVERIFY(log);
    QVERIFY2(log->notice().contains(QLatin1String("entry 3")), qPrintable(log->notice()));
}

void TestAuditLog::flippedBytesNeverPassSilently()
{
    QByteArray whole;
    std::vector<AuditEntry> written;
    {
        const auto log = opened(m_path);
        for (int i = 1; i <= 40; ++i)
            written.push_back(*log->append(recordOf(i)));
    }
    QFile file(m_path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    whole = file.readAll();
    file.close();
    QRandomGenerator random(20260101);
    int found = 0;
    for (int round = 0; round < 60; ++round) {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("audit.db"));
        QByteArray bytes = whole;
        const int at = int(random.bounded(quint32(bytes.size() - 4)));
        for (int i = 0; i < 4; ++i)
            bytes[at + i] = char(bytes[at + i] ^ char(1 + random.bounded(255)));
        QFile copy(path);
        QVERIFY(copy.open(QIODevice::WriteOnly));
        copy.write(bytes);
        copy.close();
        QFile::copy(m_path + QStringLiteral(".head"), path + QStringLiteral(".head"));
        auto log = AuditLog::open(path, QStringLiteral("mary"));
        if (!log || !(*log)->notice().isEmpty()) {
            ++found;
            continue;
        }
        // Not told: then every entry must stand as it was written.
        std::vector<AuditEntry> read;
        QVERIFY((*log)->walk([&](const AuditEntry &entry) {
            read.push_back(entry);
            return true;
        }));
        QVERIFY(read == written);
    }
    QVERIFY2(found > 10, qPrintable(QString::number(found)));
}

void TestAuditLog::twoWritersMakeOneChain()
{
    constexpr int each = 60;
    QVERIFY(opened(m_path));
    std::vector<std::thread> writers;
    std::atomic<int> written = 0;
    for (int writer = 0; writer < 2; ++writer) {
        writers.emplace_back([&, writer] {
            const auto log = opened(m_path);
            for (int i = 0; log && i < each; ++i)
                written += log->append(recordOf(writer * each + i)) ? 1 : 0;
        });
    }
    for (std::thread &writer : writers)
        writer.join();
    QCOMPARE(written.load(), 2 * each);
    const auto log = opened(m_path);
    const auto verdict = log->verify();
    QVERIFY(verdict && *verdict);
    QCOMPARE((*verdict)->seq, qint64(2 * each));
    QCOMPARE(log->notice(), QString());
}

void TestAuditLog::aKilledWriterLosesNothingAcknowledged()
{
    int acknowledged[2];
    QVERIFY(::pipe(acknowledged) == 0);
    const pid_t child = ::fork();
    QVERIFY(child >= 0);
    if (child == 0) {
        const auto log = opened(m_path);
        for (int i = 1; log; ++i) {
            const auto entry = log->append(recordOf(i));
            if (!entry || ::write(acknowledged[1], &entry->seq, sizeof entry->seq) < 0)
                break;
        }
        ::_exit(1);
    }
    ::close(acknowledged[1]);
    qint64 last = 0;
    for (qint64 seq = 0; last < 25 && ::read(acknowledged[0], &seq, sizeof seq) == sizeof seq;)
        last = seq;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    for (qint64 seq = 0; ::read(acknowledged[0], &seq, sizeof seq) == sizeof seq;)
        last = seq;
    ::close(acknowledged[0]);
    QVERIFY(last >= 25);
    const auto log = opened(m_path);
    QVERIFY(log);
    QCOMPARE(log->notice(), QString());
    const auto verdict = log->verify();
    QVERIFY(verdict && *verdict);
    QVERIFY((*verdict)->seq >= last);
}

void TestAuditLog::aFullDiskIsAnErrorAndTheChainStaysWhole()
{
    const auto log = opened(m_path);
    QVERIFY(log->append(recordOf(1)));
    AuditRecord large = recordOf(2);
    large.detail = "{\"text\":\"" + QByteArray(200'000, 'x') + "\"}";
    {
        const test::SmallFiles full(100'000);
        const auto refused = log->append(large);
        QVERIFY(!refused);
        QCOMPARE(refused.error().kind, ErrorKind::ToolFailed);
    }
    QCOMPARE(log->append(recordOf(3))->seq, qint64(2));
    const auto verdict = log->verify();
    QVERIFY(verdict && *verdict);
}

void TestAuditLog::aReadOnlyFolderIsAnError()
{
    QVERIFY(QFile::setPermissions(m_folder->path(), QFile::ReadOwner | QFile::ExeOwner | QFile::ExeOther));
    const test::Unprivileged nobody;
    const auto log = AuditLog::open(m_path, QStringLiteral("mary"));
    QVERIFY(!log);
    QCOMPARE(log.error().kind, ErrorKind::Denied);
}

void TestAuditLog::strangeTextSurvives()
{
    {
        const auto log = opened(m_path);
        for (const QString &text : {QString(), QString(QChar(0xD800)), QStringLiteral("a\nb\tc"),
                                    QStringLiteral("'; DROP TABLE audit; --"), QString::fromUtf8("\xf0\x9f\x9a\x80")}) {
            AuditRecord record = recordOf(1);
            record.object = text;
            QVERIFY(log->append(record));
        }
    }
    const auto log = opened(m_path);
    QCOMPARE(log->notice(), QString());
    QCOMPARE(log->list({})->size(), size_t(5));
}

QTEST_GUILESS_MAIN(TestAuditLog)
#include "tst_auditlog.moc"
