// SPDX-License-Identifier: GPL-3.0-or-later
#include "linkmodel.h"

#include "stagemodel.h"
#include "text.h"
#include "words.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::items {

namespace {

Link linkOf(const EnvironmentState *state, const QString &subject, bool isDatabase)
{
    const Link *known = state && state->snapshot ? state->snapshot->link(subject, isDatabase) : nullptr;
    if (known)
        return *known;
    Link idle;
    idle.subject = subject;
    idle.isDatabase = isDatabase;
    return idle;
}

QString rowId(const QString &environment, const QString &subject, bool isDatabase)
{
    return environment + (isDatabase ? QStringLiteral("/database/") : QStringLiteral("/host/")) + subject;
}

/// How the inventory says it is reached.
QString writtenAddress(const HostSpec &host)
{
    if (host.local)
        return LinkModel::tr("This machine");
    QString text = host.ssh.user.isEmpty() ? host.ssh.alias : host.ssh.user + QLatin1Char('@') + host.ssh.alias;
    if (host.ssh.port != 0)
        text += QLatin1Char(':') + QString::number(host.ssh.port);
    if (!host.ssh.jump.isEmpty())
        text = LinkModel::tr("%1 through %2").arg(text, host.ssh.jump.join(QStringLiteral(", ")));
    return text;
}

QString writtenAddress(const DatabaseSpec &database)
{
    const QString dsn = redacted(sanitizedLine(database.dsn.toUtf8(), 160));
    return database.via.isEmpty() ? dsn : LinkModel::tr("%1 through %2").arg(dsn, database.via);
}

QString modeTitle(Mode mode)
{
    switch (mode) {
    case Mode::Locked: return LinkModel::tr("Read-only");
    case Mode::Guarded: return LinkModel::tr("Guarded");
    case Mode::Open: return LinkModel::tr("Open");
    }
    return {};
}

/// Whether the dsn names a section of the service file; quoted values are skipped.
bool namesService(const QString &dsn)
{
    static const QRegularExpression keyword(QStringLiteral("(?:^|\\s)service\\s*="));
    static const QRegularExpression quoted(QStringLiteral("'(?:[^'\\\\]|\\\\.)*'"));
    QString bare = dsn;
    return bare.replace(quoted, QStringLiteral("''")).contains(keyword);
}

} // namespace

LinkModel::LinkModel(QObject *parent)
    : CellTable({{tr("Environment"), 15},
                 {tr("Name"), 8},
                 {tr("Kind"), 9},
                 {tr("State"), 13},
                 {tr("Last test"), 16},
                 {tr("Tested"), 7},
                 {tr("SSH or database"), 22},
                 {tr("Mode"), 8},
                 {tr("Source"), 11},
                 {tr("Why"), 20, true},
                 {tr("Since"), 8},
                 {tr("Next try"), 8}},
                parent)
{
}

void LinkModel::setEnvironments(const std::vector<EnvironmentSpecPtr> &environments)
{
    m_environments = environments;
    QHash<QString, std::vector<CellRow>> kept;
    m_ids.clear();
    for (const EnvironmentSpecPtr &spec : environments)
        kept.insert(spec->id, rowsOf(*spec));
    m_states.removeIf([&kept](const auto &entry) { return !kept.contains(entry.key()); });
    m_tests.removeIf([this](const auto &entry) { return !m_ids.contains(entry.key()); });
    m_rows = std::move(kept);
    rebuild();
}

void LinkModel::applyState(const EnvironmentStatePtr &state)
{
    if (!state || !state->environment || !m_rows.contains(state->environment->id))
        return;
    m_states.insert(state->environment->id, state);
    makeAnew(state->environment->id);
}

void LinkModel::makeAnew(const QString &environment)
{
    const auto spec = std::ranges::find_if(
        m_environments, [&environment](const EnvironmentSpecPtr &each) { return each->id == environment; });
    const EnvironmentStatePtr state = m_states.value(environment);
    std::vector<CellRow> rows = rowsOf(state ? *state->environment : **spec);
    std::vector<CellRow> &known = m_rows[environment];
    if (rows == known)
        return; // the usual case of a refresh: nothing to merge
    const bool sameRows = std::ranges::equal(rows, known, {}, &CellRow::id, &CellRow::id);
    known = std::move(rows);
    if (!sameRows) {
        rebuild();
        return;
    }
    int up = m_up;
    for (const CellRow &row : known) {
        up -= rowAt(rowOf(row.id)).status == Status::Ok ? 1 : 0;
        up += row.status == Status::Ok ? 1 : 0;
        applyRow(row);
    }
    if (std::exchange(m_up, up) != up)
        emit countsChanged();
}

std::vector<CellRow> LinkModel::rowsOf(const EnvironmentSpec &spec)
{
    const EnvironmentStatePtr state = m_states.value(spec.id);
    std::vector<CellRow> rows;
    for (const HostSpec &host : spec.hosts)
        rows.push_back(linkRow(spec, linkOf(state.get(), host.id, false)));
    for (const DatabaseSpec &database : spec.databases)
        rows.push_back(linkRow(spec, linkOf(state.get(), database.id, true)));
    for (const HostSpec &host : spec.hosts)
        m_ids.insert(rowId(spec.id, host.id, false), {spec.id, host.id, false});
    for (const DatabaseSpec &database : spec.databases)
        m_ids.insert(rowId(spec.id, database.id, true), {spec.id, database.id, true});
    return rows;
}

CellRow LinkModel::linkRow(const EnvironmentSpec &spec, const Link &link) const
{
    const HostSpec *host = link.isDatabase ? nullptr : spec.host(link.subject);
    const DatabaseSpec *database = link.isDatabase ? spec.database(link.subject) : nullptr;
    const bool local = host && host->local;
    const Worded words = local ? Worded{tr("This machine"), Status::Ok} : worded(link.state);
    const QString written = host ? writtenAddress(*host) : database ? writtenAddress(*database) : QString();
    CellRow row;
    row.id = rowId(spec.id, link.subject, link.isDatabase);
    row.environment = spec.id;
    row.tier = int(spec.tier);
    row.status = words.status;
    const bool down = link.state == LinkState::Down;
    const ConnectionTestPtr test = m_tests.value(row.id);
    const Worded tested = test ? worded(*test) : Worded();
    row.cells = {textCell(spec.name.isEmpty() ? spec.id : spec.name),
                 textCell(link.subject),
                 textCell(link.isDatabase ? tr("Database") : tr("Host")),
                 statusCell(words.status, words.text),
                 test ? statusCell(tested.status, tested.text) : textCell({}),
                 ageCell(test ? test->finishedAt : QDateTime()),
                 textCell(link.peer.isEmpty() ? written : link.peer),
                 textCell(modeTitle(spec.mode)),
                 textCell(sourceText(spec, link)),
                 textCell(link.error ? sentence(*link.error) : QString()),
                 ageCell(link.since),
                 ageCell(down ? link.retryAt : QDateTime())};
    if (link.error) {
        row.extras = {{tr("Failed step"), link.error->step, {}},
                      {tr("On"), link.error->subject, {}},
                      {tr("Why"), link.error->text, {}},
                      {tr("Next"), link.error->hint, {}},
                      {tr("Code"), errorKindWord(link.error->kind), {}}};
    }
    row.extras.push_back({tr("Written as"), written, {}});
    for (const StageRow &stage : test ? test->rows : std::vector<StageRow>()) {
        const QStringList parts{worded(stage.state).text, stage.took ? tookText(*stage.took) : QString(), stage.text};
        row.extras.push_back({tr("Test: %1").arg(stageTitle(stage.stage, test->kind)), joined(parts), {}});
    }
    row.filterFields = {QStringLiteral("env:") + spec.id.toLower(), QStringLiteral("tier:") + tierWord(spec.tier),
                        QStringLiteral("status:") + statusWord(words.status),
                        link.isDatabase ? QStringLiteral("kind:database") : QStringLiteral("kind:host")};
    return row;
}

QString LinkModel::sourceText(const EnvironmentSpec &spec, const Link &link) const
{
    if (link.isDatabase) {
        const DatabaseSpec *database = spec.database(link.subject);
        return database && namesService(database->dsn) ? tr("Service file") : tr("Typed");
    }
    const HostSpec *host = spec.host(link.subject);
    return host && !host->local && m_aliases.contains(host->ssh.alias) ? tr("SSH config") : tr("Typed");
}

void LinkModel::setTest(const ConnectionTestPtr &test)
{
    const QString id = test ? rowId(test->environment, test->subject, test->kind == TestedKind::Database) : QString();
    if (!m_ids.contains(id))
        return;
    m_tests.insert(id, test);
    makeAnew(test->environment);
    emit testChanged(id);
}

void LinkModel::setConfigAliases(const QStringList &aliases)
{
    if (std::exchange(m_aliases, aliases) == aliases)
        return;
    for (const EnvironmentSpecPtr &spec : std::as_const(m_environments))
        makeAnew(spec->id);
}

std::vector<ConnectionId> LinkModel::connections() const
{
    std::vector<ConnectionId> all;
    for (int row = 0; row < rowCount(); ++row)
        all.push_back(connectionOf(rowAt(row).id));
    return all;
}

void LinkModel::rebuild()
{
    std::vector<CellRow> all;
    for (const std::vector<CellRow> &rows : std::as_const(m_rows))
        all.insert(all.end(), rows.begin(), rows.end());
    const int up = int(std::ranges::count(all, Status::Ok, &CellRow::status));
    const int before = rowCount();
    apply(std::move(all));
    if (std::exchange(m_up, up) != up || before != rowCount())
        emit countsChanged();
}

} // namespace taffrail::items
