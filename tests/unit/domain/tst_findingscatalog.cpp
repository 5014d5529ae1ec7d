// SPDX-License-Identifier: GPL-3.0-or-later
#include "ruleworld.h"

#include <nlohmann/json.hpp>

#include <QFile>
#include <QTest>

#include <algorithm>
#include <set>

using namespace taffrail;
using Json = nlohmann::json;

/// resources/findings.json against what the rules really say.
class TestFindingsCatalog : public QObject {
    Q_OBJECT

    Json m_rows;

    /// The row of a code: its own, or that of its family ("host.*").
    const Json *rowOf(const QString &code) const
    {
        const Json *family = nullptr;
        for (const Json &row : m_rows) {
            const QString each = QString::fromStdString(row.at("code").get<std::string>());
            if (each == code)
                return &row;
            if (each.endsWith(QLatin1String(".*")) && code.startsWith(each.chopped(1)))
                family = &row;
        }
        return family;
    }

private slots:
    void initTestCase()
    {
        QFile file(QStringLiteral(TAFFRAIL_SOURCE_DIR "/resources/findings.json"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray text = file.readAll();
        const Json json = Json::parse(text.begin(), text.end());
        QCOMPARE(json.at("version").get<int>(), 1);
        m_rows = json.at("findings");
        QVERIFY(m_rows.is_array());
    }

    void rowsAreWhole()
    {
        std::set<std::string> codes;
        std::string before;
        for (const Json &row : m_rows) {
            const auto code = row.at("code").get<std::string>();
            QVERIFY2(codes.insert(code).second, code.c_str());
            QVERIFY2(before < code, code.c_str()); // sorted, so that a row is found
            before = code;
            QVERIFY2(paneFromWord(QString::fromStdString(row.at("pane").get<std::string>())) || row.at("pane") == "any",
                     code.c_str());
            QVERIFY2(!row.at("severities").empty(), code.c_str());
            for (const Json &word : row.at("severities")) {
                const QString severity = QString::fromStdString(word.get<std::string>());
                QCOMPARE(statusWord(statusFromWord(severity)), severity);
            }
            QVERIFY2(row.at("overridable").is_boolean(), code.c_str());
            QVERIFY2(row.at("description").get<std::string>().size() > 10, code.c_str());
            QVERIFY2(row.at("evidence").is_array(), code.c_str());
        }
    }

    void everyFindingHasItsRow()
    {
        for (const test::RuleCase &each : test::allCases()) {
            for (const Finding &finding : each.world.findings()) {
                const Json *row = rowOf(finding.code);
                QVERIFY2(row, qPrintable(finding.code));
                const auto severities = row->at("severities").get<std::set<std::string>>();
                QVERIFY2(severities.contains(statusWord(finding.severity).toStdString()),
                         qPrintable(finding.code + QLatin1Char(' ') + statusWord(finding.severity)));
                const std::string pane = row->at("pane").get<std::string>();
                QVERIFY2(pane == "any" || pane == paneWord(finding.pane).toStdString(), qPrintable(finding.code));
                const auto keys = row->at("evidence").get<std::set<std::string>>();
                for (auto key = finding.evidence.keyBegin(); key != finding.evidence.keyEnd(); ++key)
                    QVERIFY2(keys.contains(key->toStdString()), qPrintable(finding.code + QLatin1Char(' ') + *key));
            }
        }
    }

    /// A row that no case brings about is a rule that is gone or was never tried. (Gates have their own test.)
    void everyRowIsSeen()
    {
        std::set<std::string> seen;
        for (const test::RuleCase &each : test::allCases()) {
            for (const Finding &finding : each.world.findings()) {
                if (const Json *row = rowOf(finding.code))
                    seen.insert(row->at("code").get<std::string>());
            }
        }
        for (const Json &row : m_rows) {
            const auto code = row.at("code").get<std::string>();
            QVERIFY2(seen.contains(code) || code.ends_with(".*") || code.starts_with("rollback.")
                         || code.starts_with("drill."),
                     code.c_str());
        }
    }
};

QTEST_GUILESS_MAIN(TestFindingsCatalog)
#include "tst_findingscatalog.moc"
