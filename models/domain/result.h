// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <tl/expected.hpp>

namespace taffrail {

/// What went wrong, as far as the program branches on it. The words for JSON are those of errorKindWord().
enum class ErrorKind {
    Cancelled, ///< superseded or stopped by a person
    Timeout, ///< a deadline passed; nothing is known of the other side
    Unreachable, ///< no route, refused, or a silent port
    NameNotFound, ///< the host name does not resolve
    ConnectionLost, ///< the link was up and broke
    HostKeyUnknown, ///< nothing known about this host's key: a person must look
    HostKeyChanged, ///< another key than the known one: never continue
    HostKeyRevoked, ///< the key is marked @revoked: never continue
    CertificateRefused, ///< the other side's TLS certificate does not prove who it is, or TLS itself failed
    AuthRefused, ///< the other side did not accept who we are
    AnswerNeeded, ///< a passphrase or password is needed and nobody is there to ask
    Denied, ///< signed in, but without the right to this
    NotFound, ///< the command, file, table or object is absent
    BadConfig, ///< the inventory or a local file is wrong
    BadData, ///< an answer that cannot be read
    TooLarge, ///< an answer over its limit
    Busy, ///< no slot, too many connections, a lock is held
    ToolFailed, ///< the asked tool ran and reported failure
    Unsupported, ///< known not to work here
    OutcomeUnknown, ///< the link broke during an act: look before trying again
    Internal, ///< a defect of this program
};

/// A failure as a value. `step` says which part failed ("connect", "host key", "sign in", "parse"), `subject` on what
/// ("deploy@web1:22", "main"), `text` why, in plain words without secrets, `hint` what to do next (may be empty).
struct Error {
    ErrorKind kind = ErrorKind::Internal;
    QString step;
    QString subject;
    QString text;
    QString hint;

    bool operator==(const Error &) const = default;
};

/// A value or an Error; dropping one is a compiler warning.
template <typename T> struct [[nodiscard]] Result : tl::expected<T, Error> {
    using tl::expected<T, Error>::expected;
    Result(tl::expected<T, Error> other) // NOLINT(google-explicit-constructor): from map(), and_then()
        : tl::expected<T, Error>(std::move(other))
    {
    }
};

/// Makes the error side of a Result.
inline auto failure(ErrorKind kind, QString step, QString subject, QString text, QString hint = {})
{
    return tl::unexpected<Error>(Error{kind, std::move(step), std::move(subject), std::move(text), std::move(hint)});
}
inline auto failure(Error error)
{
    return tl::unexpected<Error>(std::move(error));
}

/// The stable word of a kind in JSON, e.g. "host-key-changed".
QString errorKindWord(ErrorKind kind);
/// The kind of a word; Internal for an unknown one.
ErrorKind errorKindFromWord(const QString &word);
/// One sentence for a person: what failed, on what, why, what next.
QString sentence(const Error &error);

} // namespace taffrail
