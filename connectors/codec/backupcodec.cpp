// SPDX-License-Identifier: GPL-3.0-or-later
#include "jsonreader.h"
#include "jsonwriting.h"

namespace taffrail::codec {

namespace {

Json backupJson(const Backup &backup)
{
    return {
        {"id", textOrNull(backup.id)},
        {"type", backupTypeWord(backup.type).toStdString()},
        {"started_at", timeOrNull(backup.startedAt)},
        {"finished_at", timeOrNull(backup.finishedAt)},
        {"finished_is_start", backup.finishedIsStart},
        {"size_bytes", countOrNull(backup.sizeBytes)},
        {"stored_bytes", countOrNull(backup.storedBytes)},
        {"location", textOrNull(backup.location)},
        {"encrypted", valueOrNull(backup.encrypted)},
        {"state", backupStateWord(backup.state).toStdString()},
        {"problem", textOrNull(backup.problem)},
        {"detail", textOrNull(backup.detail)},
        {"trust", trustWord(backup.trust).toStdString()},
        {"verified_at", timeOrNull(backup.verifiedAt)},
        {"verified_by", textOrNull(backup.verifiedBy)},
        {"parent", textOrNull(backup.parent)},
        {"wal_start", textOrNull(backup.walStart)},
        {"wal_stop", textOrNull(backup.walStop)},
        {"system_id", textOrNull(backup.systemId)},
    };
}

Backup readBackup(const JsonReader &reader)
{
    Backup backup;
    backup.id = reader.text("id");
    backup.type = reader.word("type", backupTypeFromWord, backupTypeWord, BackupType::Full);
    backup.startedAt = reader.time("started_at");
    backup.finishedAt = reader.time("finished_at");
    backup.finishedIsStart = reader.flag("finished_is_start");
    backup.sizeBytes = reader.count("size_bytes");
    backup.storedBytes = reader.count("stored_bytes");
    backup.location = reader.text("location");
    backup.encrypted = reader.optionalFlag("encrypted");
    // A backup of which nobody says how it ended is not one to rely on.
    backup.state = reader.word("state", backupStateFromWord, backupStateWord, BackupState::Flawed);
    backup.problem = reader.text("problem");
    backup.detail = reader.text("detail");
    backup.trust = reader.word("trust", trustFromWord, trustWord, Trust::Listed);
    backup.verifiedAt = reader.time("verified_at");
    backup.verifiedBy = reader.text("verified_by");
    backup.parent = reader.text("parent");
    backup.walStart = reader.text("wal_start");
    backup.walStop = reader.text("wal_stop");
    backup.systemId = reader.text("system_id");
    return backup;
}

Json locationJson(const BackupLocation &location)
{
    return {
        {"name", textOrNull(location.name)},
        {"kind", textOrNull(location.kind)},
        {"readable", location.readable},
        {"problem", textOrNull(location.problem)},
        {"cipher", textOrNull(location.cipher)},
        {"newest_wal", textOrNull(location.newestWal)},
        {"newest_wal_at", timeOrNull(location.newestWalAt)},
        {"free_bytes", countOrNull(location.freeBytes)},
        {"stored_bytes", countOrNull(location.storedBytes)},
    };
}

BackupLocation readLocation(const JsonReader &reader)
{
    BackupLocation location;
    location.name = reader.text("name");
    location.kind = reader.text("kind");
    location.readable = reader.flag("readable");
    location.problem = reader.text("problem");
    location.cipher = reader.text("cipher");
    location.newestWal = reader.text("newest_wal");
    location.newestWalAt = reader.time("newest_wal_at");
    location.freeBytes = reader.count("free_bytes");
    location.storedBytes = reader.count("stored_bytes");
    return location;
}

Json gapJson(const WalGap &gap)
{
    return {
        {"location", textOrNull(gap.location)}, {"first", textOrNull(gap.first)},
        {"last", textOrNull(gap.last)},         {"count", gap.count},
        {"inside_backup", gap.insideBackup},    {"breaks", listOf(gap.breaks)},
    };
}

WalGap readGap(const JsonReader &reader)
{
    WalGap gap;
    gap.location = reader.text("location");
    gap.first = reader.text("first");
    gap.last = reader.text("last");
    gap.count = reader.integer("count").value_or(0);
    gap.insideBackup = reader.flag("inside_backup");
    gap.breaks = reader.words("breaks");
    return gap;
}

Json archiveJson(const ArchiveState &archive)
{
    return {
        {"mode", textOrNull(archive.mode)},
        {"server_now", timeOrNull(archive.serverNow)},
        {"last_archived_at", timeOrNull(archive.lastArchivedAt)},
        {"last_failed_at", timeOrNull(archive.lastFailedAt)},
        {"last_archived_wal", textOrNull(archive.lastArchivedWal)},
        {"last_failed_wal", textOrNull(archive.lastFailedWal)},
        {"archived_count", countOrNull(archive.archivedCount)},
        {"failed_count", countOrNull(archive.failedCount)},
        {"unarchived_bytes", countOrNull(archive.unarchivedBytes)},
        {"ready_segments", countOrNull(archive.readySegments)},
        {"oldest_ready_at", timeOrNull(archive.oldestReadyAt)},
        {"segment_bytes", archive.segmentBytes},
        {"lag_s", archive.lag ? Json(archive.lag->count()) : Json(nullptr)},
        {"system_id", textOrNull(archive.systemId)},
        {"in_recovery", archive.inRecovery},
    };
}

ArchiveState readArchive(const JsonReader &reader)
{
    ArchiveState archive;
    archive.mode = reader.text("mode");
    archive.serverNow = reader.time("server_now");
    archive.lastArchivedAt = reader.time("last_archived_at");
    archive.lastFailedAt = reader.time("last_failed_at");
    archive.lastArchivedWal = reader.text("last_archived_wal");
    archive.lastFailedWal = reader.text("last_failed_wal");
    archive.archivedCount = reader.count("archived_count");
    archive.failedCount = reader.count("failed_count");
    archive.unarchivedBytes = reader.count("unarchived_bytes");
    archive.readySegments = reader.count("ready_segments");
    archive.oldestReadyAt = reader.time("oldest_ready_at");
    archive.segmentBytes = reader.integer("segment_bytes").value_or(archive.segmentBytes);
    if (const std::optional<qint64> lag = reader.integer("lag_s"))
        archive.lag = std::chrono::seconds(*lag);
    archive.systemId = reader.text("system_id");
    archive.inRecovery = reader.flag("in_recovery");
    return archive;
}

} // namespace

Json backupsJson(const BackupSet &set)
{
    Json backups = Json::array();
    for (const Backup &backup : set.backups)
        backups.push_back(backupJson(backup));
    Json locations = Json::array();
    for (const BackupLocation &location : set.locations)
        locations.push_back(locationJson(location));
    Json gaps = Json::array();
    for (const WalGap &gap : set.gaps)
        gaps.push_back(gapJson(gap));
    const BackupAssessment &assessment = set.assessment;
    return {
        {"kind", "backups"},
        {"source", textOrNull(set.source)},
        {"repository", textOrNull(set.repository)},
        {"latest_finished_at", timeOrNull(assessment.latestFinishedAt)},
        {"backups", std::move(backups)},
        {"archive", set.archive ? archiveJson(*set.archive) : Json(nullptr)},
        {"assessment",
         {
             {"ok", assessment.ok},
             {"latest_finished_at", timeOrNull(assessment.latestFinishedAt)},
             {"time_is_start", assessment.timeIsStart},
             {"type", assessment.type ? Json(backupTypeWord(*assessment.type).toStdString()) : Json(nullptr)},
             {"count", valueOrNull(assessment.count)},
             {"problem", assessment.problem.toStdString()},
         }},
        {"notes", listOf(set.notes)},
        {"locations", std::move(locations)},
        {"wal_checked", set.walChecked},
        {"wal_gaps", std::move(gaps)},
        {"expiring", set.expiring ? listOf(*set.expiring) : Json(nullptr)},
    };
}

BackupSet readBackups(const JsonReader &reader)
{
    BackupSet set;
    set.source = reader.text("source");
    set.repository = reader.text("repository");
    reader.each("backups", [&](const JsonReader &backup) { set.backups.push_back(readBackup(backup)); });
    if (reader.has("archive"))
        set.archive = readArchive(reader.object("archive"));
    if (reader.has("assessment")) {
        const JsonReader assessment = reader.object("assessment");
        set.assessment.ok = assessment.flag("ok");
        set.assessment.latestFinishedAt = assessment.time("latest_finished_at");
        set.assessment.timeIsStart = assessment.flag("time_is_start");
        if (assessment.has("type"))
            set.assessment.type = assessment.word("type", backupTypeFromWord, backupTypeWord, BackupType::Full);
        if (assessment.has("count"))
            set.assessment.count = assessment.smallCount("count");
        if (assessment.has("problem"))
            set.assessment.problem = assessment.text("problem");
    }
    set.notes = reader.words("notes");
    reader.each("locations", [&](const JsonReader &location) { set.locations.push_back(readLocation(location)); });
    set.walChecked = reader.flag("wal_checked");
    reader.each("wal_gaps", [&](const JsonReader &gap) { set.gaps.push_back(readGap(gap)); });
    if (reader.has("expiring"))
        set.expiring = reader.words("expiring");
    return set;
}

} // namespace taffrail::codec
