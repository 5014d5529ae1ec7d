// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "inventory.h"
#include "inventoryproblem.h"
#include "jsontree.h"

namespace taffrail::inventory {

/// Where something stands, for checks that need more than its own file.
struct Place {
    QString file;
    int line = 0, column = 0;
    QString path;
};

struct EnvironmentDraft {
    EnvironmentSpec spec;
    Place id, promotesFrom;
};

/// Turns one file's tree into environments and checks what a schema cannot: references, unique ids, secrets. Takes
/// trees that the schema refused as well (what has the wrong shape is passed over), so that all mistakes are told at
/// once.
class EnvironmentBuilder {
public:
    EnvironmentBuilder(QString file, Problems &problems);

    std::vector<EnvironmentDraft> build(const JsonNode &root);

private:
    struct Defaults {
        std::chrono::milliseconds refresh{30'000};
        SshSpec ssh;
    };
    EnvironmentDraft buildEnvironment(const JsonNode &node, const QString &path);
    void buildReadiness(const JsonNode &node, const QString &path, EnvironmentSpec &spec);
    void buildHosts(const JsonNode &environment, const QString &path, EnvironmentSpec &spec);
    SshSpec buildSsh(const JsonNode &node) const;
    void buildDatabases(const JsonNode &environment, const QString &path, EnvironmentSpec &spec);
    void buildEntries(const JsonNode &environment, const QString &path, EnvironmentSpec &spec);
    SourceEntry buildEntry(const JsonNode &node, const QString &path, PaneKind pane, const EnvironmentSpec &spec);
    void buildEntryHosts(const JsonNode &node, const QString &path, const EnvironmentSpec &spec, SourceEntry &entry);
    void buildTarget(const JsonNode &node, const QString &path, BackupTarget &target);
    void nameEntries(std::vector<std::pair<const JsonNode *, QString>> nodes, EnvironmentSpec &spec);
    void checkRollback(const JsonNode *rollback, const QString &path, const EnvironmentSpec &spec);
    void checkOptions(const JsonNode &node, const QString &path, const EnvironmentSpec &spec);
    void checkDsn(const JsonNode &node, const QString &path);
    void refuseInlineSecrets(const JsonNode &node, const QString &path);
    void checkReference(const JsonNode &node, const QString &path, const char *what, const QStringList &known);

    std::optional<std::chrono::milliseconds> duration(const JsonNode &parent, const char *key, const QString &path);
    void add(const JsonNode &node, const QString &path, const QString &expected, const QString &found,
             const QString &hint = {});

    QString m_file;
    Problems &m_problems;
    Defaults m_defaults;
};

} // namespace taffrail::inventory
