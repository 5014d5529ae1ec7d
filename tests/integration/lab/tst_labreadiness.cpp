// SPDX-License-Identifier: GPL-3.0-or-later
// taffrail readiness, the whole program, over the lab: it names the faults that were planted there, and no others.
#include "labfixture.h"

#include <QJsonArray>
#include <QTemporaryDir>
#include <QtTest>

using taffrail::tests::LabFixture;

class TestLabReadiness : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY2(m_lab.up(), qPrintable(m_lab.problem())); }
    void cleanupTestCase() { QVERIFY2(m_lab.down(), qPrintable(m_lab.problem())); }

    void namesThePlantedFaultsAndNoOthers()
    {
        const QJsonObject planted = m_lab.state().value(QLatin1String("readiness_faults")).toObject();
        QVERIFY(planted.size() >= 6);
        QProcess program;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const char *folder : {"XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"})
            environment.insert(QString::fromLatin1(folder), m_home.path());
        program.setProcessEnvironment(environment);
        program.start(QStringLiteral(TAFFRAIL_BINARY),
                      QStringList{QStringLiteral("--inventory"), m_lab.inventory(), QStringLiteral("readiness"),
                                  QStringLiteral("--json")}
                          + planted.keys());
        QVERIFY(program.waitForStarted());
        QVERIFY(program.waitForFinished(150'000));
        QCOMPARE(QString::fromUtf8(program.readAllStandardError()), QString());
        const QJsonArray reports = reportsIn(program.readAllStandardOutput());
        QCOMPARE(reports.size(), planted.size());
        QStringList seen, expected;
        for (const QJsonValue &report : reports) {
            const QString name = report[QLatin1String("environment")].toString();
            QStringList failed, wanted;
            for (const QJsonValue &result : report[QLatin1String("results")].toArray()) {
                if (result[QLatin1String("verdict")].toString() == QLatin1String("fail")
                    && result[QLatin1String("off")].toString().isEmpty())
                    failed << result[QLatin1String("code")].toString();
            }
            for (const QJsonValue &code : planted.value(name).toArray())
                wanted << code.toString();
            failed.sort();
            wanted.sort();
            seen << name + QStringLiteral(": ") + failed.join(QLatin1Char(' '));
            expected << name + QStringLiteral(": ") + wanted.join(QLatin1Char(' '));
        }
        QCOMPARE(seen.join(QLatin1Char('\n')), expected.join(QLatin1Char('\n')));
    }

private:
    /// One report alone, or several under "environments".
    static QJsonArray reportsIn(const QByteArray &bytes)
    {
        const QJsonDocument json = QJsonDocument::fromJson(bytes);
        if (json.isArray())
            return json.array();
        const QJsonArray several = json.object().value(QLatin1String("environments")).toArray();
        return several.isEmpty() ? QJsonArray{json.object()} : several;
    }

    LabFixture m_lab;
    QTemporaryDir m_home;
};

QTEST_GUILESS_MAIN(TestLabReadiness)
#include "tst_labreadiness.moc"
