// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <functional>
#include <memory>

namespace taffrail::ssh {

/// Threads for what blocks: names, processes, files, keys, the agent, a person. Made on demand, gone after 10 s without
/// work.
class Workers {
public:
    explicit Workers(int mostThreads);
    /// Drops what has not begun and waits up to 3 s for the rest. A call that still blocks then (a name server that
    /// does not answer) is left behind, so a job must own everything that it touches.
    ~Workers();
    Q_DISABLE_COPY_MOVE(Workers)

    void run(std::function<void()> job); ///< from any thread

private:
    struct State;
    static void work(const std::shared_ptr<State> &state);
    std::shared_ptr<State> m_state;
};

} // namespace taffrail::ssh
