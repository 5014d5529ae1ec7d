// SPDX-License-Identifier: GPL-3.0-or-later
// Drills that another console began, or an earlier one of ours: found, followed, ended; and what dead ones left.
#include "driller.h"

#include "drillcodec.h"
#include "text.h"

#include <QSet>

#include <nlohmann/json.hpp>

namespace taffrail {

namespace {

using namespace std::chrono_literals;

constexpr int stopGraceSeconds = 40;

/// Hosts of an environment where drills may run, each once, with the folder and the user.
std::vector<DrillPolicy> drillHosts(const EnvironmentSpec &environment)
{
    std::vector<DrillPolicy> found;
    for (const SourceEntry &entry : environment.entries) {
        if (entry.pane != PaneKind::Backups || !drills::drillToolFor(entry.source))
            continue;
        QStringList problems;
        DrillPolicy policy = drillPolicyOf(environment, entry, problems);
        const bool isKnown = std::ranges::any_of(found, [&policy](const DrillPolicy &each) {
            return each.host == policy.host && each.folder == policy.folder && each.user == policy.user;
        });
        if (!isKnown && environment.host(policy.host) && isPlainPath(policy.folder))
            found.push_back(std::move(policy));
    }
    return found;
}

Error noSuchDrill(const QString &run, const QString &text)
{
    return {ErrorKind::NotFound, QStringLiteral("drill"), run, text,
            QStringLiteral("taffrail drill ENV --list shows them.")};
}

} // namespace

void Driller::attach(const QString &environment, const QString &run)
{
    if (const auto known = m_followed.find(run); known != m_followed.end() && known->second.job)
        return tell(known->second);
    const auto stored = m_store ? m_store->find(run) : Result<std::optional<DrillRun>>(std::nullopt);
    if (stored && *stored && environmentOf((*stored)->plan.environment)) {
        Followed &followed = m_followed[run];
        followed.run = **stored;
        if (hasEnded(followed.run))
            return tell(followed);
        return watch(follow(**stored));
    }
    const EnvironmentSpecPtr spec = environmentOf(environment);
    if (!spec)
        return emit drillRefused(
            run, noSuchDrill(run, QStringLiteral("the inventory has no environment \"%1\"").arg(environment)));
    QStringList hosts;
    for (const DrillPolicy &policy : drillHosts(*spec)) {
        if (!hosts.contains(policy.host))
            hosts << policy.host;
    }
    adopt(environment, run, hosts);
}

void Driller::watch(Followed &followed)
{
    tell(followed);
    followed.job->watch();
}

/// Asks one host after the other for the journal that the job was given.
void Driller::adopt(const QString &environment, const QString &run, QStringList hosts)
{
    if (hosts.isEmpty())
        return emit drillRefused(
            run, noSuchDrill(run, QStringLiteral("no drill of this name is known here or on the hosts")));
    const QString host = hosts.takeFirst();
    ExecRequest request;
    request.script = jobs::journalScript(drilling::places(), run);
    request.maxOut = 16 * 1024 * 1024;
    m_shell.run(environmentOf(environment), host, std::move(request),
                [this, environment, run, hosts, host](const Result<ExecReply> &reply) {
                    const auto text = reply ? jobs::parsedJournal(reply->out, host) : failure(reply.error());
                    const auto json = text ? codec::parseJson(*text) : failure(text.error());
                    const auto journal = json ? codec::fromJson<DrillRun>(*json) : failure(json.error());
                    if (!journal || journal->id != run || journal->plan.environment != environment
                        || journal->plan.host != host)
                        return adopt(environment, run, hosts);
                    if (m_store)
                        static_cast<void>(m_store->keep(*journal));
                    watch(follow(*journal));
                });
}

void Driller::abort(const QString &run)
{
    auto found = m_followed.find(run);
    if (found == m_followed.end() && m_store) {
        const auto stored = m_store->find(run);
        if (stored && *stored && environmentOf((*stored)->plan.environment)) {
            follow(**stored);
            found = m_followed.find(run);
        }
    }
    if (found == m_followed.end())
        return emit drillRefused(run, noSuchDrill(run, QStringLiteral("no drill of this name is known")));
    if (hasEnded(found->second.run))
        return tell(found->second);
    if (!record(QStringLiteral("drill.abort"), found->second.run, {}))
        return;
    follow(found->second.run).job->stop(stopGraceSeconds);
}

void Driller::sweep(const QString &environment)
{
    const EnvironmentSpecPtr spec = environmentOf(environment);
    const std::vector<DrillPolicy> hosts = spec ? drillHosts(*spec) : std::vector<DrillPolicy>();
    DrillRun about;
    about.plan.environment = environment;
    if (hosts.empty() || !record(QStringLiteral("drill.sweep"), about, {}))
        return emit sweepEnded(environment, false);
    auto left = std::make_shared<size_t>(hosts.size());
    auto isClean = std::make_shared<bool>(true);
    for (const DrillPolicy &policy : hosts) {
        ExecRequest request;
        request.script = drills::sweepScript(policy.folder, policy.user);
        request.deadline = 120s;
        m_shell.run(
            spec, policy.host, std::move(request),
            [this, policy, environment, left, isClean](const Result<ExecReply> &reply) {
                const auto found = reply ? drills::parsedSweep(reply->out, policy.host)
                                         : Result<std::vector<std::pair<QString, QString>>>(failure(reply.error()));
                QStringList lines;
                for (const auto &[folder, word] : found ? *found : std::vector<std::pair<QString, QString>>()) {
                    lines << QStringLiteral("%1: %2").arg(folder, word);
                    *isClean = *isClean && word != QLatin1String("left");
                }
                *isClean = *isClean && found;
                emit swept(environment, policy.host, policy.folder, lines, found ? QString() : sentence(found.error()));
                if (--*left == 0)
                    emit sweepEnded(environment, *isClean);
            });
    }
}

void Driller::list(const QString &environment)
{
    std::vector<DrillRunPtr> runs;
    if (m_store) {
        const auto stored = m_store->drills(environment);
        if (!stored)
            return emit trouble(sentence(stored.error()));
        for (const DrillRun &run : *stored)
            runs.push_back(std::make_shared<const DrillRun>(run));
    }
    emit listed(runs);
}

void Driller::watchLog(const QString &run)
{
    const auto found = m_followed.find(run);
    if (found == m_followed.end() || found->second.tail)
        return;
    const DrillPlan &plan = found->second.run.plan;
    auto *tail = new LogTail(m_shell, environmentOf(plan.environment), plan.host, drilling::places(), run, this);
    found->second.tail = tail;
    connect(tail, &LogTail::grew, this,
            [this, run](qint64 offset, const QByteArray &bytes) { emit logGrew(run, offset, bytes); });
    connect(tail, &LogTail::finished, this, [this, run] {
        unwatchLog(run);
        emit logEnded(run);
    });
    tail->start();
}

void Driller::unwatchLog(const QString &run)
{
    const auto found = m_followed.find(run);
    if (found == m_followed.end() || !found->second.tail)
        return;
    found->second.tail->deleteLater();
    found->second.tail = nullptr;
}

} // namespace taffrail
