// SPDX-License-Identifier: GPL-3.0-or-later
#include "configfiles.h"
#include "filepattern.h"
#include "probe.h"
#include "registry.h"

#include "../deployments/posixshell.h"

#include <QDir>
#include <QTemporaryDir>
#include <QtTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace taffrail;
using namespace taffrail::sources;

namespace {

/// A host whose nginx lies in a folder: every round of requests is run by a real shell.
class Host {
public:
    void put(const QString &name, const QByteArray &bytes)
    {
        const QString path = at(name);
        QDir().mkpath(path.left(path.lastIndexOf(QLatin1Char('/'))));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(bytes), qint64(bytes.size()));
    }
    QString at(const QString &name) const { return m_folder.filePath(name); }

    Result<Value> read(const QVariantMap &more = {}, const QString &main = QStringLiteral("nginx.conf"))
    {
        SourceEntry entry;
        entry.id = entry.source = QStringLiteral("nginx");
        entry.pane = PaneKind::Configs;
        entry.hosts = {QStringLiteral("web1")};
        entry.options = more;
        if (!more.contains(QStringLiteral("path")))
            entry.options.insert(QStringLiteral("path"), at(main));
        Replies replies;
        rounds = 0;
        for (; rounds < 4; ++rounds) {
            const std::vector<Request> requests = nginxSource.requests(entry, replies);
            if (requests.empty())
                break;
            for (const Request &request : requests)
                replies.push_back(tests::replyFrom(
                    QStringLiteral("web1"),
                    {0, tests::runShell(std::get<ShellPart>(request.what).script, shell).out, {}}, request.name));
        }
        return nginxSource.parse(entry, replies, {});
    }

    /// "sites/shop:3 http.server 80.root /srv" per setting; "! file: why" per file that is not whole.
    QString shown(const Result<Value> &value) const
    {
        const auto *set = value ? std::get_if<ConfigSet>(&*value) : nullptr;
        if (!set)
            return QStringLiteral("no value");
        QStringList lines;
        for (const ConfigEntry &entry : set->entries)
            lines << QStringLiteral("%1:%2 %3 %4")
                         .arg(shortened(entry.file), QString::number(entry.line), entry.key, shortened(entry.value));
        for (const ConfigFile &file : set->files) {
            if (file.error)
                lines << QStringLiteral("! %1: %2").arg(shortened(file.path), shortened(file.error->text));
            if (file.partial)
                lines << QStringLiteral("~ ") + shortened(file.path);
        }
        return lines.join(QLatin1Char('\n'));
    }
    QString shortened(QString text) const { return text.remove(m_folder.path() + QLatin1Char('/')); }

    int rounds = 0;
    QStringList shell = tests::shells().front();

private:
    QTemporaryDir m_folder;
};

QString noteOf(const Result<Value> &value, const QString &key)
{
    for (const ConfigEntry &entry : std::get<ConfigSet>(*value).entries) {
        if (entry.key == key)
            return entry.note;
    }
    return QStringLiteral("no such key");
}

} // namespace

class TestNginxSite : public QObject {
    Q_OBJECT
private slots:
    void followsIncludes()
    {
        Host host;
        host.put(QStringLiteral("nginx.conf"),
                 "user www-data;\nhttp {\n  include mime.types;\n  include sites/*;\n  include none/*.conf;\n}\n");
        host.put(QStringLiteral("mime.types"), "types { text/html html; }\n");
        host.put(QStringLiteral("sites/b"), "server { listen 8080; root /b; }\n");
        host.put(QStringLiteral("sites/a"), "server {\n  listen 443;\n  include snippets/tls.conf;\n}\n");
        host.put(QStringLiteral("sites/.hidden"), "server { listen 1; }\n");
        host.put(QStringLiteral("snippets/tls.conf"),
                 "ssl_protocols TLSv1.3;\nproxy_set_header Authorization \"Bearer abcdefghijklmnop1234\";\n");
        const Result<Value> value = host.read();
        QCOMPARE(host.rounds, 3);
        QCOMPARE(host.shown(value),
                 QStringLiteral("nginx.conf:1 user www-data\n"
                                "nginx.conf:3 http.include[0] mime.types\n"
                                "mime.types:1 http.types.text/html html\n"
                                "nginx.conf:4 http.include[1] sites/*\n"
                                "sites/a:2 http.server 443.listen[0] 443\n"
                                "sites/a:3 http.server 443.include[0] snippets/tls.conf\n"
                                "snippets/tls.conf:1 http.server 443.ssl_protocols TLSv1.3\n"
                                "snippets/tls.conf:2 http.server 443.proxy_set_header.Authorization "
                                "\u2022\u2022\u2022\u2022\n"
                                "sites/b:1 http.server 8080.listen[0] 8080\n"
                                "sites/b:1 http.server 8080.root /b\n"
                                "nginx.conf:5 http.include[2] none/*.conf"));
        QCOMPARE(noteOf(value, QStringLiteral("http.include[2]")), QStringLiteral("no file matches"));
        QCOMPARE(noteOf(value, QStringLiteral("http.include[1]")),
                 QStringLiteral("2 files, shown as parts of this one"));
        const auto &set = std::get<ConfigSet>(*value);
        QCOMPARE(set.files.size(), size_t(5));
        for (const ConfigFile &file : set.files)
            QCOMPARE(file.name, QString());
        QVERIFY(set.notes.isEmpty());
    }

    void masksWhatIsIncludedOnTheHost()
    {
        Host host;
        host.put(QStringLiteral("nginx.conf"), "include more/*;\n");
        host.put(QStringLiteral("more/a"), "set $api_password hunter2hunter2;\n");
        SourceEntry entry;
        entry.hosts = {QStringLiteral("web1")};
        entry.options.insert(QStringLiteral("path"), host.at(QStringLiteral("nginx.conf")));
        Replies replies;
        QByteArray wire;
        for (int round = 0; round < 4; ++round) {
            for (const Request &request : nginxSource.requests(entry, Replies(replies))) {
                const QByteArray out = tests::runShell(std::get<ShellPart>(request.what).script).out;
                wire += out;
                replies.push_back(tests::replyFrom(QStringLiteral("web1"), {0, out, {}}, request.name));
            }
        }
        QVERIFY(wire.contains("api_password"));
        QVERIFY(!wire.contains("hunter2"));
    }

    void saysWhatCannotBeFollowed_data()
    {
        QTest::addColumn<QString>("include");
        QTest::addColumn<QString>("expected");
        QTest::newRow("absent") << QStringLiteral("absent.conf")
                                << QStringLiteral("! absent.conf: there is no such file\n~ nginx.conf");
        QTest::newRow("a folder") << QStringLiteral("folder")
                                  << QStringLiteral("! folder: it is a directory\n~ nginx.conf");
        QTest::newRow("a link in a circle")
            << QStringLiteral("circle")
            << QStringLiteral("! circle: it is a link that leads in a circle\n~ nginx.conf");
        QTest::newRow("itself") << QStringLiteral("nginx.conf")
                                << QStringLiteral(
                                       "! nginx.conf: line 2: expected includes that lead on, found one that "
                                       "leads back to nginx.conf\n~ nginx.conf");
        QTest::newRow("round about") << QStringLiteral("back.conf")
                                     << QStringLiteral("! back.conf: line 1: expected includes that lead on, found one "
                                                       "that leads back to nginx.conf\n~ nginx.conf");
        QTest::newRow("broken") << QStringLiteral("broken.conf")
                                << QStringLiteral("! broken.conf: line 2: expected ';' at the end of the directive, "
                                                  "found the end of the file");
        QTest::newRow("binary") << QStringLiteral("binary")
                                << QStringLiteral("! binary: it is binary (holds NUL)\n~ nginx.conf");
    }

    void saysWhatCannotBeFollowed()
    {
        QFETCH(QString, include);
        QFETCH(QString, expected);
        Host host;
        host.put(QStringLiteral("nginx.conf"), "a 1;\ninclude " + include.toUtf8() + ";\nz 2;\n");
        host.put(QStringLiteral("folder/x"), {});
        host.put(QStringLiteral("back.conf"), "include nginx.conf;\n");
        host.put(QStringLiteral("broken.conf"), "b 1;\nc 2\n");
        host.put(QStringLiteral("binary"), QByteArray("a\0b", 3));
        QVERIFY(symlink("circle", QFile::encodeName(host.at(QStringLiteral("circle"))).constData()) == 0);
        const Result<Value> value = host.read();
        QStringList troubles = host.shown(value).split(QLatin1Char('\n'));
        troubles.removeIf([](const QString &line) {
            return !line.startsWith(QLatin1String("! ")) && !line.startsWith(QLatin1String("~ "));
        });
        QCOMPARE(troubles.join(QLatin1Char('\n')), expected);
        QVERIFY(host.shown(value).contains(QStringLiteral("nginx.conf:3 z 2"))); // the rest stays
    }

    void neverTakesAShutFolderForAnEmptyOne()
    {
        Host host;
        host.put(QStringLiteral("nginx.conf"), "include shut/*;\ninclude shut/deep/*.conf;\n");
        host.put(QStringLiteral("shut/deep/x.conf"), "a 1;\n");
        const QByteArray shut = QFile::encodeName(host.at(QStringLiteral("shut")));
        QVERIFY(chmod(shut.constData(), 0) == 0);
        if (geteuid() == 0) { // root sees into every folder
            QVERIFY(chmod(QFile::encodeName(host.at({})).constData(), 0755) == 0);
            host.shell = QStringList{QStringLiteral("setpriv"), QStringLiteral("--reuid=65534"),
                                     QStringLiteral("--regid=65534"), QStringLiteral("--clear-groups")}
                + host.shell;
        }
        const Result<Value> value = host.read();
        const QString shown = host.shown(value);
        QVERIFY(chmod(shut.constData(), 0700) == 0);
        QVERIFY2(shown.contains(QStringLiteral("~ nginx.conf")), qPrintable(shown));
        for (const char *key : {"include[0]", "include[1]"})
            QCOMPARE(noteOf(value, QString::fromLatin1(key)), QStringLiteral("no right to read it"));
    }

    void stopsAfterThreeRounds()
    {
        Host host;
        host.put(QStringLiteral("nginx.conf"), "include 1;\n");
        for (int depth = 1; depth < 6; ++depth)
            host.put(QString::number(depth),
                     "a" + QByteArray::number(depth) + " 1;\ninclude " + QByteArray::number(depth + 1) + ";\n");
        const Result<Value> value = host.read();
        QCOMPARE(host.rounds, 4);
        const QString shown = host.shown(value);
        QVERIFY2(shown.contains(QStringLiteral("3:1 a3 1")), qPrintable(shown));
        QVERIFY(!shown.contains(QStringLiteral("a4")));
        QVERIFY(shown.contains(QStringLiteral("~ nginx.conf")));
        QVERIFY(!std::get<ConfigSet>(*value).notes.isEmpty());
    }

    void readsAFileOnceForManyIncludes()
    {
        Host host;
        QByteArray main;
        for (int i = 0; i < 300; ++i)
            main += "server { listen " + QByteArray::number(8000 + i) + "; include common; include common; }\n";
        host.put(QStringLiteral("nginx.conf"), main);
        host.put(QStringLiteral("common"), "a 1;\n");
        const Result<Value> value = host.read();
        const auto &set = std::get<ConfigSet>(*value);
        QCOMPARE(set.files.size(), size_t(2));
        QCOMPARE(std::ranges::count_if(set.entries, [](const ConfigEntry &each) { return each.key.contains(u".a["); }),
                 qsizetype(600));
    }

    void boundsWhatIncludesMultiply()
    {
        Host host;
        host.put(QStringLiteral("nginx.conf"), QByteArray("include 1;\n").repeated(200));
        host.put(QStringLiteral("1"), QByteArray("include 2;\n").repeated(200));
        host.put(QStringLiteral("2"), QByteArray("include 3;\n").repeated(200));
        host.put(QStringLiteral("3"), QByteArray("a 1;\n").repeated(200));
        const Result<Value> value = host.read();
        const auto &set = std::get<ConfigSet>(*value);
        QVERIFY(set.entries.size() <= 200'001);
        QVERIFY(std::ranges::any_of(set.files, [](const ConfigFile &file) { return file.partial || file.error; }));
    }

    void takesSitesOutOfTheirFolder()
    {
        Host host;
        host.put(QStringLiteral("sites-enabled/shop"), "server { listen 80; include snippets/x; }\n");
        host.put(QStringLiteral("snippets/x"), "a 1;\n");
        QVERIFY(host.shown(host.read({}, QStringLiteral("sites-enabled/shop")))
                    .contains(QStringLiteral("snippets/x:1 server 80.a 1")));
        const QString other
            = host.shown(host.read({{QStringLiteral("prefix"), host.at(QStringLiteral("sites-enabled"))}},
                                   QStringLiteral("sites-enabled/shop")));
        QVERIFY2(other.contains(QStringLiteral("! sites-enabled/snippets/x: there is no such file")),
                 qPrintable(other));
        const QString off
            = host.shown(host.read({{QStringLiteral("includes"), false}}, QStringLiteral("sites-enabled/shop")));
        QCOMPARE(host.rounds, 1);
        QVERIFY(!off.contains(QStringLiteral("snippets/x:")));
    }

    /// A path that names a site, too, must not show it twice.
    void countsAnIncludedFileOnce()
    {
        Host host;
        host.put(QStringLiteral("nginx.conf"), "http { include sites-enabled/*; }\n");
        host.put(QStringLiteral("sites-enabled/shop"), "server { listen 80; }\n");
        const Result<Value> value = host.read(
            {{QStringLiteral("path"),
              QStringList{host.at(QStringLiteral("sites-enabled/*")), host.at(QStringLiteral("nginx.conf"))}}});
        QCOMPARE(host.shown(value),
                 QStringLiteral("nginx.conf:1 http.include[0] sites-enabled/*\n"
                                "sites-enabled/shop:1 http.server 80.listen[0] 80"));
    }

    /// Two sites that share a snippet: keys stay unique within host and file.
    void sharesASnippetBetweenSites()
    {
        Host host;
        host.put(QStringLiteral("sites-enabled/a"), "server { listen 80; include snippets/x; }\n");
        host.put(QStringLiteral("sites-enabled/b"), "server { listen 80; include snippets/x; }\n");
        host.put(QStringLiteral("snippets/x"), "k 1;\n");
        const Result<Value> value = host.read({{QStringLiteral("path"), host.at(QStringLiteral("sites-enabled/*"))}});
        QSet<QString> seen;
        for (const ConfigEntry &entry : std::get<ConfigSet>(*value).entries) {
            const QString place = entry.file + QChar(0) + entry.key;
            QVERIFY2(!seen.contains(place), qPrintable(entry.key));
            seen.insert(place);
        }
        QVERIFY(host.shown(value).contains(QStringLiteral("sites-enabled/b:0 server 80.k 1")));
    }

    void readsADump()
    {
        SourceEntry entry;
        entry.hosts = {QStringLiteral("captured")};
        const QByteArray dump
            = "# configuration file /etc/nginx/nginx.conf:\nhttp {\n include conf.d/*.conf;\n include none/*;\n}\n\n"
              "# configuration file /etc/nginx/conf.d/a.conf:\nserver { listen 80; }\n\n";
        const Replies replies{tests::replyFrom(QStringLiteral("captured"), {0, dump, {}}, QStringLiteral("files"))};
        const Result<Value> value = nginxSource.parse(entry, replies, {});
        const auto &set = std::get<ConfigSet>(*value);
        QCOMPARE(Host().shown(value),
                 QStringLiteral("/etc/nginx/nginx.conf:2 http.include[0] conf.d/*.conf\n"
                                "/etc/nginx/conf.d/a.conf:1 http.server 80.listen[0] 80\n"
                                "/etc/nginx/nginx.conf:3 http.include[1] none/*"));
        QVERIFY(std::ranges::none_of(set.files, [](const ConfigFile &file) { return file.partial; }));
        const Replies alone{tests::replyFrom(QStringLiteral("captured"), {0, "include /etc/nginx/a;\nb 1;\n", {}},
                                             QStringLiteral("files"))};
        const Result<Value> one = nginxSource.parse(entry, alone, {});
        QVERIFY(std::get<ConfigSet>(*one).files.at(0).partial);
        QVERIFY(nginxSource.requests(entry, alone).empty());
    }

    void patterns_data()
    {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<QString>("path");
        QTest::addColumn<bool>("matches");
        QTest::newRow("star") << QStringLiteral("/a/*.conf") << QStringLiteral("/a/x.conf") << true;
        QTest::newRow("not a dot") << QStringLiteral("/a/*") << QStringLiteral("/a/.x") << false;
        QTest::newRow("a dot") << QStringLiteral("/a/.*") << QStringLiteral("/a/.x") << true;
        QTest::newRow("not a slash") << QStringLiteral("/a/*") << QStringLiteral("/a/b/c") << false;
        QTest::newRow("a folder") << QStringLiteral("/*/c") << QStringLiteral("/a/c") << true;
        QTest::newRow("one sign") << QStringLiteral("/a?") << QStringLiteral("/ab") << true;
        QTest::newRow("a range") << QStringLiteral("/[a-c]x") << QStringLiteral("/bx") << true;
        QTest::newRow("not a range") << QStringLiteral("/[!a-c]x") << QStringLiteral("/bx") << false;
        QTest::newRow("an open bracket") << QStringLiteral("/[ab") << QStringLiteral("/[ab") << true;
        QTest::newRow("an escape") << QStringLiteral("/\\*") << QStringLiteral("/*") << true;
        QTest::newRow("many stars") << QStringLiteral("/") + QStringLiteral("a*").repeated(200) + QLatin1Char('b')
                                    << QStringLiteral("/") + QString(4000, QLatin1Char('a')) << false;
    }

    void patterns()
    {
        QFETCH(QString, pattern);
        QFETCH(QString, path);
        QTEST(matchesPattern(pattern, path), "matches");
    }
};

QTEST_GUILESS_MAIN(TestNginxSite)
#include "tst_nginxsite.moc"
