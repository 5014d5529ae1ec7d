// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <csignal>
#include <sys/resource.h>
#include <unistd.h>

/// What a full disk and a stranger's folder look like, without needing either.
namespace taffrail::test {

/// While it lives, no file of this process grows beyond `bytes`: a write there fails as on a full disk.
class SmallFiles {
public:
    explicit SmallFiles(unsigned long bytes)
    {
        m_handler = std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &m_before);
        rlimit limit = m_before;
        limit.rlim_cur = bytes;
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    SmallFiles(const SmallFiles &) = delete;
    SmallFiles &operator=(const SmallFiles &) = delete;
    ~SmallFiles()
    {
        setrlimit(RLIMIT_FSIZE, &m_before);
        std::signal(SIGXFSZ, m_handler);
    }

private:
    rlimit m_before{};
    void (*m_handler)(int) = nullptr;
};

/// While it lives, the process has no right to what belongs to root only (nothing changes for an ordinary user).
class Unprivileged {
public:
    Unprivileged() : m_before(::geteuid())
    {
        if (m_before == 0)
            m_failed = ::seteuid(65534) != 0;
    }
    Unprivileged(const Unprivileged &) = delete;
    Unprivileged &operator=(const Unprivileged &) = delete;
    ~Unprivileged()
    {
        if (m_before == 0 && !m_failed && ::seteuid(0) != 0)
            ::_exit(70);
    }
    bool hasFailed() const { return m_failed; }

private:
    uid_t m_before;
    bool m_failed = false;
};

} // namespace taffrail::test
