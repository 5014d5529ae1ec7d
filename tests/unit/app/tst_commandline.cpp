// SPDX-License-Identifier: GPL-3.0-or-later
#include "commandline.h"

#include <QFile>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

using namespace taffrail;

namespace {

QSet<QString> optionsIn(const QString &text)
{
    static const QRegularExpression option(QStringLiteral("(?<![\\w-])--[a-z][a-z-]*[a-z]"));
    QSet<QString> names;
    for (auto match = option.globalMatch(text); match.hasNext();)
        names.insert(match.next().captured());
    return names;
}

} // namespace

class TestCommandLine : public QObject {
    Q_OBJECT
private slots:
    void readsVerbsOperandsAndOptionsInAnyOrder()
    {
        const auto line = readCommandLine({QStringLiteral("--inventory"), QStringLiteral("a.json"),
                                           QStringLiteral("status"), QStringLiteral("shop"), QStringLiteral("--json"),
                                           QStringLiteral("--inventory=b.json"), QStringLiteral("ledger")});
        QVERIFY(line);
        QCOMPARE(line->verb, QStringLiteral("status"));
        QCOMPARE(line->operands, (QStringList{QStringLiteral("shop"), QStringLiteral("ledger")}));
        QCOMPARE(line->inventoryFiles, (QStringList{QStringLiteral("a.json"), QStringLiteral("b.json")}));
        QVERIFY(line->json);
        QVERIFY(isHeadless(*line));
    }

    void nothingMeansTheConsole()
    {
        const auto line = readCommandLine({});
        QVERIFY(line);
        QVERIFY(!isHeadless(*line));
    }

    void refusesInWords_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("contains");
        QTest::newRow("unknown verb") << QStringList{QStringLiteral("destroy")} << QStringLiteral("\"destroy\"");
        QTest::newRow("unknown option") << QStringList{QStringLiteral("status"), QStringLiteral("--force")}
                                        << QStringLiteral("--force");
        QTest::newRow("value missing") << QStringList{QStringLiteral("--inventory")} << QStringLiteral("needs a value");
        QTest::newRow("flag with value") << QStringList{QStringLiteral("status"), QStringLiteral("--json=yes")}
                                         << QStringLiteral("takes no value");
        QTest::newRow("environment missing")
            << QStringList{QStringLiteral("backups")} << QStringLiteral("usage: taffrail backups ENV");
        QTest::newRow("one too many") << QStringList{QStringLiteral("check"), QStringLiteral("a"), QStringLiteral("b")}
                                      << QStringLiteral("usage:");
        QTest::newRow("theme") << QStringList{QStringLiteral("--theme"), QStringLiteral("pink")}
                               << QStringLiteral("pink");
        QTest::newRow("part") << QStringList{QStringLiteral("parse"), QStringLiteral("x/y"), QStringLiteral("--part"),
                                             QStringLiteral("nofile")}
                              << QStringLiteral("NAME=FILE");
        QTest::newRow("exit code") << QStringList{QStringLiteral("parse"), QStringLiteral("x/y"),
                                                  QStringLiteral("--exit-code"), QStringLiteral("one")}
                                   << QStringLiteral("number");
    }

    void refusesInWords()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, contains);
        const auto line = readCommandLine(arguments);
        QVERIFY(!line);
        QVERIFY2(line.error().contains(contains), qPrintable(line.error()));
    }

    void helpNamesEveryVerb()
    {
        const QString help = helpText();
        for (const char *verb :
             {"status", "deployments", "migrations", "backups", "health", "check", "sources", "parse", "inventory"})
            QVERIFY2(help.contains(QStringLiteral("taffrail %1").arg(QString::fromLatin1(verb))), verb);
        QVERIFY(helpText(QStringLiteral("parse")).contains(QStringLiteral("--exit-code")));
    }

    void helpAndManualPageTellTheSameOptions()
    {
        QFile file(QStringLiteral(TAFFRAIL_SOURCE_DIR "/resources/taffrail.1"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QString manual = QString::fromUtf8(file.readAll());
        manual.remove(QLatin1Char('\\'));
        const QSet<QString> inManual = optionsIn(manual);
        QString help = helpText();
        for (const QString &verb : {QStringLiteral("status"), QStringLiteral("parse"), QStringLiteral("inventory"),
                                    QStringLiteral("rollback"), QStringLiteral("audit"), QStringLiteral("readiness")})
            help += helpText(verb);
        const QSet<QString> inHelp = optionsIn(help);
        QVERIFY(inHelp.size() > 15);
        QCOMPARE(inManual - inHelp, QSet<QString>());
        QCOMPARE(inHelp - inManual, QSet<QString>());
        for (const QString &option : inManual) {
            const auto line = readCommandLine({option});
            QVERIFY2(line || !line.error().startsWith(QLatin1String("there is no option")), qPrintable(option));
        }
    }
};

QTEST_GUILESS_MAIN(TestCommandLine)
#include "tst_commandline.moc"
