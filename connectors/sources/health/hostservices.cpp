// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostview.h"

#include "text.h"

#include <nlohmann/json.hpp>

#include <QSet>

#include <algorithm>
#include <cmath>

namespace taffrail::sources {

namespace {

using nlohmann::json;

/// The port behind the last colon of "*:22", "[::1]:5432", "127.0.0.1:80".
int portOf(const QByteArray &address)
{
    return address.mid(address.lastIndexOf(':') + 1).toInt();
}

struct Listener {
    QByteArray address;
    double waiting = 0, room = -1; ///< -1 = not told (netstat)
};

QList<Listener> listenersOf(const QByteArray &text)
{
    QList<Listener> listeners;
    for (const QByteArray &line : linesOf(text)) {
        const QList<QByteArray> words = line.simplified().split(' ');
        if (words.size() >= 4 && words[0] == "LISTEN")
            listeners.append({words[3], numberOf(words[1]).value_or(0), numberOf(words[2]).value_or(-1)});
        else if (words.size() >= 5 && words[0].startsWith("tcp"))
            listeners.append({words[3], numberOf(words[1]).value_or(0), -1});
    }
    return listeners;
}

void checkBacklogs(const HostView &view, const QList<Listener> &listeners)
{
    const Limits limits = limitsOf(view.entry, "backlog", {80, 100});
    double worst = 0;
    for (const Listener &listener : listeners) {
        if (listener.room <= 0)
            continue;
        const double percent = 100.0 * listener.waiting / listener.room;
        worst = std::max(worst, percent);
        if (percent > limits.warning)
            view.add(makeCheck("host.backlog", sanitizedLine(listener.address, 80), view.host, Status::Warning,
                               QStringLiteral("%1 of %2 places for connections not yet accepted are taken")
                                   .arg(listener.waiting, 0, 'f', 0)
                                   .arg(listener.room, 0, 'f', 0),
                               percent, "%", limits));
    }
    view.add(makeCheck(
        "host.backlog", {}, view.host, above(worst, {limits.warning, 1e9}),
        QStringLiteral("%1 listening sockets, the fullest queue at %2 %").arg(listeners.size()).arg(oneDigit(worst)),
        worst, "%", limits));
}

/// 14 comma-separated fields of `chronyc -c tracking`.
void checkChrony(const HostView &view, const QList<QByteArray> &fields)
{
    const std::optional<double> offset = numberOf(fields[4]);
    const std::optional<double> delay = numberOf(fields[10]);
    const std::optional<double> dispersion = numberOf(fields[11]);
    const bool isFree = fields[13] == "Not synchronised" || fields[2] == "16" || fields[2] == "0";
    if (!offset || !delay || !dispersion) {
        view.add(unknownCheck("host.time", {}, view.host, QStringLiteral("chrony's answer could not be read")));
        return;
    }
    const double bound = std::abs(*offset) + *dispersion + *delay / 2;
    const Limits limits = limitsOf(view.entry, "time", {0.05, 1});
    const Status status = isFree ? Status::Warning : above(bound, limits);
    const QString text = isFree ? QStringLiteral("chrony runs but is not synchronised")
                                : QStringLiteral("synchronised (stratum %1), off by at most %2 ms")
                                      .arg(sanitizedLine(fields[2], 10), oneDigit(bound * 1000));
    view.add(makeCheck("host.time", {}, view.host, status, text, bound, "s", limits));
}

struct JournalCount {
    int lines = 0;
    QHash<QString, int> byUnit;
};

QString originOf(const json &entry)
{
    // A message of systemd about a unit carries UNIT; its own _SYSTEMD_UNIT is init.scope.
    for (const char *key : {"UNIT", "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER"}) {
        const auto found = entry.find(key);
        if (found != entry.end() && found->is_string())
            return sanitizedLine(QByteArray::fromStdString(found->get_ref<const std::string &>()), 80);
    }
    return QStringLiteral("other");
}

JournalCount countJournal(const QByteArray &text)
{
    JournalCount count;
    for (const QByteArray &line : linesOf(text)) {
        if (!line.startsWith('{'))
            continue;
        const QByteArray utf8 = QString::fromUtf8(line).toUtf8();
        const json entry = json::parse(utf8.begin(), utf8.end(), nullptr, false);
        if (!entry.is_object())
            continue;
        ++count.lines;
        ++count.byUnit[originOf(entry)];
    }
    return count;
}

bool mayReadWholeJournal(const QByteArray &id)
{
    const QList<QByteArray> lines = linesOf(id);
    if (!lines.isEmpty() && lines.first().trimmed() == "0")
        return true;
    for (const QByteArray &line : lines) {
        for (const QByteArray &group : line.split(' ')) {
            if (group == "systemd-journal" || group == "adm" || group == "wheel" || group == "root")
                return true;
        }
    }
    return false;
}

} // namespace

void readListeners(const HostView &view)
{
    const ShellReply *shell = view.reply("listen", "host.backlog");
    if (!shell)
        return;
    const QList<Listener> listeners = listenersOf(shell->out);
    checkBacklogs(view, listeners);
    QSet<int> ports;
    for (const Listener &listener : listeners)
        ports.insert(portOf(listener.address));
    for (const QVariant &wanted : view.entry.options.value(QStringLiteral("ports")).toList()) {
        const int port = wanted.toInt();
        const bool isThere = ports.contains(port);
        view.add(
            makeCheck("host.port", QString::number(port), view.host, isThere ? Status::Ok : Status::Critical,
                      isThere ? QStringLiteral("something listens") : QStringLiteral("nothing listens on this port")));
    }
}

void readTimeSync(const HostView &view)
{
    const Reply *reply = replyOf(view.replies, QStringLiteral("ntp"), view.host);
    const ShellReply *raw = reply ? reply->as<ShellReply>() : nullptr;
    const bool isNotBooted = raw && raw->err.contains("not been booted with systemd");
    const ShellReply *shell = isNotBooted ? raw : view.reply("ntp", "host.time");
    if (!shell)
        return;
    for (const QByteArray &line : linesOf(shell->out)) {
        const QList<QByteArray> fields = line.split(',');
        if (fields.size() == 14) {
            checkChrony(view, fields);
            return;
        }
    }
    if (const std::optional<QByteArray> state = valueOfKey(shell->out, "NTPSynchronized")) {
        const bool isOk = *state == "yes";
        view.add(makeCheck("host.time", {}, view.host, isOk ? Status::Ok : Status::Notice,
                           isOk ? QStringLiteral("synchronised")
                                : QStringLiteral("the clock is not synchronised with a time server")));
        return;
    }
    const bool hasNoDaemon = shell->out.contains("Cannot talk to daemon");
    const QString text = hasNoDaemon ? QStringLiteral("chrony is installed but its daemon does not run")
                                     : QStringLiteral("nothing on this host tells whether its clock is synchronised");
    const std::optional<double> offset = view.report.clockOffsetSeconds;
    // What the daemon would tell is not known; but the clock itself was read and agrees with ours.
    const bool agrees = offset && std::abs(*offset) <= view.report.clockErrorSeconds + 2;
    view.add(agrees ? makeCheck("host.time", {}, view.host, Status::Notice, text)
                    : unknownCheck("host.time", {}, view.host, text));
}

void readJournal(const HostView &view)
{
    const Reply *reply = replyOf(view.replies, QStringLiteral("journal"), view.host);
    const ShellReply *raw = reply ? reply->as<ShellReply>() : nullptr;
    if (raw && raw->exitCode == 127) // no systemd journal there: not a fault
        return;
    const QString hint = QStringLiteral("usermod -a -G systemd-journal USER");
    if (raw && raw->err.contains("insufficient permissions")) {
        view.add(unknownCheck("host.journal", {}, view.host, QStringLiteral("no right to read the journal"), hint));
        return;
    }
    const ShellReply *shell = view.reply("journal", "host.journal");
    if (!shell)
        return;
    const std::optional<QByteArray> id = pieceOf(shell->out, "id");
    const bool isRefused = shell->exitCode != 0 || shell->err.contains("not seeing messages");
    if (isRefused || (id && !mayReadWholeJournal(*id))) {
        view.add(
            unknownCheck("host.journal", {}, view.host, QStringLiteral("no right to read the whole journal"), hint));
        return;
    }
    const JournalCount count = countJournal(shell->out);
    const qsizetype end = shell->out.indexOf("==> id\n");
    const QByteArray strange = firstStrangeLine(end < 0 ? shell->out : shell->out.left(end));
    if (count.lines == 0 && !strange.isEmpty()) {
        view.add(unknownCheck(
            "host.journal", {}, view.host,
            QStringLiteral("expected a line of JSON for each entry, found \"%1\"").arg(sanitizedLine(strange, 80))));
        return;
    }
    QList<QPair<int, QString>> order;
    for (auto it = count.byUnit.begin(); it != count.byUnit.end(); ++it)
        order.append({-it.value(), it.key()});
    std::sort(order.begin(), order.end());
    QStringList most;
    for (const auto &[lines, unit] : order.mid(0, 3))
        most.append(QStringLiteral("%1 (%2)").arg(unit).arg(-lines));
    QString text = count.lines == 0 ? QStringLiteral("no errors in the last 10 min")
                                    : QStringLiteral("%1%2 errors in the last 10 min: ")
                                          .arg(count.lines >= 200 ? QStringLiteral("at least ") : QString())
                                          .arg(count.lines);
    // A count alone says nothing: hosts differ. It is shown, and judged against the host's own past elsewhere.
    view.add(
        makeCheck("host.journal", {}, view.host, Status::Ok, text + most.join(QStringLiteral(", ")), count.lines, ""));
}

} // namespace taffrail::sources
