// SPDX-License-Identifier: GPL-3.0-or-later
#include "secretcommand.h"

#include "secret.h"
#include "text.h"

#include <QDeadlineTimer>
#include <QFile>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

namespace taffrail::inventory {

namespace {

constexpr qsizetype maxSecretBytes = 64 * 1024;
constexpr qsizetype maxComplaintBytes = 4 * 1024;

/// What password programs (pass, gpg, secret-tool, op, vault) need, and no more: the console's environment may itself
/// hold secrets.
constexpr std::array<const char *, 15> keptVariables{"PATH",
                                                     "HOME",
                                                     "USER",
                                                     "LOGNAME",
                                                     "LANG",
                                                     "LC_ALL",
                                                     "TMPDIR",
                                                     "XDG_RUNTIME_DIR",
                                                     "XDG_CONFIG_HOME",
                                                     "XDG_DATA_HOME",
                                                     "DBUS_SESSION_BUS_ADDRESS",
                                                     "GNUPGHOME",
                                                     "PASSWORD_STORE_DIR",
                                                     "DISPLAY",
                                                     "WAYLAND_DISPLAY"};

struct Pipe {
    std::array<int, 2> ends{-1, -1};

    Pipe() = default;
    ~Pipe()
    {
        closeEnd(0);
        closeEnd(1);
    }
    Q_DISABLE_COPY_MOVE(Pipe)
    bool open() { return ::pipe2(ends.data(), O_CLOEXEC) == 0; }
    void closeEnd(size_t end)
    {
        if (ends[end] >= 0)
            ::close(ends[end]);
        ends[end] = -1;
    }
};

std::vector<char *> pointersTo(std::vector<QByteArray> &texts)
{
    std::vector<char *> pointers;
    pointers.reserve(texts.size() + 1);
    for (QByteArray &text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

int spawn(const QStringList &words, const Pipe &out, const Pipe &err, pid_t &pid)
{
    std::vector<QByteArray> arguments, environment;
    for (const QString &word : words)
        arguments.push_back(QFile::encodeName(word));
    for (const char *name : keptVariables) {
        if (qEnvironmentVariableIsSet(name))
            environment.push_back(QByteArray(name) + '=' + qgetenv(name));
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err.ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, short(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
    const int error = ::posix_spawn(&pid, arguments.front().constData(), &actions, &attributes,
                                    pointersTo(arguments).data(), pointersTo(environment).data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/// Reads what is there; bytes over the limit are counted, not kept. False: end of the stream.
bool readSome(int fd, QByteArray &into, qsizetype limit, bool &isOver)
{
    std::array<char, 4096> buffer;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got > 0) {
        const qsizetype room = std::min<qsizetype>(got, limit - into.size());
        into.append(buffer.data(), room); // its capacity was reserved: no copy is left behind by growing
        isOver = isOver || room < got;
    }
    ::explicit_bzero(buffer.data(), buffer.size());
    return got > 0 || (got < 0 && errno == EINTR);
}

} // namespace

Result<QByteArray> secretFromProgram(const QString &subject, const QStringList &words, std::chrono::milliseconds limit)
{
    const QString step = QStringLiteral("read secret");
    Pipe out, err;
    pid_t pid = -1;
    int error = out.open() && err.open() ? 0 : errno;
    if (error == 0)
        error = spawn(words, out, err, pid);
    if (error != 0)
        return failure(
            error == ENOENT ? ErrorKind::NotFound : ErrorKind::BadConfig, step, subject,
            QStringLiteral("the program cannot be started: %1").arg(QString::fromLocal8Bit(strerror(error))));
    out.closeEnd(1);
    err.closeEnd(1);
    QByteArray secret, complaint;
    secret.reserve(maxSecretBytes);
    complaint.reserve(maxComplaintBytes);
    const QDeadlineTimer deadline(limit);
    bool isTooLong = false, ignored = false, isLate = false;
    while (out.ends[0] >= 0 && !isTooLong) {
        std::array<pollfd, 2> waits{{{out.ends[0], POLLIN, 0}, {err.ends[0], POLLIN, 0}}};
        const int ready
            = ::poll(waits.data(), waits.size(), int(std::clamp<qint64>(deadline.remainingTime(), 0, 60'000)));
        isLate = deadline.hasExpired();
        if (isLate || (ready < 0 && errno != EINTR))
            break;
        if (waits[0].revents != 0 && !readSome(out.ends[0], secret, maxSecretBytes, isTooLong))
            out.closeEnd(0);
        if (waits[1].revents != 0 && !readSome(err.ends[0], complaint, maxComplaintBytes, ignored))
            err.closeEnd(0);
    }
    // its output has ended: what is left of the time is for the program to exit
    siginfo_t ended{};
    while (!isLate && !isTooLong && ::waitid(P_PID, id_t(pid), &ended, WEXITED | WNOHANG | WNOWAIT) == 0
           && ended.si_pid == 0) {
        ::poll(nullptr, 0, 5);
        isLate = deadline.hasExpired();
    }
    ::kill(-pid, SIGKILL);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    if (!isLate && !isTooLong && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return secret;
    wipe(secret);
    if (isLate)
        return failure(ErrorKind::Timeout, step, subject,
                       QStringLiteral("no secret within %1").arg(durationText(limit)),
                       QStringLiteral("The program gets no terminal; one that asks must bring its own window."));
    if (isTooLong)
        return failure(ErrorKind::TooLarge, step, subject, QStringLiteral("more than 64 KiB of output"));
    const QString ending = WIFEXITED(status) ? QStringLiteral("exit status %1").arg(WEXITSTATUS(status))
                                             : QStringLiteral("killed by signal %1").arg(WTERMSIG(status));
    return failure(ErrorKind::ToolFailed, step, subject,
                   complaint.isEmpty() ? ending
                                       : QStringLiteral("%1: %2").arg(ending, redacted(sanitizedLine(complaint, 200))));
}

} // namespace taffrail::inventory
