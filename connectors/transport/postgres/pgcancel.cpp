// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgcancel.h"

#include "loopbackdoor.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <utility>

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

/// A descriptor on its way to the loop, closed if it never gets there.
class Passenger {
public:
    explicit Passenger(int descriptor) : m_descriptor(descriptor) {}
    ~Passenger()
    {
        if (m_descriptor >= 0)
            close(m_descriptor);
    }
    Q_DISABLE_COPY_MOVE(Passenger)
    int take() { return std::exchange(m_descriptor, -1); }

private:
    int m_descriptor;
};

/// libpq dials the port that the connection was made through, which was closed since: it opens once more for this.
/// Returns the accepted descriptor, or -1.
int acceptDial(quint16 nearPort, std::thread &dial, const CancelPtr &cancel)
{
    auto door = LoopbackDoor::open(nearPort);
    if (!door)
        return -1;
    dial = std::thread([cancel] { cancelNow(cancel); });
    pollfd waiting{door->descriptor(), POLLIN, 0};
    return poll(&waiting, 1, dialLimitMs) > 0 ? door->acceptOwn() : -1;
}

} // namespace

void requestCancel(PGconn *connection, const Target &target, const Endpoint &endpoint, Errands &errands,
                   const std::weak_ptr<Mailbox> &mailbox)
{
    const CancelPtr cancel(PQgetCancel(connection), CancelDeleter());
    if (!cancel)
        return;
    if (!target.tunnel) {
        errands.run([cancel] { cancelNow(cancel); });
        return;
    }
    const quint16 nearPort = quint16(QByteArray(PQport(connection)).toUInt());
    errands.run([cancel, target, endpoint, mailbox, nearPort] {
        std::thread dial;
        auto accepted = std::make_shared<Passenger>(acceptDial(nearPort, dial, cancel));
        // The tunnel is called on the loop, as ever: it must not be touched when the pool has ended.
        if (const auto box = mailbox.lock())
            box->post([target, endpoint, accepted = std::move(accepted)] {
                if (const int descriptor = accepted->take(); descriptor >= 0)
                    target.tunnel(endpoint.farHost(), endpoint.port.toInt(), descriptor, [](const Result<bool> &) {
                        // The statement ends by its own limit when this way is shut.
                    });
            });
        accepted.reset(); // so that libpq's dial ends when nobody took it
        if (dial.joinable())
            dial.join();
    });
}

} // namespace taffrail::pg
