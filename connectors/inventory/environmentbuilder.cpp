// SPDX-License-Identifier: GPL-3.0-or-later
#include "environmentbuilder.h"

#include "readiness.h"
#include "schemacheck.h"
#include "text.h"

#include <QRegularExpression>
#include <QSet>

#include <algorithm>

namespace taffrail::inventory {

namespace {

using namespace std::chrono_literals;

const JsonNode *memberOf(const JsonNode &node, const char *key)
{
    return node.member(QString::fromLatin1(key));
}

QString stringOf(const JsonNode &node, const char *key)
{
    const JsonNode *value = memberOf(node, key);
    return value && value->isString() ? value->text : QString();
}

QStringList stringsOf(const JsonNode &node, const char *key)
{
    QStringList list;
    if (const JsonNode *value = memberOf(node, key)) {
        for (const JsonNode &item : value->items) {
            if (item.isString())
                list << item.text;
        }
    }
    return list;
}

QString pathOf(const QString &path, const char *key)
{
    return memberPath(path, QString::fromLatin1(key));
}

/// The items of a list that are objects, with their paths.
std::vector<std::pair<const JsonNode *, QString>> objectsOf(const JsonNode *list, const QString &path)
{
    std::vector<std::pair<const JsonNode *, QString>> found;
    if (!list)
        return found;
    for (size_t i = 0; i < list->items.size(); ++i) {
        if (list->items[i].isObject())
            found.emplace_back(&list->items[i], itemPath(path, i));
    }
    return found;
}

template <typename T> QStringList idsOf(const std::vector<T> &list)
{
    QStringList ids;
    for (const T &each : list)
        ids << each.id;
    return ids;
}

Mode modeOf(const QString &word, Tier tier)
{
    if (word == QLatin1String("locked"))
        return Mode::Locked;
    if (word == QLatin1String("guarded"))
        return Mode::Guarded;
    if (word == QLatin1String("open"))
        return Mode::Open;
    return tier == Tier::Production ? Mode::Guarded : Mode::Open;
}

/// Keys of an entry that are not the source's own.
bool isCommonKey(const QString &key, PaneKind pane)
{
    static const QSet<QString> common{QStringLiteral("source"), QStringLiteral("id"),       QStringLiteral("hosts"),
                                      QStringLiteral("host"),   QStringLiteral("database"), QStringLiteral("refresh"),
                                      QStringLiteral("runbook")};
    return common.contains(key) || (pane == PaneKind::Backups && key == QLatin1String("target"))
        || (pane == PaneKind::Health && key == QLatin1String("on_no_data"))
        || (pane == PaneKind::Deployments && key == QLatin1String("rollback"));
}

} // namespace

EnvironmentBuilder::EnvironmentBuilder(QString file, Problems &problems) : m_file(std::move(file)), m_problems(problems)
{
}

void EnvironmentBuilder::add(const JsonNode &node, const QString &path, const QString &expected, const QString &found,
                             const QString &hint)
{
    m_problems.push_back({m_file, node.line, node.column, path, expected, found, hint});
}

/// At least one second: nothing here is measured finer, and 0 would mean "always".
std::optional<std::chrono::milliseconds> EnvironmentBuilder::duration(const JsonNode &parent, const char *key,
                                                                      const QString &path)
{
    const JsonNode *node = memberOf(parent, key);
    if (!node || !node->isString())
        return {};
    static const QRegularExpression shape(QStringLiteral("^[0-9]{1,12}(ms|s|m|h|d)\\z"));
    if (!shape.match(node->text).hasMatch())
        return {}; // the schema tells of that
    const auto value = parseDuration(node->text); // nothing: more than 64 bits hold
    if (!value || *value < 1s || *value > std::chrono::hours(24 * 3650)) {
        add(*node, pathOf(path, key), QStringLiteral("a duration from 1s to 3650d"), describe(*node));
        return {};
    }
    return value;
}

std::vector<EnvironmentDraft> EnvironmentBuilder::build(const JsonNode &root)
{
    const QString top = QStringLiteral("$");
    if (const JsonNode *defaults = memberOf(root, "defaults")) {
        const QString path = pathOf(top, "defaults");
        m_defaults.refresh = duration(*defaults, "refresh", path).value_or(m_defaults.refresh);
        if (const JsonNode *ssh = memberOf(*defaults, "ssh"); ssh && ssh->isObject())
            m_defaults.ssh = buildSsh(*ssh);
    }
    std::vector<EnvironmentDraft> drafts;
    for (const auto &[node, path] : objectsOf(memberOf(root, "environments"), pathOf(top, "environments")))
        drafts.push_back(buildEnvironment(*node, path));
    return drafts;
}

EnvironmentDraft EnvironmentBuilder::buildEnvironment(const JsonNode &node, const QString &path)
{
    EnvironmentDraft draft;
    EnvironmentSpec &spec = draft.spec;
    const auto placeOf = [&](const char *key) {
        const JsonNode *value = memberOf(node, key);
        return Place{m_file, value ? value->line : node.line, value ? value->column : node.column, pathOf(path, key)};
    };
    spec.id = stringOf(node, "id");
    draft.id = placeOf("id");
    spec.name = stringOf(node, "name");
    if (spec.name.isEmpty())
        spec.name = spec.id;
    spec.service = stringOf(node, "service");
    if (spec.service.isEmpty())
        spec.service = spec.id;
    spec.tier = tierFromWord(stringOf(node, "tier")).value_or(Tier::Development);
    spec.mode = modeOf(stringOf(node, "mode"), spec.tier);
    spec.promotesFrom = stringOf(node, "promotes_from");
    draft.promotesFrom = placeOf("promotes_from");
    spec.runbook = stringOf(node, "runbook");
    spec.tags = stringsOf(node, "tags");
    if (const JsonNode *readiness = memberOf(node, "readiness"); readiness && readiness->isObject())
        buildReadiness(*readiness, pathOf(path, "readiness"), spec);
    spec.refresh = duration(node, "refresh", path).value_or(m_defaults.refresh);
    buildHosts(node, path, spec);
    buildDatabases(node, path, spec);
    buildEntries(node, path, spec);
    refuseInlineSecrets(node, path);
    return draft;
}

void EnvironmentBuilder::buildReadiness(const JsonNode &node, const QString &path, EnvironmentSpec &spec)
{
    spec.readiness = node.toVariant().toMap();
    for (const char *key :
         {"rollback_rehearsed_every", "restore_tested_every", "alerts_tested_every", "infrastructure_in_step_every"})
        duration(node, key, path);
    const JsonNode *off = memberOf(node, "off");
    const QStringList codes = readinessCodes();
    for (size_t i = 0; off && i < off->members.size(); ++i) {
        const QString code = off->members[i].key;
        if (codes.contains(code))
            continue;
        const QString nearest = nearestWord(code, codes);
        add(off->members[i].value, memberPath(pathOf(path, "off"), code),
            QStringLiteral("the code of a readiness criterion"), QStringLiteral("\"%1\"").arg(code),
            nearest.isEmpty() ? QString() : QStringLiteral("Did you mean \"%1\"?").arg(nearest));
    }
}

void EnvironmentBuilder::buildHosts(const JsonNode &environment, const QString &path, EnvironmentSpec &spec)
{
    for (const auto &[node, hostPath] : objectsOf(memberOf(environment, "hosts"), pathOf(path, "hosts"))) {
        HostSpec host;
        host.id = stringOf(*node, "id");
        const JsonNode *local = memberOf(*node, "local");
        const JsonNode *ssh = memberOf(*node, "ssh");
        host.local = local && local->boolean;
        if (ssh)
            host.ssh = buildSsh(*ssh);
        if (host.local == (ssh != nullptr))
            add(*node, hostPath, QStringLiteral("either \"ssh\" or \"local\": true"),
                ssh ? QStringLiteral("both") : QStringLiteral("neither"));
        if (!host.id.isEmpty() && spec.host(host.id))
            add(*memberOf(*node, "id"), pathOf(hostPath, "id"),
                QStringLiteral("an id that no other host of the environment has"), describe(*memberOf(*node, "id")));
        else
            spec.hosts.push_back(std::move(host));
    }
}

SshSpec EnvironmentBuilder::buildSsh(const JsonNode &node) const
{
    SshSpec ssh;
    if (node.isString()) {
        ssh.alias = node.text; // everything else is left to the OpenSSH configuration
        return ssh;
    }
    ssh = m_defaults.ssh;
    ssh.alias = stringOf(node, "host");
    if (const JsonNode *port = memberOf(node, "port"); port && port->isInteger())
        ssh.port = int(std::clamp<qlonglong>(port->text.toLongLong(), 0, 65535));
    if (const QString user = stringOf(node, "user"); !user.isEmpty())
        ssh.user = user;
    if (memberOf(node, "jump"))
        ssh.jump = stringsOf(node, "jump");
    if (const QString file = stringOf(node, "identity_file"); !file.isEmpty())
        ssh.identityFile = file;
    ssh.hostKey = stringOf(node, "host_key");
    return ssh;
}

void EnvironmentBuilder::buildDatabases(const JsonNode &environment, const QString &path, EnvironmentSpec &spec)
{
    for (const auto &[node, databasePath] : objectsOf(memberOf(environment, "databases"), pathOf(path, "databases"))) {
        DatabaseSpec database;
        database.id = stringOf(*node, "id");
        database.dsn = stringOf(*node, "dsn");
        database.password = stringOf(*node, "password");
        database.via = stringOf(*node, "via");
        if (const JsonNode *dsn = memberOf(*node, "dsn"); dsn && dsn->isString())
            checkDsn(*dsn, pathOf(databasePath, "dsn"));
        if (const JsonNode *via = memberOf(*node, "via"); via && via->isString())
            checkReference(*via, pathOf(databasePath, "via"), "host", idsOf(spec.hosts));
        if (!database.id.isEmpty() && spec.database(database.id))
            add(*memberOf(*node, "id"), pathOf(databasePath, "id"),
                QStringLiteral("an id that no other database of the environment has"),
                describe(*memberOf(*node, "id")));
        else
            spec.databases.push_back(std::move(database));
    }
}

void EnvironmentBuilder::buildEntries(const JsonNode &environment, const QString &path, EnvironmentSpec &spec)
{
    std::vector<std::pair<const JsonNode *, QString>> nodes;
    for (const JsonMember &member : environment.members) {
        const auto pane = paneFromWord(member.key);
        if (!pane)
            continue;
        for (auto &place : objectsOf(&member.value, memberPath(path, member.key))) {
            spec.entries.push_back(buildEntry(*place.first, place.second, *pane, spec));
            nodes.push_back(std::move(place));
        }
    }
    nameEntries(nodes, spec);
    const JsonNode *common = memberOf(environment, "rollback");
    checkRollback(common, pathOf(path, "rollback"), spec);
    for (size_t i = 0; i < nodes.size(); ++i) {
        SourceEntry &entry = spec.entries[i];
        if (entry.pane != PaneKind::Deployments)
            continue;
        checkRollback(memberOf(*nodes[i].first, "rollback"), pathOf(nodes[i].second, "rollback"), spec);
        QVariantMap policy = common ? common->toVariant().toMap() : QVariantMap();
        policy.insert(entry.rollback);
        entry.rollback = policy;
    }
}

/// Default ids: the source's name, then name-2 … as far as nobody wrote that id.
void EnvironmentBuilder::nameEntries(std::vector<std::pair<const JsonNode *, QString>> nodes, EnvironmentSpec &spec)
{
    QSet<QString> taken;
    for (size_t i = 0; i < nodes.size(); ++i) {
        const QString id = spec.entries[i].id;
        if (!id.isEmpty() && taken.contains(id))
            add(*memberOf(*nodes[i].first, "id"), pathOf(nodes[i].second, "id"),
                QStringLiteral("an id that no other entry of the environment has"),
                describe(*memberOf(*nodes[i].first, "id")));
        taken.insert(id);
    }
    for (SourceEntry &entry : spec.entries) {
        if (!entry.id.isEmpty())
            continue;
        QString id = entry.source;
        for (int number = 2; taken.contains(id); ++number)
            id = QStringLiteral("%1-%2").arg(entry.source, QString::number(number));
        taken.insert(id);
        entry.id = id;
    }
}

SourceEntry EnvironmentBuilder::buildEntry(const JsonNode &node, const QString &path, PaneKind pane,
                                           const EnvironmentSpec &spec)
{
    SourceEntry entry;
    entry.pane = pane;
    entry.id = stringOf(node, "id");
    entry.source = stringOf(node, "source");
    entry.database = stringOf(node, "database");
    entry.runbook = stringOf(node, "runbook");
    entry.refresh = duration(node, "refresh", path);
    buildEntryHosts(node, path, spec, entry);
    if (const JsonNode *database = memberOf(node, "database"); database && database->isString())
        checkReference(*database, pathOf(path, "database"), "database", idsOf(spec.databases));
    if (pane == PaneKind::Health)
        entry.onNoData = stringOf(node, "on_no_data");
    if (const JsonNode *target = memberOf(node, "target"); target && pane == PaneKind::Backups)
        buildTarget(*target, pathOf(path, "target"), entry.target);
    if (const JsonNode *rollback = memberOf(node, "rollback"); rollback && pane == PaneKind::Deployments)
        entry.rollback = rollback->toVariant().toMap();
    for (const JsonMember &member : node.members) {
        if (!isCommonKey(member.key, pane))
            entry.options.insert(member.key, member.value.toVariant());
    }
    checkOptions(node, path, spec);
    return entry;
}

void EnvironmentBuilder::buildEntryHosts(const JsonNode &node, const QString &path, const EnvironmentSpec &spec,
                                         SourceEntry &entry)
{
    const JsonNode *one = memberOf(node, "host");
    const JsonNode *several = memberOf(node, "hosts");
    if (one && several)
        add(*one, pathOf(path, "host"), QStringLiteral("either \"host\" or \"hosts\""), QStringLiteral("both"));
    std::vector<std::pair<const JsonNode *, QString>> named;
    if (one && one->isString())
        named.emplace_back(one, pathOf(path, "host"));
    for (size_t i = 0; several && i < several->items.size(); ++i) {
        if (several->items[i].isString())
            named.emplace_back(&several->items[i], itemPath(pathOf(path, "hosts"), i));
    }
    const QStringList known = idsOf(spec.hosts);
    QStringList written;
    for (const auto &[host, hostPath] : named) {
        if (written.contains(host->text))
            add(*host, hostPath, QStringLiteral("each host once"), describe(*host) + QStringLiteral(" again"));
        written << host->text;
        const bool isAll = several && host->text == QLatin1String("*");
        if (isAll && known.isEmpty())
            add(*host, hostPath, QStringLiteral("an environment with hosts"),
                QStringLiteral("\"*\" where there are none"));
        else if (!isAll)
            checkReference(*host, hostPath, "host", known);
        for (const QString &id : isAll ? known : QStringList{host->text}) {
            if (!entry.hosts.contains(id))
                entry.hosts << id;
        }
    }
}

void EnvironmentBuilder::buildTarget(const JsonNode &node, const QString &path, BackupTarget &target)
{
    const auto seconds = [&](const char *key) -> std::optional<std::chrono::seconds> {
        const auto value = duration(node, key, path);
        return value ? std::optional(std::chrono::duration_cast<std::chrono::seconds>(*value)) : std::nullopt;
    };
    target.rpo = seconds("rpo");
    target.fullEvery = seconds("full_every");
    target.restoreTestedEvery = seconds("restore_tested_every");
    if (const JsonNode *locations = memberOf(node, "locations"); locations && locations->isInteger())
        target.locations = int(std::min<qlonglong>(locations->text.toLongLong(), 1'000));
}

} // namespace taffrail::inventory
