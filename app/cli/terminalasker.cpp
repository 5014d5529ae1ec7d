// SPDX-License-Identifier: GPL-3.0-or-later
#include "terminalasker.h"

#include "secret.h"
#include "text.h"

#include <csignal>
#include <fcntl.h>
#include <mutex>
#include <termios.h>
#include <thread>
#include <unistd.h>

namespace taffrail {

namespace {

constexpr int longestSecret = 4096;

void say(int terminal, const QByteArray &text)
{
    [[maybe_unused]] const ssize_t written = write(terminal, text.constData(), size_t(text.size()));
}

/// One line from the terminal; null when refused or at its end.
QByteArray readLine(int terminal, bool echo, bool &interrupted)
{
    termios before{};
    if (tcgetattr(terminal, &before) != 0)
        return {};
    termios quiet = before;
    if (!echo)
        quiet.c_lflag &= ~tcflag_t(ECHO);
    quiet.c_lflag &= ~tcflag_t(ICANON | ISIG); // Ctrl+C must first give the echo back
    tcsetattr(terminal, TCSAFLUSH, &quiet);
    QByteArray line("");
    line.reserve(longestSecret); // no reallocation, so no copy stays behind
    bool refused = false;
    for (char byte = 0;;) {
        const ssize_t count = read(terminal, &byte, 1);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0 || byte == 3 || byte == 4) {
            refused = true;
            interrupted = byte == 3;
            break;
        }
        if (byte == '\n' || byte == '\r')
            break;
        if (byte == 127 || byte == 8) {
            if (!line.isEmpty())
                line.chop(1);
        } else if (line.size() < longestSecret - 1) {
            line.append(byte);
        }
    }
    tcsetattr(terminal, TCSAFLUSH, &before);
    say(terminal, "\n");
    if (refused)
        wipe(line);
    return refused ? QByteArray() : line;
}

void ask(const SecretQuestion &question, const std::function<void(QByteArray)> &answer)
{
    static std::mutex oneAtATime;
    const std::lock_guard lock(oneAtATime);
    const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        answer({});
        return;
    }
    say(terminal,
        sanitizedLine(question.subject.toUtf8()).toUtf8() + ": " + sanitizedLine(question.prompt.toUtf8()).toUtf8()
            + " ");
    bool interrupted = false;
    QByteArray secret = readLine(terminal, question.echo, interrupted);
    close(terminal);
    answer(std::move(secret));
    if (interrupted)
        raise(SIGINT);
}

} // namespace

ssh::Asking terminalAsking()
{
    const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0)
        return {};
    close(terminal);
    ssh::Asking asking;
    asking.secret = [](const SecretQuestion &question, std::function<void(QByteArray)> answer) {
        // The transport's thread must not wait for a person.
        std::thread([question, answer = std::move(answer)] { ask(question, answer); }).detach();
    };
    return asking;
}

} // namespace taffrail
