// SPDX-License-Identifier: GPL-3.0-or-later
#include "promotion.h"

#include "promotionfacts.h"
#include "rulesupport.h"
#include "text.h"
#include "wordtable.h"

#include <algorithm>
#include <map>
#include <set>

namespace taffrail {

namespace {

using namespace rules;

constexpr WordTable<PromotionArea, 5> areaWords{{
    {PromotionArea::Release, "release"},
    {PromotionArea::Migrations, "migrations"},
    {PromotionArea::Config, "config"},
    {PromotionArea::Packages, "packages"},
    {PromotionArea::Schema, "schema"},
}};

constexpr WordTable<PromotionState, 5> stateWords{{
    {PromotionState::Same, "same"},
    {PromotionState::Ahead, "ahead"},
    {PromotionState::Behind, "behind"},
    {PromotionState::Differs, "differs"},
    {PromotionState::Unknown, "unknown"},
}};

QString line(const QString &text)
{
    return sanitizedLine(text.toUtf8());
}

PromotionArea areaOf(const QString &source)
{
    static const std::set<QString> packages{QStringLiteral("packages"), QStringLiteral("lockfile"),
                                            QStringLiteral("runtime"), QStringLiteral("container")};
    if (packages.contains(source))
        return PromotionArea::Packages;
    return source == QLatin1String("pg_schema") ? PromotionArea::Schema : PromotionArea::Config;
}

class StepBuilder {
public:
    StepBuilder(const EnvironmentState &from, const EnvironmentState &to) : m_from(from), m_to(to)
    {
        m_step.from = from.environment->id;
        m_step.to = to.environment->id;
    }

    PromotionStep build(const Matrix &matrix)
    {
        addReleases();
        addMigrations();
        addSettings(matrix);
        std::ranges::stable_sort(m_step.rows, {}, &PromotionRow::area);
        return std::move(m_step);
    }

private:
    void add(PromotionArea area, PromotionState state, const QString &what, const QString &from, const QString &to,
             const QString &words)
    {
        m_step.rows.push_back({area, state, line(what), from, to, line(words)});
    }

    void addReleases()
    {
        const std::vector<LiveRelease> theirs
            = m_from.snapshot ? liveReleases(*m_from.snapshot) : std::vector<LiveRelease>();
        const std::vector<LiveRelease> ours = m_to.snapshot ? liveReleases(*m_to.snapshot) : std::vector<LiveRelease>();
        std::set<const Release *> paired;
        for (const LiveRelease &mine : ours) {
            const auto other = std::ranges::find_if(theirs, [&](const LiveRelease &each) {
                return each.history->app == mine.history->app || (theirs.size() == 1 && ours.size() == 1);
            });
            if (other == theirs.end()) {
                add(PromotionArea::Release, PromotionState::Unknown, appOf(*mine.observation, *mine.history), {},
                    line(releaseTitle(*mine.release)),
                    QStringLiteral("what is live in %1 is not known").arg(m_step.from));
                continue;
            }
            paired.insert(other->release);
            addRelease(*other, mine);
        }
        for (const LiveRelease &each : theirs) {
            if (!paired.contains(each.release))
                add(PromotionArea::Release, PromotionState::Unknown, appOf(*each.observation, *each.history),
                    line(releaseTitle(*each.release)), {},
                    QStringLiteral("what is live in %1 is not known").arg(m_step.to));
        }
        if (theirs.empty() && ours.empty())
            m_step.notes << line(QStringLiteral("what is live in %1 and %2 is not known").arg(m_step.from, m_step.to));
    }

    void addRelease(const LiveRelease &theirs, const LiveRelease &mine)
    {
        const QString from = line(releaseTitle(*theirs.release));
        const QString to = line(releaseTitle(*mine.release));
        const QString what = appOf(*mine.observation, *mine.history);
        if (isSameRelease(*theirs.release, *mine.release))
            return add(PromotionArea::Release, PromotionState::Same, what, from, to,
                       QStringLiteral("both run %1").arg(to));
        const QDateTime &before = theirs.release->deployedAt;
        const QDateTime &after = mine.release->deployedAt;
        if (!before.isValid() || !after.isValid() || before == after)
            add(PromotionArea::Release, PromotionState::Differs, what, from, to,
                QStringLiteral("which of the two is newer is not known"));
        else if (before > after)
            add(PromotionArea::Release, PromotionState::Ahead, what, from, to,
                QStringLiteral("%1 runs %2 since %3").arg(m_step.from, from, rfc3339(before)));
        else
            add(PromotionArea::Release, PromotionState::Behind, what, from, to,
                QStringLiteral("%1 runs %2 since %3, which %4 does not run")
                    .arg(m_step.to, to, rfc3339(after), m_step.from));
    }

    void addMigrations()
    {
        if (!m_from.snapshot || !m_to.snapshot)
            return;
        for (const Observation &observation : m_to.snapshot->observations) {
            const auto *histories = valueAs<MigrationHistories>(observation);
            for (size_t i = 0; histories && i < histories->histories.size(); ++i)
                addHistory(histories->histories[i]);
        }
        for (const Observation &observation : m_from.snapshot->observations) {
            const auto *histories = valueAs<MigrationHistories>(observation);
            for (size_t i = 0; histories && i < histories->histories.size(); ++i) {
                const MigrationHistory &each = histories->histories[i];
                if (each.readable && !sameHistory(*m_to.snapshot, each))
                    add(PromotionArea::Migrations, PromotionState::Unknown, historyName(each), headOf(each), {},
                        QStringLiteral("there is no such history that could be read in %1").arg(m_step.to));
            }
        }
    }

    static QString historyName(const MigrationHistory &history)
    {
        return QStringList{history.database, history.table}.join(QLatin1Char(' ')).trimmed();
    }
    static QString headOf(const MigrationHistory &history)
    {
        return history.current.isEmpty() ? QStringLiteral("nothing applied") : line(history.current);
    }

    void addHistory(const MigrationHistory &ours)
    {
        const MigrationHistory *theirs = ours.readable ? sameHistory(*m_from.snapshot, ours) : nullptr;
        const QString what = historyName(ours);
        if (!theirs || !canCompareMigrations(ours, *theirs)) {
            const QString why = !ours.readable ? QStringLiteral("it cannot be read in %1").arg(m_step.to)
                : !theirs ? QStringLiteral("there is no such history that could be read in %1").arg(m_step.from)
                          : QStringLiteral("this tool stores its head only, and its files were not read on both sides");
            add(PromotionArea::Migrations, PromotionState::Unknown, what, theirs ? headOf(*theirs) : QString(),
                ours.readable ? headOf(ours) : QString(), why);
            return;
        }
        const QStringList coming = appliedOnlyHere(*theirs, ours);
        const QStringList ahead = appliedOnlyHere(ours, *theirs);
        const auto words = [](const QStringList &names, const QString &where) {
            return QStringLiteral("%1 applied in %2 only: %3")
                .arg(counted(names.size(), "migration"), where, listed(names));
        };
        if (!coming.isEmpty())
            add(PromotionArea::Migrations, PromotionState::Ahead, what, headOf(*theirs), headOf(ours),
                words(coming, m_step.from));
        if (!ahead.isEmpty())
            add(PromotionArea::Migrations, PromotionState::Behind, what, headOf(*theirs), headOf(ours),
                words(ahead, m_step.to));
        if (coming.isEmpty() && ahead.isEmpty())
            add(PromotionArea::Migrations, PromotionState::Same, what, headOf(*theirs), headOf(ours),
                QStringLiteral("the same migrations are applied"));
    }

    /// The two alone, the later one as the reference: what differs from a third does not matter here.
    void addSettings(const Matrix &all)
    {
        const auto column = [&](const QString &id) {
            const auto found = std::ranges::find(all.environments, id, &ComparedEnvironment::id);
            return found == all.environments.end() ? nullptr : *found;
        };
        const auto from = column(m_step.from);
        const auto to = column(m_step.to);
        if (!from || !to) {
            m_step.notes << line(
                QStringLiteral("the settings of %1 were not read").arg(from ? m_step.to : m_step.from));
            return;
        }
        const Matrix matrix = compareConfigs({to, from}, 0, all.normalisers, all.expected, all.comparedAt);
        m_step.notes << matrix.notes;
        for (size_t row = 0; row < matrix.rows.size(); ++row)
            addSetting(matrix, qsizetype(row));
        for (const auto &[place, count] : m_unknown)
            add(place.first, PromotionState::Unknown, place.second, {}, {},
                QStringLiteral("%1 could not be compared").arg(counted(count, "setting")));
    }

    void addSetting(const Matrix &matrix, qsizetype at)
    {
        const MatrixRow &row = matrix.rows[size_t(at)];
        if (!row.unexpected)
            return;
        const ComparedEnvironment &to = *matrix.environments[0];
        const ComparedEnvironment &from = *matrix.environments[1];
        const auto source = [&](const ComparedEnvironment &environment) -> QString {
            const auto found = std::ranges::find(environment.sources, row.entry, &ComparedSource::entry);
            return found == environment.sources.end() ? QString() : found->source;
        };
        const PromotionArea area = areaOf(source(to).isEmpty() ? source(from) : source(to));
        const CellState state = matrix.cell(at, 1).state;
        if (state == CellState::Unknown) {
            ++m_unknown[{area, row.entry}];
            return;
        }
        const QString file = row.file.isEmpty() ? QString() : QLatin1Char(' ') + row.file;
        const PromotionState direction = state == CellState::Extra ? PromotionState::Ahead
            : state == CellState::Missing                          ? PromotionState::Behind
                                                                   : PromotionState::Differs;
        const QString words = direction == PromotionState::Ahead ? QStringLiteral("in %1 only").arg(m_step.from)
            : direction == PromotionState::Behind                ? QStringLiteral("in %1 only").arg(m_step.to)
                                                                 : cellStateWord(state);
        add(area, direction, row.entry + file + QStringLiteral(": ") + row.key, cellText(matrix, at, 1),
            cellText(matrix, at, 0), words);
    }

    const EnvironmentState &m_from;
    const EnvironmentState &m_to;
    PromotionStep m_step;
    std::map<std::pair<PromotionArea, QString>, qsizetype> m_unknown; ///< settings by area and entry
};

EnvironmentStatePtr stateOf(const std::vector<EnvironmentStatePtr> &states, const QString &id)
{
    const auto found = std::ranges::find_if(states, [&](const EnvironmentStatePtr &each) {
        return each && each->environment && each->environment->id == id;
    });
    return id.isEmpty() || found == states.end() ? nullptr : *found;
}

} // namespace

QString promotionAreaWord(PromotionArea area)
{
    return wordOf(areaWords, area);
}

QString promotionStateWord(PromotionState state)
{
    return wordOf(stateWords, state);
}

std::vector<EnvironmentStatePtr> promotionOrder(const std::vector<EnvironmentStatePtr> &states)
{
    std::vector<EnvironmentStatePtr> ordered;
    const auto isOrdered
        = [&](const EnvironmentStatePtr &each) { return std::ranges::find(ordered, each) != ordered.end(); };
    // Each round takes those whose origin stands there already, or that have none and are one.
    for (bool found = true; found;) {
        found = false;
        for (const EnvironmentStatePtr &each : states) {
            if (!each || !each->environment || isOrdered(each))
                continue;
            const EnvironmentStatePtr origin = stateOf(states, each->environment->promotesFrom);
            const bool isOrigin = std::ranges::any_of(states, [&](const EnvironmentStatePtr &other) {
                return other && other->environment && other->environment->promotesFrom == each->environment->id;
            });
            if (origin ? isOrdered(origin) : isOrigin) {
                ordered.push_back(each);
                found = true;
            }
        }
    }
    return ordered;
}

std::vector<PromotionStep> promotionSteps(const std::vector<EnvironmentStatePtr> &states, const Matrix &matrix)
{
    std::vector<PromotionStep> steps;
    for (const EnvironmentStatePtr &to : promotionOrder(states)) {
        if (const EnvironmentStatePtr from = stateOf(states, to->environment->promotesFrom))
            steps.push_back(StepBuilder(*from, *to).build(matrix));
    }
    return steps;
}

} // namespace taffrail
