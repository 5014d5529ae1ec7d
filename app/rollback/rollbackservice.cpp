// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackservice.h"

#include "text.h"

#include <algorithm>

namespace taffrail {

namespace {

/// How many bytes at the end are the beginning of a UTF-8 character whose rest is still to come: 0 to 3.
qsizetype cutCharacter(const QByteArray &bytes)
{
    for (qsizetype back = 1; back <= std::min<qsizetype>(3, bytes.size()); ++back) {
        const auto byte = uchar(bytes[bytes.size() - back]);
        if ((byte & 0xC0) == 0x80)
            continue; // in the middle of a character
        const qsizetype length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
        return length > back ? back : 0;
    }
    return 0;
}

} // namespace

RollbackService::RollbackService(const std::vector<EnvironmentSpecPtr> &environments, Transports transports,
                                 const Runner::Options &options, QObject *parent)
    : RollbackDesk(parent),
      m_runner(new Runner(environments, transports, options))
{
    m_runner->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_runner, &QObject::deleteLater);
    connect(m_runner, &Runner::planning, this, &RollbackDesk::planning);
    connect(m_runner, &Runner::planned, this, &RollbackDesk::planned);
    connect(m_runner, &Runner::planRefused, this, &RollbackDesk::planRefused);
    connect(m_runner, &Runner::startRefused, this, &RollbackDesk::startRefused);
    connect(m_runner, &Runner::runRefused, this,
            [this](const QString &, const Error &error) { emit auditTrouble(sentence(error)); });
    connect(m_runner, &Runner::runChanged, this, &RollbackService::keep);
    connect(m_runner, &Runner::auditListed, this, &RollbackDesk::auditListed);
    connect(m_runner, &Runner::auditVerified, this, &RollbackDesk::auditVerified);
    connect(m_runner, &Runner::auditExported, this, &RollbackDesk::auditExported);
    connect(m_runner, &Runner::auditGrew, this, &RollbackDesk::auditGrew);
    connect(m_runner, &Runner::auditTrouble, this, &RollbackDesk::auditTrouble);
    connect(m_runner, &Runner::logGrew, this,
            [this](const QString &run, const QString &host, qint64 offset, const QByteArray &bytes) {
                QByteArray &rest = m_tails[run + QLatin1Char('/') + host];
                if (offset == 0)
                    rest.clear();
                QByteArray whole = rest + bytes;
                const qint64 begin = offset - rest.size();
                const qsizetype open = cutCharacter(whole);
                rest = whole.right(open);
                whole.chop(open);
                emit logGrew(run, host, begin, sanitized(whole));
            });
    m_thread.setObjectName(QStringLiteral("runner"));
    m_thread.start();
}

RollbackService::~RollbackService()
{
    m_thread.quit();
    m_thread.wait();
}

void RollbackService::open()
{
    tell([](Runner &runner) { runner.open(); });
}

void RollbackService::keep(const RollbackRunPtr &run)
{
    const auto known = std::ranges::find(m_runs, run->id, [](const RollbackRunPtr &each) { return each->id; });
    if (known != m_runs.end()) {
        *known = run;
    } else {
        m_runs.push_back(run);
        std::ranges::stable_sort(m_runs, std::greater(), [](const RollbackRunPtr &each) { return each->startedAt; });
    }
    emit runChanged(run);
}

void RollbackService::plan(const QString &environment, const QString &entry, const QString &target)
{
    tell([=](Runner &runner) { runner.plan(environment, entry, target); });
}

void RollbackService::start(const RollbackPlanPtr &plan, const items::StartWords &words)
{
    tell([=](Runner &runner) { runner.start(plan->digest, words.typed, words.reason, words.overrides); });
}

void RollbackService::stopAfterHost(const QString &run)
{
    tell([=](Runner &runner) { runner.stopAfterHost(run); });
}

void RollbackService::abort(const QString &run)
{
    tell([=](Runner &runner) { runner.abort(run); });
}

void RollbackService::proceed(const QString &run)
{
    tell([=](Runner &runner) { runner.proceed(run); });
}

void RollbackService::retry(const QString &run)
{
    tell([=](Runner &runner) { runner.retry(run); });
}

void RollbackService::watchLog(const QString &run, const QString &host)
{
    tell([=](Runner &runner) { runner.watchLog(run, host); });
}

void RollbackService::unwatchLog(const QString &run, const QString &host)
{
    tell([=](Runner &runner) { runner.unwatchLog(run, host); });
}

std::vector<RollbackRunPtr> RollbackService::runs() const
{
    return m_runs;
}

void RollbackService::listAudit(qint64 beforeSeq, int limit)
{
    tell([=](Runner &runner) { runner.listAudit(beforeSeq, limit); });
}

void RollbackService::verifyAudit()
{
    tell([](Runner &runner) { runner.verifyAudit(); });
}

void RollbackService::exportAudit(const QString &path, const QString &format)
{
    tell([=](Runner &runner) { runner.exportAudit(path, format); });
}

} // namespace taffrail
