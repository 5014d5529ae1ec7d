// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostmask.h"
#include "configtable.h"
#include "registry.h"
#include "terraformstate.h"

#include <QMessageAuthenticationCode>
#include <QTest>

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;

namespace {

const QString key = QString(64, QLatin1Char('b'));

/// A state of one resource with these attributes and sensitive paths.
QByteArray stateWith(const QByteArray &attributes, const QByteArray &sensitive)
{
    return "{\"version\": 4, \"resources\": [{\"mode\": \"managed\", \"type\": \"t\", \"name\": \"n\", \"instances\": "
           "[\n"
           "{\"attributes\": "
        + attributes + ", \"sensitive_attributes\": " + sensitive + "}]}]}";
}

} // namespace

class TerraformTest : public QObject {
    Q_OBJECT

    static ConfigSet setOf(const QByteArray &bytes, const QVariantMap &options = {})
    {
        const Result<Value> value = terraformSource.parse(entryWith(options), {shellReply(bytes)}, {});
        return value ? std::get<ConfigSet>(*value) : ConfigSet();
    }

private slots:
    /// Written by Terraform 1.11 with its built-in provider: count, for_each, a module, sensitive values.
    void aRealState_data()
    {
        QTest::addColumn<QString>("value");
        QTest::addColumn<int>("type");
        const auto row = [](const char *name, const char *value, ConfigType type = ConfigType::Text) {
            QTest::newRow(name) << text(value) << int(type);
        };
        row("terraform_version", "1.11.4");
        row("terraform_data.web[0].input.ami", "ami-1");
        row("terraform_data.web[1].input.size", "1", ConfigType::Integer);
        row("terraform_data.web[0].input.big", "12345678901234567890", ConfigType::Integer);
        row("terraform_data.db.\"eu.west\".input.zone", "eu.west");
        row("terraform_data.db.us.input.list[1]", "2.5", ConfigType::Number);
        row("terraform_data.db.us.input.list[2]", "null", ConfigType::Null);
        row("terraform_data.db.us.input.list[3]", "true", ConfigType::Boolean);
        row("terraform_data.db.us.input.password", "\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2");
        row("module.net.terraform_data.vpc.input.cidr", "10.0.0.0/16");
        row("module.net.terraform_data.vpc.input.empty", "{}", ConfigType::EmptyMap);
        row("terraform_data.web.provider", "provider[\"terraform.io/builtin/terraform\"]");
        row("outputs.pw", "\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2");
        row("outputs.url", "https://shop:\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2@shop.example.test/x");
    }

    void aRealState()
    {
        QFETCH(QString, value);
        QFETCH(int, type);
        static const QByteArray bytes = dataFile("terraform-1.11.tfstate");
        const ConfigSet set = setOf(bytes);
        const ConfigEntry *entry = find(set.entries, text(QTest::currentDataTag()));
        QVERIFY(entry);
        QCOMPARE(entry->value, value);
        QCOMPARE(int(entry->type), type);
        QVERIFY(entry->line > 0);
        for (const ConfigEntry &each : set.entries)
            QVERIFY2(!each.value.contains(text("hunter2")) && !each.value.contains(text("topsecret")),
                     qPrintable(each.key));
    }

    void sensitivePlaces_data()
    {
        QTest::addColumn<QByteArray>("attributes");
        QTest::addColumn<QByteArray>("sensitive");
        QTest::addColumn<QStringList>("expected");
        const auto row
            = [](const char *name, const char *attributes, const char *sensitive, const QStringList &expected) {
                  QTest::newRow(name) << QByteArray(attributes) << QByteArray(sensitive) << expected;
              };
        const QString mark = maskMark.toString();
        row("an attribute", "{\"blob\": \"hush-hush-hush\", \"b\": 1}",
            "[[{\"type\": \"get_attr\", \"value\": \"blob\"}]]", {text("t.n.blob=") + mark, text("t.n.b=1")});
        row("all below", "{\"blob\": {\"x\": [\"hush-hush-hush\", 7]}}",
            "[[{\"type\": \"get_attr\", \"value\": \"blob\"}]]",
            {text("t.n.blob.x[0]=") + mark, text("t.n.blob.x[1]=") + mark});
        row("an item", "{\"l\": [{\"v\": \"a\"}, {\"v\": \"hush-hush-hush\"}]}",
            "[[{\"type\": \"get_attr\", \"value\": \"l\"}, {\"type\": \"index\", \"value\": {\"value\": 1, \"type\": "
            "\"number\"}}, {\"type\": \"get_attr\", \"value\": \"v\"}]]",
            {text("t.n.l[0].v=a"), text("t.n.l[1].v=") + mark});
        row("in a value of any type",
            "{\"in\": {\"value\": {\"w\": \"hush-hush-hush\", \"z\": \"eu\"}, \"type\": [\"object\", {\"w\": "
            "\"string\", \"z\": \"string\"}]}}",
            "[[{\"type\": \"get_attr\", \"value\": \"in\"}, {\"type\": \"get_attr\", \"value\": \"w\"}]]",
            {text("t.n.in.w=") + mark, text("t.n.in.z=eu")});
        row("a real value beside a type", "{\"r\": {\"value\": \"hush-hush-hush\", \"type\": \"string\"}}",
            "[[{\"type\": \"get_attr\", \"value\": \"r\"}, {\"type\": \"get_attr\", \"value\": \"value\"}]]",
            {text("t.n.r=") + mark});
        row("a member of a set", "{\"s\": [{\"v\": \"hush-hush-hush\"}], \"b\": \"c\"}",
            "[[{\"type\": \"get_attr\", \"value\": \"s\"}, {\"type\": \"index\", \"value\": {\"value\": {\"v\": "
            "\"x\"}, \"type\": [\"object\", {}]}}]]",
            {text("t.n.s[0].v=") + mark, text("t.n.b=c")});
        row("a path nobody understands", "{\"a\": \"hush-hush-hush\"}", "[[{\"what\": 5}]]", {text("t.n.a=") + mark});
        row("a path of words", "{\"a\": \"hush-hush-hush\", \"b\": \"c\"}", "[[\"a\"]]",
            {text("t.n.a=") + mark, text("t.n.b=c")});
        row("a name is enough", "{\"master_password\": \"hush-hush-hush\", \"port\": 5432}", "[]",
            {text("t.n.master_password=") + mark, text("t.n.port=5432")});
        row("null is shown", "{\"a\": null}", "[[{\"type\": \"get_attr\", \"value\": \"a\"}]]", {text("t.n.a=null")});
    }

    void sensitivePlaces()
    {
        QFETCH(QByteArray, attributes);
        QFETCH(QByteArray, sensitive);
        QFETCH(QStringList, expected);
        const ConfigSet set = setOf(stateWith(attributes, sensitive));
        QStringList seen;
        for (const ConfigEntry &entry : set.entries) {
            seen << entry.key + QLatin1Char('=') + entry.value;
            QVERIFY(!entry.value.contains(text("hush")));
            QCOMPARE(entry.secret, entry.value == maskMark.toString());
        }
        QCOMPARE(seen, expected);
    }

    /// What the state calls sensitive leaves no host, whatever it looks like.
    void masksOnTheHost_data() { sensitivePlaces_data(); }
    void masksOnTheHost()
    {
        QFETCH(QByteArray, attributes);
        QFETCH(QByteArray, sensitive);
        if (sensitive != "[]")
            attributes.replace("hush-hush-hush", "true");
        for (const QStringList &awk : tests::awks()) {
            const QByteArray wire
                = tests::fileIn(tests::maskedBy(awk, MaskForm::Json, stateWith(attributes, sensitive)));
            QVERIFY2(!wire.contains("hush") && wire.count("true") == 0 && wire.contains("\"t\""), wire.constData());
        }
        // Lists that name nothing leave what they do not name.
        const QByteArray plain = tests::fileIn(
            tests::maskedBy(tests::awks().front(), MaskForm::Json, stateWith("{\"a\": \"b\", \"c\": 5432}", "[]")));
        QVERIFY2(plain.contains("\"b\"") && plain.contains("5432"), plain.constData());
    }

    void secretsCompare()
    {
        const QByteArray path = "[[{\"type\": \"get_attr\", \"value\": \"blob\"}]]";
        const QVariantMap options{{text("compare_key"), key}};
        const ConfigSet one = setOf(stateWith("{\"blob\": \"hush-hush-hush\"}", path), options);
        QCOMPARE(
            one.entries.front().fingerprint,
            QString::fromLatin1(QMessageAuthenticationCode::hash("hush-hush-hush", QByteArray::fromHex(key.toLatin1()),
                                                                 QCryptographicHash::Sha256)
                                    .toHex()));
        const ConfigSet brief = setOf(stateWith("{\"blob\": \"hush\"}", path), options);
        QVERIFY(brief.entries.front().fingerprint.isEmpty());
        QVERIFY(brief.entries.front().note.contains(text("too short")));
    }

    void whatIsNoState_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("words");
        const auto row = [](const char *name, const QByteArray &bytes, const char *words) {
            QTest::newRow(name) << bytes << text(words);
        };
        row("version 3", "{\"version\": 3, \"modules\": []}", "version 3");
        row("version 5", "{\"version\": 5}", "version 5");
        row("a backend", "{\"version\": 3, \"backend\": {\"type\": \"s3\", \"config\": {\"secret_key\": \"x\"}}}",
            "the backend \"s3\"");
        row("encrypted", "{\"serial\": 1, \"encrypted_data\": \"x\", \"encryption_version\": \"v0\"}", "encrypted");
        row("show -json", "{\"format_version\": \"1.0\", \"values\": {}}", "terraform show -json");
        row("cut", stateWith("{\"a\": \"b\"}", "[]").chopped(6), "line 2: ");
        row("another", "{\"a\": 1}", "no Terraform state");
        row("a list", "[1]", "no Terraform state");
        row("empty", "", "line 1: ");
        row("conflict marks", "{\n<<<<<<< HEAD\n", "line 2: ");
    }

    void whatIsNoState()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, words);
        const ParsedConfig parsed = parseTerraformState(bytes, entryWith());
        QVERIFY(parsed.error);
        QVERIFY2(parsed.error->text.contains(words), qPrintable(parsed.error->text));
        QVERIFY(parsed.entries.empty());
    }

    void dataSourcesAreLeftOut()
    {
        const ParsedConfig parsed = parseTerraformState(
            "{\"version\": 4, \"resources\": [{\"mode\": \"data\", \"type\": \"t\", \"name\": \"n\", \"instances\": "
            "[{\"attributes\": {\"a\": \"b\"}}]},\n"
            "{\"mode\": \"managed\", \"type\": \"t\", \"name\": \"n\", \"module\": \"module.a[\\\"x\\\"]\", "
            "\"instances\": [{\"deposed\": \"0a1b\", \"status\": \"tainted\", \"attributes\": {\"a\": \"b\"}}]}]}",
            entryWith());
        QCOMPARE(parsed.notes, QStringList{text("1 data sources are left out")});
        QCOMPARE(valueOf(parsed, "module.a[\"x\"].t.n.deposed.0a1b.status"), text("tainted"));
    }

    void hugeAndDeep()
    {
        QByteArray many = "{\"version\": 4, \"outputs\": {\"o\": {\"value\": [0";
        for (int i = 0; i < 60'000; ++i)
            many += ",1";
        const ParsedConfig parsed = parseTerraformState(many + "]}}}", entryWith());
        QCOMPARE(parsed.entries.size(), size_t(mostConfigEntries));
        QVERIFY(parsed.notes.join(QLatin1Char(' ')).contains(text("only the first 50000")));
        QVERIFY(parseTerraformState("{\"version\":4,\"outputs\":" + QByteArray(100'000, '['), entryWith()).error);
    }
};

QTEST_GUILESS_MAIN(TerraformTest)
#include "tst_terraform.moc"
