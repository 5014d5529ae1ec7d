// SPDX-License-Identifier: GPL-3.0-or-later
#include "haproxystats.h"

#include "healthsupport.h"

#include "text.h"

#include <map>

namespace taffrail::sources {

namespace {

constexpr int mostRows = 20'000;

/// One record from `at` on; a quoted cell may hold commas, newlines and doubled quotes. `isWhole`: a newline ended it.
QList<QByteArray> recordFrom(const QByteArray &csv, qsizetype &at, bool &isWhole)
{
    QList<QByteArray> cells(1);
    bool isQuoted = false;
    isWhole = false;
    while (at < csv.size()) {
        const char each = csv.at(at++);
        if (isQuoted) {
            if (each != '"')
                cells.back().append(each);
            else if (at < csv.size() && csv.at(at) == '"')
                cells.back().append(csv.at(at++));
            else
                isQuoted = false;
        } else if (each == '"') {
            isQuoted = true;
        } else if (each == ',') {
            cells.append(QByteArray());
        } else if (each == '\n') {
            isWhole = true;
            break;
        } else if (each != '\r') {
            cells.back().append(each);
        }
    }
    return cells;
}

enum class ServerState { Up, Leaving, Down, Coming, Unchecked, Maintenance, Draining, Unknown };

/// The words that HAProxy writes: UP, "UP 1/3" (failing checks), DOWN, "DOWN 1/2" (passing again), MAINT, "MAINT (via
/// …)", "MAINT (resolution)", DRAIN, NOLB, "no check".
ServerState stateOf(const QByteArray &status)
{
    if (status == "UP")
        return ServerState::Up;
    if (status.startsWith("UP "))
        return ServerState::Leaving;
    if (status == "DOWN" || status.startsWith("DOWN ("))
        return ServerState::Down;
    if (status.startsWith("DOWN "))
        return ServerState::Coming;
    if (status == "no check")
        return ServerState::Unchecked;
    if (status.startsWith("MAINT"))
        return ServerState::Maintenance;
    if (status.startsWith("DRAIN") || status.startsWith("NOLB"))
        return ServerState::Draining;
    return ServerState::Unknown;
}

QString nameOf(const HaproxyRow &row)
{
    return sanitizedLine(row.value("pxname"), 120) + QLatin1Char('/') + sanitizedLine(row.value("svname"), 120);
}

QString reasonIn(const HaproxyRow &row)
{
    QStringList words;
    for (const char *column : {"check_status", "check_code", "last_chk", "desc"}) {
        if (const QString text = sanitizedLine(row.value(column).trimmed(), 120); !text.isEmpty())
            words << text;
    }
    return words.isEmpty() ? QString() : QStringLiteral(" (%1)").arg(words.join(QLatin1Char(' ')));
}

QString forText(const HaproxyRow &row)
{
    const auto seconds = integerOf(row.value("lastchg"));
    return seconds && *seconds >= 0 ? QStringLiteral(" for %1").arg(ageText(std::chrono::seconds(*seconds)))
                                    : QString();
}

struct Backend {
    const HaproxyRow *row = nullptr;
    int servers = 0, up = 0, backupUp = 0, unchecked = 0, active = 0;
};

void countServer(Backend &backend, const HaproxyRow &row)
{
    const ServerState state = stateOf(row.value("status"));
    const bool isBackup = integerOf(row.value("bck")).value_or(0) > 0;
    ++backend.servers;
    backend.active += !isBackup;
    backend.unchecked += state == ServerState::Unchecked;
    if (state == ServerState::Up || state == ServerState::Leaving)
        ++(isBackup ? backend.backupUp : backend.up);
}

void addServer(const HaproxyRow &row, const QString &host, HealthReport &report)
{
    const QString word = sanitizedLine(row.value("status"), 60);
    Status status = Status::Ok;
    switch (stateOf(row.value("status"))) {
    case ServerState::Up:
    case ServerState::Unchecked: return;
    case ServerState::Leaving:
    case ServerState::Coming:
    case ServerState::Down: status = Status::Warning; break;
    case ServerState::Maintenance:
    case ServerState::Draining: status = Status::Notice; break;
    case ServerState::Unknown: status = Status::Unknown; break;
    }
    report.checks.push_back(
        makeCheck("haproxy.server", nameOf(row), host, status,
                  word.isEmpty() ? QStringLiteral("in no state that is known") : word + forText(row) + reasonIn(row)));
}

void addFrontend(const HaproxyRow &row, const QString &host, HealthReport &report)
{
    const QByteArray word = row.value("status");
    const Status status = word == "OPEN" ? Status::Ok
        : word == "FULL"                 ? Status::Warning
        : word == "STOP"                 ? Status::Critical
        : word == "PAUSED"               ? Status::Warning
                                         : Status::Unknown;
    QString text = sanitizedLine(word, 60);
    const auto now = integerOf(row.value("scur")), limit = integerOf(row.value("slim"));
    if (now && limit)
        text += QStringLiteral(": %1 of %2 sessions").arg(*now).arg(*limit);
    report.checks.push_back(makeCheck("haproxy.frontend", sanitizedLine(row.value("pxname"), 120), host, status, text));
}

void addBackend(const QString &name, const Backend &backend, const QString &host, HealthReport &report)
{
    const int proved = backend.up + backend.backupUp;
    const QString said = backend.row ? sanitizedLine(backend.row->value("status"), 60) : QStringLiteral("nothing");
    Status status = Status::Ok;
    QString text = QStringLiteral("%1 of %2 servers are up").arg(proved).arg(backend.servers);
    if (proved == 0 && backend.unchecked > 0) {
        status = Status::Unknown;
        text = backend.unchecked == backend.servers
            ? QStringLiteral("no server is checked: whether any works is not known")
            : QStringLiteral("no checked server is up; %1 of %2 are never checked")
                  .arg(backend.unchecked)
                  .arg(backend.servers);
    } else if (proved == 0) {
        status = Status::Critical;
        text = QStringLiteral("no server of %1 is up").arg(backend.servers);
    } else if (backend.up == 0 && backend.active > 0) {
        status = Status::Warning;
        text = QStringLiteral("only backup servers are up (%1)").arg(backend.backupUp);
    } else if (proved * 2 < backend.servers) {
        status = Status::Warning;
    }
    if (backend.row && status != Status::Ok)
        text += QStringLiteral("; HAProxy says %1").arg(said);
    report.checks.push_back(makeCheck("haproxy.backend", name, host, status, text, proved, ""));
    const auto queued = backend.row ? integerOf(backend.row->value("qcur")) : std::nullopt;
    if (queued && *queued > 0)
        report.checks.push_back(makeCheck("haproxy.queue", name, host, Status::Notice,
                                          QStringLiteral("%1 requests wait for a server").arg(*queued), double(*queued),
                                          ""));
}

} // namespace

tl::expected<HaproxyStats, QString> readHaproxyStats(const QByteArray &csv)
{
    qsizetype at = 0;
    bool isWhole = false;
    QList<QByteArray> columns = recordFrom(csv, at, isWhole);
    if (columns.isEmpty() || !columns.front().startsWith("# pxname") || !columns.contains("status")
        || !columns.contains("type") || !isWhole) {
        return tl::make_unexpected(
            QStringLiteral("line 1: expected HAProxy's header (\"# pxname,svname,…\"), found \"%1\"")
                .arg(sanitizedLine(csv.left(80), 60)));
    }
    columns.front().remove(0, 2);
    const qsizetype least = columns.indexOf("type") + 1;
    HaproxyStats stats;
    while (at < csv.size()) {
        const QList<QByteArray> cells = recordFrom(csv, at, isWhole);
        if (cells.size() == 1 && cells.front().isEmpty())
            continue;
        if (!isWhole || cells.size() < least || int(stats.rows.size()) >= mostRows) {
            stats.isCut = true;
            continue;
        }
        HaproxyRow row;
        for (qsizetype column = 0; column < std::min(cells.size(), columns.size()); ++column)
            row.insert(columns.at(column), cells.at(column));
        stats.rows.push_back(std::move(row));
    }
    return stats;
}

void addHaproxyChecks(const HaproxyStats &stats, const QString &host, HealthReport &report)
{
    std::map<QString, Backend> backends;
    for (const HaproxyRow &row : stats.rows) {
        const QString name = sanitizedLine(row.value("pxname"), 120);
        const QByteArray type = row.value("type");
        if (type == "0")
            addFrontend(row, host, report);
        else if (type == "1")
            backends[name].row = &row;
        else if (type == "2") {
            countServer(backends[name], row);
            addServer(row, host, report);
        }
    }
    for (const auto &[name, backend] : backends) {
        if (backend.servers > 0)
            addBackend(name, backend, host, report);
    }
    if (stats.rows.empty())
        report.checks.push_back(unknownCheck("haproxy.stats", {}, host, QStringLiteral("it lists nothing")));
    if (stats.isCut) {
        report.checks.push_back(
            unknownCheck("haproxy.stats", {}, host, QStringLiteral("the answer is cut: servers may be missing in it")));
    }
}

} // namespace taffrail::sources
