// SPDX-License-Identifier: GPL-3.0-or-later
#include "auditchain.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace taffrail;

namespace {

std::vector<AuditEntry> chainOf(int count)
{
    std::vector<AuditEntry> entries;
    AuditHead head = auditGenesis();
    for (int i = 1; i <= count; ++i) {
        AuditEntry entry{i,
                         1'000'000 + i,
                         QStringLiteral("mary"),
                         QStringLiteral("taffrail 1"),
                         QStringLiteral("rollback.start"),
                         QStringLiteral("shop"),
                         QStringLiteral("run-%1").arg(i),
                         "{\"n\":1}",
                         head.hash,
                         {}};
        entry.hash = auditDigest(entry);
        head = {entry.seq, entry.hash};
        entries.push_back(entry);
    }
    return entries;
}

std::optional<AuditFault> faultOf(const std::vector<AuditEntry> &entries)
{
    AuditWalk walk;
    for (const AuditEntry &entry : entries) {
        if (const auto fault = walk.step(entry))
            return fault;
    }
    return std::nullopt;
}

} // namespace

class TestAuditChain : public QObject {
    Q_OBJECT

private slots:
    void hashesAreThoseOfPostgresql_data();
    void hashesAreThoseOfPostgresql();
    void everyFieldIsHashed_data();
    void everyFieldIsHashed();
    void fieldsCannotFlowIntoEachOther();
    void wholeChainIsWhole();
    void aMissingEntryIsFound();
    void swappedEntriesAreFound();
    void anotherBeginningIsFound();
};

// The rows were hashed by PostgreSQL 15 with sha256(), int4send() and int8send().
void TestAuditChain::hashesAreThoseOfPostgresql_data()
{
    QTest::addColumn<QJsonObject>("row");
    QFile file(QStringLiteral(TAFFRAIL_SOURCE_DIR "/tests/unit/domain/data/audit-golden.json"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QJsonArray rows = QJsonDocument::fromJson(file.readAll()).array();
    QCOMPARE(rows.size(), 20);
    for (const QJsonValue &row : rows)
        QTest::newRow(qPrintable(row.toObject().value(QLatin1String("seq")).toString())) << row.toObject();
}

void TestAuditChain::hashesAreThoseOfPostgresql()
{
    QFETCH(QJsonObject, row);
    const auto text = [&](const char *key) { return row.value(QLatin1String(key)).toString(); };
    const AuditEntry entry{text("seq").toLongLong(),
                           text("at").toLongLong(),
                           text("actor"),
                           text("app"),
                           text("action"),
                           text("env"),
                           text("object"),
                           text("detail").toUtf8(),
                           QByteArray::fromHex(text("prev").toLatin1()),
                           {}};
    QCOMPARE(auditDigest(entry).toHex(), text("hash").toLatin1());
}

void TestAuditChain::everyFieldIsHashed_data()
{
    QTest::addColumn<int>("field");
    for (int field = 0; field < 9; ++field)
        QTest::newRow(qPrintable(QString::number(field))) << field;
}

void TestAuditChain::everyFieldIsHashed()
{
    QFETCH(int, field);
    std::vector<AuditEntry> entries = chainOf(3);
    AuditEntry &entry = entries[1];
    const QString other = QStringLiteral("other");
    switch (field) {
    case 0: entry.at += 1; break;
    case 1: entry.actor = other; break;
    case 2: entry.app = other; break;
    case 3: entry.action = other; break;
    case 4: entry.environment = other; break;
    case 5: entry.object = other; break;
    case 6: entry.detail = "{\"n\": 1}"; break; // the same JSON, other bytes
    case 7: entry.hash[3] = char(entry.hash[3] ^ 1); break;
    case 8: entry.previous[3] = char(entry.previous[3] ^ 1); break;
    }
    const auto fault = faultOf(entries);
    QVERIFY(fault);
    QCOMPARE(fault->seq, qint64(2));
}

void TestAuditChain::fieldsCannotFlowIntoEachOther()
{
    AuditEntry one = chainOf(1).front();
    one.environment = QStringLiteral("ab");
    one.object = QStringLiteral("c");
    AuditEntry other = one;
    other.environment = QStringLiteral("a");
    other.object = QStringLiteral("bc");
    QVERIFY(auditDigest(one) != auditDigest(other));
}

void TestAuditChain::wholeChainIsWhole()
{
    QVERIFY(!faultOf(chainOf(50)));
}

void TestAuditChain::aMissingEntryIsFound()
{
    std::vector<AuditEntry> entries = chainOf(5);
    entries.erase(entries.begin() + 2);
    const auto fault = faultOf(entries);
    QVERIFY(fault);
    QCOMPARE(fault->seq, qint64(4));
    QVERIFY(fault->why.contains(QLatin1String("gone")));
}

void TestAuditChain::swappedEntriesAreFound()
{
    std::vector<AuditEntry> entries = chainOf(5);
    std::swap(entries[1], entries[2]);
    QVERIFY(faultOf(entries));
}

void TestAuditChain::anotherBeginningIsFound()
{
    std::vector<AuditEntry> entries = chainOf(5);
    entries.erase(entries.begin());
    const auto fault = faultOf(entries);
    QVERIFY(fault);
    QCOMPARE(fault->seq, qint64(2));
}

QTEST_GUILESS_MAIN(TestAuditChain)
#include "tst_auditchain.moc"
