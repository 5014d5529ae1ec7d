// SPDX-License-Identifier: GPL-3.0-or-later
// What the transports tell of a test under way, and how it ends.
#include "connectiontester.h"

#include "connectiontestrun.h"
#include "text.h"

#include <QTimer>

namespace taffrail {

void ConnectionTester::loginStage(Run &run, const ssh::StageEvent &event)
{
    if (event.peer != run.peer)
        return; // a jump host on the way
    const auto at = run.since(event.at);
    if (run.isDatabase()) {
        if (event.stage == ssh::LoginStage::SignedIn && !run.isPast(TestStage::Way)) {
            passed(run, {TestStage::Way, at, sanitizedLine(run.peer.toUtf8(), 120), true});
            startDatabase(run);
        }
        return;
    }
    switch (event.stage) {
    case ssh::LoginStage::Asked:
        if (event.detail.isEmpty())
            return;
        run.stages = testStages(run.test.kind, true);
        run.moments.clear();
        return show(run);
    case ssh::LoginStage::Begun:
        if (!run.hasWay())
            return;
        run.moments.clear();
        passed(run, {TestStage::Way, at, run.peer.section(QStringLiteral(" through "), 1), true});
        return passed(run, {TestStage::Resolve, at, tr("the jump host knows the name"), false});
    case ssh::LoginStage::Resolved: return passed(run, {TestStage::Resolve, at, event.detail, true});
    case ssh::LoginStage::Connected: return passed(run, {TestStage::Connect, at, event.detail, true});
    case ssh::LoginStage::HostKeyPassed: return passed(run, {TestStage::HostKey, at, event.detail, true});
    case ssh::LoginStage::SignedIn:
        passed(run, {TestStage::SignIn, at, run.peer.section(QLatin1Char('@'), 0, 0), true});
        return watchLimit(run, TestStage::Shell, "shell",
                          tr("the shell gave no answer within %1").arg(durationText(m_options.probeLimit)));
    }
}

void ConnectionTester::connectStage(Run &run, const pg::StageEvent &event)
{
    const auto at = run.since(event.at);
    switch (event.stage) {
    case pg::ConnectStage::Resolved:
        return passed(run,
                      {TestStage::Resolve, at,
                       event.used         ? event.detail
                           : run.hasWay() ? tr("the host on the way knows the name")
                                          : tr("a socket of this machine"),
                       event.used});
    case pg::ConnectStage::Connected: return passed(run, {TestStage::Connect, at, event.detail, true});
    case pg::ConnectStage::Secured:
        return passed(run, {TestStage::Tls, at, event.used ? event.detail : tr("the connection is plain"), event.used});
    case pg::ConnectStage::SignedIn: return passed(run, {TestStage::SignIn, at, event.detail, true});
    case pg::ConnectStage::Ready: return passed(run, {TestStage::Database, at, event.detail, true});
    }
}

/// A stage that the transport gives the time of a person gets a shorter limit once it has begun.
void ConnectionTester::watchLimit(Run &run, TestStage stage, const char *step, const QString &text)
{
    QTimer::singleShot(
        m_options.probeLimit, this,
        [this, stage, text, key = run.key, number = run.number, word = QString::fromLatin1(step)] {
            Run *open = running(key, number);
            if (open && !open->isPast(stage))
                finish(*open,
                       Error{ErrorKind::Timeout, word, open->test.subject, text,
                             tr("Look at what the account's shell runs at start, and at the host's load.")});
        });
}

void ConnectionTester::passed(Run &run, StageMoment moment)
{
    // A second try begins anew: what came after this stage in the first is void.
    std::erase_if(run.moments, [&moment](const StageMoment &each) { return each.stage >= moment.stage; });
    run.moments.push_back(std::move(moment));
    show(run);
}

void ConnectionTester::show(const Run &run)
{
    ConnectionTest test = run.test;
    test.took = run.since(std::chrono::steady_clock::now());
    test.rows = stageRows(test.kind, run.stages, run.moments, {});
    emit changed(std::make_shared<const ConnectionTest>(std::move(test)));
}

void ConnectionTester::close(Run &run)
{
    if (run.transports)
        m_closers.start([transports = std::move(run.transports)]() mutable { transports.reset(); });
}

void ConnectionTester::finish(Run &run, std::optional<Error> error)
{
    ConnectionTest test = std::move(run.test);
    const QString hint = test.rows.empty() ? QString() : test.rows.back().hint;
    test.took = run.since(std::chrono::steady_clock::now());
    test.finishedAt = QDateTime::currentDateTimeUtc();
    test.error = std::move(error);
    test.rows = stageRows(test.kind, run.stages, run.moments, TestEnd{test.took, test.error});
    if (!test.error)
        test.rows.back().hint = hint;
    close(run);
    m_runs.erase(run.key);
    --m_underWay;
    emit changed(std::make_shared<const ConnectionTest>(std::move(test)));
    begin();
}

} // namespace taffrail
