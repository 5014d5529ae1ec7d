// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "exec.h"
#include "inventory.h"
#include "observation.h"
#include "questions.h"

#include <memory>

namespace taffrail::ssh {

/// A machine to reach. Endpoints that resolve to the same (user, host, port, jump chain) share one connection.
struct Endpoint {
    SshSpec spec;
    bool production = false; ///< an unknown host key is never accepted by a plain yes
};

/// Who is asked. Called on a pool thread; each answer may come later, from any thread, once. A null function = nobody
/// there: the request fails with HostKeyUnknown or AnswerNeeded and the hint what to do.
struct Asking {
    /// The answer is the fingerprint that the person confirmed, or "" to refuse.
    std::function<void(const HostKeyQuestion &, std::function<void(QString)>)> hostKey;
    /// The answer is the secret; a null QByteArray = refused. The pool wipes it after use.
    std::function<void(const SecretQuestion &, std::function<void(QByteArray)>)> secret;
};

/// How far the making of a connection has come.
enum class LoginStage {
    Asked, ///< `detail` names the jump host that must be up first, "" = none
    Begun,
    Resolved, ///< `detail` is the first numeric address; not told behind a jump host, which knows its own names
    Connected, ///< `detail` is the numeric address, "" behind a jump host
    HostKeyPassed, ///< `detail` is the fingerprint
    SignedIn,
};

/// Told as it happens, for who wants to know where the time goes. A second try (another key type) begins anew.
struct StageEvent {
    QString peer; ///< as in LinkEvent: "deploy@10.0.0.5:22 through bastion"
    LoginStage stage = LoginStage::Asked;
    std::chrono::steady_clock::time_point at;
    QString detail;
};

struct Settings {
    QString configFile; ///< "" = ~/.ssh/config through `ssh -G`; a path = `ssh -F path -G` (tests)
    QStringList knownHostsFiles; ///< empty = what `ssh -G` names (user files, then global)
    bool acceptNewHostKeys = false; ///< --accept-new-host-keys: never for production
    int loginsPerBastion = 8;
    int channelsPerHost = 4;
    std::chrono::milliseconds connectTimeout{10'000};
    Asking asking;
    std::function<void(const StageEvent &)> onStage; ///< called on the network thread; null = nobody listens
};

/// How a connection changed; for the links of a snapshot and for the activity list.
struct LinkEvent {
    QString key; ///< connection key, see keyOf()
    LinkState state = LinkState::Idle;
    QDateTime since;
    std::optional<Error> error;
    QDateTime retryAt;
    QString peer; ///< "deploy@10.0.0.5:22 through bastion"
};

/// All SSH connections of the program, on one network thread of its own. Every function may be called from any thread
/// and returns at once.
class Pool {
public:
    explicit Pool(Settings settings);
    ~Pool(); ///< cancels everything, joins the thread
    Q_DISABLE_COPY_MOVE(Pool)

    /// A fresh `exec /bin/sh -s` channel: for what is long, secret or not trusted to end.
    RequestId exec(const Endpoint &endpoint, ExecRequest request, Done<ExecReply> done);
    /// Through the resident shell of that host, one at a time: `script` must be the body of one probe that prints
    /// `@TFR1 <nonce> …` frames; the answer ends with the frame `@TFR1 <nonce> END`. Falls back to a fresh exec.
    RequestId probe(const Endpoint &endpoint, const QByteArray &nonce, ExecRequest request, Done<ExecReply> done);
    /// Reads one file by SFTP; TooLarge above maxBytes, NotFound, Denied.
    RequestId readFile(const Endpoint &endpoint, const QString &path, qint64 maxBytes,
                       std::chrono::milliseconds deadline, Done<QByteArray> done);
    /// Joins the connected stream socket `fd` (owned from here on) with a direct-tcpip channel to host:port as seen
    /// from the endpoint. `done` is called once the channel is open, or has failed; the stream ends when either side
    /// closes.
    RequestId forward(const Endpoint &endpoint, const QString &host, int port, int fd,
                      std::chrono::milliseconds deadline, Done<bool> done);
    /// The request's `done` is called with Cancelled unless it already was.
    void cancel(RequestId id);

    /// Key under which LinkEvents of this endpoint come; resolves aliases, so it may take until the first request is
    /// done. Equal endpoints give equal keys.
    static QString keyOf(const Endpoint &endpoint);
    /// Called on the network thread.
    void onLink(std::function<void(const LinkEvent &)> observer);
    /// After sleep or a network change: forget back-off, test every warm connection at once.
    void wake();
    /// Number of open connections, for tests and the status bar.
    int connectionCount() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace taffrail::ssh
