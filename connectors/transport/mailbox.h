// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <functional>
#include <memory>
#include <mutex>

namespace taffrail {

/// The way from other threads, perhaps late, to an object that may be gone by then. What is posted runs in the owner's
/// thread, in order, from its event loop; after close() it is dropped. The owner closes it first thing in its
/// destructor; callbacks keep the shared pointer, never the owner.
template <typename Owner> class Mailbox {
public:
    explicit Mailbox(Owner *owner) : m_owner(owner) {}

    /// Any thread.
    void post(std::function<void(Owner &)> call)
    {
        // Held while posting: the owner can't go away in between, and its destruction drops what was posted.
        const std::lock_guard lock(m_mutex);
        if (!m_owner)
            return;
        QMetaObject::invokeMethod(
            m_owner, [owner = m_owner, call = std::move(call)] { call(*owner); }, Qt::QueuedConnection);
    }

    void close()
    {
        const std::lock_guard lock(m_mutex);
        m_owner = nullptr;
    }

private:
    std::mutex m_mutex;
    Owner *m_owner;
};

} // namespace taffrail
