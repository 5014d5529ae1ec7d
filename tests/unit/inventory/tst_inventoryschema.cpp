// SPDX-License-Identifier: GPL-3.0-or-later
#include "inventoryreader.h"
#include "inventoryschema.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace taffrail;
using namespace taffrail::inventory;

namespace {

QJsonObject parsed(const QByteArray &text)
{
    QJsonParseError error;
    const QJsonObject object = QJsonDocument::fromJson(text, &error).object();
    return error.error == QJsonParseError::NoError ? object : QJsonObject();
}

QJsonObject definition(const QJsonObject &schema, const QString &name)
{
    return schema.value(QStringLiteral("$defs")).toObject().value(name).toObject();
}

QString nameOf(const QJsonValue &branch)
{
    return branch.toObject()
        .value(QStringLiteral("properties"))
        .toObject()
        .value(QStringLiteral("source"))
        .toObject()
        .value(QStringLiteral("const"))
        .toString();
}

} // namespace

class TestInventorySchema : public QObject {
    Q_OBJECT

private slots:
    void everySourceHasABranchWithItsOptions()
    {
        const QJsonObject schema = parsed(inventorySchema());
        QVERIFY(!schema.isEmpty());
        QVERIFY(!sources::allSources().empty());
        for (const sources::Source *source : sources::allSources()) {
            QJsonObject found;
            for (const QJsonValue &branch :
                 definition(schema, paneWord(source->pane)).value(QStringLiteral("oneOf")).toArray()) {
                if (nameOf(branch) == QLatin1String(source->name))
                    found = branch.toObject();
            }
            QVERIFY2(!found.isEmpty(), source->name);
            const QJsonObject properties = found.value(QStringLiteral("properties")).toObject();
            const QJsonArray required = found.value(QStringLiteral("required")).toArray();
            QCOMPARE(found.value(QStringLiteral("additionalProperties")), QJsonValue(false));
            for (const sources::Option &option : source->options) {
                const QJsonObject property = properties.value(QString::fromLatin1(option.name)).toObject();
                QVERIFY2(!property.value(QStringLiteral("description")).toString().isEmpty(), option.name);
                QCOMPARE(required.contains(QString::fromLatin1(option.name)), option.required);
                if (option.schema) // further members must be JSON, and arrive
                    QVERIFY2(!parsed('{' + QByteArray(option.schema) + '}').isEmpty()
                                 && property.size() > (*option.type ? 2 : 1),
                             option.name);
            }
        }
    }

    void panesWithoutSourcesTakeNoEntry()
    {
        const QJsonObject schema = parsed(inventorySchema({}));
        const QJsonObject environment
            = definition(schema, QStringLiteral("environment")).value(QStringLiteral("properties")).toObject();
        for (const char *pane : {"deployments", "migrations", "backups", "health", "configs"})
            QCOMPARE(environment.value(QLatin1String(pane)).toObject().value(QStringLiteral("maxItems")),
                     QJsonValue(0));
    }

    void everyReferenceLeadsSomewhere()
    {
        const QByteArray text = inventorySchema();
        const QJsonObject definitions = parsed(text).value(QStringLiteral("$defs")).toObject();
        qsizetype count = 0;
        for (qsizetype at = text.indexOf("\"#/$defs/"); at >= 0; at = text.indexOf("\"#/$defs/", at + 1), ++count) {
            const QByteArray name = text.mid(at + 9, text.indexOf('"', at + 9) - at - 9);
            QVERIFY2(definitions.contains(QString::fromLatin1(name)), name.constData());
        }
        QVERIFY(count > 20);
    }

    void theShippedFileIsTheBase()
    {
        QFile file(QStringLiteral(TAFFRAIL_SOURCE_DIR "/resources/inventory.schema.json"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QJsonObject base = parsed(file.readAll());
        const QJsonObject full = parsed(inventorySchema());
        QCOMPARE(definition(full, QStringLiteral("host")), definition(base, QStringLiteral("host")));
        QCOMPARE(full.value(QStringLiteral("title")), base.value(QStringLiteral("title")));
    }

    void sourcesOfTheProgramAreAccepted()
    {
        // the same checks run with the real registry
        const auto reading = readInventoryText(QStringLiteral("a.json"),
                                               "{\"version\": 1, \"environments\": [{\"id\": \"a\", \"tier\": "
                                               "\"staging\", \"hosts\": [{\"id\": \"here\", \"local\": true}],"
                                               "\"deployments\": [{\"source\": \"capistrano\", \"hosts\": [\"*\"], "
                                               "\"app\": \"shop\", \"path\": \"/srv/shop\"}],"
                                               "\"health\": [{\"source\": \"host\", \"hosts\": [\"*\"]}]}]}");
        QVERIFY2(reading.has_value(), reading ? "" : qPrintable(problemText(reading.error().front())));
        QCOMPARE(reading->environments.front()->entries.size(), 2U);
    }

    void nearestWords_data()
    {
        QTest::addColumn<QString>("word");
        QTest::addColumn<QString>("nearest");
        QTest::newRow("letters swapped") << QStringLiteral("hsots") << QStringLiteral("hosts");
        QTest::newRow("hyphen for underscore") << QStringLiteral("host-key") << QStringLiteral("host_key");
        QTest::newRow("case") << QStringLiteral("HOSTS") << QStringLiteral("hosts");
        QTest::newRow("too far") << QStringLiteral("machine") << QString();
        QTest::newRow("empty") << QString() << QString();
        QTest::newRow("very long") << QString(100'000, QLatin1Char('h')) << QString();
    }

    void nearestWords()
    {
        QFETCH(QString, word);
        QTEST(nearestWord(word, {QStringLiteral("host_key"), QStringLiteral("hosts"), QStringLiteral("databases")}),
              "nearest");
    }
};

QTEST_GUILESS_MAIN(TestInventorySchema)
#include "tst_inventoryschema.moc"
