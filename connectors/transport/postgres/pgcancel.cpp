// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgcancel.h"

#include "loopbackdoor.h"

#include <poll.h>

#include <array>
#include <atomic>
#include <thread>

namespace taffrail::pg {

namespace {

struct CancelDeleter {
    void operator()(PGcancel *cancel) const { PQfreeCancel(cancel); }
};
using CancelPtr = std::shared_ptr<PGcancel>;

constexpr int dialLimitMs = 5'000;

void cancelNow(const CancelPtr &cancel)
{
    std::array<char, 256> message;
    // A refusal changes nothing: the statement has its own time limit on the server.
    [[maybe_unused]] const int done = PQcancel(cancel.get(), message.data(), int(message.size()));
}

/// libpq dials the port that the connection was made through, which was closed since: it opens once more for this.
void cancelThroughTunnel(const CancelPtr &cancel, const Target &target, const QString &farHost, int farPort, quint16 nearPort)
{
    auto door = LoopbackDoor::open(nearPort);
    if (!door)
        return;
    std::thread dial([&cancel] { cancelNow(cancel); });
    pollfd waiting {door->descriptor(), POLLIN, 0};
    int accepted = -1;
    if (poll(&waiting, 1, dialLimitMs) > 0)
        accepted = door->acceptOwn();
    door->close(); // whoever still waits at it is turned away
    if (accepted >= 0)
        target.tunnel(farHost, farPort, accepted, [](const Result<bool> &) { /* the statement ends by its limit */ });
    dial.join();
}

} // namespace

void requestCancel(PGconn *connection, const Target &target, const QString &farHost, int farPort, Errands &errands)
{
    const CancelPtr cancel(PQgetCancel(connection), CancelDeleter());
    if (!cancel)
        return;
    if (!target.tunnel) {
        errands.run([cancel] { cancelNow(cancel); });
        return;
    }
    const quint16 nearPort = quint16(QByteArray(PQport(connection)).toUInt());
    errands.run([cancel, target, farHost, farPort, nearPort] {
        cancelThroughTunnel(cancel, target, farHost, farPort, nearPort);
    });
}

} // namespace taffrail::pg
