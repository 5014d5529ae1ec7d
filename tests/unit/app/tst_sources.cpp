// SPDX-License-Identifier: GPL-3.0-or-later
// What `taffrail sources` prints is all that people learn of what can be read.
#include "drilltool.h"
#include "executor.h"
#include "source.h"

#include <nlohmann/json.hpp>

#include <QProcess>
#include <QTest>

#include <set>

using namespace taffrail;
using Json = nlohmann::json;

class TestSources : public QObject {
    Q_OBJECT

    static QByteArray outputOf(const QStringList &arguments)
    {
        QProcess process;
        process.start(QStringLiteral(TAFFRAIL_BINARY), arguments);
        return process.waitForFinished(20'000) && process.exitCode() == 0 ? process.readAllStandardOutput()
                                                                          : QByteArray();
    }

private slots:
    void everySourceSaysWhatItNeedsAndCan()
    {
        const Json printed = Json::parse(outputOf({QStringLiteral("sources"), QStringLiteral("--json")}).toStdString());
        std::set<std::string> names;
        for (const Json &each : printed.at("sources")) {
            const std::string name = each.at("pane").get<std::string>() + '/' + each.at("source").get<std::string>();
            QVERIFY2(names.insert(name).second, name.c_str());
            QVERIFY2(each.at("rights").is_string() && !each.at("rights").get<std::string>().empty(), name.c_str());
            QVERIFY2(!each.at("parts").empty(), name.c_str());
            const std::string acts = each.at("acts").dump();
            QCOMPARE(acts.find("drill") != std::string::npos,
                     each.at("pane") == "backups"
                         && drills::drillableSources().contains(
                             QString::fromStdString(each.at("source").get<std::string>())));
        }
        QCOMPARE(names.size(), sources::allSources().size());
        for (const executors::Executor *executor : executors::allExecutors()) {
            const auto found = std::ranges::find_if(printed.at("sources"), [&](const Json &each) {
                return each.at("pane") == "deployments" && each.at("source") == executor->method;
            });
            QVERIFY2(found != printed.at("sources").end(), executor->method);
            QVERIFY2(found->at("acts").dump().find("rollback") != std::string::npos, executor->method);
        }
    }

    void peopleReadTheSame()
    {
        const QByteArray text = outputOf({QStringLiteral("sources")});
        for (const sources::Source *source : sources::allSources()) {
            QVERIFY2(text.contains(source->title), source->name);
            QVERIFY2(text.contains(source->rights), source->name);
        }
        for (const QByteArray &line : text.split('\n'))
            QVERIFY2(line.startsWith(' ') || line.isEmpty() || line.endsWith("(* = required)"), line.constData());
    }
};

QTEST_GUILESS_MAIN(TestSources)
#include "tst_sources.moc"
