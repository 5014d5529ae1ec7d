// SPDX-License-Identifier: GPL-3.0-or-later
#include "parsedtable.h"

#include <QElapsedTimer>

using namespace taffrail;
using namespace parsedtable;

/// Every parser with what no file should hold: it comes back, in time, and with valid places.
Q_DECLARE_METATYPE(taffrail::sources::ConfigParser)

class TestHostileTexts : public QObject {
    Q_OBJECT
private slots:
    void survives_data()
    {
        QTest::addColumn<sources::ConfigParser>("parser");
        QTest::newRow("dotenv") << &sources::parseDotenv;
        QTest::newRow("ini") << &sources::parseIni;
        QTest::newRow("properties") << &sources::parseProperties;
        QTest::newRow("json") << &sources::parseJson;
        QTest::newRow("yaml") << &sources::parseYaml;
        QTest::newRow("toml") << &sources::parseToml;
        QTest::newRow("nginx") << &sources::parseNginx;
        QTest::newRow("systemd") << &sources::parseUnitFile;
        QTest::newRow("sysctl") << &sources::parseSysctl;
        QTest::newRow("text") << &sources::parsePlainText;
    }

    void survives()
    {
        QFETCH(sources::ConfigParser, parser);
        int number = 0;
        for (const QByteArray &text : hostileTexts()) {
            QElapsedTimer timer;
            timer.start();
            const sources::ParsedConfig parsed = parser(text, entryWith());
            for (const ConfigEntry &each : parsed.entries)
                QVERIFY(!each.key.isEmpty() && each.line >= 0);
            QVERIFY(!parsed.error || parsed.error->kind == ErrorKind::BadData);
            if (timer.elapsed() > 500)
                qInfo() << "text" << number << timer.elapsed() << "ms";
            ++number;
        }
    }
};

QTEST_GUILESS_MAIN(TestHostileTexts)
#include "tst_hostiletexts.moc"
