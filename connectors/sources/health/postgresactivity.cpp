// SPDX-License-Identifier: GPL-3.0-or-later
#include "postgresview.h"

#include "text.h"

#include <QMap>
#include <QRegularExpression>
#include <QSet>

#include <algorithm>

namespace taffrail::sources {

namespace {

/// "shop: app as web" of a session.
QString whoOf(const SqlReply &rows, size_t row)
{
    QString text = cellLine(rows, row, "datname", 60);
    const QString user = cellLine(rows, row, "usename", 60);
    const QString application = cellLine(rows, row, "application_name", 60);
    if (!user.isEmpty())
        text += QStringLiteral(", ") + user;
    if (!application.isEmpty())
        text += QStringLiteral(" (%1)").arg(application);
    return text;
}

/// Dumps and base backups hold long transactions by nature.
bool isBackupTool(const QString &application)
{
    return application.startsWith(QLatin1String("pg_dump")) || application.startsWith(QLatin1String("pg_basebackup"));
}

struct Waits {
    QMap<int, QList<int>> blockers; ///< victim → who it waits for; 0 = a prepared transaction
    QHash<int, double> seconds;
    QHash<int, size_t> rows;
};

Waits waitsOf(const SqlReply &rows)
{
    static const QRegularExpression digits(QStringLiteral("\\d+"));
    Waits waits;
    for (size_t row = 0; row < rows.rows.size(); ++row) {
        const std::optional<double> pid = cellNumber(rows, row, "pid");
        if (!pid || *pid < 0 || *pid > 1e9)
            continue;
        QList<int> blockers;
        // "{1,2}", "1,2" and "[1,2]" alike
        const QString blockerText = QString::fromLatin1(cellText(rows, row, "blockers"));
        for (auto match = digits.globalMatch(blockerText); match.hasNext();)
            blockers.append(match.next().captured().toInt());
        waits.blockers.insert(int(*pid), blockers);
        waits.seconds.insert(int(*pid), cellNumber(rows, row, "q_s").value_or(0));
        waits.rows.insert(int(*pid), row);
    }
    return waits;
}

/// Everybody that `pid` waits for, directly or behind others. A cycle is a deadlock that is not broken yet.
QSet<int> allBlockersOf(const Waits &waits, int pid)
{
    QSet<int> found;
    QList<int> open = waits.blockers.value(pid);
    while (!open.isEmpty()) {
        const int next = open.takeLast();
        if (found.contains(next))
            continue;
        found.insert(next);
        open += waits.blockers.value(next);
    }
    return found;
}

struct Root {
    int victims = 0;
    double longest = 0;
};

QMap<int, Root> rootsOf(const Waits &waits, bool &hasCycle)
{
    QMap<int, Root> roots;
    for (auto victim = waits.blockers.begin(); victim != waits.blockers.end(); ++victim) {
        bool hasRoot = false;
        const QSet<int> all = allBlockersOf(waits, victim.key());
        for (int blocker : all) {
            if (waits.blockers.contains(blocker)) // it waits itself: not the root
                continue;
            hasRoot = true;
            Root &root = roots[blocker];
            ++root.victims;
            root.longest = std::max(root.longest, waits.seconds.value(victim.key()));
        }
        hasCycle = hasCycle || !hasRoot || all.contains(victim.key());
    }
    return roots;
}

/// The session of a pid among the open transactions, in words.
QString describe(const PostgresView &view, int pid)
{
    if (pid == 0)
        return QStringLiteral("a prepared transaction: COMMIT PREPARED or ROLLBACK PREPARED in its database");
    const SqlReply *transactions = view.rows("transactions");
    for (size_t row = 0; transactions && row < transactions->rows.size(); ++row) {
        if (cellNumber(*transactions, row, "pid") == double(pid))
            return QStringLiteral("%1, %2").arg(whoOf(*transactions, row), cellLine(*transactions, row, "state", 60));
    }
    return QStringLiteral("a session of which no more is known");
}

} // namespace

void readConnections(const PostgresView &view)
{
    const SqlReply *rows = view.rows("connections");
    if (!rows)
        return;
    const std::optional<double> clients = cellNumber(*rows, 0, "clients");
    const std::optional<double> usable = cellNumber(*rows, 0, "usable");
    const std::optional<double> backends = cellNumber(*rows, 0, "backends");
    const bool isHidden = cellNumber(*rows, 0, "hidden_state").value_or(0) > 0;
    const std::optional<double> used = isHidden ? backends : clients;
    if (!used || !usable || *usable <= 0) {
        view.add(unknownCheck("postgres.connections", {}, view.database,
                              QStringLiteral("the connections could not be counted"),
                              isHidden ? QString::fromLatin1(monitorHint) : QString()));
        return;
    }
    const Limits limits = limitsOf(view.entry, "connections", {80, 90});
    const double percent = 100.0 * *used / *usable;
    view.add("postgres.connections", {}, above(percent, limits),
             QStringLiteral("%1 of %2 connections used").arg(*used, 0, 'f', 0).arg(*usable, 0, 'f', 0), percent, "%",
             limits);
    const SqlReply *states = view.rows("states");
    QStringList parts;
    for (size_t row = 0; states && row < states->rows.size(); ++row)
        parts.append(
            QStringLiteral("%1 %2").arg(cellLine(*states, row, "count", 20), cellLine(*states, row, "st", 40)));
    if (!parts.isEmpty())
        view.report.checks.back().text += QStringLiteral(": ") + parts.join(QStringLiteral(", "));
}

void readTransactions(const PostgresView &view)
{
    const SqlReply *rows = view.rows("transactions");
    if (!rows)
        return;
    if (!view.seesEverything) {
        view.add(unknownCheck("postgres.transactions", {}, view.database,
                              QStringLiteral("transactions of other roles are hidden"),
                              QString::fromLatin1(monitorHint)));
        return;
    }
    const SqlReply *blocking = view.rows("blocking");
    QSet<int> guilty;
    if (blocking) {
        bool hasCycle = false;
        const auto roots = rootsOf(waitsOf(*blocking), hasCycle);
        guilty = QSet<int>(roots.keyBegin(), roots.keyEnd());
    }
    const Limits longLimits = limitsOf(view.entry, "transaction", {900, 3600});
    const Limits idleLimits = limitsOf(view.entry, "idle_in_transaction", {300, 900});
    double longest = 0;
    double longestIdle = 0;
    for (size_t row = 0; row < rows->rows.size(); ++row) {
        const double age = cellNumber(*rows, row, "tx_s").value_or(0);
        const double since = cellNumber(*rows, row, "st_s").value_or(0);
        const QString pid = cellLine(*rows, row, "pid", 20);
        if (cellTrue(*rows, row, "muted") || isBackupTool(cellLine(*rows, row, "application_name")))
            continue;
        const bool isIdle = cellText(*rows, row, "state").startsWith("idle in transaction");
        longest = std::max(longest, age);
        longestIdle = isIdle ? std::max(longestIdle, since) : longestIdle;
        Status idle = isIdle ? above(since, idleLimits) : Status::Ok;
        if (isIdle && guilty.contains(pid.toInt()))
            idle = Status::Critical;
        if (idle != Status::Ok)
            view.add("postgres.idle_in_transaction", QStringLiteral("pid ") + pid, idle,
                     QStringLiteral("idle in transaction for %1%2: %3")
                         .arg(spanText(since),
                              guilty.contains(pid.toInt()) ? QStringLiteral(" and blocks others") : QString(),
                              whoOf(*rows, row)),
                     since, "s", idleLimits);
        if (const Status status = above(age, longLimits); status != Status::Ok)
            view.add("postgres.transactions", QStringLiteral("pid ") + pid, status,
                     QStringLiteral("transaction open for %1: %2").arg(spanText(age), whoOf(*rows, row)), age, "s",
                     longLimits);
    }
    view.add("postgres.transactions", {}, above(longest, longLimits),
             QStringLiteral("longest transaction %1").arg(spanText(longest)), longest, "s", longLimits);
    view.add("postgres.idle_in_transaction", {}, above(longestIdle, idleLimits),
             QStringLiteral("longest idle in transaction %1").arg(spanText(longestIdle)), longestIdle, "s", idleLimits);
}

void readHorizon(const PostgresView &view)
{
    const SqlReply *rows = view.rows("horizon");
    if (!rows)
        return;
    double oldest = 0;
    QString holder;
    for (size_t row = 0; row < rows->rows.size(); ++row) {
        const double age = cellNumber(*rows, row, "max").value_or(0);
        if (age > oldest) {
            oldest = age;
            holder
                = (cellLine(*rows, row, "src", 40) + QLatin1Char(' ') + cellLine(*rows, row, "holder", 80)).trimmed();
        }
    }
    const Limits limits = limitsOf(view.entry, "horizon", {10e6, 100e6});
    QString text = QStringLiteral("rows dead for %1 transactions can't be removed").arg(oldest, 0, 'f', 0);
    if (!holder.isEmpty())
        text += QStringLiteral(", held by ") + holder;
    view.add("postgres.horizon", {}, above(oldest, limits), text, oldest, "", limits);
    if (!view.seesEverything) { // other sessions' backend_xmin is hidden: the true horizon may be older
        HealthCheck &check = view.report.checks.back();
        check.status = worse(check.status, Status::Unknown);
        check.hint = QString::fromLatin1(monitorHint);
    }
}

void readBlocking(const PostgresView &view)
{
    const SqlReply *rows = view.rows("blocking");
    if (!rows)
        return;
    if (!view.seesEverything) {
        view.add(unknownCheck("postgres.blocking", {}, view.database, QStringLiteral("waits of other roles are hidden"),
                              QString::fromLatin1(monitorHint)));
        return;
    }
    const Limits limits = limitsOf(view.entry, "blocked", {60, 120});
    const Waits waits = waitsOf(*rows);
    bool hasCycle = false;
    const QMap<int, Root> roots = rootsOf(waits, hasCycle);
    double longest = 0;
    for (double seconds : waits.seconds)
        longest = std::max(longest, seconds);
    const Status overall = worse(above(longest, limits), waits.blockers.size() > 10 ? Status::Critical : Status::Ok);
    for (auto root = roots.begin(); root != roots.end(); ++root) {
        const Status status
            = worse(above(root->longest, limits), root->victims > 10 ? Status::Critical : Status::Notice);
        view.add("postgres.blocking",
                 root.key() == 0 ? QStringLiteral("prepared") : QStringLiteral("pid %1").arg(root.key()), status,
                 QStringLiteral("blocks %1 sessions, the longest for %2: %3")
                     .arg(QString::number(root->victims), spanText(root->longest), describe(view, root.key())),
                 root->victims, "");
    }
    QString text = waits.blockers.isEmpty() ? QStringLiteral("nobody waits for a lock")
                                            : QStringLiteral("%1 sessions wait for locks, the longest for %2")
                                                  .arg(QString::number(waits.blockers.size()), spanText(longest));
    if (hasCycle)
        text += QStringLiteral("; some block each other (a deadlock, not yet broken)");
    view.add("postgres.blocking", {}, overall, text, double(waits.blockers.size()), "");
}

void readPrepared(const PostgresView &view)
{
    const SqlReply *rows = view.rows("prepared");
    if (!rows)
        return;
    const Limits limits = limitsOf(view.entry, "prepared", {60, 600});
    for (size_t row = 0; row < rows->rows.size(); ++row) {
        const double age = cellNumber(*rows, row, "age_s").value_or(0);
        view.add(
            "postgres.prepared", cellLine(*rows, row, "gid"), above(age, limits),
            QStringLiteral("prepared transaction in %1, %2 old").arg(cellLine(*rows, row, "database"), spanText(age)),
            age, "s", limits);
    }
}

} // namespace taffrail::sources
