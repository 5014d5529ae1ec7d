// SPDX-License-Identifier: GPL-3.0-or-later
// The posture's own text in real shells, against real sshd, on files that were made bad.
#include "posturevalues.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

#include <sys/stat.h>

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;

static QString told(const ShellReply &reply, const QStringList &shell)
{
    return QString::fromUtf8(reply.out + reply.err) + shell.join(QLatin1Char(' '));
}

class TestPosture : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void sshd_data();
    void sshd();
    void sshdWithoutRights();
    void secretsInCode_data();
    void secretsInCode();
    void settingsInAndOutOfTheRelease();
    void files();
    void logs_data();
    void logs();
    void nginx_data();
    void nginx();

private:
    void write(const QString &name, const QByteArray &text, int mode = 0644)
    {
        const QString path = m_folder.filePath(name);
        QDir().mkpath(QFileInfo(path).path());
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
        file.close();
        QVERIFY(::chmod(path.toLocal8Bit().constData(), mode_t(mode)) == 0);
    }
    /// Runs a part as a child of a process with this title.
    ShellReply underTitle(const QString &title, const QByteArray &script, const QStringList &shell) const
    {
        QFile text(m_folder.filePath(QStringLiteral("part.sh")));
        if (!text.open(QIODevice::WriteOnly))
            return {};
        text.write(script);
        text.close();
        QStringList words{QStringLiteral("bash"), QStringLiteral("-c"),
                          QStringLiteral("exec -a \"$0\" /bin/sh -c '\"$@\"; :' x \"$@\""), title};
        words << shell << text.fileName();
        QProcess process;
        process.setStandardInputFile(QProcess::nullDevice());
        process.start(words.first(), words.mid(1));
        process.waitForFinished(30'000);
        return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
    }

    QTemporaryDir m_folder;
    QByteArray m_hostKey;
};

void TestPosture::initTestCase()
{
    QVERIFY(m_folder.isValid());
    const QString key = m_folder.filePath(QStringLiteral("hostkey"));
    QCOMPARE(QProcess::execute(QStringLiteral("ssh-keygen"),
                               {QStringLiteral("-q"), QStringLiteral("-t"), QStringLiteral("ed25519"),
                                QStringLiteral("-N"), QString(), QStringLiteral("-f"), key}),
             0);
    m_hostKey = key.toLocal8Bit();
}

void TestPosture::sshd_data()
{
    QTest::addColumn<QByteArray>("config");
    QTest::addColumn<QByteArray>("included");
    QTest::addColumn<QString>("password");
    QTest::addColumn<QString>("keyboard");
    QTest::addColumn<QString>("root");
    QTest::addColumn<QString>("matched");
    const auto row = [](const char *name, const char *config, const char *included, const char *password,
                        const char *keyboard, const char *root, const char *matched = "-") {
        QTest::newRow(name) << QByteArray(config) << QByteArray(included) << QString::fromLatin1(password)
                            << QString::fromLatin1(keyboard) << QString::fromLatin1(root)
                            << QString::fromLatin1(matched);
    };
    row("nothing said", "# empty\n", "", "yes", "yes", "prohibit-password");
    row("both off", "PasswordAuthentication no\nKbdInteractiveAuthentication no\n", "", "no", "no",
        "prohibit-password");
    row("first one wins", "PasswordAuthentication yes\nPasswordAuthentication no\n", "", "yes", "yes",
        "prohibit-password");
    row("case and tabs", "  pASSwordauthentication\tNO\nPermitRootLogin\t\"no\"\n", "", "no", "yes", "no");
    row("equals sign", "PasswordAuthentication=no\nPermitRootLogin = yes\n", "", "no", "yes", "yes");
    row("older name", "ChallengeResponseAuthentication no\n", "", "yes", "no", "prohibit-password");
    row("without-password", "PermitRootLogin without-password\n", "", "yes", "yes", "prohibit-password");
    row("forced commands", "PermitRootLogin forced-commands-only\n", "", "yes", "yes", "forced-commands-only");
    row("included first", "Include %D/*.conf\nPasswordAuthentication yes\n", "PasswordAuthentication no\n", "no", "yes",
        "prohibit-password");
    row("included last", "PasswordAuthentication yes\nInclude %D/*.conf\n", "PasswordAuthentication no\n", "yes", "yes",
        "prohibit-password");
    row("match user", "PasswordAuthentication no\nMatch User backup\n  PasswordAuthentication yes\n", "", "no", "yes",
        "prohibit-password", "passwordauthentication yes for Match User backup");
    row("match all ends it", "Match User x\nPasswordAuthentication no\nMatch all\nPasswordAuthentication yes\n", "",
        "yes", "yes", "prohibit-password");
    row("match in an include", "PasswordAuthentication no\nInclude %D/*.conf\nPermitRootLogin no\n",
        "Match Address 10.0.0.0/8\nPasswordAuthentication yes\n", "no", "yes", "no",
        "passwordauthentication yes for Match Address 10.0.0.0/8");
    row("comment behind", "PasswordAuthentication no # by policy\n", "", "no", "yes", "prohibit-password");
}

// Read from its files and by sshd itself: both must say the same, in every shell.
void TestPosture::sshd()
{
    QFETCH(QByteArray, config);
    QFETCH(QByteArray, included);
    const QString folder = m_folder.filePath(QStringLiteral("sshd.d"));
    write(QStringLiteral("sshd.d/50-more.conf"), included);
    config.replace("%D", folder.toLocal8Bit());
    for (const bool hasKey : {false, true}) {
        write(QStringLiteral("sshd_config"),
              (hasKey ? "HostKey " + m_hostKey + "\n" : "HostKey /nonexistent\n") + config);
        const QString title = QStringLiteral("sshd: /usr/sbin/sshd -D -f %1 [listener] 0 of 10-100 startups")
                                  .arg(m_folder.filePath(QStringLiteral("sshd_config")));
        for (const QStringList &shell : shells()) {
            const ShellReply reply = underTitle(title, scriptOf("sshd", {}), shell);
            const ConfigSet set = parsed("sshd", reply.out);
            const QString where = told(reply, shell);
            QVERIFY2(set.files.empty(), qPrintable(where));
            QTEST(valueOf(set, QStringLiteral("sshd.passwordauthentication")), "password");
            QTEST(valueOf(set, QStringLiteral("sshd.kbdinteractiveauthentication")), "keyboard");
            QTEST(valueOf(set, QStringLiteral("sshd.permitrootlogin")), "root");
            QTEST(valueOf(set, QStringLiteral("sshd_match.m1")), "matched");
        }
    }
}

void TestPosture::sshdWithoutRights()
{
    const ConfigSet set
        = parsed("sshd", "F /etc/ssh/sshd_config\nL 3:PasswordAuthentication no\nX /etc/ssh/sshd_config.d/a.conf\nE\n");
    QCOMPARE(set.files.size(), size_t(1));
    QCOMPARE(set.files[0].error->kind, ErrorKind::Denied);
    QVERIFY(set.entries.empty());
    QCOMPARE(valueOf(parsed("sshd", "none\n"), QStringLiteral("sshd.present")), QStringLiteral("false"));
}

void TestPosture::secretsInCode_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("found");
    const auto row = [](const char *name, const char *file, const char *text, bool found) {
        QTest::newRow(name) << QString::fromLatin1(file) << QByteArray(text) << found;
    };
    row("AWS key", "app/aws.rb", "key = 'AKIAIOSFODNN7EXAMPLE'\n", true);
    row("private key", "config/deploy.pem", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n", true);
    row("public key", "config/deploy.pub", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n", false);
    row("URL with password", "lib/db.py", "DB = 'postgres://shop:hunter22@db/shop'\n", true);
    row("URL with a place for one", "lib/db.py", "DB = f'postgres://shop:{password}@db/shop'\n", false);
    row("URL without", "lib/db.py", "DB = 'postgres://db.internal:5432/shop'\n", false);
    row("yaml password", "config/app.yml", "db:\n  password: s3cr3tvalue\n", true);
    row("yaml from the environment", "config/app.yml", "db:\n  password: <%= ENV['DB_PASSWORD'] %>\n", false);
    row("yaml variable", "config/app.yml", "db:\n  password: ${DB_PASSWORD}\n", false);
    row("dotenv", ".env", "SHOP_SECRET_KEY_BASE=0123456789abcdef\n", true);
    row("dotenv exported", ".env", "export API_TOKEN=\"tok-9f8e7d6c\"\n", true);
    row("empty", ".env", "API_TOKEN=\nDB_PASSWORD=\"\"\n", false);
    row("placeholder", ".env", "API_TOKEN=changeme\n", false);
    row("an example", ".env.example", "API_TOKEN=tok-9f8e7d6c\n", false);
    row("a variable of the program", "app/login.py", "password = request_password\n", false);
    row("a literal in a program", "app/login.py", "password = 'hunter22-hunter'\n", true);
    row("a schema", "config/api.yaml", "properties:\n  token: string\n", false);
    row("a path", "config/app.yml", "private_key: /etc/ssl/private/shop.key\n", false);
    row("a name with blanks", "app/odd name.rb", "x = 'AKIAIOSFODNN7EXAMPLE'\n", true);
    row("of others", "node_modules/x/index.js", "const k='AKIAIOSFODNN7EXAMPLE'\n", false);
    row("of tests", "spec/aws_spec.rb", "const k='AKIAIOSFODNN7EXAMPLE'\n", false);
    row("GitHub token", "deploy.sh", "curl -H 'x: ghp_0123456789abcdefghijABCDEFGHIJ012345'\n", true);
}

void TestPosture::secretsInCode()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, text);
    QFETCH(bool, found);
    for (const QStringList &shell : shells()) {
        QTemporaryDir app;
        QDir(app.path()).mkpath(QStringLiteral("releases/1"));
        const QString path = app.path() + QStringLiteral("/releases/1/") + file;
        QDir().mkpath(QFileInfo(path).path());
        QFile out(path);
        QVERIFY(out.open(QIODevice::WriteOnly));
        out.write(text);
        out.close();
        QVERIFY(QFile::link(QStringLiteral("releases/1"), app.path() + QStringLiteral("/current")));
        const ShellReply reply = runShell(scriptOf("code", {{QStringLiteral("apps"), QStringList{app.path()}}}), shell);
        QVERIFY2(!reply.out.contains("hunter") && !reply.out.contains("AKIA") && !reply.out.contains("tok-"),
                 reply.out);
        const ConfigSet set = parsed("code", reply.out);
        const QString key = joinKey(joinKey(QStringLiteral("code"), app.path()), QStringLiteral("secret_files"));
        QVERIFY2(valueOf(set, key) == (found ? QStringLiteral("1") : QStringLiteral("0")),
                 qPrintable(told(reply, shell)));
        QCOMPARE(noteOf(set, key), found ? file : QString());
    }
}

void TestPosture::settingsInAndOutOfTheRelease()
{
    QTemporaryDir app;
    QDir(app.path()).mkpath(QStringLiteral("releases/1/config"));
    QDir(app.path()).mkpath(QStringLiteral("shared"));
    const auto put = [&](const QString &name) {
        QFile file(app.path() + QLatin1Char('/') + name);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("a: b\n");
    };
    put(QStringLiteral("shared/.env"));
    put(QStringLiteral("releases/1/config/database.yml"));
    QVERIFY(QFile::link(app.path() + QStringLiteral("/shared/.env"), app.path() + QStringLiteral("/releases/1/.env")));
    QVERIFY(QFile::link(QStringLiteral("releases/1"), app.path() + QStringLiteral("/current")));
    const QString key = joinKey(QStringLiteral("code"), app.path());
    for (const QStringList &shell : shells()) {
        const ShellReply reply = runShell(scriptOf("code", {{QStringLiteral("apps"), QStringList{app.path()}}}), shell);
        const ConfigSet set = parsed("code", reply.out);
        QCOMPARE(valueOf(set, joinKey(key, QStringLiteral("config_inside"))), QStringLiteral("config/database.yml"));
        QCOMPARE(valueOf(set, joinKey(key, QStringLiteral("config_linked"))), QStringLiteral(".env"));
        // What the release links to is looked at as a config file.
        const ConfigSet files = parsed(
            "files", runShell(scriptOf("files", {{QStringLiteral("apps"), QStringList{app.path()}}}), shell).out);
        const QString linked = joinKey(QStringLiteral("files"),
                                       QFileInfo(app.path() + QStringLiteral("/shared/.env")).canonicalFilePath());
        QCOMPARE(valueOf(files, joinKey(linked, QStringLiteral("secrets"))), QStringLiteral("0"));
    }
}

void TestPosture::files()
{
    write(QStringLiteral("etc/a b.env"), "DB_PASSWORD=hunter22x\nNAME=shop\nURL=redis://u:pwpwpw@h/0\n", 0644);
    write(QStringLiteral("etc/tight.env"), "DB_PASSWORD=hunter22x\n", 0600);
    const QString pattern = m_folder.filePath(QStringLiteral("etc/*.env"));
    for (const QStringList &shell : shells()) {
        const ShellReply reply = runShell(
            scriptOf("files", {{QStringLiteral("files"), QStringList{pattern, QStringLiteral("/nonexistent/$(id)")}}}),
            shell);
        QVERIFY2(!reply.out.contains("hunter") && !reply.out.contains("pwpwpw"), reply.out);
        const ConfigSet set = parsed("files", reply.out);
        const auto key = [&](const char *name, const char *what) {
            return joinKey(joinKey(QStringLiteral("files"), m_folder.filePath(QLatin1String(name))),
                           QLatin1String(what));
        };
        QVERIFY2(valueOf(set, key("etc/a b.env", "mode")) == QLatin1String("0644"), qPrintable(told(reply, shell)));
        QCOMPARE(valueOf(set, key("etc/a b.env", "secrets")), QStringLiteral("2"));
        QCOMPARE(valueOf(set, key("etc/tight.env", "mode")), QStringLiteral("0600"));
        QCOMPARE(valueOf(set, key("etc/tight.env", "secrets")), QStringLiteral("1"));
        QCOMPARE(set.entries.size(), size_t(6));
    }
}

void TestPosture::logs_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<int>("hits");
    const auto row
        = [](const char *name, const char *line, int hits) { QTest::newRow(name) << QByteArray(line) << hits; };
    row("a password in a query", "GET /login?user=ada&password=hunter22 200", 1);
    row("filtered", "Parameters: {\"password\"=>\"[FILTERED]\"}", 0);
    row("starred", "password=******** user=ada", 0);
    row("a sentence", "Failed password for invalid user ada from 10.0.0.9", 0);
    row("a reason", "invalid token: expired, sign in again", 0);
    row("bearer", "Authorization: Bearer abcdef0123456789xyz", 1);
    row("JSON", "{\"level\":\"info\",\"api_key\": \"k-123456789\"}", 1);
    row("a URL", "connecting to postgres://shop:hunter22@db/shop", 1);
    row("a plain URL", "GET https://shop.example.com/a:b@c 200", 0);
    row("AWS", "using AKIAIOSFODNN7EXAMPLE", 1);
    row("nothing", "started in 12 ms", 0);
}

void TestPosture::logs()
{
    QFETCH(QByteArray, line);
    QFETCH(int, hits);
    write(QStringLiteral("app.log"), "first\n" + line + "\n");
    const QString path = m_folder.filePath(QStringLiteral("app.log"));
    for (const QStringList &shell : shells()) {
        const ShellReply reply = runShell(scriptOf("logs", {{QStringLiteral("logs"), QStringList{path}}}), shell);
        QVERIFY2(!reply.out.contains("hunter"), reply.out);
        const ConfigSet set = parsed("logs", reply.out);
        const QString key = joinKey(QStringLiteral("logs"), path);
        QCOMPARE(valueOf(set, joinKey(key, QStringLiteral("lines"))), QStringLiteral("2"));
        QVERIFY2(valueOf(set, joinKey(key, QStringLiteral("secrets"))) == QString::number(hits),
                 qPrintable(told(reply, shell)));
    }
}

void TestPosture::nginx_data()
{
    QTest::addColumn<QByteArray>("config");
    QTest::addColumn<QString>("limits");
    QTest::addColumn<QString>("serving");
    QTest::addColumn<QString>("redirecting");
    QTest::addColumn<QString>("unchecked");
    const auto row = [](const char *name, const char *config, const char *limits, const char *serving,
                        const char *redirecting, const char *unchecked = "-") {
        QTest::newRow(name) << QByteArray(config) << QString::fromLatin1(limits) << QString::fromLatin1(serving)
                            << QString::fromLatin1(redirecting) << QString::fromLatin1(unchecked);
    };
    row("redirects",
        "http { server { listen 80; server_name a; return 301 https://$host$request_uri; } server { listen 443 ssl; "
        "server_name a; } }",
        "", "", "a");
    row("redirects in a location",
        "http { server { listen 80; server_name a; location / { return 308 https://a$request_uri; } location "
        "/.well-known/acme { root /x; } } }",
        "", "", "a");
    row("serves", "http { server { listen 80; server_name a; location / { proxy_pass http://app; } } }", "", "a", "");
    row("serves beside a redirect",
        "http { server { listen 80; server_name a; location /old { return 301 https://a/; } location / { root /srv; } "
        "} }",
        "", "a", "");
    row("loopback", "http { server { listen 127.0.0.1:8080; location / { proxy_pass http://app; } } }", "", "", "");
    row("no listen", "http { server { server_name b; root /srv; } }", "", "b", "");
    row("both in one", "http { server { listen 80; listen 443 ssl; server_name a; } }", "", "", "");
    row("limits",
        "http { limit_req_zone $binary_remote_addr zone=ip:10m rate=5r/s; server { listen 443 ssl; limit_req zone=ip "
        "burst=5; } }",
        "zone=ip", "", "");
    row("limits in a comment", "http { server { listen 443 ssl; # limit_req zone=ip;\n } }", "", "", "");
    row("limits in quotes", "http { server { listen 443 ssl; add_header X \"limit_req zone=ip;\"; } }", "", "", "");
    row("upstream", "http { upstream app { server 10.0.0.1; server 10.0.0.2 max_fails=0; server 10.0.0.3 down; } }", "",
        "", "", "1");
    row("braces of variables", "http { server { listen 80; server_name a; return 301 https://${host}$request_uri; } }",
        "", "", "a");
}

void TestPosture::nginx()
{
    QFETCH(QByteArray, config);
    // Half of it in an included file, by a relative pattern.
    write(QStringLiteral("ng/conf.d/site.conf"), config);
    write(QStringLiteral("ng/nginx.conf"), "worker_processes 1;\nevents { }\ninclude conf.d/*.conf;\n");
    const QString program = m_folder.filePath(QStringLiteral("nginx"));
    if (!QFile::exists(program))
        QVERIFY(QFile::copy(QStandardPaths::findExecutable(QStringLiteral("sleep")), program));
    const QString conf = m_folder.filePath(QStringLiteral("ng/nginx.conf"));
    QProcess master;
    master.start(QStringLiteral("bash"),
                 {QStringLiteral("-c"),
                  QStringLiteral("exec -a \"nginx: master process /usr/sbin/nginx -c $1\" \"$0\" 60"), program, conf});
    QVERIFY(master.waitForStarted());
    const QString comm = QStringLiteral("/proc/%1/comm").arg(master.processId());
    QTRY_VERIFY([&] {
        QFile file(comm);
        return file.open(QIODevice::ReadOnly) && file.readAll().trimmed() == "nginx";
    }());
    for (const QStringList &shell : shells()) {
        const ShellReply reply = runShell(scriptOf("nginx", {}), shell);
        // Other servers may run on this machine: only ours is judged.
        const qsizetype from = reply.out.indexOf("N\t" + conf.toUtf8());
        QVERIFY2(from >= 0, qPrintable(told(reply, shell)));
        const ConfigSet set = parsed("nginx", reply.out.mid(from, reply.out.indexOf("\nZ\n", from) - from + 3));
        QVERIFY2(set.files.empty(), qPrintable(told(reply, shell)));
        QTEST(valueOf(set, QStringLiteral("nginx.limit_req")), "limits");
        QTEST(valueOf(set, QStringLiteral("nginx.plain_serving")), "serving");
        QTEST(valueOf(set, QStringLiteral("nginx.plain_redirecting")), "redirecting");
        QTEST(valueOf(set, QStringLiteral("nginx_upstream.app.unchecked")), "unchecked");
    }
    master.kill();
    QVERIFY(master.waitForFinished());
}

QTEST_GUILESS_MAIN(TestPosture)
#include "tst_posture.moc"
