// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostview.h"

#include "text.h"

namespace taffrail::sources {

namespace {

struct Unit {
    QByteArray name, load, active, sub, description;
};

/// Lines of `systemctl list-units --plain --no-legend`; a bullet in front (systemd without --plain) is dropped.
QList<Unit> unitsOf(const QByteArray &text)
{
    QList<Unit> units;
    for (QByteArray line : linesOf(text)) {
        if (line.startsWith("\xe2\x97\x8f") || line.startsWith("* "))
            line = line.mid(line.indexOf(' ') + 1);
        const QList<QByteArray> words = line.simplified().split(' ');
        if (words.size() < 4 || !words[0].contains('.') || words[0].contains('='))
            continue;
        units.append({words[0], words[1], words[2], words[3], words.mid(4).join(' ')});
    }
    return units;
}

/// Blocks of `systemctl show` by Id; keys come in any order.
QHash<QByteArray, QHash<QByteArray, QByteArray>> propertiesOf(const QByteArray &text)
{
    QHash<QByteArray, QHash<QByteArray, QByteArray>> all;
    QHash<QByteArray, QByteArray> block;
    const auto close = [&] {
        if (block.contains("Id"))
            all.insert(block.value("Id"), block);
        block.clear();
    };
    for (const QByteArray &line : text.split('\n')) {
        const qsizetype equals = line.indexOf('=');
        if (line.trimmed().isEmpty())
            close();
        else if (equals > 0)
            block.insert(line.left(equals), line.mid(equals + 1).trimmed());
    }
    close();
    return all;
}

QString unitName(const QByteArray &name)
{
    return sanitizedLine(name, 120);
}

QString why(const QHash<QByteArray, QByteArray> &properties)
{
    QString text;
    const QByteArray result = properties.value("Result");
    if (!result.isEmpty() && result != "success")
        text += QStringLiteral(", result %1").arg(sanitizedLine(result, 60));
    const QByteArray status = properties.value("ExecMainStatus");
    if (!status.isEmpty() && status != "0")
        text += QStringLiteral(", exit code %1").arg(sanitizedLine(status, 20));
    return text;
}

void checkRequired(const HostView &view, const QStringList &required,
                   const QHash<QByteArray, QHash<QByteArray, QByteArray>> &all)
{
    for (const QString &unit : required) {
        QByteArray id = unit.toUtf8();
        if (!all.contains(id) && all.contains(id + ".service"))
            id += ".service";
        const QHash<QByteArray, QByteArray> properties = all.value(id);
        const QByteArray active = properties.value("ActiveState");
        if (active.isEmpty()) {
            view.add(unknownCheck("host.unit", unit, view.host, QStringLiteral("systemd said nothing of it")));
        } else if (properties.value("LoadState") == "not-found") {
            view.add(makeCheck("host.unit", unit, view.host, Status::Critical,
                               QStringLiteral("required, but there is no such unit")));
        } else {
            const bool isUp = active == "active";
            view.add(makeCheck("host.unit", unit, view.host, isUp ? Status::Ok : Status::Critical,
                               isUp ? QStringLiteral("active (%1)").arg(sanitizedLine(properties.value("SubState"), 40))
                                    : QStringLiteral("required, but it is %1 (%2)%3")
                                          .arg(sanitizedLine(active, 40),
                                               sanitizedLine(properties.value("SubState"), 40), why(properties))));
        }
    }
}

void checkDrift(const HostView &view, const QHash<QByteArray, QHash<QByteArray, QByteArray>> &all)
{
    for (auto it = all.begin(); it != all.end(); ++it) {
        if (const std::optional<double> restarts = numberOf(it->value("NRestarts")))
            view.count(QStringLiteral("restarts.%1").arg(unitName(it.key())), *restarts);
        if (it->value("NeedDaemonReload") == "yes")
            view.add(makeCheck("host.unit_reload", unitName(it.key()), view.host, Status::Warning,
                               QStringLiteral("its file changed on disk but is not loaded: systemctl daemon-reload")));
    }
}

void checkUnit(const HostView &view, const Unit &unit, const QHash<QByteArray, QByteArray> &properties)
{
    if (unit.active == "failed") {
        view.add(makeCheck("host.unit", unitName(unit.name), view.host, Status::Warning,
                           QStringLiteral("failed%1: %2").arg(why(properties), sanitizedLine(unit.description, 120))));
    } else if (unit.sub == "auto-restart") {
        // Restart=always units are never "failed": waiting for the next start is how a crash loop looks.
        const QByteArray restarts = properties.value("NRestarts");
        view.add(makeCheck("host.unit", unitName(unit.name), view.host, Status::Warning,
                           QStringLiteral("keeps crashing%1%2: %3")
                               .arg(restarts.isEmpty()
                                        ? QString()
                                        : QStringLiteral(", restarted %1 times").arg(sanitizedLine(restarts, 20)),
                                    why(properties), sanitizedLine(unit.description, 120))));
    } else {
        view.add(makeCheck("host.unit", unitName(unit.name), view.host, Status::Notice,
                           QStringLiteral("%1 (%2): %3")
                               .arg(sanitizedLine(unit.active, 40), sanitizedLine(unit.sub, 40),
                                    sanitizedLine(unit.description, 120))));
    }
}

void readSystemd(const HostView &view, const QByteArray &listing, const QByteArray &state, const QStringList &required,
                 const QHash<QByteArray, QHash<QByteArray, QByteArray>> &all)
{
    checkRequired(view, required, all);
    checkDrift(view, all);
    int bad = 0;
    for (const Unit &unit : unitsOf(listing)) {
        const QString name = QString::fromUtf8(unit.name);
        const bool isRequired
            = required.contains(name) || required.contains(name.left(name.lastIndexOf(QLatin1Char('.'))));
        bad += unit.active == "failed" || unit.sub == "auto-restart" ? 1 : 0;
        if (!isRequired)
            checkUnit(view, unit, all.value(unit.name));
    }
    const std::optional<double> failed = numberOf(valueOfKey(listing, "NFailedUnits").value_or(QByteArray()));
    const bool isOff = state == "stopping" || state == "maintenance" || state == "offline";
    const Status status = isOff                     ? Status::Critical
        : state == "running" || state == "degraded" ? Status::Ok
                                                    : Status::Notice;
    view.add(makeCheck("host.units", {}, view.host,
                       bad > 0 || failed.value_or(0) > 0 ? worse(status, Status::Warning) : status,
                       QStringLiteral("system %1, %2 failed or crashing").arg(sanitizedLine(state, 40)).arg(bad),
                       failed.value_or(bad), ""));
}

struct Service {
    QByteArray level, state;
};

/// `rc-status -f ini -a`: "[default]", then "sshd =  started 2 day(s) 03:04:05 (0) ". A service may be in several
/// levels with one state; the first word of the state counts.
QHash<QByteArray, Service> servicesOf(const QByteArray &listing)
{
    QHash<QByteArray, Service> services;
    QByteArray level;
    for (const QByteArray &line : linesOf(listing)) {
        if (line.startsWith('[') && line.endsWith(']'))
            level = line.mid(1, line.size() - 2);
        const qsizetype sign = line.indexOf(" = ");
        const QByteArray state = sign > 0 ? line.mid(sign + 3).trimmed() : QByteArray();
        const QByteArray name = line.left(qMax<qsizetype>(0, sign)).trimmed();
        if (!state.isEmpty() && !level.isEmpty() && !services.contains(name))
            services.insert(name, {level, state.split(' ').first()});
    }
    return services;
}

/// A service that OpenRC calls failed or crashed: a warning; a required one that is not started: critical.
bool readOpenRc(const HostView &view, const QByteArray &listing, const QStringList &required)
{
    const QHash<QByteArray, Service> services = servicesOf(listing);
    if (services.isEmpty())
        return false;
    QSet<QByteArray> judged;
    for (const QString &unit : required) {
        QByteArray name = unit.toUtf8();
        if (name.endsWith(".service"))
            name.chop(8);
        judged.insert(name);
        const auto service = services.constFind(name);
        if (service == services.cend()) {
            view.add(unknownCheck("host.unit", unit, view.host, QStringLiteral("OpenRC does not list it")));
            continue;
        }
        const bool isUp = service->state == "started";
        const QString state = sanitizedLine(service->state, 40);
        view.add(makeCheck("host.unit", unit, view.host, isUp ? Status::Ok : Status::Critical,
                           isUp ? state : QStringLiteral("required, but it is %1").arg(state)));
    }
    int bad = 0;
    for (auto service = services.begin(); service != services.end(); ++service) {
        const bool isBad = service->state == "failed" || service->state == "crashed";
        bad += isBad ? 1 : 0;
        if (isBad && !judged.contains(service.key()))
            view.add(makeCheck("host.unit", unitName(service.key()), view.host, Status::Warning,
                               QStringLiteral("%1 (OpenRC, %2)")
                                   .arg(sanitizedLine(service->state, 40), sanitizedLine(service->level, 40))));
    }
    view.add(makeCheck("host.units", {}, view.host, bad > 0 ? Status::Warning : Status::Ok,
                       QStringLiteral("OpenRC, %1 of %2 services failed or crashed").arg(bad).arg(services.size()),
                       double(bad), ""));
    return true;
}

} // namespace

void readUnits(const HostView &view)
{
    const QStringList required = view.entry.options.value(QStringLiteral("units")).toStringList();
    const Reply *reply = replyOf(view.replies, QStringLiteral("units"), view.host);
    const ShellReply *raw = reply ? reply->as<ShellReply>() : nullptr;
    // systemctl in a container: a known fact, not a failure to read.
    const bool isNotBooted = raw && raw->err.contains("not been booted with systemd");
    const ShellReply *shell = isNotBooted ? raw : view.reply("units", "host.units");
    if (!shell)
        return;
    const qsizetype shown = shell->out.indexOf("==> show\n");
    const QByteArray listing = shown < 0 ? shell->out : shell->out.left(shown);
    const auto all = propertiesOf(pieceOf(shell->out, "show").value_or(QByteArray()));
    const std::optional<QByteArray> state = valueOfKey(listing, "SystemState");
    if (state || !unitsOf(listing).isEmpty()) {
        readSystemd(view, listing, state.value_or("running"), required, all);
        return;
    }
    if (listing.startsWith("openrc\n") && readOpenRc(view, listing, required))
        return;
    const bool hasNone = isNotBooted || listing.startsWith("no-service-manager");
    const QString reason = isNotBooted ? QStringLiteral("systemd does not run there")
        : hasNone                      ? QStringLiteral("no service manager is known there")
        : listing.startsWith("openrc") ? QStringLiteral("OpenRC is there, but lists no service")
                                       : reasonOf(*shell);
    for (const QString &unit : required)
        view.add(unknownCheck("host.unit", unit, view.host, reason));
    view.add(hasNone && required.isEmpty() ? makeCheck("host.units", {}, view.host, Status::Notice, reason)
                                           : unknownCheck("host.units", {}, view.host, reason));
}

} // namespace taffrail::sources
