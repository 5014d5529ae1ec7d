// SPDX-License-Identifier: GPL-3.0-or-later
#include "parsedtable.h"

using namespace taffrail;
using namespace parsedtable;

class TestSysctl : public QObject {
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
        row("one file", "=== /etc/sysctl.d/10.conf\n# x\n; y\nvm.swappiness = 10\nnet.ipv4.tcp_rmem = 4096\t131072  6291456\nkernel.core_pattern=|/bin/x %p\n-net.ipv4.ip_forward = 1\n",
            "3 10.conf vm.swappiness 10\n4 10.conf net.ipv4.tcp_rmem 4096 131072 6291456\n5 10.conf kernel.core_pattern |/bin/x %p\n6 10.conf net.ipv4.ip_forward 1");
        row("slashes and dots", "=== /etc/sysctl.d/10.conf\nnet/ipv4/conf/eth0.100/forwarding = 1\nnet.ipv4.conf.eth0/200.forwarding = 2\n/proc/sys/vm/swappiness=3\n",
            "1 10.conf net.ipv4.conf.eth0/100.forwarding 1\n2 10.conf net.ipv4.conf.eth0/200.forwarding 2\n3 10.conf vm.swappiness 3");
        row("the last one counts, by name over folders", "=== /usr/lib/sysctl.d/50.conf\nvm.a = 1\nvm.b = 1\n=== /etc/sysctl.d/10.conf\nvm.a = 2\n",
            "1 50.conf vm.a 1\n2 50.conf vm.b 1");
        row("same name hides", "=== /usr/lib/sysctl.d/50.conf\nvm.a = 1\nvm.b = 1\n=== /etc/sysctl.d/50.conf\nvm.a = 2\n",
            "1 50.conf vm.a 2");
        row("sysctl.conf comes last", "=== /etc/sysctl.conf\nvm.a = 1\n=== /etc/sysctl.d/99.conf\nvm.a = 2\n",
            "1 sysctl.conf vm.a 1");
        row("same key in two spellings", "=== /etc/sysctl.d/10.conf\nvm.a=1\nvm/a=2\n",
            "2 10.conf vm.a 2");
        row("patterns", "=== /etc/sysctl.d/10.conf\nnet.ipv4.conf.*.rp_filter = 2\n-net.ipv4.conf.all.rp_filter\n",
            "1 10.conf net.ipv4.conf.*.rp_filter 2");
        row("what the kernel changes is left out", "=== running\nkernel.random.uuid = x\nfs.file-nr = 1 2 3\nvm.a = 1\n",
            "3 running vm.a 1");
        row("no equals sign", "=== /etc/sysctl.d/10.conf\nvm.a\nvm.b = 1\n",
            "2 10.conf vm.b 1\n! 10.conf line 1: expected name = value, found no '='");
        row("no name", "=== /etc/sysctl.d/10.conf\n= 1\nvm.b = 1\n",
            "2 10.conf vm.b 1\n! 10.conf line 1: expected name = value, found a line without a name");
        row("CRLF", "=== /etc/sysctl.d/10.conf\nvm.a = 1\r\nvm.b = 2\r\n",
            "1 10.conf vm.a 1\n2 10.conf vm.b 2");
        row("empty value", "=== /etc/sysctl.d/10.conf\nkernel.domainname =\n",
            "1 10.conf kernel.domainname");
        // clang-format on
    }

    void reads()
    {
        QFETCH(QByteArray, files);
        QFETCH(QByteArray, expected);
        ConfigSet set = setOf(files, sources::parseSysctl);
        sources::effectiveSysctl(set);
        QCOMPARE(shownSet(set).toUtf8(), expected);
    }

    void saysWhatIsHidden()
    {
        ConfigSet set = setOf("=== /usr/lib/sysctl.d/5.conf\nvm.a=1\n=== /etc/sysctl.d/5.conf\nvm.a=2\n=== "
                              "/etc/sysctl.d/6.conf\nvm.a=3\n",
                              sources::parseSysctl);
        sources::effectiveSysctl(set);
        QCOMPARE(set.notes.size(), 1);
        QVERIFY(set.notes[0].startsWith(QLatin1String("/usr/lib/sysctl.d/5.conf")));
        QVERIFY(set.entries.front().note.contains(QLatin1String("/etc/sysctl.d/5.conf line 1")));
    }
};

QTEST_GUILESS_MAIN(TestSysctl)
#include "tst_sysctl.moc"
