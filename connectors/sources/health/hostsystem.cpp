// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostview.h"

#include "text.h"

#include <QRegularExpression>

#include <algorithm>
#include <vector>

namespace taffrail::sources {

namespace {

constexpr qint64 freshLists = 3 * 86400; // older package lists say nothing about today's updates

void readRelease(const HostView &view, const ShellReply &shell)
{
    QByteArray name
        = valueOfKey(shell.out, "PRETTY_NAME").value_or(valueOfKey(shell.out, "NAME").value_or(QByteArray()));
    if (name.size() >= 2 && (name.startsWith('"') || name.startsWith('\'')))
        name = name.mid(1, name.size() - 2);
    if (name.isEmpty()) {
        view.add(unknownCheck("host.os", {}, view.host, QStringLiteral("the release could not be read")));
        return;
    }
    const QByteArray kernel = pieceOf(shell.out, "uname").value_or(QByteArray()).simplified();
    const QList<QByteArray> words = kernel.split(' ');
    QString text = sanitizedLine(name, 80);
    if (words.size() >= 3)
        text += QStringLiteral(", kernel %1").arg(sanitizedLine(words[2], 60));
    view.add(makeCheck("host.os", {}, view.host, Status::Ok, text));
}

/// The numbers in "6.1.0-28-amd64", for comparing kernels of one flavour.
std::vector<qulonglong> figuresOf(const QString &kernel)
{
    static const QRegularExpression digits(QStringLiteral("[0-9]+"));
    std::vector<qulonglong> figures;
    for (auto match = digits.globalMatch(kernel); match.hasNext();)
        figures.push_back(match.next().captured().toULongLong());
    return figures;
}

/// The flag of Debian and Ubuntu, or a kernel in /lib/modules that is newer than the running one.
void readReboot(const HostView &view, const ShellReply &shell)
{
    const QList<QByteArray> lines = linesOf(shell.out);
    if (!lines.isEmpty() && lines.first() == "required") {
        QStringList packages;
        for (const QByteArray &line : lines.mid(1, 5))
            packages.append(sanitizedLine(line, 60));
        view.add(
            makeCheck("host.reboot", {}, view.host, Status::Warning,
                      packages.isEmpty()
                          ? QStringLiteral("a reboot is required")
                          : QStringLiteral("a reboot is required for %1").arg(packages.join(QStringLiteral(", ")))));
        return;
    }
    if (lines.isEmpty()) {
        view.add(unknownCheck("host.reboot", {}, view.host, QStringLiteral("the running kernel could not be read")));
        return;
    }
    const QString running = QString::fromUtf8(lines.first());
    QString newest = running;
    for (const QByteArray &line : lines.mid(1)) {
        const QString kernel = QString::fromUtf8(line);
        // Flavours ("-amd64", "-cloud-amd64") are different kernels, not newer ones.
        const auto flavour = [](const QString &name) { return name.section(QLatin1Char('-'), 2); };
        if (flavour(kernel) == flavour(running) && figuresOf(newest) < figuresOf(kernel))
            newest = kernel;
    }
    const bool isOld = newest != running;
    view.add(makeCheck("host.reboot", {}, view.host, isOld ? Status::Warning : Status::Ok,
                       isOld ? QStringLiteral("kernel %1 is installed, %2 runs")
                                   .arg(sanitizedLine(newest.toUtf8(), 60), sanitizedLine(running.toUtf8(), 60))
                             : QStringLiteral("no reboot is asked for")));
}

bool isSecurity(const QByteArray &line)
{
    const QByteArray origins = line.mid(line.indexOf('('));
    return origins.contains("-security") || origins.contains("Debian-Security");
}

void readAptUpdates(const HostView &view, const ShellReply &shell, const QDateTime &at)
{
    std::optional<qint64> listsAt;
    int all = 0;
    int security = 0;
    for (const QByteArray &line : linesOf(shell.out)) {
        if (line.startsWith("lists "))
            listsAt = integerOf(line.mid(6));
        if (line.startsWith("Inst ")) {
            ++all;
            security += isSecurity(line) ? 1 : 0;
        }
    }
    const qint64 now = at.isValid() ? at.toSecsSinceEpoch() : view.context.now.toSecsSinceEpoch();
    if (!listsAt || now - *listsAt > freshLists) {
        view.add(unknownCheck("host.updates", {}, view.host,
                              QStringLiteral("the package lists are older than 3 days: a count would mean nothing"),
                              QStringLiteral("apt-get update (or enable apt-daily.timer)")));
        return;
    }
    HealthCheck check = makeCheck("host.updates", {}, view.host, security > 0 ? Status::Warning : Status::Ok,
                                  QStringLiteral("%1 updates, %2 for security").arg(all).arg(security), security, "");
    check.dataAt = QDateTime::fromSecsSinceEpoch(*listsAt, Qt::UTC);
    view.add(std::move(check));
}

void readUpdates(const HostView &view, const ShellReply &shell, const QDateTime &at)
{
    if (shell.exitCode == 127) // a distribution whose package tool is not known here
        return;
    const QList<QByteArray> lines = linesOf(shell.out);
    if (shell.exitCode >= 100 || lines.isEmpty()) {
        view.add(unknownCheck("host.updates", {}, view.host,
                              shell.exitCode ? reasonOf(shell) : QStringLiteral("the package tool said nothing")));
    } else if (lines.first() == "dnf") {
        const int security = int(lines.size()) - 1;
        view.add(makeCheck("host.updates", {}, view.host, security > 0 ? Status::Warning : Status::Ok,
                           QStringLiteral("%1 updates for security").arg(security), security, ""));
    } else if (lines.first() == "apk") {
        const int all = int(
            std::count_if(lines.begin() + 1, lines.end(), [](const QByteArray &line) { return line.contains('<'); }));
        view.add(makeCheck("host.updates", {}, view.host, all > 0 ? Status::Notice : Status::Ok,
                           QStringLiteral("%1 updates").arg(all), all, ""));
    } else {
        readAptUpdates(view, shell, at);
    }
}

} // namespace

void readSystem(const HostView &view)
{
    const auto answered = [&](const char *part, const char *code) -> const ShellReply * {
        const Reply *reply = replyOf(view.replies, QString::fromLatin1(part), view.host);
        return reply ? view.reply(part, code) : nullptr; // the slow lane may not have been asked yet
    };
    if (const ShellReply *shell = answered("os", "host.os"))
        readRelease(view, *shell);
    if (const ShellReply *shell = answered("reboot", "host.reboot"))
        readReboot(view, *shell);
    const Reply *updates = replyOf(view.replies, QStringLiteral("updates"), view.host);
    if (const ShellReply *shell = updates ? updates->as<ShellReply>() : nullptr)
        readUpdates(view, *shell, updates->at);
    else if (updates)
        view.add(unknownCheck("host.updates", {}, view.host, reasonOf(updates)));
}

} // namespace taffrail::sources
