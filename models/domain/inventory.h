// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <QHash>
#include <QStringList>
#include <QVariantMap>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace taffrail {

enum class Tier { Production, Staging, Testing, Development };
enum class Mode { Locked, Guarded, Open };
/// The panes, in the order in which they are shown and printed.
enum class PaneKind { Deployments, Migrations, Backups, Health, Configs };
inline constexpr int paneCount = 5;

QString tierWord(Tier tier); ///< "production"
std::optional<Tier> tierFromWord(const QString &word);
QString paneWord(PaneKind pane); ///< "deployments"
std::optional<PaneKind> paneFromWord(const QString &word);

/// How to reach a machine. `alias` is what the user wrote: a name, an address or an alias of ~/.ssh/config; an empty
/// user, port 0 and empty lists mean "as ssh -G says, else the default".
struct SshSpec {
    QString alias;
    int port = 0;
    QString user;
    QStringList jump; ///< host[:port], user@host… in hop order; each is resolved like an alias
    QString identityFile; ///< private key; "" = the agent, then the configured file
    QString hostKey; ///< pinned fingerprint "SHA256:…", or ""

    bool operator==(const SshSpec &) const = default;
};

struct HostSpec {
    QString id; ///< unique in its environment
    bool local = false; ///< this machine, no SSH
    SshSpec ssh;

    bool operator==(const HostSpec &) const = default;
};

/// A PostgreSQL database. `dsn` is libpq's keyword form without a password; `password` is a secret reference
/// (env:NAME, file:PATH, command:…, keychain:SERVICE/KEY, prompt) or ""; `via` a host id or "".
struct DatabaseSpec {
    QString id;
    QString dsn;
    QString password;
    QString via;

    bool operator==(const DatabaseSpec &) const = default;
};

/// What a backup is held against. A missing target is not judged, and the pane says so.
struct BackupTarget {
    std::optional<std::chrono::seconds> rpo; ///< most that may be lost
    std::optional<std::chrono::seconds> fullEvery; ///< oldest allowed newest full
    std::optional<int> locations; ///< independent places
    std::optional<std::chrono::seconds> restoreTestedEvery;

    bool operator==(const BackupTarget &) const = default;
};

/// One line of "deployments", "migrations", "backups", "health" or "configs".
struct SourceEntry {
    QString id; ///< unique in its environment; default: the source's name, then name-2 …
    PaneKind pane = PaneKind::Health;
    QString source; ///< registry name: "capistrano", "pgbackrest", …
    QStringList hosts; ///< host ids, already expanded ("*" = all hosts); empty when the source needs none
    QString database; ///< database id or ""
    QVariantMap options; ///< the remaining keys as written (path, app, stanza, url, expect, files …)
    BackupTarget target; ///< backups only
    QString onNoData; ///< health only: unknown (default) | keep | ok
    QString runbook;
    QVariantMap rollback; ///< deployments only: the rollback policy, kept as written until its issue reads it
    std::optional<std::chrono::milliseconds> refresh;

    bool operator==(const SourceEntry &) const = default;
};

struct EnvironmentSpec {
    QString id; ///< unique over all inventory files
    QString name;
    QString service;
    Tier tier = Tier::Development;
    Mode mode = Mode::Open;
    QString promotesFrom;
    QString runbook;
    QStringList tags;
    std::chrono::milliseconds refresh{30'000};
    std::vector<HostSpec> hosts;
    std::vector<DatabaseSpec> databases;
    std::vector<SourceEntry> entries; ///< all panes, in the order of the file
    QVariantMap readiness; ///< what the scorecard is held against, as written: readinessPolicyOf() reads it

    const HostSpec *host(const QString &id) const;
    const DatabaseSpec *database(const QString &id) const;
    const SourceEntry *entry(const QString &id) const;
    bool operator==(const EnvironmentSpec &) const = default;
};
using EnvironmentSpecPtr = std::shared_ptr<const EnvironmentSpec>;

struct Inventory {
    QStringList files; ///< absolute paths it was read from
    std::vector<EnvironmentSpecPtr> environments; ///< in file order

    EnvironmentSpecPtr environment(const QString &id) const;
};

} // namespace taffrail
