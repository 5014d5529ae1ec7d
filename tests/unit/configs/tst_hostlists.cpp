// SPDX-License-Identifier: GPL-3.0-or-later
#include "configtable.h"
#include "hostlists.h"
#include "registry.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;

class HostListsTest : public QObject {
    Q_OBJECT

    static ConfigSet setOf(const Source &source, const QByteArray &bytes, int exitCode = 0)
    {
        const Result<Value> value = source.parse(entryWith(), {shellReply(bytes, exitCode, source.parts.front())}, {});
        return value ? std::get<ConfigSet>(*value) : ConfigSet();
    }

private slots:
    void packages_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QStringList>("expected");
        const auto row = [](const char *name, const char *bytes, const QStringList &expected) {
            QTest::newRow(name) << QByteArray(bytes) << expected;
        };
        row("dpkg",
            "DPKG\tpasswd\tamd64\t1:4.13\tinstall\tinstalled\tok\nDPKG\told\tall\t1.0\tdeinstall\tconfig-files\tok\n"
            "DPKG\tnginx\tall\t1.22\thold\tinstalled\tok\nDPKG\tbroken\tall\t2.0\tinstall\thalf-"
            "configured\treinstreq\nDONE\n",
            {text("broken:all=2.0 (half-configured)"), text("nginx:all=1.22"), text("passwd:amd64=1:4.13")});
        row("rpm", "RPM\tkernel\tx86_64\t5.14-2\nRPM\tkernel\tx86_64\t5.14-1\nRPM\tgpg-pubkey\t(none)\tabc-1\nDONE\n",
            {text("gpg-pubkey=abc-1"), text("kernel:x86_64=5.14-1, 5.14-2")});
        row("apk", "APK\tmusl-utils-1.2.4_git20230717-r4\nAPK\tlibcrypto3-3.1.4-r5\nDONE\n",
            {text("libcrypto3=3.1.4-r5"), text("musl-utils=1.2.4_git20230717-r4")});
        row("dpkg-query -W", "adduser\t3.134\nlibc6:amd64\t2.36-9+deb12u9\ngone\t\n",
            {text("adduser=3.134"), text("libc6:amd64=2.36-9+deb12u9")});
        row("dpkg -l",
            "Desired=Unknown/Install/Remove/Purge/Hold\n| Status=Not/Inst/Conf-files\n|/ Err?=(none)/Reinst-required\n"
            "||/ Name           Version  Architecture Description\n+++-==============-========\n"
            "ii  libc6:amd64    2.36-9   amd64        GNU C Library\nhi  nginx          1.22     all          x\nrc  "
            "old  1  all  y\n",
            {text("libc6:amd64=2.36-9"), text("nginx:all=1.22")});
        row("rpm -qa", "bash-5.1.8-6.el9.x86_64\ntzdata-2024a-1.el9.noarch\n",
            {text("bash:x86_64=5.1.8-6.el9"), text("tzdata:noarch=2024a-1.el9")});
    }

    void packages()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QStringList, expected);
        const ParsedConfig parsed = parsePackages(bytes, entryWith());
        QVERIFY2(!parsed.error, parsed.error ? qPrintable(parsed.error->text) : "");
        QCOMPARE(tableOf(parsed), expected);
        for (const ConfigEntry &entry : setOf(packagesSource, bytes).entries)
            QVERIFY2(!entry.secret, qPrintable(entry.key)); // "passwd" is the name of a package
    }

    void heldAndBrokenPackagesSaySo()
    {
        const ParsedConfig parsed = parsePackages(
            "DPKG\ta\tall\t1\thold\tinstalled\tok\nDPKG\tb\tall\t1\tinstall\tunpacked\tok\nDONE\n", entryWith());
        QCOMPARE(parsed.entries.front().note, text("held"));
        QCOMPARE(parsed.notes, QStringList{text("not fully installed: b")});
    }

    void anAnswerThatIsNoneIsNeverEqual()
    {
        for (const char *bytes :
             {"", "NOTOOL\nDONE\n", "DONE\n", "DPKG\ta\tall\t1\tinstall\tinstalled\tok\n", "FAILED\trpm\nDONE\n"})
            QVERIFY2(parsePackages(bytes, entryWith()).error, bytes);
        const Result<Value> none = packagesSource.parse(entryWith(), {shellReply("", 127, "packages")}, {});
        QVERIFY(!none);
        QCOMPARE(none.error().kind, ErrorKind::NotFound);
        const Result<Value> late = packagesSource.parse(entryWith(), {shellReply("", 124, "packages")}, {});
        QVERIFY(!late);
        QCOMPARE(late.error().kind, ErrorKind::Timeout);
        // One host of two: the other's packages are not missing but not known.
        Reply other = shellReply("", 124, "packages");
        other.subject = text("web2");
        const Result<Value> half = packagesSource.parse(
            entryWith(), {shellReply("DPKG\ta\tall\t1\tinstall\tinstalled\tok\nDONE\n", 0, "packages"), other}, {});
        QVERIFY(half);
        const ConfigSet &set = std::get<ConfigSet>(*half);
        QCOMPARE(set.files.size(), size_t(1));
        QCOMPARE(set.files.front().host, text("web2"));
        QVERIFY(set.files.front().error);
    }

    void runtimes_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QString>("version");
        const auto row = [](const char *name, const char *said, const char *version, int code = 0) {
            QTest::newRow(name) << QByteArray(name) + '\t' + QByteArray::number(code) + '\t' + said << text(version);
        };
        row("openssl", "OpenSSL 3.0.15 3 Sep 2024 (Library: OpenSSL 3.0.15 3 Sep 2024)", "3.0.15");
        row("openssh", "OpenSSH_9.2p1 Debian-2+deb12u5, OpenSSL 3.0.15", "9.2p1");
        row("python3", "Python 3.11.2", "3.11.2");
        row("ruby", "ruby 3.1.2p20 (2022-04-12 revision 4491bb740a) [x86_64-linux-gnu]", "3.1.2p20");
        row("node", "v18.19.0", "18.19.0");
        row("java", "openjdk version \"17.0.13\" 2024-10-15 OpenJDK Runtime Environment", "17.0.13");
        row("php", "PHP 8.2.26 (cli) (built: Nov 25 2024 17:21:51) (NTS)", "8.2.26");
        row("go", "go version go1.21.4 linux/amd64", "1.21.4");
        row("nginx", "nginx version: nginx/1.22.1", "1.22.1");
        row("psql", "psql (PostgreSQL) 15.10 (Debian 15.10-0+deb12u1)", "15.10");
        row("docker", "Docker version 20.10.24+dfsg1, build 297e128", "20.10.24+dfsg1");
        row("systemd", "systemd 252 (252.31-1~deb12u1) +PAM", "252.31-1~deb12u1");
        row("libc", "glibc 2.36", "2.36");
        row("erlang", "25", "25");
        row("kernel", "6.1.0-28-amd64", "6.1.0-28-amd64");
        row("redis", "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0", "7.0.15");
        row("ansible", "error: no module", "(present, without a version)", 1);
        row("helm", "", "(no answer in 5 s)", 124);
    }

    void runtimes()
    {
        QFETCH(QByteArray, line);
        QFETCH(QString, version);
        const ParsedConfig parsed
            = parseRuntimes(line + "\r\nOS\tPRETTY_NAME\t\"Debian GNU/Linux 12\"\nDONE\t0\t\n", entryWith());
        QVERIFY(!parsed.error);
        QCOMPARE(valueOf(parsed, QTest::currentDataTag()), version);
        QCOMPARE(valueOf(parsed, "os.pretty_name"), text("Debian GNU/Linux 12"));
        QVERIFY(parseRuntimes(line, entryWith()).error); // cut
    }

    void cronTables_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QStringList>("expected");
        const auto row = [](const char *name, const char *bytes, const QStringList &expected) {
            QTest::newRow(name) << QByteArray(bytes) << expected;
        };
        row("crontab -l",
            "# m h dom mon dow command\nMAILTO=\"ops@example.test\"\n*/5 08-18 * jan-mar Mon,fri /usr/bin/backup --all "
            "> /dev/null 2>&1\n"
            "@daily /opt/backup.sh\n0 0 * * 7 cd /srv/app && RAILS_ENV=production bundle exec rake x\n",
            {text("user.variables.MAILTO=ops@example.test"), text("user.backup=*/5 8-18 * 1-3 1,5"),
             text("user.backup.command=/usr/bin/backup --all > /dev/null 2>&1"), text("user.\"backup.sh\"=@daily"),
             text("user.\"backup.sh\".command=/opt/backup.sh"), text("user.bundle=0 0 * * 0"),
             text("user.bundle.command=cd /srv/app && RAILS_ENV=production bundle exec rake x")});
        row("files",
            "@file /etc/crontab\nSHELL=/bin/sh\n17 * * * * root cd / && run-parts --report /etc/cron.hourly\n\n@file "
            "/etc/cron.d/shop\r\n"
            "1 2 * * *   deploy\t/usr/bin/flock -n /run/lock/x /srv/bin/sync  a\n1 3 * * * deploy /srv/bin/sync "
            "b\n@hidden /etc/cron.d/secretive\n"
            "@periodic daily logrotate\n@done\n",
            {text("crontab.variables.SHELL=/bin/sh"), text("periodic.logrotate=daily"), text("deploy.sync=1 3 * * *"),
             text("deploy.sync.command=/srv/bin/sync b"), text("deploy.sync[1]=1 2 * * *"),
             text("deploy.sync[1].command=/usr/bin/flock -n /run/lock/x /srv/bin/sync  a"),
             text("root.run-parts=17 * * * *"),
             text("root.run-parts.command=cd / && run-parts --report /etc/cron.hourly")});
        row("timers",
            "@timers\nTimersCalendar={ OnCalendar=*-*-* 06,18:00:00 ; next_elapse=Sat 2024-01-06 06:00:00 UTC "
            "}\nId=apt-daily.timer\n"
            "Unit=apt-daily.service\nRandomizedDelayUSec=12h\nPersistent=yes\nActiveState=active\nUnitFileState="
            "enabled\n\n@done\n",
            {text("timers.\"apt-daily.timer\"=OnCalendar=*-*-* 06,18:00:00"),
             text("timers.\"apt-daily.timer\".starts=apt-daily.service"),
             text("timers.\"apt-daily.timer\".enabled=enabled"), text("timers.\"apt-daily.timer\".state=active"),
             text("timers.\"apt-daily.timer\".persistent=yes"), text("timers.\"apt-daily.timer\".random_delay=12h")});
    }

    void cronTables()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QStringList, expected);
        const ParsedConfig parsed = parseCron(bytes, entryWith());
        QVERIFY2(!parsed.error, parsed.error ? qPrintable(parsed.error->text) : "");
        QCOMPARE(tableOf(parsed).join(QLatin1Char('\n')), expected.join(QLatin1Char('\n')));
    }

    void theOrderOfJobsMakesNoDifference()
    {
        QCOMPARE(tableOf(parseCron("1 1 * * * /bin/a x\n2 2 * * * /bin/a y\n", entryWith())),
                 tableOf(parseCron("# more\n2 2 * * * /bin/a y\n01 1 * * * /bin/a x\n", entryWith())));
    }

    void badCronLines()
    {
        const ParsedConfig parsed = parseCron("1 2 * * * /bin/a\n1 2 3 /bin/b\n@daily /bin/c\n", entryWith());
        QVERIFY(parsed.error);
        QVERIFY2(parsed.error->text.startsWith(text("line 2: ")), qPrintable(parsed.error->text));
        QCOMPARE(valueOf(parsed, "user.c"), text("@daily"));
        QVERIFY(parseCron("@file /etc/crontab\n1 2 * * * root /bin/a\n", entryWith()).error); // cut
    }

    void commandsHoldNoSecrets_data()
    {
        QTest::addColumn<QByteArray>("command");
        for (const char *command : {"PGPASSWORD=hunter2x pg_dump shop", "curl -u admin:hunter2x https://x",
                                    "mysqldump -u root -phunter2x shop", "curl https://admin:hunter2x@example.test/",
                                    "tool --api-token hunter2x --fast", "curl -H 'Authorization: hunter2x'",
                                    "tool --password='hunter2x' a", "x --secret=\"hunter2x b\""})
            QTest::newRow(command) << QByteArray(command);
    }

    void commandsHoldNoSecrets()
    {
        QFETCH(QByteArray, command);
        const ConfigSet set = setOf(cronSource, "0 1 * * * " + command + "\n");
        QVERIFY(!set.entries.empty());
        bool isSecret = false;
        for (const ConfigEntry &entry : set.entries) {
            QVERIFY2(!entry.value.contains(text("hunter2x")) && !entry.key.contains(text("hunter2x")),
                     qPrintable(entry.value));
            isSecret = isSecret || entry.secret;
        }
        QVERIFY(isSecret);
    }

    void aSecretOfTheEnvironmentOfJobs()
    {
        const ConfigSet set = setOf(cronSource, "API_TOKEN=hunter2x\n@daily /bin/rotate-tokens\n");
        QCOMPARE(find(set.entries, text("user.variables.API_TOKEN"))->value, maskMark.toString());
        QCOMPARE(find(set.entries, text("user.rotate-tokens"))->value, text("@daily"));
    }

    void containers()
    {
        const QByteArray bytes
            = "{\"engine\":\"20.10\",\"containers\":[\n{\"id\":\"1\",\"name\":\"/prod-web-1\",\"image\":\"shop:1\","
              "\"image_id\":\"sha256:aa\",\"user\":\"app\",\"env\":{ "
              "\"PORT\":\"80\",\n\"DB_PASSWORD\":\"TFMASK_none_\" },"
              "\"labels\":{\"com.docker.compose.service\":\"web\",\"com.docker.compose.project\":\"prod\","
              "\"com.docker.compose.container-number\":\"1\",\"team\":\"a\"},\"mounts\":[{\"Type\":\"volume\",\"Name\":"
              "\"data\","
              "\"Destination\":\"/"
              "data.d\",\"RW\":false}],\"host\":{\"restart\":{\"Name\":\"on-failure\",\"MaximumRetryCount\":3},"
              "\"ports\":{\"80/"
              "tcp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"8080\"}]},\"memory\":536870912,\"nano_cpus\":0,"
              "\"privileged\":false,\"cap_add\":[\"SYS_TIME\",\"NET_ADMIN\"],\"dns\":[]}},\n{}],\"images\":[\n"
              "{\"id\":\"sha256:aa\",\"digests\":[\"r/shop@sha256:dd\"]},{}],\"done\":true}\n";
        const ParsedConfig parsed = parseContainers(bytes, entryWith());
        QVERIFY(!parsed.error);
        QCOMPARE(tableOf(parsed).join(QLatin1Char('\n')),
                 QStringList({text("engine=20.10"), text("web.image=shop:1"), text("web.digest=sha256:dd"),
                              text("web.user=app"), text("web.env.PORT=80"), text("web.env.DB_PASSWORD=TFMASK_none_"),
                              text("web.labels.team=a"), text("web.mounts.\"/data.d\"=volume data ro"),
                              text("web.restart=on-failure:3"), text("web.ports.80/tcp=127.0.0.1:8080"),
                              text("web.memory=536870912"), text("web.privileged=false"),
                              text("web.cap_add=NET_ADMIN, SYS_TIME")})
                     .join(QLatin1Char('\n')));
        for (const QByteArray &bad :
             {bytes.chopped(20), QByteArray("{\"trouble\":\"permission denied\"}"), QByteArray("[]"), QByteArray()})
            QVERIFY(parseContainers(bad, entryWith()).error);
    }

    void whatInspectItselfPrints()
    {
        const ConfigSet set = setOf(containerSource,
                                    "[{\"Name\":\"/"
                                    "web\",\"Image\":\"sha256:aa\",\"Config\":{\"Image\":\"shop:1\",\"Env\":[\"PORT=8="
                                    "0\",\"API_TOKEN=hunter2hunter2\"],"
                                    "\"Cmd\":[\"run\",\"--password\",\"hunter2hunter2\"]},\"HostConfig\":{\"Memory\":5,"
                                    "\"RestartPolicy\":{\"Name\":\"always\",\"MaximumRetryCount\":0}}}]");
        QCOMPARE(find(set.entries, text("web.env.PORT"))->value, text("8=0"));
        QCOMPARE(find(set.entries, text("web.env.API_TOKEN"))->value, maskMark.toString());
        QCOMPARE(find(set.entries, text("web.restart"))->value, text("always"));
        QCOMPARE(find(set.entries, text("web.memory"))->value, text("5"));
        for (const ConfigEntry &entry : set.entries)
            QVERIFY2(!entry.value.contains(text("hunter2")), qPrintable(entry.key));
    }

    void databaseAnswersFromElsewhereAreMaskedHere()
    {
        const auto answered = [](const Source &source, const char *part, const QList<QByteArray> &columns,
                                 const std::vector<QByteArray> &cells) {
            SqlReply rows;
            rows.columns = columns;
            rows.rows.emplace_back(cells.begin(), cells.end());
            Reply reply;
            reply.name = text(part);
            reply.result = rows;
            const Result<Value> value = source.parse(entryWith(), {reply}, {});
            return value ? std::get<ConfigSet>(*value).entries.front() : ConfigEntry();
        };
        const QList<QByteArray> setting{"name", "setting", "vartype"}, column{"k1", "k2", "k3", "k4", "value"};
        for (const auto &[name, value] : std::initializer_list<std::pair<QByteArray, QByteArray>>{
                 {"primary_conninfo", "host=a password=hunter2hunter2"},
                 {"archive_command", "curl --password hunter2hunter2"},
                 {"app.jwt_secret", "hunter2hunter2"},
                 {"x.url", "postgres://a:hunter2hunter2@b/c"}}) {
            const ConfigEntry entry = answered(pgSettingsSource, "settings", setting, {name, value, "string"});
            QVERIFY2(entry.secret && !entry.value.contains(text("hunter2")), qPrintable(entry.value));
        }
        QCOMPARE(
            answered(pgSettingsSource, "settings", setting, {"password_encryption", "scram-sha-256", "enum"}).value,
            text("scram-sha-256"));
        QCOMPARE(answered(pgSettingsSource, "settings", setting, {"authentication_timeout", "60", "integer"}).value,
                 text("60"));
        QCOMPARE(answered(pgSchemaSource, "columns", column,
                          {"a", "b", "columns", "api_token", "text default 'hunter2hunter2'::text"})
                     .value,
                 text("text default ") + maskMark.toString());
        QCOMPARE(
            answered(pgSchemaSource, "columns", column, {"a", "b", "columns", "mood", "text default 'x'::text"}).value,
            text("text default 'x'::text"));
    }

    void containerNamesAreNoShellText()
    {
        QVERIFY(!containerSource.requests(entryWith(), {}).empty());
        for (const char *name : {"a;b", "$(x)", "a b", "`x`", "a)"}) {
            QVERIFY(containerSource.requests(entryWith({{text("name"), text(name)}}), {}).empty());
            QVERIFY(!containerSource.parse(entryWith({{text("name"), text(name)}}), {}, {}));
        }
    }
};

QTEST_GUILESS_MAIN(HostListsTest)
#include "tst_hostlists.moc"
