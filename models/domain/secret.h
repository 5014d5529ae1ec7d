// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace taffrail {

/// Overwrites the bytes and empties the array. Works only for an unshared array: a copy held elsewhere keeps its bytes,
/// so a secret is moved, never copied.
inline void wipe(QByteArray &secret)
{
    if (!secret.isNull() && secret.isDetached()) {
        volatile char *bytes = secret.data();
        for (qsizetype i = 0; i < secret.capacity(); ++i)
            bytes[i] = 0; // volatile, so that the compiler keeps the writes
    }
    secret.clear();
}

/// Wipes at the end of the scope.
class WipeGuard {
public:
    explicit WipeGuard(QByteArray &secret) : m_secret(secret) {}
    ~WipeGuard() { wipe(m_secret); }
    Q_DISABLE_COPY_MOVE(WipeGuard)

private:
    QByteArray &m_secret;
};

} // namespace taffrail
