// SPDX-License-Identifier: GPL-3.0-or-later
#include "readinessentries.h"

#include <algorithm>
#include <functional>

namespace taffrail {

namespace {

using namespace std::chrono_literals;

QVariant option(const SourceEntry &entry, const char *key)
{
    return entry.options.value(QString::fromLatin1(key));
}

/// A path, or a list of paths.
QStringList pathsOf(const QVariant &value)
{
    return value.typeId() == QMetaType::QString ? QStringList{value.toString()} : value.toStringList();
}

class EntryMaker {
public:
    explicit EntryMaker(const EnvironmentSpec &environment) : m_environment(environment) {}

    std::vector<SourceEntry> make()
    {
        for (const HostSpec &host : m_environment.hosts)
            addHost(host.id);
        for (const DatabaseSpec &database : m_environment.databases)
            addDatabase(database.id);
        for (const SourceEntry &entry : m_environment.entries) {
            if (entry.pane == PaneKind::Health && entry.source == QLatin1String("http"))
                addEndpoint(entry);
        }
        const auto asksRunbook
            = [&](const SourceEntry &entry) { return option(entry, "url") == m_environment.runbook; };
        if (!m_environment.runbook.isEmpty() && !isThere("reachable", asksRunbook))
            add("reachable", QStringLiteral("runbook")).options.insert(QStringLiteral("url"), m_environment.runbook);
        return std::move(m_made);
    }

private:
    SourceEntry &add(const char *source, const QString &about)
    {
        SourceEntry entry;
        entry.pane = PaneKind::Configs;
        entry.source = QString::fromLatin1(source);
        entry.id = QStringLiteral("%1%2-%3").arg(readinessPrefix, entry.source, about);
        entry.refresh = 6h;
        return m_made.emplace_back(std::move(entry));
    }

    bool isThere(const char *source, const std::function<bool(const SourceEntry &)> &fits) const
    {
        return std::ranges::any_of(m_environment.entries, [&](const SourceEntry &entry) {
            return entry.pane == PaneKind::Configs && entry.source == QLatin1String(source) && fits(entry);
        });
    }

    void addHost(const QString &host)
    {
        if (isThere("posture", [&](const SourceEntry &entry) { return entry.hosts.contains(host); }))
            return;
        QStringList files, apps, units;
        for (const SourceEntry &entry : m_environment.entries) {
            if (!entry.hosts.contains(host))
                continue;
            if (entry.pane == PaneKind::Configs)
                files += pathsOf(option(entry, "path"));
            const QString path = option(entry, "path").toString();
            if (entry.pane == PaneKind::Deployments && path.startsWith(QLatin1Char('/')))
                apps += path;
            if (entry.pane == PaneKind::Health && entry.source == QLatin1String("host"))
                units += option(entry, "units").toStringList();
        }
        SourceEntry &entry = add("posture", host);
        entry.hosts = QStringList{host};
        const auto set = [&](const char *key, QStringList list) {
            list.removeDuplicates();
            if (!list.isEmpty())
                entry.options.insert(QString::fromLatin1(key), list);
        };
        set("files", files);
        set("apps", apps);
        set("units", units);
    }

    void addDatabase(const QString &database)
    {
        if (!isThere("pg_posture", [&](const SourceEntry &entry) { return entry.database == database; }))
            add("pg_posture", database).database = database;
    }

    void addEndpoint(const SourceEntry &http)
    {
        const QVariant url = option(http, "url");
        if (isThere("web_posture", [&](const SourceEntry &entry) { return option(entry, "url") == url; }))
            return;
        SourceEntry &entry = add("web_posture", http.id);
        for (const char *key : {"url", "via", "ca_file"}) {
            if (const QVariant value = option(http, key); value.isValid())
                entry.options.insert(QString::fromLatin1(key), value);
        }
    }

    const EnvironmentSpec &m_environment;
    std::vector<SourceEntry> m_made;
};

} // namespace

std::vector<SourceEntry> readinessEntries(const EnvironmentSpec &environment)
{
    return EntryMaker(environment).make();
}

EnvironmentSpec withReadinessEntries(const EnvironmentSpec &environment)
{
    EnvironmentSpec all = environment;
    for (SourceEntry &entry : readinessEntries(environment))
        all.entries.push_back(std::move(entry));
    return all;
}

} // namespace taffrail
