// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

namespace taffrail::pg {

/// Threads for what can only be done blocking: files, name resolution, secrets, libpq's cancel. They are started when
/// needed, end when idle, and are never waited for: a resolver that hangs for a minute must not hold up the end of the
/// program. So a task must own what it uses.
class Errands {
public:
    explicit Errands(int most = 16);
    ~Errands();
    Errands(const Errands &) = delete;
    Errands &operator=(const Errands &) = delete;

    void run(std::function<void()> task);

private:
    struct State;
    static void work(const std::shared_ptr<State> &state);
    std::shared_ptr<State> m_state;
};

} // namespace taffrail::pg
