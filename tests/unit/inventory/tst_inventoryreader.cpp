// SPDX-License-Identifier: GPL-3.0-or-later
#include "inventoryreader.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace taffrail;
using namespace taffrail::inventory;
using namespace std::chrono_literals;

namespace {

std::vector<sources::Request> noRequests(const SourceEntry &, const sources::Replies &)
{
    return {};
}

Result<Value> noValue(const SourceEntry &, const sources::Replies &, const sources::Context &)
{
    return failure(ErrorKind::BadData, {}, {}, {});
}

const sources::Source capistrano{
    PaneKind::Deployments,
    "capistrano",
    "Capistrano 3",
    true,
    false,
    {{"app", "string", false, "the app"}, {"path", "string", true, "the folder", R"("pattern":"^/")"}},
    {""},
    noRequests,
    noValue};
const sources::Source autoMigrations{
    PaneKind::Migrations,
    "auto",
    "what the catalog shows",
    false,
    true,
    {{"files", "object", false, "where the files are",
      R"("required":["path"],"additionalProperties":false,"properties":{"host":{"type":"string"},"path":{"type":"string"}})"}},
    {""},
    noRequests,
    noValue};
const sources::Source pgbackrest{
    PaneKind::Backups, "pgbackrest", "pgBackRest", true, false, {{"stanza", "string", true, "the stanza"}}, {""},
    noRequests,        noValue};
const sources::Source host{
    PaneKind::Health, "host", "Host", true, false, {{"cores", "integer", false, "least cores", R"("minimum":1)"}}, {""},
    noRequests,       noValue};
const sources::Source http{
    PaneKind::Health,
    "http",
    "HTTP",
    false,
    false,
    {{"url", "string", true, "address"}, {"via", "string", false, "host id"}, {"expect", "object", false, "answer"}},
    {""},
    noRequests,
    noValue};
const std::vector<const sources::Source *> testSources{&capistrano, &autoMigrations, &pgbackrest, &host, &http};

const QString fileName = QStringLiteral("inventory.json");

InventoryReading readText(const QByteArray &json)
{
    return readInventoryText(fileName, json, testSources);
}

/// An environment "shop" of three lines, with `more` as its further lines from line 4 on.
QByteArray shopWith(const QByteArray &more)
{
    return "{\"version\": 1, \"environments\": [{\n"
           "\"id\": \"shop\", \"tier\": \"staging\",\n"
           "\"hosts\": [{\"id\": \"web1\", \"ssh\": \"web1\"}, {\"id\": \"db1\", \"ssh\": \"db1\"}]"
        + (more.isEmpty() ? QByteArray() : ",\n" + more) + "\n}]}\n";
}

QStringList textsOf(const InventoryReading &reading)
{
    QStringList texts;
    if (!reading) {
        for (const Problem &problem : reading.error())
            texts << problemText(problem).mid(fileName.size() + 1);
    }
    return texts;
}

} // namespace

class TestInventoryReader : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString write(const char *name, const QByteArray &text, mode_t mode = 0600) const
    {
        const QString path = m_folder.filePath(QString::fromLatin1(name));
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(text) != text.size())
            return {};
        file.close();
        ::chmod(path.toUtf8().constData(), mode);
        return path;
    }

private slots:
    void everythingOfTheFormat()
    {
        QFile file(QStringLiteral(TAFFRAIL_SOURCE_DIR "/tests/unit/inventory/data/full.json"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray json = file.readAll();
        const InventoryReading reading = readText(json);
        QCOMPARE(textsOf(reading), QStringList());
        QCOMPARE(reading->environments.size(), 2U);
        const EnvironmentSpecPtr shop = reading->environment(QStringLiteral("shop-production"));
        QVERIFY(shop != nullptr);
        QCOMPARE(shop->name, QStringLiteral("Shop production"));
        QCOMPARE(shop->tier, Tier::Production);
        QCOMPARE(shop->mode, Mode::Guarded);
        QCOMPARE(reading->environments[0]->mode, Mode::Open);
        QCOMPARE(reading->environments[0]->name, QStringLiteral("shop-staging"));
        QCOMPARE(reading->environments[0]->refresh, 45'000ms);
        QCOMPARE(shop->refresh, 120'000ms);
        QCOMPARE(shop->tags, QStringList{QStringLiteral("eu")});
        const SshSpec web1{
            QStringLiteral("10.0.0.5"),   22,
            QStringLiteral("root"),       {QStringLiteral("bastion")},
            QStringLiteral("~/.ssh/ops"), QStringLiteral("SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ")};
        QCOMPARE(shop->host(QStringLiteral("web1"))->ssh, web1);
        const SshSpec db1{QStringLiteral("10.0.0.9"),  2200, QStringLiteral("deploy"),
                          {QStringLiteral("bastion")}, {},   {}};
        QCOMPARE(shop->host(QStringLiteral("db1"))->ssh, db1);
        const SshSpec db2{QStringLiteral("db2-alias"), 0, {}, {}, {}, {}};
        QCOMPARE(shop->host(QStringLiteral("db2"))->ssh, db2);
        QVERIFY(shop->host(QStringLiteral("here"))->local);
        QCOMPARE(shop->database(QStringLiteral("main"))->via, QStringLiteral("web1"));
        QStringList ids;
        for (const SourceEntry &entry : shop->entries)
            ids << entry.id;
        QCOMPARE(ids.join(QLatin1Char(' ')),
                 QStringLiteral("host http http-2 http-3 capistrano auto pgbackrest")); // file order
        const SourceEntry *all = shop->entry(QStringLiteral("host"));
        QCOMPARE(all->hosts.join(QLatin1Char(' ')), QStringLiteral("web1 db1 db2 here"));
        QCOMPARE(all->options, (QVariantMap{{QStringLiteral("cores"), 2LL}}));
        QCOMPARE(shop->entry(QStringLiteral("http"))->onNoData, QStringLiteral("keep"));
        QCOMPARE(shop->entry(QStringLiteral("http-3"))->refresh, std::optional(5'000ms));
        const SourceEntry *backup = shop->entry(QStringLiteral("pgbackrest"));
        QCOMPARE(backup->hosts, QStringList{QStringLiteral("db1")});
        QCOMPARE(backup->target, (BackupTarget{3'600s, 7 * 86'400s, 2, 30 * 86'400s}));
        const QVariantMap policy = shop->entry(QStringLiteral("capistrano"))->rollback;
        QCOMPARE(policy.value(QStringLiteral("approvals")).toInt(), 2); // the entry's own wins
        QCOMPARE(policy.value(QStringLiteral("window")).toString(), QStringLiteral("any"));
    }

    void wrongFiles_data();
    void wrongFiles()
    {
        QFETCH(QByteArray, json);
        QFETCH(QStringList, problems);
        QCOMPARE(textsOf(readText(json)), problems);
    }

    void hostileText_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("problem");
        const auto row = [](const char *name, const QByteArray &json, const char *problem) {
            QTest::newRow(name) << json << QString::fromLatin1(problem);
        };
        row("empty", "", "1:1: expected a JSON object, found an empty file");
        row("blank", " \n\t\n", "1:1: expected a JSON object, found an empty file");
        row("UTF-16", QByteArray("\xff\xfe{\0}\0", 6), "1:1: expected UTF-8 text, found UTF-16 text");
        row("invalid UTF-8", "{\"version\": 1,\n\"\xc3\xa4\xff\": 2}",
            "2:3: expected UTF-8 text, found the byte 0xff, which is not UTF-8");
        row("cut UTF-8", "{\"\xe2\x82", "1:3: expected UTF-8 text, found the byte 0xe2, which is not UTF-8");
        row("NUL", QByteArray("{\n\0}", 4), "2:1: expected UTF-8 text, found a NUL byte");
        row("not an object", "[1]", "1:1: $: expected an object, found a list");
        row("cut", "{\"version\": 1,", "");
        row("trailing comma", "{\"version\": 1,\n \"environments\": [],}", "");
        row("comment", "{ // x\n}", "");
        row("single quotes", "{'version': 1}", "");
        row("two documents", "{} {}", "");
        row("YAML", "version: 1\n", "");
        row("anchor", "{\"version\": &a 1}", "");
        row("lone surrogate", "{\"version\": \"\\ud800\"}", "");
        row("deep lists", QByteArray(200'000, '['), "1:65: expected at most 64 levels, found a deeper one");
        row("deep objects", QByteArray("{\"a\":").repeated(100'000), "");
        row("garbage", QByteArray(5'000, '}'), "");
        row("control characters", "{\"version\": \"a\x01\"}", "");
    }

    void hostileText()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, problem);
        const InventoryReading reading = readText(json);
        QVERIFY(!reading);
        QCOMPARE(reading.error().size(), 1U);
        QVERIFY(reading.error().front().line > 0 && reading.error().front().column > 0);
        if (!problem.isEmpty())
            QCOMPARE(textsOf(reading).front(), problem);
        else
            QCOMPARE(reading.error().front().expected,
                     json.startsWith("{\"a\":") ? QStringLiteral("at most 64 levels") : QStringLiteral("valid JSON"));
    }

    void byteOrderMarkIsPassedOver() { QCOMPARE(textsOf(readText("\xef\xbb\xbf" + shopWith({}))), QStringList()); }

    void everyCutOfAGoodFileIsRefused()
    {
        const QByteArray good = shopWith("\"health\": [{\"source\": \"host\", \"hosts\": [\"*\"]}]").trimmed();
        QVERIFY(readText(good).has_value());
        for (qsizetype size = 0; size < good.size(); ++size)
            QVERIFY2(!readText(good.left(size)).has_value(), QByteArray::number(size).constData());
    }

    void severalFiles()
    {
        const QString first = write("a.json",
                                    "{\"version\":1,\"defaults\":{\"refresh\":\"5s\"},\"environments\":[{\"id\":\"a\","
                                    "\"tier\":\"staging\",\"service\":\"s\"}]}");
        const QString second = write("b.json",
                                     "{\"version\":1,\"environments\":[{\"id\":\"b\",\"tier\":\"staging\",\"service\":"
                                     "\"s\",\"promotes_from\":\"a\"}]}");
        const InventoryReading reading = readInventory({first, second, first}, testSources);
        QCOMPARE(textsOf(reading), QStringList());
        QCOMPARE(reading->files, (QStringList{first, second}));
        QCOMPARE(reading->environment(QStringLiteral("a"))->refresh, 5'000ms);
        QCOMPARE(reading->environment(QStringLiteral("b"))->refresh, 30'000ms); // defaults are of their own file
    }

    void problemsOfAllFilesInOrder()
    {
        const QString first
            = write("a.json", "{\"version\":1,\n\"environments\":[{\"id\":\"a\",\"tier\":\"stagging\"}]}");
        const QString second
            = write("b.json", "{\"version\":2,\n\"environments\":[{\"id\":\"a\",\"tier\":\"staging\"}]}");
        const InventoryReading reading
            = readInventory({first, second, m_folder.filePath(QStringLiteral("absent.json"))}, testSources);
        QVERIFY(!reading);
        QStringList places;
        for (const Problem &problem : reading.error())
            places << QStringLiteral("%1:%2").arg(QFileInfo(problem.file).fileName(), QString::number(problem.line));
        QCOMPARE(places.join(QLatin1Char(' ')), QStringLiteral("a.json:2 b.json:1 b.json:2 absent.json:0"));
        QVERIFY(reading.error()[2].hint.contains(first)); // where the other one is
        QCOMPARE(inventoryError(reading.error()).kind, ErrorKind::BadConfig);
        QVERIFY(inventoryError(reading.error()).hint.contains(QStringLiteral("3 more")));
    }

    void unreadableFiles_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("found");
        QTest::newRow("absent") << QStringLiteral("absent") << QStringLiteral("No such file or directory");
        QTest::newRow("folder") << QStringLiteral("folder") << QStringLiteral("something that is not a regular file");
        QTest::newRow("pipe") << QStringLiteral("pipe") << QStringLiteral("something that is not a regular file");
        QTest::newRow("50 MB") << QStringLiteral("huge") << QStringLiteral("47 MiB");
        QTest::newRow("writable by all") << QStringLiteral("loose") << QStringLiteral("one that everybody can write");
    }

    void unreadableFiles()
    {
        QFETCH(QString, what);
        QFETCH(QString, found);
        QString path = m_folder.filePath(what);
        if (what == QLatin1String("folder"))
            QVERIFY(QDir().mkpath(path));
        else if (what == QLatin1String("pipe"))
            QCOMPARE(::mkfifo(path.toUtf8().constData(), 0600), 0);
        else if (what == QLatin1String("huge")) {
            QFile file(path);
            QVERIFY(file.open(QIODevice::WriteOnly) && file.resize(50'000'000));
        } else if (what == QLatin1String("loose"))
            path = write("loose", shopWith({}), 0602);
        const InventoryReading reading = readInventory({path}, testSources);
        QVERIFY(!reading);
        QCOMPARE(reading.error().size(), 1U);
        QCOMPARE(reading.error().front().found, found);
        QCOMPARE(reading.error().front().file, path);
    }

    void searchPath()
    {
        qputenv("XDG_CONFIG_HOME", m_folder.filePath(QStringLiteral("xdg")).toUtf8());
        QCOMPARE(inventoryFiles(), QStringList());
        QVERIFY(readInventory({}, testSources)->environments.empty());
        QVERIFY(QDir().mkpath(m_folder.filePath(QStringLiteral("xdg/taffrail/inventory.d"))));
        const QStringList expected{write("xdg/taffrail/inventory.json", "{}"),
                                   write("xdg/taffrail/inventory.d/10.json", "{}"),
                                   write("xdg/taffrail/inventory.d/20.json", "{}")};
        write("xdg/taffrail/inventory.d/note.txt", "x");
        write("xdg/taffrail/inventory.d/.#10.json", "x");
        QCOMPARE(inventoryFiles(), expected);
        QCOMPARE(inventoryFiles({QStringLiteral("/a/b.json")}), QStringList{QStringLiteral("/a/b.json")});
        qunsetenv("XDG_CONFIG_HOME");
    }

    void noProblemRepeatsASecret()
    {
        const QByteArray json = shopWith(
            "\"databases\": [{\"id\": \"a\", \"dsn\": \"host=x password=hunter2\", \"password\": \"hunter2\"},\n"
            "{\"id\": \"b\", \"dsn\": \"postgresql://me:hunter2@x/y\"}, {\"id\": \"c\", \"dsn\": \"dbname='host=x "
            "password=hunter2'\"}],\n"
            "\"health\": [{\"source\": \"http\", \"url\": \"https://me:hunter2@x/\"}, {\"source\": \"http\", \"url\": "
            "\"https://x\", \"expect\": {\"deep\": [\"amqp://u:hunter2@h\"]}}]");
        const QStringList problems = textsOf(readText(json));
        QCOMPARE(problems.size(), 6);
        QVERIFY2(!problems.join(QLatin1Char('\n')).contains(QStringLiteral("hunter2")),
                 qPrintable(problems.join(QLatin1Char('\n'))));
    }
};

// clang-format off
void TestInventoryReader::wrongFiles_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QStringList>("problems");
    const auto row = [](const char *name, const QByteArray &json, const QStringList &problems) { QTest::newRow(name) << json << problems; };
    const auto text = [](const char *line) { return QString::fromUtf8(line); };

    row("nothing", "{}", {text("1:1: $: expected the key \"version\", found no such key"), text("1:1: $: expected the key \"environments\", found no such key")});
    row("other version", "{\"version\": 2, \"environments\": []}", {text("1:13: $.version: expected 1, found the number 2")});
    row("unknown key at the top", "{\"version\": 1,\n  \"environment\": [], \"environments\": []}",
        {text("2:3: $.environment: expected one of \"$schema\", \"version\", \"defaults\" or \"environments\", found the unknown key \"environment\". Did you mean \"environments\"?")});
    row("key twice", "{\"version\": 1, \"environments\": [],\n\"version\": 1}", {text("2:1: expected each key once, found the key \"version\" again (first in line 1)")});
    row("no tier", "{\"version\": 1, \"environments\": [\n {\"id\": \"a\"}]}", {text("2:2: $.environments[0]: expected the key \"tier\", found no such key")});
    row("misspelt tier", "{\"version\": 1, \"environments\": [\n {\"id\": \"a\", \"tier\": \"producton\"}]}",
        {text("2:22: $.environments[0].tier: expected \"production\", \"staging\", \"testing\" or \"development\", found the text \"producton\". Did you mean \"production\"?")});
    row("id of another form", "{\"version\": 1, \"environments\": [{\"id\": \"a b\", \"tier\": \"staging\"}]}",
        {text("1:40: $.environments[0].id: expected a name of letters, digits, \".\", \"_\" and \"-\", at most 63 long, found the text \"a b\"")});
    row("id with a line end", "{\"version\": 1, \"environments\": [{\"id\": \"ab\\n\", \"tier\": \"staging\"}]}",
        {text("1:40: $.environments[0].id: expected a name of letters, digits, \".\", \"_\" and \"-\", at most 63 long, found the text \"ab\"")});
    row("id twice", "{\"version\": 1, \"environments\": [{\"id\": \"a\", \"tier\": \"staging\"},\n{\"id\": \"a\", \"tier\": \"staging\"}]}",
        {text("2:8: $.environments[1].id: expected an id that no other environment has, found the text \"a\". It is also in inventory.json, line 1.")});
    row("unknown host key", shopWith("\"hots\": []"),
        {text("4:1: $.environments[0].hots: expected one of \"id\", \"name\", \"service\", \"tier\", \"mode\", \"promotes_from\", \"runbook\", \"tags\", \"refresh\", \"hosts\", \"databases\", \"deployments\", \"migrations\", \"backups\", \"health\", \"configs\", \"rollback\" or \"readiness\", found the unknown key \"hots\". Did you mean \"hosts\"?")});
    row("readiness of a misspelt criterion", "{\"version\": 1, \"environments\": [{\"id\": \"a\", \"tier\": \"staging\", \"readiness\": {\"off\": {\n\"https.header\": \"set by the CDN\"}}}]}",
        {text("2:17: $.environments[0].readiness.off[\"https.header\"]: expected the code of a readiness criterion, found \"https.header\". Did you mean \"https.headers\"?")});
    row("readiness without a reason", "{\"version\": 1, \"environments\": [{\"id\": \"a\", \"tier\": \"staging\", \"readiness\": {\n\"rollback_rehearsed_every\": \"0s\"}}]}",
        {text("2:29: $.environments[0].readiness.rollback_rehearsed_every: expected a duration from 1s to 3650d, found the text \"0s\"")});
    row("port as text", "{\"version\": 1, \"environments\": [{\"id\": \"a\", \"tier\": \"staging\", \"hosts\": [\n{\"id\": \"w\", \"ssh\": {\"host\": \"h\", \"port\": \"22\"}}]}]}",
        {text("2:42: $.environments[0].hosts[0].ssh.port: expected a whole number from 1 to 65535, found the text \"22\"")});
    row("port too large", "{\"version\": 1, \"environments\": [{\"id\": \"a\", \"tier\": \"staging\", \"hosts\": [\n{\"id\": \"w\", \"ssh\": {\"host\": \"h\", \"port\": 65536}}]}]}",
        {text("2:42: $.environments[0].hosts[0].ssh.port: expected a whole number from 1 to 65535, found the number 65536")});
    row("ssh of another type", "{\"version\": 1, \"environments\": [{\"id\": \"a\", \"tier\": \"staging\", \"hosts\": [\n{\"id\": \"w\", \"ssh\": 5}]}]}",
        {text("2:20: $.environments[0].hosts[0].ssh: expected a text or an object, found the number 5")});
    row("ssh option as a host", "{\"version\": 1, \"environments\": [{\"id\": \"a\", \"tier\": \"staging\", \"hosts\": [\n{\"id\": \"w\", \"ssh\": \"-oProxyCommand=x\"}]}]}",
        {text("2:20: $.environments[0].hosts[0].ssh: expected a host name, an address or an alias of ~/.ssh/config, found the text \"-oProxyCommand=x\"")});
    row("local and ssh", "{\"version\": 1, \"environments\": [{\"id\": \"a\", \"tier\": \"staging\", \"hosts\": [\n{\"id\": \"w\", \"ssh\": \"w\", \"local\": true}, {\"id\": \"x\"}]}]}",
        {text("2:1: $.environments[0].hosts[0]: expected either \"ssh\" or \"local\": true, found both"), text("2:41: $.environments[0].hosts[1]: expected either \"ssh\" or \"local\": true, found neither")});
    row("host twice", "{\"version\": 1, \"environments\": [{\"id\": \"a\", \"tier\": \"staging\", \"hosts\": [{\"id\": \"w\", \"ssh\": \"w\"},\n{\"id\": \"w\", \"ssh\": \"v\"}]}]}",
        {text("2:8: $.environments[0].hosts[1].id: expected an id that no other host of the environment has, found the text \"w\"")});
    row("password in the dsn", shopWith("\"databases\": [\n{\"id\": \"m\", \"dsn\": \"host=x PassWord = 'a b' user=y\"}]"),
        {text("5:20: $.environments[0].databases[0].dsn: expected libpq's key=value words without a password, found an inline password. Give the password as a reference: \"password\": \"env:NAME\" (or file:, command:, keychain:, prompt).")});
    row("dsn as an address", shopWith("\"databases\": [{\"id\": \"m\", \"dsn\": \"postgresql://x/y\"}]"),
        {text("4:34: $.environments[0].databases[0].dsn: expected libpq's key=value words without a password, found an address (postgresql://…). Write it as \"host=… dbname=… user=…\".")});
    row("dsn of another form", shopWith("\"databases\": [{\"id\": \"m\", \"dsn\": \"host=x 'dbname\"}]"),
        {text("4:34: $.environments[0].databases[0].dsn: expected libpq's key=value words without a password, found a text of another form. Values with blanks go in single quotes: application_name='my console'.")});
    row("password itself", shopWith("\"databases\": [{\"id\": \"m\", \"dsn\": \"host=x\", \"password\": \"hunter2\"}]"),
        {text("4:56: $.environments[0].databases[0].password: expected a reference: env:NAME, file:/PATH, command:/PROGRAM ARGS, keychain:SERVICE/KEY or prompt, found a text of another form (not shown: it may be a secret)")});
    row("via of nobody", shopWith("\"databases\": [{\"id\": \"m\", \"dsn\": \"host=x\", \"via\": \"web2\"}]"),
        {text("4:51: $.environments[0].databases[0].via: expected the id of a host of this environment: \"web1\", \"db1\", found the text \"web2\". Did you mean \"web1\"?")});
    row("unknown source", shopWith("\"health\": [{\"source\": \"htpp\", \"url\": \"https://x\"}]"),
        {text("4:23: $.environments[0].health[0].source: expected \"host\" or \"http\", found the text \"htpp\". Did you mean \"http\"?")});
    row("source of another pane", shopWith("\"health\": [{\"source\": \"pgbackrest\"}]"),
        {text("4:23: $.environments[0].health[0].source: expected \"host\" or \"http\", found the text \"pgbackrest\"")});
    row("no source", shopWith("\"health\": [{\"url\": \"https://x\"}]"), {text("4:12: $.environments[0].health[0]: expected the key \"source\", found no such key")});
    row("no source of this kind", shopWith("\"configs\": [{\"source\": \"dotenv\"}]"),
        {text("4:12: $.environments[0].configs: expected no entry: this version has no source of this kind, found 1")});
    row("option of another source", shopWith("\"health\": [{\"source\": \"http\", \"url\": \"https://x\", \"cores\": 2}]"),
        {text("4:51: $.environments[0].health[0].cores: expected one of \"source\", \"id\", \"hosts\", \"host\", \"database\", \"refresh\", \"runbook\", \"on_no_data\", \"url\", \"via\" or \"expect\", found the unknown key \"cores\"")});
    row("option below its minimum", shopWith("\"health\": [{\"source\": \"host\", \"hosts\": [\"*\"], \"cores\": 0}]"),
        {text("4:56: $.environments[0].health[0].cores: expected a whole number of at least 1, found the number 0")});
    row("option with a fraction", shopWith("\"health\": [{\"source\": \"host\", \"hosts\": [\"*\"], \"cores\": 1.5}]"),
        {text("4:56: $.environments[0].health[0].cores: expected a whole number of at least 1, found the number 1.5")});
    row("missing option", shopWith("\"deployments\": [{\"source\": \"capistrano\", \"host\": \"web1\"}]"),
        {text("4:17: $.environments[0].deployments[0]: expected the key \"path\", found no such key")});
    row("option's own pattern", shopWith("\"deployments\": [{\"source\": \"capistrano\", \"host\": \"web1\", \"path\": \"srv\"}]"),
        {text("4:66: $.environments[0].deployments[0].path: expected a text like ^/, found the text \"srv\"")});
    row("source needs hosts", shopWith("\"health\": [{\"source\": \"host\"}]"), {text("4:12: $.environments[0].health[0]: expected the key \"hosts\" or \"host\", found none of them")});
    row("source needs a database", shopWith("\"migrations\": [{\"source\": \"auto\"}]"), {text("4:16: $.environments[0].migrations[0]: expected the key \"database\", found no such key")});
    row("unknown host", shopWith("\"health\": [{\"source\": \"host\", \"hosts\": [\"web1\", \"bd1\"]}]"),
        {text("4:49: $.environments[0].health[0].hosts[1]: expected the id of a host of this environment: \"web1\", \"db1\", found the text \"bd1\". Did you mean \"db1\"?")});
    row("host and hosts", shopWith("\"health\": [{\"source\": \"host\", \"hosts\": [\"web1\"], \"host\": \"db1\"}]"),
        {text("4:58: $.environments[0].health[0].host: expected either \"host\" or \"hosts\", found both")});
    row("host named twice", shopWith("\"health\": [{\"source\": \"host\", \"hosts\": [\"web1\", \"web1\"]}]"),
        {text("4:49: $.environments[0].health[0].hosts[1]: expected each host once, found the text \"web1\" again")});
    row("no hosts at all", shopWith("\"health\": [{\"source\": \"host\", \"hosts\": []}]"), {text("4:40: $.environments[0].health[0].hosts: expected a list of at least 1, found 0")});
    row("all of no hosts", "{\"version\": 1, \"environments\": [{\"id\": \"a\", \"tier\": \"staging\",\n\"health\": [{\"source\": \"host\", \"hosts\": [\"*\"]}]}]}",
        {text("2:41: $.environments[0].health[0].hosts[0]: expected an environment with hosts, found \"*\" where there are none")});
    row("unknown database", shopWith("\"migrations\": [{\"source\": \"auto\", \"database\": \"main\"}]"),
        {text("4:47: $.environments[0].migrations[0].database: expected the id of a database of this environment (it has none), found the text \"main\"")});
    row("unknown host of files", shopWith("\"databases\": [{\"id\": \"m\", \"dsn\": \"host=x\"}],\n\"migrations\": [{\"source\": \"auto\", \"database\": \"m\", \"files\": {\"host\": \"x\", \"path\": \"/\"}}]"),
        {text("5:70: $.environments[0].migrations[0].files.host: expected the id of a host of this environment: \"web1\", \"db1\", found the text \"x\"")});
    row("inside of an option", shopWith("\"databases\": [{\"id\": \"m\", \"dsn\": \"host=x\"}],\n\"migrations\": [{\"source\": \"auto\", \"database\": \"m\", \"files\": {\"pth\": \"/\"}}]"),
        {text("5:61: $.environments[0].migrations[0].files: expected the key \"path\", found no such key"),
         text("5:62: $.environments[0].migrations[0].files.pth: expected one of \"host\" or \"path\", found the unknown key \"pth\". Did you mean \"path\"?")});
    row("unknown host of via", shopWith("\"health\": [{\"source\": \"http\", \"url\": \"https://x\", \"via\": \"x\"}]"),
        {text("4:58: $.environments[0].health[0].via: expected the id of a host of this environment: \"web1\", \"db1\", found the text \"x\"")});
    row("password in an address", shopWith("\"health\": [{\"source\": \"http\", \"url\": \"https://me:secret@x\"}]"),
        {text("4:38: $.environments[0].health[0].url: expected an address without a password, found an inline password. Secrets never stand in the inventory; sign in by a reference (env:NAME, file:PATH …) where the source offers one.")});
    row("entry id twice", shopWith("\"health\": [{\"source\": \"http\", \"id\": \"x\", \"url\": \"https://x\"},\n{\"source\": \"http\", \"id\": \"x\", \"url\": \"https://y\"}]"),
        {text("5:26: $.environments[0].health[1].id: expected an id that no other entry of the environment has, found the text \"x\"")});
    row("duration of another form", shopWith("\"refresh\": \"30 s\""), {text("4:12: $.environments[0].refresh: expected a duration such as \"30s\", \"15m\", \"1h\", \"7d\", found the text \"30 s\"")});
    row("duration as a number", shopWith("\"refresh\": 30"), {text("4:12: $.environments[0].refresh: expected a text, found the number 30")});
    row("duration too short", shopWith("\"refresh\": \"10ms\""), {text("4:12: $.environments[0].refresh: expected a duration from 1s to 3650d, found the text \"10ms\"")});
    row("duration too long", shopWith("\"refresh\": \"999999999999d\""), {text("4:12: $.environments[0].refresh: expected a duration from 1s to 3650d, found the text \"999999999999d\"")});
    row("target elsewhere", shopWith("\"health\": [{\"source\": \"host\", \"hosts\": [\"*\"], \"target\": {}}]"),
        {text("4:47: $.environments[0].health[0].target: expected one of \"source\", \"id\", \"hosts\", \"host\", \"database\", \"refresh\", \"runbook\", \"on_no_data\" or \"cores\", found the unknown key \"target\"")});
    row("wrong target", shopWith("\"backups\": [{\"source\": \"pgbackrest\", \"host\": \"db1\", \"stanza\": \"m\",\n\"target\": {\"rpo\": \"1 hour\", \"locations\": 0}}]"),
        {text("5:19: $.environments[0].backups[0].target.rpo: expected a duration such as \"30s\", \"15m\", \"1h\", \"7d\", found the text \"1 hour\""),
         text("5:42: $.environments[0].backups[0].target.locations: expected a whole number of at least 1, found the number 0")});
    row("gate of nobody", shopWith("\"rollback\": {\"health_gate\": [\"htp\"]},\n\"health\": [{\"source\": \"http\", \"url\": \"https://x\"}]"),
        {text("4:30: $.environments[0].rollback.health_gate[0]: expected the id of a health entry of this environment: \"http\", found the text \"htp\". Did you mean \"http\"?")});
    row("promotes from nobody", shopWith("\"promotes_from\": \"shopp\""), {text("4:18: $.environments[0].promotes_from: expected the id of an environment, found the text \"shopp\". Did you mean \"shop\"?")});
    row("promotes from itself", shopWith("\"promotes_from\": \"shop\""), {text("4:18: $.environments[0].promotes_from: expected an order of environments, found a circle through \"shop\"")});
    row("promotes in a circle",
        "{\"version\": 1, \"environments\": [{\"id\": \"a\", \"service\": \"s\", \"tier\": \"staging\", \"promotes_from\": \"b\"},\n"
        "{\"id\": \"b\", \"service\": \"s\", \"tier\": \"staging\", \"promotes_from\": \"a\"}]}",
        {text("1:97: $.environments[0].promotes_from: expected an order of environments, found a circle through \"b\""),
         text("2:65: $.environments[1].promotes_from: expected an order of environments, found a circle through \"a\"")});
    row("promotes from another service",
        "{\"version\": 1, \"environments\": [{\"id\": \"a\", \"tier\": \"staging\"},\n{\"id\": \"b\", \"tier\": \"staging\", \"promotes_from\": \"a\"}]}",
        {text("2:49: $.environments[1].promotes_from: expected an environment of the service \"b\", found one of \"a\"")});
    row("several at once", "{\"version\": 1,\n\"defaults\": {\"refresh\": 5},\n\"environments\": [{\"id\": 7, \"tier\": null, \"hosts\": {}, \"tags\": [1]}]}",
        {text("2:25: $.defaults.refresh: expected a text, found the number 5"), text("3:25: $.environments[0].id: expected a text, found the number 7"),
         text("3:36: $.environments[0].tier: expected a text, found null"), text("3:51: $.environments[0].hosts: expected a list, found an object"),
         text("3:64: $.environments[0].tags[0]: expected a text, found the number 1")});
    row("odd key and hostile text", "{\"version\": 1, \"environments\": [], \"a \\u202e\\u001b[31m\": 1}",
        {text("1:36: $[\"a <U+202E>\"]: expected one of \"$schema\", \"version\", \"defaults\" or \"environments\", found the unknown key \"a <U+202E>\"")});
    row("columns count characters", "{\"version\": 1, \"environments\": [{\"id\": \"a\", \"name\": \"Gr\xc3\xbc\xc3\x9f\x65\", \"tier\": 5}]}",
        {text("1:70: $.environments[0].tier: expected a text, found the number 5")});
}
// clang-format on

QTEST_GUILESS_MAIN(TestInventoryReader)
#include "tst_inventoryreader.moc"
