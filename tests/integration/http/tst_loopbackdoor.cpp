// SPDX-License-Identifier: GPL-3.0-or-later
#include "loopbackdoor.h"

#include <QProcess>
#include <QTest>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace taffrail;

/// The listener of tunnels: who gets in, and who doesn't.
class TestLoopbackDoor : public QObject {
    Q_OBJECT

private slots:
    void strangersAreTurnedAway();
    void samePortTwiceIsBusy();
    void movedDoorStaysOpen();
};

void TestLoopbackDoor::strangersAreTurnedAway()
{
    auto door = LoopbackDoor::open();
    QVERIFY(door);
    const auto dial = [&door] {
        const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(door->port());
        [[maybe_unused]] const int done
            = ::connect(descriptor, reinterpret_cast<sockaddr *>(&address), sizeof(address));
        return descriptor;
    };
    const int stranger = dial();
    const int own = dial();
    const int accepted = door->acceptFrom(localPortOf(own));
    QVERIFY(accepted >= 0);
    char byte = 0;
    QCOMPARE(read(stranger, &byte, 1), ssize_t(0)); // closed in its face
    QCOMPARE(write(own, "x", 1), ssize_t(1));
    const int again = dial();
    const int second = door->acceptOwn(); // a socket of this process, by the system's own table
    QVERIFY(second >= 0);
    // Another process's socket is not ours.
    QProcess other;
    other.start(
        QStringLiteral("bash"),
        {QStringLiteral("-c"),
         QStringLiteral("exec 3<>/dev/tcp/127.0.0.1/%1; echo ready; read -t 10 <&3; echo closed").arg(door->port())});
    QTRY_VERIFY(other.waitForReadyRead(100) || other.bytesAvailable() > 0);
    QCOMPARE(door->acceptOwn(), -1);
    QVERIFY(other.waitForFinished());
    for (const int descriptor : {stranger, own, accepted, again, second})
        close(descriptor);
}

void TestLoopbackDoor::samePortTwiceIsBusy()
{
    const auto first = LoopbackDoor::open();
    QVERIFY(first && first->port() > 0);
    const auto second = LoopbackDoor::open(first->port());
    QVERIFY(!second);
    QCOMPARE(second.error().kind, ErrorKind::Busy);
}

void TestLoopbackDoor::movedDoorStaysOpen()
{
    auto first = LoopbackDoor::open();
    QVERIFY(first);
    const int descriptor = first->descriptor();
    LoopbackDoor second = std::move(*first);
    QVERIFY(!first->isOpen());
    QCOMPARE(second.descriptor(), descriptor);
    QCOMPARE(second.acceptFrom(1), -1); // nobody there
    second.close();
    QVERIFY(!second.isOpen());
    QCOMPARE(second.acceptOwn(), -1);
    QCOMPARE(localPortOf(-1), quint16(0));
}

QTEST_GUILESS_MAIN(TestLoopbackDoor)
#include "tst_loopbackdoor.moc"
