// SPDX-License-Identifier: GPL-3.0-or-later
// What is printed against the schemas that say so.
#include "../drill/drillcases.h"
#include "../rollback/runcases.h"
#include "auditexport.h"
#include "drillcodec.h"
#include "readinesscodec.h"
#include "rollbackcodec.h"
#include "schemacheck.h"

#include <QFile>
#include <QTest>

using namespace taffrail;

class TestOutwardSchemas : public QObject {
    Q_OBJECT

private slots:
    void shapes_data();
    void shapes();
    void aNewMemberMustBeWrittenDown();

private:
    static QStringList problemsOf(const QByteArray &json, const QString &name)
    {
        QFile file(QStringLiteral(TAFFRAIL_SOURCE_DIR "/resources/schema/%1.schema.json").arg(name));
        if (!file.open(QIODevice::ReadOnly))
            return {QStringLiteral("no schema ") + name};
        const auto schema = nlohmann::ordered_json::parse(file.readAll().toStdString());
        inventory::Problems problems;
        const inventory::JsonReading reading = inventory::readJson(json);
        inventory::SchemaCheck(schema, name, problems).check(reading.root);
        QStringList texts;
        for (const inventory::Problem &problem : problems)
            texts << problemText(problem);
        return texts;
    }
    static QByteArray auditLine()
    {
        AuditEntry entry;
        entry.seq = 1;
        entry.action = QStringLiteral("rollback.start");
        entry.detail = R"({"reason":"a | b"})";
        entry.previous = auditGenesis().hash;
        entry.hash = auditDigest(entry);
        return auditJsonLine(entry);
    }
};

void TestOutwardSchemas::shapes_data()
{
    QTest::addColumn<QString>("schema");
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("plan") << "plan" << codec::jsonText(codec::toJson(runcases::plan()));
    QTest::newRow("empty plan") << "plan" << codec::jsonText(codec::toJson(RollbackPlan()));
    QTest::newRow("run") << "run" << codec::jsonText(codec::toJson(runcases::run()));
    QTest::newRow("empty run") << "run" << codec::jsonText(codec::toJson(RollbackRun()));
    ReadinessReport report;
    report.results.resize(2);
    report.results[0] = {QStringLiteral("tls.valid"),     QStringLiteral("Security"), QStringLiteral("t"),
                         ReadinessVerdict::Fail,          {QStringLiteral("e")},      QStringLiteral("f"),
                         QDateTime::currentDateTimeUtc(), QStringLiteral("o")};
    report.results[1].group = QStringLiteral("Backup");
    QTest::newRow("readiness") << "readiness" << codec::jsonText(codec::readinessJson({report}));
    QTest::newRow("drill plan") << "drillplan" << codec::jsonText(codec::toJson(drillcases::plan()));
    QTest::newRow("empty drill plan") << "drillplan" << codec::jsonText(codec::toJson(DrillPlan()));
    DrillRun drill = drillcases::run();
    QTest::newRow("drill under way") << "drill" << codec::jsonText(codec::toJson(drill));
    applyReports(drill, drillcases::goodReports());
    judge(drill, 0, drillcases::at(60));
    QTest::newRow("drill") << "drill" << codec::jsonText(codec::toJson(drill));
    QTest::newRow("audit") << "audit" << auditLine();
}

void TestOutwardSchemas::shapes()
{
    QFETCH(QString, schema);
    QFETCH(QByteArray, json);
    QCOMPARE(problemsOf(json, schema), QStringList());
}

void TestOutwardSchemas::aNewMemberMustBeWrittenDown()
{
    codec::Json json = codec::toJson(runcases::run());
    json["hosts"][0]["mood"] = "fine";
    QCOMPARE(problemsOf(codec::jsonText(json), QStringLiteral("run")).size(), 1);
    json = codec::toJson(runcases::run());
    json["plan"].erase("digest");
    json["hosts"][0]["attempt"] = "two";
    QCOMPARE(problemsOf(codec::jsonText(json), QStringLiteral("run")).size(), 2);
}

QTEST_GUILESS_MAIN(TestOutwardSchemas)
#include "tst_outwardschemas.moc"
