// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgbackrestinfo.h"

#include "backupjson.h"
#include "text.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

using nlohmann::json;

/// What the stanza says besides its backups.
struct Stanza {
    QString name;
    QHash<qint64, QString> ciphers; ///< by repository
    QHash<qint64, qint64> newestDatabase; ///< highest id by repository
    QHash<QString, QString> systemIds; ///< "REPO/ID" → system identifier
    QStringList badRepositories; ///< "repository 1: missing stanza data"
    int goodRepositories = 0;
};

QString databaseKey(qint64 repository, qint64 id)
{
    return QStringLiteral("%1/%2").arg(repository).arg(id);
}

Stanza stanzaOf(const json &object)
{
    Stanza stanza;
    stanza.name = textOf(member(object, "name"));
    for (const json &repository : arrayOf(member(object, "repo"))) {
        const qint64 key = integerOf(member(repository, "key")).value_or(0);
        stanza.ciphers.insert(key, textOf(member(repository, "cipher"), 40));
        const json &status = member(repository, "status");
        if (integerOf(member(status, "code")).value_or(0) == 0)
            ++stanza.goodRepositories;
        else
            stanza.badRepositories.append(
                QStringLiteral("repository %1: %2").arg(QString::number(key), textOf(member(status, "message"), 300)));
    }
    for (const json &database : arrayOf(member(object, "db"))) {
        const qint64 repository = integerOf(member(database, "repo-key")).value_or(0);
        const qint64 id = integerOf(member(database, "id")).value_or(0);
        stanza.newestDatabase[repository] = std::max(stanza.newestDatabase.value(repository, 0), id);
        stanza.systemIds.insert(databaseKey(repository, id), numberText(member(database, "system-id")));
    }
    return stanza;
}

BackupType typeOf(const QByteArray &word)
{
    return word == "diff" ? BackupType::Differential : word == "incr" ? BackupType::Incremental : BackupType::Full;
}

void judgeGeneration(Backup &backup, const Stanza &stanza, qint64 repository, qint64 id, const QString &liveSystemId)
{
    // The status code stays 0 while no backup belongs to the present database.
    if (id > 0 && id < stanza.newestDatabase.value(repository, id))
        flaw(backup, BackupState::Flawed, "wrong_database",
             QStringLiteral("it is of an earlier database of this stanza"));
    else if (!liveSystemId.isEmpty() && !backup.systemId.isEmpty() && backup.systemId != liveSystemId)
        flaw(backup, BackupState::Flawed, "wrong_database",
             QStringLiteral("it is of system %1, the server is %2").arg(backup.systemId, liveSystemId));
}

Backup backupOf(const json &object, const Stanza &stanza, const QString &liveSystemId)
{
    Backup backup;
    const json &database = member(object, "database");
    const qint64 repository = integerOf(member(database, "repo-key")).value_or(0);
    const qint64 databaseId = integerOf(member(database, "id")).value_or(0);
    const json &info = member(object, "info");
    const json &stored = member(info, "repository");
    backup.id = textOf(member(object, "label"));
    backup.type = typeOf(bytesOf(member(object, "type")));
    backup.startedAt = timeOf(integerOf(member(member(object, "timestamp"), "start")).value_or(0));
    backup.finishedAt = timeOf(integerOf(member(member(object, "timestamp"), "stop")).value_or(0));
    backup.sizeBytes = integerOf(member(info, "size")).value_or(-1);
    backup.storedBytes = integerOf(member(stored, "size")).value_or(integerOf(member(stored, "delta")).value_or(-1));
    backup.location = QStringLiteral("repository %1").arg(repository);
    const QString cipher = stanza.ciphers.value(repository);
    if (!cipher.isEmpty() && cipher != QLatin1String("mixed"))
        backup.encrypted = cipher != QLatin1String("none");
    backup.parent = textOf(member(object, "prior"));
    backup.walStart = textOf(member(member(object, "archive"), "start"), 40);
    backup.walStop = textOf(member(member(object, "archive"), "stop"), 40);
    backup.systemId = stanza.systemIds.value(databaseKey(repository, databaseId));
    judgeGeneration(backup, stanza, repository, databaseId, liveSystemId);
    const json &error = member(object, "error");
    if (error.is_boolean() && error.get<bool>()) {
        QStringList files;
        for (const json &file : arrayOf(member(object, "error-list")))
            files.append(textOf(file, 200));
        QString detail = QStringLiteral("pages with a wrong checksum were copied from the server");
        if (!files.isEmpty())
            detail += QStringLiteral(": ") + files.mid(0, 5).join(QStringLiteral(", "));
        flaw(backup, BackupState::Flawed, "page_checksum_error", detail);
    }
    if (!backup.finishedAt.isValid() && isUsable(backup))
        flaw(backup, BackupState::Flawed, "failed_backup", QStringLiteral("it has no finish time"));
    return backup;
}

/// The problem told by the stanza's own status; empty when it tells none (reference: status codes of `info`).
QString problemOfStatus(qint64 code, const QString &message, const Stanza &stanza)
{
    switch (code) {
    case 0: return {};
    case 1: return QStringLiteral("missing_stanza");
    case 2: return QStringLiteral("no_backups");
    case 4: return stanza.goodRepositories > 0 ? QStringLiteral("repo_mixed") : QStringLiteral("repo_error");
    case 5: return QStringLiteral("db_mismatch");
    case 6: return QStringLiteral("backup_not_found");
    default: break;
    }
    const bool isCrypto = message.contains(QLatin1String("cipher"), Qt::CaseInsensitive)
        || message.contains(QLatin1String("decrypt"), Qt::CaseInsensitive);
    return isCrypto ? QStringLiteral("wrong_password") : QStringLiteral("repo_error");
}

QString problemOfBackups(const BackupSet &set, bool isRunning)
{
    for (const Backup &backup : set.backups) { // newest first: a flaw that a newer good one followed is history
        if (isUsable(backup))
            return isRunning ? QStringLiteral("in_progress") : QStringLiteral("none");
        if (!backup.problem.isEmpty())
            return backup.problem;
    }
    return QStringLiteral("no_backups");
}

/// One place per repository: readable or not, its cipher, and the newest segment that lies there.
void addPlaces(BackupSet &set, const json &object)
{
    for (const json &repository : arrayOf(member(object, "repo"))) {
        const qint64 key = integerOf(member(repository, "key")).value_or(0);
        const json &status = member(repository, "status");
        const qint64 code = integerOf(member(status, "code")).value_or(99);
        BackupLocation place;
        place.name = QStringLiteral("repository %1").arg(key);
        place.cipher = textOf(member(repository, "cipher"), 40);
        place.readable = code == 0 || code == 2; // 2: readable, and empty
        place.problem = code == 0 ? QString() : textOf(member(status, "message"), 300);
        for (const json &archive : arrayOf(member(object, "archive"))) {
            const QString newest = textOf(member(archive, "max"), 40);
            if (integerOf(member(member(archive, "database"), "repo-key")) == key && newest > place.newestWal)
                place.newestWal = newest;
        }
        set.locations.push_back(place);
    }
}

BackupSet readStanza(const json &object, const QString &liveSystemId, const QDateTime &now, double clockOffsetSeconds)
{
    const Stanza stanza = stanzaOf(object);
    BackupSet set;
    set.source = QStringLiteral("pgbackrest");
    set.repository = QStringLiteral("stanza %1").arg(stanza.name);
    for (const json &backup : arrayOf(member(object, "backup")))
        set.backups.push_back(backupOf(backup, stanza, liveSystemId));
    flawFutureTimes(set, now, clockOffsetSeconds);
    assessNewest(set);
    const json &status = member(object, "status");
    const QString message = textOf(member(status, "message"), 300);
    const json &held = member(member(member(status, "lock"), "backup"), "held");
    const bool isRunning = held.is_boolean() && held.get<bool>();
    const std::optional<qint64> code = integerOf(member(status, "code"));
    QString problem = code ? problemOfStatus(*code, message, stanza) : QStringLiteral("repo_error");
    if (problem.isEmpty())
        problem = problemOfBackups(set, isRunning);
    setProblem(set, problem);
    if (isRunning)
        set.notes.append(QStringLiteral("a backup, expire or stanza command runs now"));
    if (code.value_or(0) != 0 && !message.isEmpty())
        set.notes.append(message);
    // A repository in error has its backups left out: a shorter list is not retention.
    set.notes += stanza.badRepositories;
    addPlaces(set, object);
    return set;
}

} // namespace

Result<BackupSet> readPgbackrestInfo(const QByteArray &text, const QString &stanza, const QString &liveSystemId,
                                     const QDateTime &now, double clockOffsetSeconds)
{
    const json document = jsonWithin(text);
    if (!document.is_array())
        return failure(ErrorKind::BadData, QStringLiteral("parse"), QStringLiteral("pgbackrest info"),
                       QStringLiteral("expected a JSON array of stanzas, found %1")
                           .arg(text.trimmed().isEmpty() ? QStringLiteral("nothing") : firstLine(text).left(80)));
    std::optional<BackupSet> chosen;
    for (const json &object : arrayOf(document)) {
        if (!object.is_object() || (!stanza.isEmpty() && textOf(member(object, "name")) != stanza))
            continue;
        BackupSet set = readStanza(object, liveSystemId, now, clockOffsetSeconds);
        if (!chosen || (chosen->assessment.ok && !set.assessment.ok))
            chosen = std::move(set);
    }
    if (chosen)
        return std::move(*chosen);
    BackupSet empty;
    empty.source = QStringLiteral("pgbackrest");
    empty.repository = stanza.isEmpty() ? QString() : QStringLiteral("stanza %1").arg(stanza);
    empty.assessment.count = 0;
    setProblem(empty, QStringLiteral("missing_stanza"));
    return empty;
}

} // namespace taffrail::sources
