// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "observation.h"

#include <QRandomGenerator>

#include <cmath>

/// Random domain values in which every field is filled. Fields are taken apart by structured bindings: a new field does
/// not compile here until it is filled, and is then not read back until the codec carries it.
namespace taffrail::test {

class RandomValues {
public:
    explicit RandomValues(quint32 seed) : m_random(seed) {}

    QString text()
    {
        static const QStringList pieces{
            QStringLiteral("a"),    QStringLiteral("web1"),      QStringLiteral(" "),
            QStringLiteral("\""),   QStringLiteral("\\"),        QStringLiteral("\n"),
            QString::fromUtf8("é"), QString::fromUtf8("日本"),   QString::fromUtf8("🙂"),
            QString(QChar(0)),      QStringLiteral("</script>"), QStringLiteral("7710282973916741038")};
        QString result;
        for (quint32 i = below(5); i > 0; --i)
            result += pieces.at(qsizetype(below(quint32(pieces.size()))));
        return result;
    }
    QStringList texts()
    {
        QStringList result;
        for (quint32 i = below(4); i > 0; --i)
            result << text();
        return result;
    }
    QDateTime time()
    {
        if (below(4) == 0)
            return {};
        return QDateTime::fromMSecsSinceEpoch(qint64(below(2'000'000'000U)) * 1000 + (below(2) ? below(1000) : 0),
                                              Qt::UTC);
    }
    bool flag() { return below(2) == 1; }
    qint64 count() { return below(4) == 0 ? -1 : qint64(m_random.generate64() >> (2 + below(60))); }
    double number() { return (m_random.generateDouble() - 0.5) * std::pow(10.0, int(below(40)) - 20); }
    template <typename T, typename Make> std::optional<T> maybe(Make make)
    {
        return below(2) ? std::optional<T>(make()) : std::nullopt;
    }
    template <typename Make> auto several(Make make)
    {
        std::vector<decltype(make())> result;
        for (quint32 i = below(4); i > 0; --i)
            result.push_back(make());
        return result;
    }
    template <typename Enum> Enum word(Enum last) { return Enum(below(quint32(last) + 1)); }
    Status status()
    {
        constexpr Status all[] = {Status::None,  Status::Muted,   Status::Ok,      Status::Notice,  Status::Running,
                                  Status::Stale, Status::Warning, Status::Unknown, Status::Offline, Status::Critical};
        return all[below(10)];
    }
    quint32 below(quint32 limit) { return m_random.bounded(limit); }

    Error error()
    {
        Error result;
        auto &[kind, step, subject, words, hint] = result;
        kind = word(ErrorKind::Internal);
        step = text();
        subject = text();
        words = text();
        hint = text();
        return result;
    }

    DeploymentHistory deployments()
    {
        DeploymentHistory result;
        auto &[source, app, live, hosts, releases, events, locked, keepReleases, notes] = result;
        source = text();
        app = text();
        live = text();
        hosts = several([this] { return hostRelease(); });
        releases = several([this] { return release(); });
        events = several([this] { return event(); });
        locked = maybe<HeldLock>([this] { return lock(); });
        keepReleases = int(below(9)) - 1;
        notes = texts();
        return result;
    }

    MigrationHistories migrations()
    {
        MigrationHistories result;
        auto &[histories] = result;
        histories = several([this] { return history(); });
        return result;
    }

    BackupSet backups()
    {
        BackupSet result;
        auto &[source, repository, list, archive, assessment, notes, locations, gaps, walChecked, expiring] = result;
        source = text();
        repository = text();
        list = several([this] { return backup(); });
        archive = maybe<ArchiveState>([this] { return archiveState(); });
        auto &[ok, latest, timeIsStart, type, number_, problem] = assessment;
        ok = flag();
        latest = time();
        timeIsStart = flag();
        type = maybe<BackupType>([this] { return word(BackupType::Snapshot); });
        number_ = maybe<int>([this] { return int(below(100)); });
        problem = QStringLiteral("wal_gap");
        notes = texts();
        locations = several([this] { return backupLocation(); });
        gaps = several([this] { return walGap(); });
        walChecked = flag();
        expiring = maybe<QStringList>([this] { return texts(); });
        return result;
    }

    HealthReport health()
    {
        HealthReport result;
        auto &[source, checks, counters, epoch, offset, offsetError, version, notes] = result;
        source = text();
        checks = several([this] { return check(); });
        for (const QString &key : texts())
            counters.insert(key, number());
        epoch = text();
        offset = maybe<double>([this] { return number(); });
        offsetError = std::abs(number());
        version = text();
        notes = texts();
        return result;
    }

    ConfigEntry configEntry()
    {
        ConfigEntry result;
        auto &[host, file, line, key, value_, type, unit, secret, fingerprint, note] = result;
        host = text();
        file = text();
        line = int(below(1000));
        key = text();
        value_ = text();
        type = word(ConfigType::EmptyList);
        unit = text();
        secret = flag();
        fingerprint.clear(); // never written: good within one comparison only
        note = text();
        return result;
    }

    ConfigFile configFile()
    {
        ConfigFile result;
        auto &[host, path, name, size, modifiedAt, mode, owner, reason, whole, binary, partial] = result;
        host = text();
        path = text();
        name = text();
        size = count();
        modifiedAt = time();
        mode = text();
        owner = text();
        reason = maybe<Error>([this] { return error(); });
        whole.clear(); // as above
        binary = flag();
        partial = flag();
        return result;
    }

    ConfigSet configs()
    {
        ConfigSet result;
        auto &[source, files, entries, notes, partial] = result;
        source = text();
        files = several([this] { return configFile(); });
        entries = several([this] { return configEntry(); });
        notes = texts();
        partial = flag();
        return result;
    }

    Value value()
    {
        switch (below(5)) {
        case 0: return deployments();
        case 1: return migrations();
        case 2: return backups();
        case 3: return configs();
        default: return health();
        }
    }

    Attempt attempt(bool good)
    {
        Attempt result;
        auto &[at, took, outcome] = result;
        at = time();
        took = std::chrono::milliseconds(below(100'000));
        if (good)
            outcome = ValuePtr(std::make_shared<const Value>(value()));
        else
            outcome = failure(error());
        return result;
    }

    Observation observation()
    {
        Observation result;
        auto &[pane, entry, source, subject, interval, lastGood, lastAttempt] = result;
        pane = word(PaneKind::Configs);
        entry = text();
        source = text();
        subject = text();
        interval = std::chrono::milliseconds(1 + below(1'000'000));
        lastGood = maybe<Attempt>([this] { return attempt(true); });
        if (lastGood && flag())
            lastAttempt = lastGood;
        else
            lastAttempt = maybe<Attempt>([this] { return attempt(flag()); });
        return result;
    }

    Link link()
    {
        Link result;
        auto &[subject, isDatabase, state, since, reason, retryAt, peer, missingGrants] = result;
        subject = text();
        isDatabase = flag();
        state = word(LinkState::Down);
        since = time();
        reason = maybe<Error>([this] { return error(); });
        retryAt = time();
        peer = text();
        missingGrants = texts();
        return result;
    }

    Snapshot snapshot()
    {
        Snapshot result;
        auto &[environment, generation, takenAt, remembered, observations, links] = result;
        environment = text();
        generation = m_random.generate64();
        takenAt = time();
        remembered = flag();
        observations = several([this] { return observation(); });
        links = several([this] { return link(); });
        return result;
    }

private:
    HeldLock lock()
    {
        HeldLock result;
        auto &[by, since, reason] = result;
        by = text();
        since = time();
        reason = text();
        return result;
    }

    HostRelease hostRelease()
    {
        HostRelease result;
        auto &[host, live, dangling, revision, switchedAt, freeBytes, running, reason] = result;
        host = text();
        live = text();
        dangling = flag();
        revision = text();
        switchedAt = time();
        freeBytes = count();
        running = text();
        reason = maybe<Error>([this] { return error(); });
        return result;
    }

    Release release()
    {
        Release result;
        auto &[id, version, revision, branch, deployedAt, deployedBy, status_, kind, confidence, liveOn, presentOn,
               pruned, note]
            = result;
        id = text();
        version = text();
        revision = text();
        branch = text();
        deployedAt = time();
        deployedBy = text();
        status_ = word(ReleaseStatus::Removed);
        kind = word(ReleaseKind::Unknown);
        confidence = word(Confidence::Reconciled);
        liveOn = texts();
        presentOn = texts();
        pruned = int(below(9)) - 1;
        note = text();
        return result;
    }

    DeployEvent event()
    {
        DeployEvent result;
        auto &[release_, from, kind, confidence, outcome, actor, at, notBefore, notAfter, host, raw] = result;
        release_ = text();
        from = text();
        kind = word(ReleaseKind::Unknown);
        confidence = word(Confidence::Reconciled);
        outcome = word(ReleaseStatus::Removed);
        actor = text();
        at = time();
        notBefore = time();
        notAfter = time();
        host = text();
        raw = text();
        return result;
    }

    MigrationHistory history()
    {
        MigrationHistory result;
        auto &[source, database, table, current, readable, supported, filesFrom, recordsFailures, lock_, list, notes]
            = result;
        source = text();
        database = text();
        table = text();
        current = text();
        readable = flag();
        supported = flag();
        filesFrom = text();
        recordsFailures = flag();
        lock_ = maybe<HeldLock>([this] { return lock(); });
        list = several([this] { return migration(); });
        notes = texts();
        return result;
    }

    Migration migration()
    {
        Migration result;
        auto &[version, name, state, flags, provenance, appliedAt, appliedBy, took, checksum, kinds, reversible,
               release_, note, order]
            = result;
        version = text();
        name = text();
        state = word(MigrationState::Applied);
        for (const MigrationState each : several([this] { return word(MigrationState::Applied); }))
            flags.insert(each);
        provenance = word(Provenance::NotRecorded);
        appliedAt = time();
        appliedBy = text();
        took = maybe<std::chrono::milliseconds>([this] { return std::chrono::milliseconds(below(10'000'000)); });
        checksum = text();
        for (const MigrationKind each : several([this] { return word(MigrationKind::Irreversible); }))
            kinds.insert(each);
        reversible = word(Reversible::Unknown);
        release_ = text();
        note = text();
        order = int(below(1000));
        return result;
    }

    Backup backup()
    {
        Backup result;
        auto &[id, type, startedAt, finishedAt, finishedIsStart, sizeBytes, storedBytes, location, encrypted, state,
               problem, detail, trust, verifiedAt, verifiedBy, parent, walStart, walStop, systemId]
            = result;
        id = text();
        type = word(BackupType::Snapshot);
        startedAt = time();
        finishedAt = time();
        finishedIsStart = flag();
        sizeBytes = count();
        storedBytes = count();
        location = text();
        encrypted = maybe<bool>([this] { return flag(); });
        state = word(BackupState::Expired);
        problem = text();
        detail = text();
        trust = word(Trust::Queried);
        verifiedAt = time();
        verifiedBy = text();
        parent = text();
        walStart = text();
        walStop = text();
        systemId = QString::number(m_random.generate64());
        return result;
    }

    BackupLocation backupLocation()
    {
        BackupLocation result;
        auto &[name, kind, readable, problem, cipher, newestWal, newestWalAt, freeBytes, storedBytes] = result;
        name = text();
        kind = text();
        readable = flag();
        problem = text();
        cipher = text();
        newestWal = text();
        newestWalAt = time();
        freeBytes = count();
        storedBytes = count();
        return result;
    }

    WalGap walGap()
    {
        WalGap result;
        auto &[location, first, last, number_, insideBackup, breaks] = result;
        location = text();
        first = text();
        last = text();
        number_ = qint64(below(1000));
        insideBackup = flag();
        breaks = texts();
        return result;
    }

    ArchiveState archiveState()
    {
        ArchiveState result;
        auto &[mode, serverNow, lastArchivedAt, lastFailedAt, lastArchivedWal, lastFailedWal, archivedCount,
               failedCount, unarchivedBytes, readySegments, oldestReadyAt, segmentBytes, lag, systemId, inRecovery]
            = result;
        mode = text();
        serverNow = time();
        lastArchivedAt = time();
        lastFailedAt = time();
        lastArchivedWal = text();
        lastFailedWal = text();
        archivedCount = count();
        failedCount = count();
        unarchivedBytes = count();
        readySegments = count();
        oldestReadyAt = time();
        segmentBytes = qint64(below(1'000'000'000U));
        lag = maybe<std::chrono::seconds>([this] { return std::chrono::seconds(below(1'000'000)); });
        systemId = QString::number(m_random.generate64());
        inRecovery = flag();
        return result;
    }

    HealthCheck check()
    {
        HealthCheck result;
        auto &[code, subject, host, status_, value_, unit, warning, critical, words, dataAt, hint] = result;
        code = text();
        subject = text();
        host = text();
        status_ = status();
        value_ = maybe<double>([this] { return number(); });
        unit = text();
        warning = maybe<double>([this] { return number(); });
        critical = maybe<double>([this] { return number(); });
        words = text();
        dataAt = time();
        hint = text();
        return result;
    }

    QRandomGenerator m_random;
};

/// Attempts have no == of their own: a value is compared as a value, not as a pointer.
inline bool isSame(const std::optional<Attempt> &a, const std::optional<Attempt> &b)
{
    if (!a || !b)
        return !a && !b;
    if (a->at != b->at || a->took != b->took || a->result.has_value() != b->result.has_value())
        return false;
    return a->result ? **a->result == **b->result : a->result.error() == b->result.error();
}

inline bool isSame(const Observation &a, const Observation &b)
{
    return a.pane == b.pane && a.entry == b.entry && a.source == b.source && a.subject == b.subject
        && a.interval == b.interval && isSame(a.lastGood, b.lastGood) && isSame(a.lastAttempt, b.lastAttempt);
}

inline bool isSame(const Snapshot &a, const Snapshot &b)
{
    return a.environment == b.environment && a.generation == b.generation && a.takenAt == b.takenAt
        && a.remembered == b.remembered && a.links == b.links
        && std::equal(a.observations.begin(), a.observations.end(), b.observations.begin(), b.observations.end(),
                      [](const Observation &x, const Observation &y) { return isSame(x, y); });
}

} // namespace taffrail::test
