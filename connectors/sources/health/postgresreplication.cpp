// SPDX-License-Identifier: GPL-3.0-or-later
#include "postgresview.h"

#include "text.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

constexpr double mebibyte = 1024.0 * 1024.0;

void checkStandby(const PostgresView &view, const SqlReply &rows, size_t row)
{
    const QString name = cellLine(rows, row, "application_name");
    const QString address = cellLine(rows, row, "client_addr");
    const QString subject = address.isEmpty() ? name : name + QStringLiteral(" at ") + address;
    const QString state = cellLine(rows, row, "state", 40);
    const std::optional<double> bytes = cellNumber(rows, row, "bytes");
    if (!bytes) {
        view.add(unknownCheck("postgres.replication", subject, view.database,
                              view.seesEverything ? QStringLiteral("its position is not told")
                                                  : QStringLiteral("positions of standbys are hidden"),
                              view.seesEverything ? QString() : QString::fromLatin1(monitorHint)));
        return;
    }
    // The lag columns go NULL on an idle link: with nothing outstanding that is 0.
    const std::optional<double> told = cellNumber(rows, row, "s");
    const double seconds = *bytes <= 0 ? 0 : told.value_or(0);
    const Limits byteLimits = limitsOf(view.entry, "replication_bytes", {50 * mebibyte, 100 * mebibyte});
    const Limits timeLimits = limitsOf(view.entry, "replication_s", {30, 300});
    Status status = worse(above(*bytes, byteLimits), above(seconds, timeLimits));
    QString text
        = QStringLiteral("%1, %2, %3 behind").arg(state, cellLine(rows, row, "sync_state", 40), sizeText(*bytes));
    if (seconds > 0)
        text += QStringLiteral(" (%1)").arg(spanText(seconds));
    const double replied = cellNumber(rows, row, "reply_age").value_or(0);
    if (replied > 60) {
        status = worse(status, Status::Warning);
        text += QStringLiteral(", silent for %1").arg(spanText(replied));
    }
    view.add("postgres.replication", subject, status, text, *bytes, "B", byteLimits);
}

void checkSync(const PostgresView &view)
{
    const SqlReply *rows = view.rows("sync");
    if (!rows || view.inRecovery)
        return;
    const QByteArray names = cellText(*rows, 0, "names").trimmed();
    if (names.isEmpty())
        return;
    const bool isServed = cellNumber(*rows, 0, "synced").value_or(0) > 0;
    const double waiting = cellNumber(*rows, 0, "waiting").value_or(0);
    if (!isServed && !view.seesEverything) {
        view.add(unknownCheck("postgres.sync", {}, view.database,
                              QStringLiteral("whether a synchronous standby is there is hidden"),
                              QString::fromLatin1(monitorHint)));
        return;
    }
    view.add("postgres.sync", {}, isServed ? Status::Ok : Status::Critical,
             isServed ? QStringLiteral("a synchronous standby is there")
                      : QStringLiteral("no synchronous standby of \"%1\": commits hang (%2 wait)")
                            .arg(sanitizedLine(names, 80))
                            .arg(waiting, 0, 'f', 0),
             waiting, "");
}

void checkSlot(const PostgresView &view, const SqlReply &rows, size_t row)
{
    const QString name = cellLine(rows, row, "slot_name");
    const bool isActive = cellTrue(rows, row, "active");
    const QByteArray state = cellText(rows, row, "wal_status");
    const QByteArray reason = cellText(rows, row, "inv");
    const std::optional<double> retained = cellNumber(rows, row, "retained");
    const std::optional<double> safe = cellNumber(rows, row, "safe");
    // restart_lsn is NULL once a slot is lost: its state comes first.
    if (state == "lost" || !reason.isEmpty()) {
        view.add("postgres.slots", name, Status::Critical,
                 reason.isEmpty() ? QStringLiteral("lost: the WAL it needs is gone")
                                  : QStringLiteral("lost: %1").arg(sanitizedLine(reason, 60)));
        return;
    }
    const Limits limits = limitsOf(view.entry, "slot_bytes", {1024 * mebibyte, 10 * 1024 * mebibyte});
    Status status = retained ? above(*retained, limits) : Status::Ok;
    QString text = isActive ? QStringLiteral("active") : QStringLiteral("nobody reads it");
    if (retained)
        text += QStringLiteral(", keeps %1 of WAL").arg(sizeText(*retained));
    if (state == "unreserved") {
        status = worse(status, safe && *safe < 0 ? Status::Critical : Status::Warning);
        text += QStringLiteral(", may be lost at the next checkpoint");
    }
    if (cellTrue(rows, row, "conf")) {
        status = worse(status, Status::Critical);
        text += QStringLiteral(", conflicts with recovery");
    }
    const double inactive = cellNumber(rows, row, "inactive_s").value_or(0);
    if (!isActive && inactive > 900) {
        status = worse(status, Status::Warning);
        text += QStringLiteral(", for %1").arg(spanText(inactive));
    } else if (!isActive) {
        status = worse(status, Status::Notice); // before 17 the server doesn't tell since when
    }
    HealthCheck check = makeCheck("postgres.slots", name, view.database, status, text);
    if (retained) {
        check.value = *retained;
        check.unit = QStringLiteral("B");
        check.warning = limits.warning;
        check.critical = limits.critical;
    }
    view.add(std::move(check));
}

} // namespace

void readReplication(const PostgresView &view)
{
    const SqlReply *rows = view.rows("replication");
    QStringList missing = view.entry.options.value(QStringLiteral("standbys")).toStringList();
    for (size_t row = 0; rows && row < rows->rows.size(); ++row) {
        const QByteArray state = cellText(*rows, row, "state");
        if (state == "streaming" || state == "catchup")
            missing.removeAll(QString::fromUtf8(cellText(*rows, row, "application_name")));
        if (state != "backup")
            checkStandby(view, *rows, row);
    }
    for (const QString &name : missing) {
        if (rows && view.seesEverything)
            view.add("postgres.replication", name, Status::Critical, QStringLiteral("this standby does not stream"));
        else
            view.add(unknownCheck("postgres.replication", name, view.database,
                                  QStringLiteral("the standbys could not be read"), QString::fromLatin1(monitorHint)));
    }
    checkSync(view);
}

void readReceiver(const PostgresView &view)
{
    const SqlReply *rows = view.rows("receiver");
    if (!rows || !cellTrue(*rows, 0, "rec"))
        return;
    if (cellNumber(*rows, 0, "wr").value_or(0) < 1) {
        // A dead receiver also shows no gap: it must be alive before the lag means anything.
        if (view.seesEverything)
            view.add("postgres.receiver", {}, Status::Critical,
                     QStringLiteral("this standby receives nothing from its primary"));
        else
            view.add(unknownCheck("postgres.receiver", {}, view.database,
                                  QStringLiteral("the state of the receiver is hidden"),
                                  QString::fromLatin1(monitorHint)));
        return;
    }
    const Limits limits = limitsOf(view.entry, "standby_s", {30, 300});
    const std::optional<double> lag = cellNumber(*rows, 0, "lag_s");
    if (cellTrue(*rows, 0, "paused")) {
        view.add("postgres.receiver", {}, Status::Warning, QStringLiteral("replay is paused"));
    } else if (lag) {
        view.add("postgres.receiver", {}, above(*lag, limits),
                 *lag > 0 ? QStringLiteral("%1 behind its primary").arg(spanText(*lag))
                          : QStringLiteral("up to date with its primary"),
                 *lag, "s", limits);
    } else {
        view.add(
            unknownCheck("postgres.receiver", {}, view.database, QStringLiteral("no transaction was replayed yet")));
    }
}

void readSlots(const PostgresView &view)
{
    const SqlReply *rows = view.rows("slots");
    for (size_t row = 0; rows && row < rows->rows.size(); ++row)
        checkSlot(view, *rows, row);
}

} // namespace taffrail::sources
