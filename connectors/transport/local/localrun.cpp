// SPDX-License-Identifier: GPL-3.0-or-later
#include "localrun.h"

#include "text.h"

#include <QDir>
#include <QFile>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace taffrail {

namespace {

/// How long pipes that a background child keeps open are read after the shell itself ended.
constexpr int graceMs = 200;

auto localError(ErrorKind kind, const QString &text, const QString &hint = {})
{
    return Error{kind, QStringLiteral("run"), QStringLiteral("this machine"), text, hint};
}

void closeFd(int &fd)
{
    if (fd >= 0)
        ::close(fd);
    fd = -1;
}

struct Pipe {
    std::array<int, 2> ends{-1, -1};

    Pipe() = default;
    ~Pipe()
    {
        closeFd(ends[0]);
        closeFd(ends[1]);
    }
    Q_DISABLE_COPY_MOVE(Pipe)
    bool open() { return ::pipe2(ends.data(), O_CLOEXEC) == 0; }
    /// Takes one end, non-blocking.
    int take(size_t end)
    {
        const int fd = std::exchange(ends[end], -1);
        ::fcntl(fd, F_SETFL, O_NONBLOCK);
        return fd;
    }
};

/// 0, or the errno. The shell starts in the home folder, as over SSH, with default signals and no other descriptor.
int spawnShell(const Pipe &in, const Pipe &out, const Pipe &err, pid_t &pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, in.ends[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err.ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    const QByteArray home = QFile::encodeName(QDir::homePath());
    const bool homeUsable = ::access(home.constData(), X_OK) == 0;
    posix_spawn_file_actions_addchdir_np(&actions, homeUsable ? home.constData() : "/");
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, short(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
    char name[] = "/bin/sh";
    char option[] = "-s";
    char *const arguments[] = {name, option, nullptr};
    const int error = ::posix_spawn(&pid, name, &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

} // namespace

LocalRun::LocalRun(RequestId id, ExecRequest request, Done<ExecReply> done)
    : m_id(id),
      m_request(std::move(request)),
      m_done(std::move(done)),
      m_deadline(m_request.deadline)
{
}

LocalRun::~LocalRun()
{
    reap();
    for (int *fd : {&m_in, &m_out, &m_err, &m_process})
        closeFd(*fd);
}

std::optional<Error> LocalRun::start()
{
    Pipe in, out, err;
    m_reply.startedAt = QDateTime::currentDateTimeUtc();
    m_clock.start();
    int error = in.open() && out.open() && err.open() ? 0 : errno;
    if (error == 0)
        error = spawnShell(in, out, err, m_pid);
    if (error != 0) {
        m_pid = -1;
        const bool isBusy = error == EAGAIN || error == EMFILE || error == ENFILE || error == ENOMEM;
        return localError(isBusy ? ErrorKind::Busy : ErrorKind::NotFound,
                          QStringLiteral("/bin/sh cannot be started: %1").arg(QString::fromLocal8Bit(strerror(error))));
    }
    m_in = in.take(1);
    m_out = out.take(0);
    m_err = err.take(0);
    m_process = int(::syscall(SYS_pidfd_open, m_pid, 0U));
    if (m_process < 0)
        return localError(ErrorKind::Unsupported,
                          QStringLiteral("this kernel has no pidfd_open (Linux 5.3 or newer is needed)"));
    return {};
}

void LocalRun::writeScript()
{
    while (m_in >= 0 && m_written < m_request.script.size()) {
        const ssize_t wrote
            = ::write(m_in, m_request.script.constData() + m_written, size_t(m_request.script.size() - m_written));
        if (wrote > 0)
            m_written += wrote;
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            break; // the shell stopped reading: its exit status tells the rest
    }
    closeFd(m_in);
}

/// False: over the limit.
bool LocalRun::read(int &fd, QByteArray &into, qint64 limit)
{
    std::array<char, 64 * 1024> buffer;
    // at most 1 MiB a turn, so that one talkative run does not starve the others
    for (int turn = 0; fd >= 0 && turn < 16; ++turn) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got > 0 && into.size() + got > limit)
            return false;
        if (got > 0)
            into.append(buffer.data(), got);
        else if (got == 0 || (errno != EINTR && errno != EAGAIN))
            closeFd(fd);
        else if (errno == EAGAIN)
            break;
    }
    return true;
}

bool LocalRun::advance()
{
    writeScript();
    if (!read(m_out, m_reply.out, m_request.maxOut)) {
        m_error = localError(ErrorKind::TooLarge,
                             QStringLiteral("more than %1 of output").arg(bytesText(m_request.maxOut)));
        return true;
    }
    if (!read(m_err, m_reply.err, m_request.maxErr)) {
        m_error = localError(ErrorKind::TooLarge,
                             QStringLiteral("more than %1 on standard error").arg(bytesText(m_request.maxErr)));
        return true;
    }
    if (!m_exited) {
        pollfd wait{m_process, POLLIN, 0};
        m_exited = ::poll(&wait, 1, 0) > 0;
        if (m_exited)
            m_grace.setRemainingTime(graceMs);
    }
    if (m_exited && ((m_out < 0 && m_err < 0) || m_grace.hasExpired()))
        return true;
    if (m_deadline.hasExpired()) {
        m_error = localError(ErrorKind::Timeout,
                             QStringLiteral("no complete answer within %1").arg(durationText(m_request.deadline)));
        return true;
    }
    return false;
}

int LocalRun::waitMs() const
{
    const qint64 left = std::min(m_deadline.remainingTime() < 0 ? 60'000 : m_deadline.remainingTime(),
                                 m_grace.isForever() ? 60'000 : m_grace.remainingTime());
    return int(std::clamp<qint64>(left, 0, 60'000));
}

/// The group is killed before its leader is reaped: until then nobody else can get its number.
void LocalRun::reap()
{
    if (m_pid <= 0)
        return;
    ::kill(-m_pid, SIGKILL);
    int status = 0;
    while (::waitpid(m_pid, &status, 0) < 0 && errno == EINTR) {}
    m_pid = -1;
    if (WIFEXITED(status)) {
        m_reply.exitCode = WEXITSTATUS(status);
    } else if (WIFSIGNALED(status)) {
        const char *name = sigabbrev_np(WTERMSIG(status));
        m_reply.signal = name ? QByteArray(name) : QByteArray::number(WTERMSIG(status));
    }
}

void LocalRun::finish(std::optional<Error> error)
{
    reap();
    m_reply.took = std::chrono::microseconds(m_clock.isValid() ? m_clock.nsecsElapsed() / 1'000 : 0);
    m_reply.finishedAt = QDateTime::currentDateTimeUtc();
    if (!error)
        error = std::move(m_error);
    const Done<ExecReply> done = std::exchange(m_done, {});
    if (!done)
        return;
    if (error)
        done(failure(std::move(*error)));
    else
        done(std::move(m_reply));
}

} // namespace taffrail
