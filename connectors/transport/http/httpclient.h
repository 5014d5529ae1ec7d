// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "exec.h"
#include "source.h"

#include <memory>

namespace taffrail::http {

/// Joins a loopback socket with host:port on the far side of an SSH host; null = direct. The function owns fd.
using Tunnel = std::function<void(QString host, int port, int fd, Done<bool> done)>;

/// Fetches the secret that a reference names (env:, file:, command:, keychain:). It may block: it is called on a thread
/// of its own, also when the client has just ended, so it holds what it uses by value.
using SecretResolver = std::function<Result<QByteArray>(const QString &reference)>;

/// GET requests and TLS probes on one thread of its own. Certificates are verified, redirects to another host are not
/// followed, cookies are not kept. Every function may be called from any thread and returns at once.
class Client {
public:
    /// `resolveSecret`: for requests that name a secret; without it they fail.
    explicit Client(SecretResolver resolveSecret = {});
    ~Client();
    Q_DISABLE_COPY_MOVE(Client)

    RequestId get(const sources::HttpGet &request, Tunnel tunnel, Done<sources::HttpReply> done);
    /// The chain as the peer sends it, also when it cannot be verified (that is told in the reply).
    RequestId probeTls(const sources::TlsProbe &probe, Tunnel tunnel, Done<sources::TlsReply> done);
    void cancel(RequestId id);
    /// Further trusted roots (PEM) for every request to come. What one request trusts stands in the request (caFile).
    void addTrusted(const QByteArray &pem);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace taffrail::http
