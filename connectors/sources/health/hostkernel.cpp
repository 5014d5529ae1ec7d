// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostview.h"

#include "text.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources {

namespace {

using Figures = QHash<QByteArray, double>;

/// "Key: N kB" and "key N" lines; the unit is left to the caller.
Figures figuresOf(const QByteArray &text)
{
    Figures figures;
    for (const QByteArray &line : linesOf(text)) {
        const QList<QByteArray> words = line.simplified().split(' ');
        if (words.size() < 2)
            continue;
        QByteArray key = words[0];
        if (key.endsWith(':'))
            key.chop(1);
        if (const std::optional<double> value = numberOf(words[1]))
            figures.insert(key, *value);
    }
    return figures;
}

struct Pressure {
    std::optional<double> some, full, someTotal, fullTotal; ///< avg60 in %, total in µs
};

Pressure pressureOf(const QByteArray &text, const QByteArray &resource)
{
    Pressure pressure;
    for (const QByteArray &line : linesOf(pieceOf(text, "/proc/pressure/" + resource).value_or(QByteArray()))) {
        const bool isFull = line.startsWith("full ");
        for (const QByteArray &word : line.split(' ')) {
            if (word.startsWith("avg60="))
                (isFull ? pressure.full : pressure.some) = numberOf(word.mid(6));
            else if (word.startsWith("total="))
                (isFull ? pressure.fullTotal : pressure.someTotal) = numberOf(word.mid(6));
        }
    }
    return pressure;
}

int readProcessors(const HostView &view, const QByteArray &stat)
{
    int cores = 0;
    for (const QByteArray &line : linesOf(stat)) {
        const QList<QByteArray> words = line.simplified().split(' ');
        if (words[0] == "cpu" && words.size() >= 9) {
            // guest time is already inside user: only the first eight fields count.
            double total = 0;
            for (qsizetype i = 1; i <= 8; ++i)
                total += numberOf(words[i]).value_or(0);
            const double idle = numberOf(words[4]).value_or(0) + numberOf(words[5]).value_or(0);
            view.count(QStringLiteral("cpu.total"), total);
            view.count(QStringLiteral("cpu.busy"), total - idle);
            view.count(QStringLiteral("cpu.iowait"), numberOf(words[5]).value_or(0));
            view.count(QStringLiteral("cpu.steal"), numberOf(words[8]).value_or(0));
        } else if (words[0].startsWith("cpu")) {
            ++cores;
        } else if (words.size() > 1 && (words[0] == "ctxt" || words[0] == "processes")) {
            if (const std::optional<double> value = numberOf(words[1]))
                view.count(QString::fromLatin1(words[0]), *value);
        }
    }
    return cores;
}

void readDisks(const HostView &view, const QByteArray &text)
{
    for (const QByteArray &line : linesOf(text)) {
        const QList<QByteArray> words = line.simplified().split(' ');
        if (words.size() < 14 || words[2].startsWith("loop") || words[2].startsWith("ram")
            || words[2].startsWith("zram"))
            continue;
        const QString name = QStringLiteral("disk.%1.").arg(sanitizedLine(words[2], 40));
        const auto put = [&](const char *what, qsizetype at, double factor) {
            if (const std::optional<double> value = numberOf(words[at]))
                view.count(name + QLatin1String(what), *value * factor);
        };
        put("reads", 3, 1);
        put("read_bytes", 5, 512); // a sector is 512 bytes whatever the device says
        put("read_ms", 6, 1);
        put("writes", 7, 1);
        put("written_bytes", 9, 512);
        put("write_ms", 10, 1);
        put("busy_ms", 12, 1);
        put("queue_ms", 13, 1);
    }
}

void checkLoad(const HostView &view, const QByteArray &text, int cores, const Pressure &cpu)
{
    const QList<QByteArray> words = pieceOf(text, "/proc/loadavg").value_or(QByteArray()).simplified().split(' ');
    const std::optional<double> load = words.size() >= 3 ? numberOf(words[1]) : std::nullopt;
    if (!load || cores <= 0) {
        view.add(unknownCheck("host.load", {}, view.host, QStringLiteral("the load could not be read")));
        return;
    }
    // Load counts tasks in uninterruptible sleep too: it is believed only beside pressure, and never pages.
    const Limits limits = limitsOf(view.entry, "load", {2, 50});
    const double each = *load / cores;
    const bool isPressed = cpu.some ? *cpu.some > limits.critical : each > 2 * limits.warning;
    const Status status = each > limits.warning && isPressed ? Status::Warning : Status::Ok;
    QString words5 = QStringLiteral("load %1 over 5 min on %2 cores").arg(oneDigit(*load)).arg(cores);
    if (cpu.some)
        words5 += QStringLiteral(", tasks waited for a CPU %1 % of the last minute").arg(oneDigit(*cpu.some));
    view.add(makeCheck("host.load", {}, view.host, status, words5, each, ""));
    view.report.checks.back().warning = limits.warning;
}

void checkMemory(const HostView &view, const QByteArray &text, const Pressure &memory)
{
    const Figures figures = figuresOf(pieceOf(text, "/proc/meminfo").value_or(QByteArray()));
    const double total = figures.value("MemTotal", 0);
    if (total <= 0 || !figures.contains("MemAvailable")) {
        view.add(unknownCheck("host.memory", {}, view.host, QStringLiteral("MemAvailable is not told by this kernel")));
        return;
    }
    const Limits limits = limitsOf(view.entry, "memory", {10, 3});
    const double available = figures.value("MemAvailable");
    const double percent = 100.0 * available / total;
    Status status = below(percent, limits);
    // Little room without any stall is a full cache, not a shortage.
    if (status == Status::Warning && memory.some && *memory.some <= 0)
        status = Status::Notice;
    const QString words = QStringLiteral("%1 % available (%2 of %3)")
                              .arg(oneDigit(percent), sizeText(available * 1024), sizeText(total * 1024));
    view.add(makeCheck("host.memory", {}, view.host, status, words, percent, "%", limits));
    const double swap = figures.value("SwapTotal", 0);
    if (swap > 0) {
        const double used = 100.0 * (swap - figures.value("SwapFree", 0)) / swap;
        view.add(makeCheck("host.swap", {}, view.host, Status::Ok,
                           QStringLiteral("%1 % of swap used").arg(oneDigit(used)), used, "%"));
    }
}

void checkPressure(const HostView &view, const char *code, const char *name, const QString &resource,
                   const Pressure &pressure, Limits limits)
{
    if (pressure.fullTotal)
        view.count(QLatin1String(name) + QStringLiteral(".full_us"), *pressure.fullTotal);
    if (pressure.someTotal)
        view.count(QLatin1String(name) + QStringLiteral(".some_us"), *pressure.someTotal);
    if (!pressure.full) // pressure information is off in this kernel: not a fault of the host
        return;
    limits = limitsOf(view.entry, name, limits);
    view.add(makeCheck(
        code, {}, view.host, above(*pressure.full, limits),
        QStringLiteral("all tasks waited for %1 %2 % of the last minute").arg(resource, oneDigit(*pressure.full)),
        *pressure.full, "%", limits));
}

void checkRatio(const HostView &view, const char *code, const char *name, const QString &what,
                std::optional<double> used, std::optional<double> most, Limits limits)
{
    if (!used || !most || *most <= 0)
        return;
    limits = limitsOf(view.entry, name, limits);
    const double percent = 100.0 * *used / *most;
    view.add(makeCheck(code, {}, view.host, above(percent, limits),
                       QStringLiteral("%1 of %2 %3 used").arg(*used, 0, 'f', 0).arg(*most, 0, 'f', 0).arg(what),
                       percent, "%", limits));
}

void checkHandles(const HostView &view, const QByteArray &text)
{
    const QList<QByteArray> files
        = pieceOf(text, "/proc/sys/fs/file-nr").value_or(QByteArray()).simplified().split(' ');
    if (files.size() == 3)
        checkRatio(view, "host.files", "files", QStringLiteral("file handles"), numberOf(files[0]), numberOf(files[2]),
                   {70, 90});
    else
        view.add(
            unknownCheck("host.files", {}, view.host, QStringLiteral("the count of file handles could not be read")));
    const auto figure = [&](const char *path) { return numberOf(pieceOf(text, path).value_or(QByteArray())); };
    checkRatio(view, "host.conntrack", "conntrack", QStringLiteral("tracked connections"),
               figure("/proc/sys/net/netfilter/nf_conntrack_count"), figure("/proc/sys/net/netfilter/nf_conntrack_max"),
               {75, 90});
}

void checkKills(const HostView &view, const QByteArray &text)
{
    const Figures figures = figuresOf(pieceOf(text, "vmstat").value_or(QByteArray()));
    for (auto it = figures.begin(); it != figures.end(); ++it)
        view.count(QString::fromLatin1(it.key()), it.value());
    if (!figures.contains("oom_kill")) {
        view.add(unknownCheck("host.oom", {}, view.host,
                              QStringLiteral("this kernel does not count processes killed for memory")));
        return;
    }
    const double kills = figures.value("oom_kill");
    view.add(makeCheck("host.oom", {}, view.host, kills > 0 ? Status::Notice : Status::Ok,
                       kills > 0 ? QStringLiteral("%1 processes killed for memory since boot").arg(kills, 0, 'f', 0)
                                 : QStringLiteral("no process killed for memory since boot"),
                       kills, ""));
}

void checkUptime(const HostView &view, const QByteArray &text)
{
    const QByteArray boot = pieceOf(text, "/proc/sys/kernel/random/boot_id").value_or(QByteArray()).trimmed();
    if (!boot.isEmpty() && boot != "!rc") {
        if (!view.report.epoch.isEmpty())
            view.report.epoch += QLatin1Char(' ');
        view.report.epoch += sanitizedLine(boot, 60);
    }
    const std::optional<double> seconds
        = numberOf(pieceOf(text, "/proc/uptime").value_or(QByteArray()).simplified().split(' ').first());
    if (!seconds || *seconds < 0 || *seconds > 1e11) {
        view.add(unknownCheck("host.uptime", {}, view.host, QStringLiteral("the time since boot could not be read")));
        return;
    }
    view.add(makeCheck("host.uptime", {}, view.host, *seconds < 900 ? Status::Notice : Status::Ok,
                       QStringLiteral("up for %1").arg(ageText(std::chrono::seconds(qint64(*seconds)))), *seconds,
                       "s"));
}

void checkRaid(const HostView &view, const QByteArray &text)
{
    // md0 : active raid1 sdb1[1] sda1[0] / 1046528 blocks super 1.2 [2/1] [U_]
    static const QRegularExpression state(QStringLiteral("\\[[U_]+\\]"));
    QString array;
    for (const QByteArray &line : linesOf(pieceOf(text, "/proc/mdstat").value_or(QByteArray()))) {
        if (line.startsWith("md"))
            array = sanitizedLine(line.left(line.indexOf(' ')), 40);
        const QRegularExpressionMatch match = state.match(QString::fromLatin1(line));
        if (array.isEmpty() || !match.hasMatch())
            continue;
        const bool isWhole = !match.captured().contains(QLatin1Char('_'));
        view.add(makeCheck("host.raid", array, view.host, isWhole ? Status::Ok : Status::Critical,
                           isWhole ? QStringLiteral("all disks of the array are up")
                                   : QStringLiteral("a disk of the array is missing: %1").arg(match.captured())));
    }
}

} // namespace

void readKernelFacts(const HostView &view)
{
    const ShellReply *shell = view.reply("st", "host.load");
    if (!shell)
        return;
    const QByteArray &text = shell->out;
    const int cores = readProcessors(view, pieceOf(text, "stat").value_or(QByteArray()));
    readDisks(view, pieceOf(text, "/proc/diskstats").value_or(QByteArray()));
    const Pressure cpu = pressureOf(text, "cpu");
    const Pressure memory = pressureOf(text, "memory");
    checkLoad(view, text, cores, cpu);
    checkMemory(view, text, memory);
    checkPressure(view, "host.psi_memory", "psi_memory", QStringLiteral("memory"), memory, {5, 20});
    checkPressure(view, "host.psi_io", "psi_io", QStringLiteral("I/O"), pressureOf(text, "io"), {20, 50});
    checkHandles(view, text);
    checkKills(view, text);
    checkUptime(view, text);
    checkRaid(view, text);
}

} // namespace taffrail::sources
