// SPDX-License-Identifier: GPL-3.0-or-later
#include "drillservice.h"

#include "text.h"

#include <algorithm>

namespace taffrail {

namespace {

/// A line that is longer is shown in pieces.
constexpr qsizetype longestLine = 64 * 1024;

} // namespace

DrillService::DrillService(const std::vector<EnvironmentSpecPtr> &environments, Transports transports,
                           const Driller::Options &options, QObject *parent)
    : DrillDesk(parent),
      m_driller(new Driller(environments, transports, options))
{
    m_driller->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_driller, &QObject::deleteLater);
    connect(m_driller, &Driller::planning, this, &DrillDesk::planning);
    connect(m_driller, &Driller::planned, this, &DrillDesk::planned);
    connect(m_driller, &Driller::planRefused, this, &DrillDesk::planRefused);
    connect(m_driller, &Driller::startRefused, this, &DrillDesk::startRefused);
    connect(m_driller, &Driller::drillRefused, this,
            [this](const QString &, const Error &error) { emit trouble(sentence(error)); });
    connect(m_driller, &Driller::trouble, this, &DrillDesk::trouble);
    connect(m_driller, &Driller::drillChanged, this, &DrillService::keep);
    connect(m_driller, &Driller::listed, this, [this](const std::vector<DrillRunPtr> &runs) {
        for (auto run = runs.rbegin(); run != runs.rend(); ++run)
            keep(*run);
        for (const DrillRunPtr &run : runs) {
            if (!hasEnded(*run)) // begun by an earlier console, or by another
                tell([environment = run->plan.environment, id = run->id](Driller &driller) {
                    driller.attach(environment, id);
                });
        }
    });
    connect(m_driller, &Driller::logGrew, this, [this](const QString &run, qint64 offset, const QByteArray &bytes) {
        QByteArray &rest = m_tails[run];
        if (offset == 0)
            rest.clear();
        const QByteArray whole = rest + bytes;
        const qsizetype end = whole.lastIndexOf('\n') + 1;
        const qsizetype taken = whole.size() - end > longestLine ? whole.size() : end;
        rest = whole.mid(taken);
        if (taken > 0)
            emit logGrew(run, offset + bytes.size() - whole.size(), sanitized(whole.left(taken)));
    });
    m_thread.setObjectName(QStringLiteral("driller"));
    m_thread.start();
}

DrillService::~DrillService()
{
    m_thread.quit();
    m_thread.wait();
}

void DrillService::open()
{
    tell([](Driller &driller) {
        driller.open();
        driller.list({});
    });
}

void DrillService::keep(const DrillRunPtr &run)
{
    const auto known = std::ranges::find(m_runs, run->id, [](const DrillRunPtr &each) { return each->id; });
    if (known != m_runs.end()) {
        *known = run;
    } else {
        m_runs.push_back(run);
        std::ranges::stable_sort(m_runs, std::greater(), [](const DrillRunPtr &each) { return each->startedAt; });
    }
    emit drillChanged(run);
}

void DrillService::plan(const QString &environment, const QString &entry, const QString &backup, const QString &host,
                        DrillTarget target)
{
    tell([wish = drilling::Wish{environment, entry, backup, host, target}](Driller &driller) { driller.plan(wish); });
}

void DrillService::start(const DrillPlanPtr &plan, const QString &reason)
{
    tell([=](Driller &driller) { driller.start(plan->digest, reason); });
}

void DrillService::abort(const QString &run)
{
    tell([=](Driller &driller) { driller.abort(run); });
}

void DrillService::watchLog(const QString &run)
{
    tell([=](Driller &driller) { driller.watchLog(run); });
}

void DrillService::unwatchLog(const QString &run)
{
    tell([=](Driller &driller) { driller.unwatchLog(run); });
}

} // namespace taffrail
