// SPDX-License-Identifier: GPL-3.0-or-later
#include "parsedtable.h"

using namespace taffrail;
using namespace parsedtable;

class TestSystemdUnit : public QObject {
    Q_OBJECT
private slots:
    void reads_data()
    {
        QTest::addColumn<QByteArray>("files");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char *name, const QByteArray &files, const QByteArray &expected) {
            QTest::newRow(name) << files << expected;
        };
        // Files begin with "=== path". Expected: "line file-name key value".
        // clang-format off
        row("fragment", "=== /etc/systemd/system/shop.service\n[Unit]\nDescription=Shop\nAfter=a.target b.service\nAfter=c\n\n[Service]\nExecStart=/bin/x  -a\nUser=shop\n",
            "2 shop.service Unit.Description Shop\n3 shop.service Unit.After[0] a.target\n3 shop.service Unit.After[1] b.service\n4 shop.service Unit.After[2] c\n7 shop.service Service.ExecStart[0] /bin/x  -a\n8 shop.service Service.User shop");
        row("drop-in adds, resets, wins", "=== /etc/systemd/system/shop.service\n[Service]\nExecStart=/bin/old\nUser=a\nRestart=no\n=== /etc/systemd/system/shop.service.d/10.conf\n[Service]\nExecStart=\nExecStart=/bin/new\nUser=b\n",
            "3 10.conf Service.ExecStart[0] /bin/new\n4 10.conf Service.User b\n4 shop.service Service.Restart no");
        row("drop-ins by name over folders", "=== /usr/lib/systemd/system/shop.service\n[Service]\nUser=a\n=== /etc/systemd/system/shop.service.d/20.conf\n[Service]\nUser=etc20\n=== /run/systemd/system/shop.service.d/30.conf\n[Service]\nUser=run30\n=== /usr/lib/systemd/system/shop.service.d/20.conf\n[Service]\nUser=lib20\nGroup=lib\n",
            "2 30.conf Service.User run30");
        row("the fragment of /etc alone", "=== /usr/lib/systemd/system/shop.service\n[Service]\nUser=a\nGroup=g\n=== /etc/systemd/system/shop.service\n[Service]\nUser=b\n",
            "2 shop.service Service.User b");
        row("dependencies cannot be reset", "=== /etc/systemd/system/shop.service\n[Unit]\nAfter=a\n[Service]\nSupplementaryGroups=x y\n=== /etc/systemd/system/shop.service.d/a.conf\n[Unit]\nAfter=\nAfter=b\n[Service]\nSupplementaryGroups=\nSupplementaryGroups=z\n",
            "2 shop.service Unit.After[0] a\n3 a.conf Unit.After[1] b\n6 a.conf Service.SupplementaryGroups[0] z");
        row("conditions are reset together", "=== /etc/systemd/system/shop.service\n[Unit]\nConditionPathExists=/a\nConditionHost=b\nAssertHost=c\n=== /etc/systemd/system/shop.service.d/a.conf\n[Unit]\nConditionHost=\nConditionUser=d\n",
            "4 shop.service Unit.AssertHost[0] c\n3 a.conf Unit.ConditionUser[0] d");
        row("environment by variable", "=== /etc/systemd/system/shop.service\n[Service]\nEnvironment=\"A=one two\" B=2 'C=x\"y'\nEnvironment=A=three D=\"q r\"\nEnvironment=E=\n",
            "3 shop.service Service.Environment.A three\n2 shop.service Service.Environment.B 2\n2 shop.service Service.Environment.C x\"y\n3 shop.service Service.Environment.D q r\n4 shop.service Service.Environment.E");
        row("environment reset", "=== /etc/systemd/system/shop.service\n[Service]\nEnvironment=A=1 B=2\n=== /etc/systemd/system/shop.service.d/a.conf\n[Service]\nEnvironment=\nEnvironment=B=3\n",
            "3 a.conf Service.Environment.B 3");
        row("a single key set to nothing", "=== /etc/systemd/system/shop.service\n[Service]\nUser=a\nUser=\nGroup=g\n",
            "4 shop.service Service.Group g");
        row("continuation and comments", "=== /etc/systemd/system/shop.service\n# x\n; y\n[Service]\nExecStart=/bin/a \\\n  -b \\\n# within\n  -c\nUser=x # no comment\n",
            "4 shop.service Service.ExecStart[0] /bin/a  -b  -c\n8 shop.service Service.User x # no comment");
        row("case counts", "=== /etc/systemd/system/shop.service\n[Service]\nUser=a\nuser=b\n",
            "2 shop.service Service.User a\n3 shop.service Service.user b");
        row("output of systemctl cat", "=== shop.service\n# /lib/systemd/system/shop.service\n[Service]\nUser=a\n# /not/a/header\n\n# /etc/systemd/system/shop.service.d/override.conf\n[Service]\nUser=b\nNice=1\n",
            "2 override.conf Service.User b\n3 override.conf Service.Nice 1");
        row("prefix and type drop-ins", "=== /usr/lib/systemd/system/shop-web.service\n[Service]\nUser=a\n=== /etc/systemd/system/service.d/10.conf\n[Service]\nNice=1\nUser=t\n=== /etc/systemd/system/shop-.service.d/10.conf\n[Service]\nUser=p\n=== /etc/systemd/system/shop-web.service.d/10.conf\n[Service]\nUser=own\n",
            "2 10.conf Service.User own");
        row("folders before closeness, the type last", "=== /usr/lib/systemd/system/shop-web.service\n[Service]\nUser=a\n=== /usr/lib/systemd/system/shop-web.service.d/10.conf\n[Service]\nUser=lib\n=== /etc/systemd/system/shop-.service.d/10.conf\n[Service]\nUser=prefix\n=== /etc/systemd/system/service.d/10.conf\n[Service]\nUser=type\n",
            "2 10.conf Service.User prefix");
        row("two units", "=== /etc/systemd/system/shop.service\n[Service]\nUser=a\n=== /etc/systemd/system/x.timer\n[Timer]\nOnCalendar=daily\nOnCalendar=\nOnCalendar=hourly\n",
            "2 shop.service \"shop.service\".Service.User a\n4 x.timer \"x.timer\".Timer.OnCalendar[0] hourly");
        row("sections again", "=== /etc/systemd/system/shop.service\n[Service]\nUser=a\n[Install]\nWantedBy=multi-user.target\n[Service]\nGroup=b\n",
            "2 shop.service Service.User a\n4 shop.service Install.WantedBy[0] multi-user.target\n6 shop.service Service.Group b");
        row("CRLF and mark", "=== /etc/systemd/system/shop.service\n\357\273\277[Service]\r\nUser=a\r\n",
            "2 shop.service Service.User a");
        row("outside of a section", "=== /etc/systemd/system/shop.service\nUser=a\n[Service]\nUser=b\n",
            "3 shop.service Service.User b\n! shop.service line 1: expected [Section] before the first assignment, found a line outside of any section");
        row("no equals sign", "=== /etc/systemd/system/shop.service\n[Service]\nUser\nGroup=b\n",
            "3 shop.service Service.Group b\n! shop.service line 2: expected Name=value, found no '='");
        row("open section", "=== /etc/systemd/system/shop.service\n[Service\nUser=a\n[Unit]\nDescription=b\n",
            "4 shop.service Unit.Description b\n! shop.service line 1: expected [Section], found a '[' without ']'");
        row("environment without a value", "=== /etc/systemd/system/shop.service\n[Service]\nEnvironment=hunter2 A=1\n",
            "2 shop.service Service.Environment.A 1\n! shop.service line 2: expected NAME=value in Environment, found a word without '='");
        row("empty", "=== /etc/systemd/system/shop.service\n",
            "");
        // clang-format on
    }

    void reads()
    {
        QFETCH(QByteArray, files);
        QFETCH(QByteArray, expected);
        ConfigSet set = setOf(files, sources::parseUnitFile);
        sources::effectiveUnits(set);
        QCOMPARE(shownSet(set).toUtf8(), expected);
    }

    void saysWhatElseSetIt()
    {
        ConfigSet set = setOf("=== /etc/systemd/system/a.service\n[Service]\nUser=a\nUser=b\n", sources::parseUnitFile);
        sources::effectiveUnits(set);
        QVERIFY(set.entries.front().note.contains(QLatin1String("also set in")));
    }

    void keepsHostsApart()
    {
        ConfigSet set = setOf("=== /etc/systemd/system/a.service\n[Service]\nUser=a\n", sources::parseUnitFile);
        ConfigSet other = setOf("=== /etc/systemd/system/a.service\n[Service]\nUser=b\n", sources::parseUnitFile);
        other.files[0].host = other.entries[0].host = QStringLiteral("web2");
        set.files.push_back(other.files[0]);
        set.entries.push_back(other.entries[0]);
        sources::effectiveUnits(set);
        QCOMPARE(set.entries.size(), size_t(2));
        QCOMPARE(set.entries[0].key, set.entries[1].key);
        QCOMPARE(set.entries[1].value, QStringLiteral("b"));
    }
};

QTEST_GUILESS_MAIN(TestSystemdUnit)
#include "tst_systemdunit.moc"
