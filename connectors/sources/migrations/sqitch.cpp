// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"
#include "joinedhistory.h"
#include "sqitchfiles.h"
#include "text.h"

#include <QSet>

#include <algorithm>
#include <map>

// Sqitch: the deployed changes, an event for each deploy, revert and failure, and a plan file that gives the order.
namespace taffrail::sources::migrations {

namespace {

QByteArray selectSqitch(const TableName &table)
{
    return "SELECT j->>'change_id' AS change_id, j->>'script_hash' AS script_hash, j->>'change' AS change,"
           " j->>'project' AS project, j->>'note' AS note, "
        + sqlTime("(j->>'committed_at')::timestamptz")
        + " AS committed_at, j->>'committer_name' AS committer_name, j->>'committer_email' AS committer_email"
          " FROM (SELECT to_jsonb(t) AS j FROM "
        + quotedTable(table) + " t ORDER BY t.committed_at LIMIT " + QByteArray::number(maxRows + 1) + ") x";
}

QByteArray selectEvents(const TableName &table)
{
    return "SELECT DISTINCT ON (change_id) event, change_id, change, project, note, requires, "
        + sqlTime("committed_at") + " AS committed_at, committer_name, committer_email FROM " + quotedTable(table)
        + " t ORDER BY change_id, t.committed_at DESC LIMIT " + QByteArray::number(maxRows);
}

QByteArray selectTags(const TableName &table)
{
    return "SELECT tag, project, change_id, " + sqlTime("committed_at") + " AS committed_at FROM " + quotedTable(table)
        + " t ORDER BY t.committed_at LIMIT " + QByteArray::number(maxRows);
}

QByteArray selectDependencies(const TableName &table)
{
    return "SELECT change_id, type, dependency, dependency_id FROM " + quotedTable(table) + " ORDER BY 1, 3 LIMIT "
        + QByteArray::number(maxRows);
}

QString whoOf(const SqlReply &rows, size_t row)
{
    const QString name = sanitizedLine(cellText(rows, row, "committer_name"), 60);
    const QString address = sanitizedLine(cellText(rows, row, "committer_email"), 60);
    return address.isEmpty() ? name : QStringLiteral("%1 <%2>").arg(name, address);
}

class Reader {
public:
    explicit Reader(const HistoryInput &input)
        : m_input(input),
          m_history(startHistory(input, "sqitch")),
          m_plans(plansOf(input.roots)),
          m_files(diskSqitch(input.roots))
    {
        m_history.recordsFailures = true;
        size_t at = 0;
        for (const Planned &planned : m_plans) {
            for (const PlannedChange &change : planned.plan.changes) {
                m_byId.emplace(change.id, at);
                m_names.push_back({planned.plan.project, change.name});
                m_needs.push_back({change.needs, change.conflicts});
                ++at;
            }
            m_projects.insert(planned.plan.project);
        }
    }

    MigrationHistory read()
    {
        findProjects();
        for (size_t row = 0; m_input.rows && row < m_input.rows->rows.size(); ++row)
            addChange(*m_input.rows, row);
        std::ranges::stable_sort(m_recorded, {},
                                 [](const RecordedMigration &each) { return each.migration.appliedAt; });
        judgeIds();
        addEvents();
        judgeDependencies();
        addNotes();
        JoinRules rules;
        rules.missing = QStringLiteral("Sqitch refuses to run: it cannot find this change in the plan");
        rules.compare = compareChecksum;
        join(m_history, m_input, std::move(m_recorded), m_files, rules);
        judgePositions();
        return std::move(m_history);
    }

private:
    void findProjects()
    {
        QSet<QByteArray> projects = m_projects;
        for (size_t row = 0; m_input.rows && row < m_input.rows->rows.size(); ++row)
            projects.insert(cellText(*m_input.rows, row, "project"));
        m_hasSeveral = projects.size() > 1;
        for (size_t i = 0; m_hasSeveral && i < m_files.size(); ++i)
            m_files[i].version = sanitizedLine(m_files[i].key, 300);
    }

    QString versionOf(const QByteArray &project, const QByteArray &name) const
    {
        return sanitizedLine(m_hasSeveral ? keyFor(project, name) : name, 300);
    }

    /// The place in the plan: by the id, else by the name.
    std::optional<size_t> placeOf(const QByteArray &id, const QByteArray &project, const QByteArray &name) const
    {
        if (const auto found = m_byId.find(id); found != m_byId.end())
            return found->second;
        std::optional<size_t> place;
        for (size_t i = 0; i < m_names.size(); ++i) {
            if (m_names[i] == std::pair(project, name) && !m_taken.contains(i)) {
                place = i;
                break;
            }
        }
        return place;
    }

    void addChange(const SqlReply &rows, size_t row)
    {
        const QByteArray project = cellText(rows, row, "project"), name = cellText(rows, row, "change");
        const QByteArray id = cellText(rows, row, "change_id");
        if (id.isEmpty() && name.isEmpty())
            return;
        m_deployed.insert(id);
        const auto place = placeOf(id, project, name);
        RecordedMigration each{place ? m_files[*place].key : keyFor(project, name), {}};
        if (place) {
            m_taken.insert(*place);
            m_last = std::max(m_last.value_or(*place), *place);
        }
        Migration &migration = each.migration;
        migration.version = place ? m_files[*place].version : versionOf(project, name);
        migration.name = sanitizedLine(cellText(rows, row, "note"), 200);
        migration.appliedAt = anyTime(rows, row, "committed_at");
        migration.appliedBy = whoOf(rows, row);
        const QByteArray hash = cellText(rows, row, "script_hash");
        if (hash != id) // a registry that was upgraded holds the id in its place
            migration.checksum = sanitizedLine(hash, 64);
        migration.flags = {MigrationState::Applied};
        // The plan of another project is not expected among these files.
        each.isComparable = m_projects.contains(project);
        if (!each.isComparable && !m_projects.isEmpty())
            addNote(migration, QStringLiteral("of project %1, whose plan is not here").arg(sanitizedLine(project, 60)));
        m_names2[each.key] = {id, place};
        m_deployedNames.insert(keyFor(project, name));
        m_history.current = migration.version;
        m_recorded.push_back(std::move(each));
    }

    // The id of each change hangs on the one before it: only the first that differs was edited.
    void judgeIds()
    {
        bool hasMatch = false;
        for (const auto &[key, where] : m_names2)
            hasMatch = hasMatch || m_byId.contains(where.first);
        QString first;
        for (RecordedMigration &each : m_recorded) {
            const auto &[id, place] = m_names2[each.key];
            if (!place || m_byId.contains(id) || id.isEmpty())
                continue;
            if (!first.isEmpty()) {
                addNote(each.migration, QStringLiteral("its id hangs on %1, whose plan line was edited").arg(first));
                continue;
            }
            first = each.migration.version;
            addNote(each.migration,
                    QStringLiteral("its line in the plan, or the project's name or address, was edited: Sqitch cannot "
                                   "find this change in the plan"));
            if (hasMatch || m_recorded.size() == 1)
                each.migration.flags.insert(MigrationState::Mismatch);
        }
        m_hasEdited = !first.isEmpty();
    }

    void addEvents()
    {
        const SqlReply *events = m_input.parts.value("events");
        std::map<QByteArray, size_t> last;
        for (size_t row = 0; events && row < events->rows.size(); ++row) {
            const auto [place, isNew] = last.try_emplace(cellText(*events, row, "change_id"), row);
            if (!isNew && anyTime(*events, place->second, "committed_at") <= anyTime(*events, row, "committed_at"))
                place->second = row;
        }
        std::map<std::pair<QDateTime, QByteArray>, size_t> byTime;
        for (const auto &[id, row] : last) {
            if (!m_deployed.contains(id))
                byTime[{anyTime(*events, row, "committed_at"), id}] = row;
        }
        // The newest of a name counts: a line of the plan that was edited has another id.
        for (auto event = byTime.rbegin(); event != byTime.rend(); ++event)
            addEvent(*events, event->second, event->first.second);
    }

    void addEvent(const SqlReply &events, size_t row, const QByteArray &id)
    {
        const QByteArray event = cellText(events, row, "event");
        const QByteArray project = cellText(events, row, "project"), name = cellText(events, row, "change");
        if (event != "fail" && event != "revert")
            return;
        const auto place = placeOf(id, project, name);
        RecordedMigration each{place ? m_files[*place].key : keyFor(project, name), {}};
        if ((!place || !m_byId.contains(id)) && m_deployedNames.contains(keyFor(project, name)))
            return; // deployed under another id by now
        if (!m_eventKeys.contains(each.key))
            m_eventKeys.insert(each.key);
        else
            return;
        each.migration.version = place ? m_files[*place].version : versionOf(project, name);
        if (!place && m_projects.contains(project))
            addNote(each.migration, QStringLiteral("it is not in the plan here"));
        each.migration.name = sanitizedLine(cellText(events, row, "note"), 200);
        each.migration.appliedAt = anyTime(events, row, "committed_at");
        each.migration.appliedBy = whoOf(events, row);
        each.isComparable = false;
        if (event == "fail") {
            each.migration.flags = {MigrationState::Failed};
            addNote(each.migration, QStringLiteral("its last deploy failed"));
        } else {
            each.migration.flags = {MigrationState::RolledBack};
        }
        m_recorded.push_back(std::move(each));
    }

    void judgeDependencies()
    {
        std::map<QByteArray, size_t> planned;
        for (size_t i = 0; i < m_names.size(); ++i)
            planned.emplace(keyFor(m_names[i].first, m_names[i].second), i);
        for (size_t i = 0; i < m_files.size(); ++i) {
            if (m_deployedNames.contains(keyFor(m_names[i].first, m_names[i].second)))
                continue;
            const auto keyOf = [&](QByteArray name) {
                const qsizetype at = name.indexOf('@');
                name = at > 0 ? name.left(at) : name;
                return name.contains(':') ? name : keyFor(m_names[i].first, name);
            };
            for (const QByteArray &need : m_needs[i].first) {
                if (!m_deployedNames.contains(keyOf(need)) && !planned.contains(keyOf(need)))
                    block(i,
                          QStringLiteral("it needs %1, which is neither deployed nor planned here")
                              .arg(sanitizedLine(need, 100)));
            }
            for (const QByteArray &conflict : m_needs[i].second) {
                if (m_deployedNames.contains(keyOf(conflict)))
                    block(i,
                          QStringLiteral("it conflicts with %1, which is deployed").arg(sanitizedLine(conflict, 100)));
            }
        }
    }

    void block(size_t at, const QString &why)
    {
        m_blocked.insert(m_files[at].version);
        m_files[at].note += (m_files[at].note.isEmpty() ? QString() : QStringLiteral("; ")) + why;
    }

    void addNotes()
    {
        const SqlReply *tags = m_input.parts.value("tags");
        QByteArray newest;
        QDateTime newestAt;
        for (size_t row = 0; tags && row < tags->rows.size(); ++row) {
            const QDateTime at = anyTime(*tags, row, "committed_at");
            if (newest.isEmpty() || newestAt <= at) {
                newest = cellText(*tags, row, "tag");
                newestAt = at;
            }
        }
        if (!newest.isEmpty())
            m_history.notes << QStringLiteral("last tag: %1").arg(sanitizedLine(newest, 100));
        if (!m_projects.isEmpty())
            m_history.notes
                << QStringLiteral("project: %1").arg(sanitizedLine(QByteArrayList(m_projects.values()).join(' '), 100));
        for (const Planned &planned : m_plans) {
            for (const QByteArray &fault : planned.plan.faults)
                m_history.notes << QStringLiteral("the plan has a line that Sqitch does not know: %1")
                                       .arg(sanitizedLine(fault, 120));
        }
        if (!m_input.parts.contains("events") && m_input.rows)
            m_history.notes << QStringLiteral("the events were not read: failed and reverted changes are not known");
        if (m_hasEdited)
            m_history.notes << QStringLiteral("the plan was edited below what is deployed: Sqitch refuses to run");
        m_history.notes << m_input.notes;
    }

    // Sqitch goes on behind the last deployed change; the order of what is left is the plan's.
    void judgePositions()
    {
        std::map<QString, size_t> places;
        for (size_t i = 0; i < m_files.size(); ++i)
            places.emplace(m_files[i].version, i);
        for (Migration &migration : m_history.migrations) {
            const auto place = places.find(migration.version);
            const bool isPending = migration.flags.contains(MigrationState::Pending);
            if (place == places.end() || !isPending)
                continue;
            if (m_last && place->second < *m_last && m_projects.size() == 1) {
                migration.flags.erase(MigrationState::Pending);
                migration.flags.insert({MigrationState::OutOfOrder, MigrationState::Blocked});
                addNote(migration, QStringLiteral("it stands in the plan before the last deployed change"));
            } else if (m_blocked.contains(migration.version)) {
                migration.flags.insert(MigrationState::Blocked);
            }
        }
        // By iterators: the ranges that algorithms give back are more than some compilers take.
        std::vector<Migration> &all = m_history.migrations;
        const auto firstLeft = std::stable_partition(all.begin(), all.end(), isApplied);
        const auto placeOfOne = [&places](const Migration &migration) {
            const auto place = places.find(migration.version);
            return place == places.end() ? places.size() : place->second;
        };
        std::stable_sort(firstLeft, all.end(), [&placeOfOne](const Migration &left, const Migration &right) {
            return placeOfOne(left) < placeOfOne(right);
        });
        int order = 0;
        for (Migration &migration : m_history.migrations) {
            migration.state = headline(migration.flags);
            migration.order = order++;
        }
    }

    const HistoryInput &m_input;
    MigrationHistory m_history;
    std::vector<Planned> m_plans;
    std::vector<DiskMigration> m_files; ///< one per planned change, in the order of the plans
    std::vector<std::pair<QByteArray, QByteArray>> m_names; ///< project and name of each of them
    std::vector<std::pair<QByteArrayList, QByteArrayList>> m_needs; ///< what each needs and conflicts with
    std::map<QByteArray, size_t> m_byId;
    std::map<QByteArray, std::pair<QByteArray, std::optional<size_t>>>
        m_names2; ///< key → id and place of what is deployed
    QSet<QByteArray> m_projects; ///< with a plan
    QSet<QByteArray> m_deployed, m_deployedNames, m_eventKeys;
    QSet<size_t> m_taken;
    QSet<QString> m_blocked;
    std::optional<size_t> m_last; ///< place of the last deployed one
    bool m_hasSeveral = false;
    bool m_hasEdited = false;
    std::vector<RecordedMigration> m_recorded;
};

MigrationHistory readSqitch(const HistoryInput &input)
{
    return Reader(input).read();
}

constexpr CompanionPart companions[] = {{"events", "+sqitch-events", "events", selectEvents},
                                        {"tags", "+sqitch-tags", "tags", selectTags},
                                        {"dependencies", "+sqitch-dependencies", "dependencies", selectDependencies}};

} // namespace

const Tool sqitchTool{.name = "sqitch",
                      .defaultTable = "changes",
                      .read = readSqitch,
                      .select = selectSqitch,
                      .disk = diskSqitch,
                      .adopt = adoptSqitch,
                      .companions = companions};

} // namespace taffrail::sources::migrations
