// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"
#include "console.h"

#include <QGuiApplication>

#include <csignal>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace {

/// No secret in a core dump, no reading of this process by others of the same user (reference security 7), and room for
/// two descriptors a host.
void hardenProcess()
{
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
    std::signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c)
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

} // namespace

int main(int argc, char *argv[])
{
    hardenProcess();
    QCoreApplication::setApplicationName(QStringLiteral("taffrail"));
    QCoreApplication::setApplicationVersion(QStringLiteral(TAFFRAIL_VERSION));
    QStringList arguments;
    for (int i = 1; i < argc; ++i)
        arguments << QString::fromLocal8Bit(argv[i]);
    const auto line = taffrail::readCommandLine(arguments);
    if (!line) {
        taffrail::complain(line.error());
        return taffrail::exitcode::usage;
    }
    if (!taffrail::isHeadless(*line))
        return taffrail::runConsole(argc, argv, *line);
    if (!line->pdf.isEmpty()) { // its fonts are of the window system's side, though no window opens
        qputenv("QT_QPA_PLATFORM", "offscreen");
        QGuiApplication application(argc, argv);
        return taffrail::runCommand(*line, application);
    }
    QCoreApplication application(argc, argv);
    return taffrail::runCommand(*line, application);
}
