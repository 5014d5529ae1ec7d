// SPDX-License-Identifier: GPL-3.0-or-later
#include "sshconfig.h"
#include "sshconfigscan.h"

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <optional>

#include <sys/stat.h>
#include <unistd.h>

using namespace taffrail;
using namespace taffrail::ssh;

class TestSshConfig : public QObject {
    Q_OBJECT

    std::optional<QTemporaryDir> m_folder;

    QString path(const char *name) const { return m_folder->filePath(QString::fromLatin1(name)); }
    QString write(const char *name, const QByteArray &text, mode_t mode = 0600) const
    {
        QFile file(path(name));
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(text) != text.size())
            return {};
        file.close();
        ::chmod(path(name).toUtf8().constData(), mode);
        return path(name);
    }

private slots:
    void init() { m_folder.emplace(); }
    void cleanup() { qunsetenv("TAFFRAIL_TEST_DIR"); }

    void everyKeyword()
    {
        const QString config = write("config", R"(Host web*
  HostName %h.example.com
  Port 2200
  User deploy
  IdentityFile "~/.ssh/with space"
  IdentityFile %d/keys/%r@%n
  IdentityFile ${TAFFRAIL_TEST_DIR}/k
  CertificateFile ~/.ssh/x-cert.pub
  ProxyJump admin@bastion:2222,inner
  UserKnownHostsFile "/tmp/a b/kh" /tmp/kh2
  GlobalKnownHostsFile /tmp/global
  IdentityAgent ~/agent.sock
  IdentitiesOnly yes
  HostKeyAlias web-alias
)");
        qputenv("TAFFRAIL_TEST_DIR", "/keys");
        const auto host = ConfigResolver(config).resolve(QStringLiteral("web1"));
        QVERIFY2(host.has_value(), host ? "" : qPrintable(sentence(host.error())));
        const QString home = accountHome();
        QCOMPARE(host->alias, QStringLiteral("web1"));
        QCOMPARE(host->hostName, QStringLiteral("web1.example.com"));
        QCOMPARE(host->port, 2200);
        QCOMPARE(host->user, QStringLiteral("deploy"));
        QCOMPARE(host->identityFiles,
                 (QStringList{home + QStringLiteral("/.ssh/with space"), home + QStringLiteral("/keys/deploy@web1"),
                              QStringLiteral("/keys/k")}));
        QCOMPARE(host->defaultIdentityFiles, QStringList());
        QCOMPARE(host->certificateFiles, QStringList{home + QStringLiteral("/.ssh/x-cert.pub")});
        QCOMPARE(host->proxyJump, (QStringList{QStringLiteral("admin@bastion:2222"), QStringLiteral("inner")}));
        QCOMPARE(host->userKnownHostsFiles, (QStringList{QStringLiteral("/tmp/a b/kh"), QStringLiteral("/tmp/kh2")}));
        QCOMPARE(host->globalKnownHostsFiles, QStringList{QStringLiteral("/tmp/global")});
        QCOMPARE(host->identityAgent, home + QStringLiteral("/agent.sock"));
        QVERIFY(host->identitiesOnly);
        QCOMPARE(host->hostKeyAlias, QStringLiteral("web-alias"));
    }

    void plainAliasHasDefaults()
    {
        // Port makes ssh be asked; the other file makes the plain way: both must agree
        const auto asked = ConfigResolver(write("one", "Host other\n Port 77\n")).resolve(QStringLiteral("Web1"));
        const auto plain
            = ConfigResolver(write("two", "Host *\n HashKnownHosts yes\n")).resolve(QStringLiteral("Web1"));
        QVERIFY(asked && plain);
        QCOMPARE(*asked, *plain);
        QCOMPARE(plain->hostName, QStringLiteral("web1"));
        QCOMPARE(plain->port, 22);
        QCOMPARE(plain->user, accountName());
        QVERIFY(plain->identityFiles.isEmpty());
        QVERIFY(plain->defaultIdentityFiles.contains(accountHome() + QStringLiteral("/.ssh/id_ed25519")));
        QVERIFY(plain->userKnownHostsFiles.contains(accountHome() + QStringLiteral("/.ssh/known_hosts")));
    }

    void includeAndMatch()
    {
        QVERIFY(QDir().mkpath(path("conf.d")));
        write("conf.d/a.conf", "Host web1\n HostName 10.0.0.5\n");
        const QString config
            = write("config",
                    "Include " + path("conf.d").toUtf8()
                        + "/*.conf\nMatch host 10.0.0.5 user deploy\n Port 2200\nMatch host web9\n ProxyJump b\n");
        ConfigResolver resolver(config);
        const auto plain = resolver.resolve(QStringLiteral("web1"));
        const auto deploy = resolver.resolve(QStringLiteral("web1"), QStringLiteral("deploy"));
        const auto ported = resolver.resolve(QStringLiteral("web1"), {}, 99);
        const auto jumped = resolver.resolve(QStringLiteral("web9"));
        QVERIFY(plain && deploy && ported && jumped);
        QCOMPARE(plain->hostName, QStringLiteral("10.0.0.5"));
        QCOMPARE(plain->port, 22);
        QCOMPARE(deploy->port, 2200);
        QCOMPARE(deploy->user, QStringLiteral("deploy"));
        QCOMPARE(ported->port, 99);
        QCOMPARE(jumped->proxyJump, QStringList{QStringLiteral("b")});
    }

    void changedFileIsReadAgain()
    {
        const QString config = write("config", "Host a\n Port 1001\n");
        ConfigResolver resolver(config);
        QCOMPARE(resolver.resolve(QStringLiteral("a"))->port, 1001);
        write("config", "Host a\n Port 10022\n");
        QCOMPARE(resolver.resolve(QStringLiteral("a"))->port, 10022);
    }

    void answersAreKept()
    {
        // a stand-in for ssh counts how often it is asked
        QVERIFY(QDir().mkpath(path("bin")));
        write("bin/ssh",
              "#!/bin/sh\necho x >> " + path("count").toUtf8() + "\nprintf 'hostname h\\nport 22\\nuser u\\n'\n", 0700);
        const QByteArray oldPath = qgetenv("PATH");
        qputenv("PATH", path("bin").toUtf8() + ':' + oldPath);
        ConfigResolver resolver(write("config", "Host a\n Port 1001\n"));
        QCOMPARE(resolver.resolve(QStringLiteral("a"))->hostName, QStringLiteral("h"));
        QVERIFY(resolver.resolve(QStringLiteral("a")).has_value());
        QVERIFY(resolver.resolve(QStringLiteral("b")).has_value());
        qputenv("PATH", oldPath);
        QCOMPARE(QFileInfo(path("count")).size(), 4);
    }

    void hangingSshEndsAtTheLimit()
    {
        QVERIFY(QDir().mkpath(path("bin")));
        write("bin/ssh", "#!/bin/sh\nexec sleep 60\n", 0700);
        const QByteArray oldPath = qgetenv("PATH");
        qputenv("PATH", path("bin").toUtf8() + ':' + oldPath);
        const auto host
            = ConfigResolver(write("config", "Port 1\n"), std::chrono::milliseconds(200)).resolve(QStringLiteral("a"));
        qputenv("PATH", oldPath);
        QVERIFY(!host);
        QCOMPARE(host.error().kind, ErrorKind::Timeout);
    }

    void withoutSshTheAliasIsTheHost()
    {
        const QByteArray oldPath = qgetenv("PATH");
        qputenv("PATH", path("nothing").toUtf8());
        const auto host = ConfigResolver(write("config", "Host a\n Port 1001\n")).resolve(QStringLiteral("deploy@a"));
        qputenv("PATH", oldPath);
        QVERIFY(host.has_value());
        QCOMPARE(host->hostName, QStringLiteral("a"));
        QCOMPARE(host->port, 22);
        QCOMPARE(host->user, QStringLiteral("deploy"));
    }

    void refused_data()
    {
        QTest::addColumn<QByteArray>("config");
        QTest::addColumn<int>("mode");
        QTest::addColumn<QString>("alias");
        QTest::addColumn<QString>("words");
        const auto row = [](const char *name, const char *config, int mode, const char *alias, const char *words) {
            QTest::newRow(name) << QByteArray(config) << mode << QString::fromUtf8(alias) << QString::fromLatin1(words);
        };
        row("ProxyCommand", "Host a\n ProxyCommand nc %h %p\n", 0600, "a", "ProxyCommand");
        row("Match exec", "Match exec \"touch {}/ran\"\n Port 1\n", 0600, "a", "Match exec");
        row("Match exec, other spelling", "MATCH host=x !EXEC=\"touch {}/ran\"\n Port 1\n", 0600, "a", "Match exec");
        row("Match exec in an include", "Include {}/inner\n", 0600, "a", "Match exec");
        row("writable by others", "Port 1\n", 0666, "a", "written by others");
        row("writable by the group", "Port 1\n", 0620, "a", "written by others");
        row("include writable by others", "Include {}/loose\n", 0600, "a", "written by others");
        row("include of itself", "Include {}/config\n", 0600, "a", "Include");
        row("bad option", "Porty 1\n", 0600, "a", "refuses its configuration");
        row("option as an alias", "Port 1\n", 0600, "-oProxyCommand=x", "not a host name");
        row("blank in an alias", "Port 1\n", 0600, "a b", "not a host name");
        row("newline in an alias", "Port 1\n", 0600, "a\nb", "not a host name");
        row("shell in an alias", "Port 1\n", 0600, "a;b", "not a host name");
        row("direction mark in an alias", "Port 1\n", 0600, "a\u202eb", "not a host name");
        row("empty alias", "Port 1\n", 0600, "", "not a host name");
        row("option as a user", "Port 1\n", 0600, "-x@a", "not [user@]host[:port]");
        row("host name from config is an option", "Host a\n HostName -oX\n", 0600, "a", "");
    }

    void refused()
    {
        QFETCH(QByteArray, config);
        QFETCH(int, mode);
        QFETCH(QString, alias);
        QFETCH(QString, words);
        write("inner", "Match exec \"touch " + path("ran").toUtf8() + "\"\n Port 1\n");
        write("loose", "Port 1\n", 0606);
        const QString file = write("config", config.replace("{}", m_folder->path().toUtf8()), mode_t(mode));
        const auto host = ConfigResolver(file).resolve(alias);
        QVERIFY(!host);
        QCOMPARE(host.error().kind, ErrorKind::BadConfig);
        QVERIFY2(sentence(host.error()).contains(words), qPrintable(sentence(host.error())));
        QVERIFY(!QFile::exists(path("ran")));
    }

    void missingConfigFile()
    {
        const auto host = ConfigResolver(path("absent")).resolve(QStringLiteral("a"));
        QVERIFY(!host);
        QCOMPARE(host.error().kind, ErrorKind::BadConfig);
    }

    void fileOfAnotherUser()
    {
        const QString config = write("config", "Port 1\n");
        if (::chown(config.toUtf8().constData(), 65534, 65534) != 0)
            return; // only root can give a file away; the check of the mode covers the rest
        const auto host = ConfigResolver(config).resolve(QStringLiteral("a"));
        QVERIFY(!host);
        QVERIFY(host.error().text.contains(QStringLiteral("somebody else")));
    }

    void destinations_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("parts"); // alias|user|port, "" = refused
        const auto row = [](const char *text, const char *parts) {
            QTest::newRow(text) << QString::fromUtf8(text) << QString::fromLatin1(parts);
        };
        row("web1", "web1||0");
        row("web1:2222", "web1||2222");
        row("deploy@web1", "web1|deploy|0");
        row("deploy@web1:22", "web1|deploy|22");
        row("ssh://deploy@web1:22/", "web1|deploy|22");
        row("::1", "::1||0");
        row("[::1]", "::1||0");
        row("a@[fe80::1%eth0]:2222", "fe80::1%eth0|a|2222");
        row("user@corp@web1", "");
        row("web1:", "");
        row("web1:0", "");
        row("web1:65536", "");
        row("web1:x", "");
        row("[::1]:", "");
        row("[::1]x", "");
        row("[::1", "");
        row("@web1", "");
        row("web1/path", "");
        row("-web1", "");
        row("", "");
    }

    void destinations()
    {
        QFETCH(QString, text);
        QFETCH(QString, parts);
        const auto spec = parseDestination(text);
        if (parts.isEmpty() && text != QStringLiteral("user@corp@web1")) {
            QVERIFY(!spec);
            return;
        }
        QVERIFY(spec.has_value());
        if (!parts.isEmpty())
            QCOMPARE(QStringLiteral("%1|%2|%3").arg(spec->alias, spec->user, QString::number(spec->port)), parts);
        else
            QCOMPARE(spec->user, QStringLiteral("user@corp")); // as ssh: the last @ divides
    }
};

QTEST_GUILESS_MAIN(TestSshConfig)
#include "tst_sshconfig.moc"
