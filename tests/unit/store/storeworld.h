// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "snapshotstore.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

#include <sys/stat.h>

/// What the tests of the store share: small snapshots, and a look at the file from outside.
namespace taffrail::test {

using namespace std::chrono_literals;

inline QString utf8(const char *text)
{
    return QString::fromUtf8(text);
}

inline const QDateTime noon(QDate(2026, 11, 20), QTime(12, 0), Qt::UTC);

inline DeploymentHistory history(const QString &live)
{
    DeploymentHistory result;
    result.source = utf8("capistrano");
    result.app = utf8("shop");
    result.live = live;
    result.hosts.resize(1);
    result.hosts[0].host = utf8("web1");
    result.hosts[0].live = live;
    return result;
}

/// One entry that shows this release; the connection is up.
inline std::shared_ptr<Snapshot> snapshotOf(const QString &environment, quint64 generation,
                                            const QString &live = utf8("r1"))
{
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->environment = environment;
    snapshot->generation = generation;
    snapshot->takenAt = noon.addSecs(qint64(generation));
    Observation observation;
    observation.pane = PaneKind::Deployments;
    observation.entry = utf8("cap");
    observation.source = utf8("capistrano");
    observation.subject = utf8("web1");
    observation.lastGood = Attempt{snapshot->takenAt, 80ms, ValuePtr(std::make_shared<const Value>(history(live)))};
    observation.lastAttempt = observation.lastGood;
    snapshot->observations = {observation};
    Link link;
    link.subject = utf8("web1");
    link.state = LinkState::Down;
    link.since = noon;
    link.error = Error{ErrorKind::Timeout, {}, {}, utf8("no answer"), {}};
    link.peer = utf8("deploy@10.0.0.5:22");
    snapshot->links = {link};
    return snapshot;
}

inline std::unique_ptr<SnapshotStore> opened(const QString &path, SnapshotStore::Options options = {})
{
    Result<std::unique_ptr<SnapshotStore>> store = SnapshotStore::open(path, std::move(options));
    if (!store)
        qCritical("%s", qPrintable(sentence(store.error())));
    return store ? std::move(*store) : nullptr;
}

inline QString liveOf(const SnapshotPtr &snapshot)
{
    const Observation *observation = snapshot->observation(utf8("cap"));
    const auto *value = observation ? valueAs<DeploymentHistory>(*observation) : nullptr;
    return value ? value->live : utf8("<none>");
}

inline unsigned modeOf(const QString &path)
{
    struct stat facts {};
    return ::stat(QFile::encodeName(path).constData(), &facts) == 0 ? facts.st_mode & 07777U : 0;
}

/// Runs one statement on the file, as another program would.
inline QVariant ask(const QString &path, const QString &sql)
{
    QVariant answer;
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(utf8("QSQLITE"), utf8("probe"));
        database.setDatabaseName(path);
        if (database.open()) {
            QSqlQuery query(database);
            if (query.exec(sql) && query.next())
                answer = query.value(0);
        }
    }
    QSqlDatabase::removeDatabase(utf8("probe"));
    return answer;
}

/// Everything in the folder of the file.
inline QStringList filesBeside(const QString &path)
{
    return QDir(QFileInfo(path).absolutePath()).entryList(QDir::Files | QDir::Hidden);
}

} // namespace taffrail::test
