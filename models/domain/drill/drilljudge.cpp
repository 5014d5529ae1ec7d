// SPDX-License-Identifier: GPL-3.0-or-later
// From what the job of a drill reported to its result: pure functions, so that every console judges alike.
#include "drillrun.h"

#include "drillchecks.h"
#include "text.h"

#include <algorithm>

namespace taffrail {

namespace {

/// "0/170001C0" → bytes; nothing for other text.
std::optional<quint64> bytesOfLsn(const QString &lsn)
{
    bool isHigh = false, isLow = false;
    const quint64 high = lsn.section(QLatin1Char('/'), 0, 0).toULongLong(&isHigh, 16);
    const quint64 low = lsn.section(QLatin1Char('/'), 1).toULongLong(&isLow, 16);
    if (!isHigh || !isLow || high > 0xffffffffULL || low > 0xffffffffULL)
        return std::nullopt;
    return (high << 32) + low;
}

/// "2026-11-20 15:53:07.297121+00", as a server in UTC writes it.
QDateTime serverTime(const QString &text)
{
    QString iso = text.trimmed();
    if (iso.endsWith(QLatin1String("+00")))
        iso.chop(3);
    else if (iso.endsWith(QLatin1String(" UTC")))
        iso.chop(4);
    iso.replace(QLatin1Char(' '), QLatin1Char('T'));
    QDateTime time = QDateTime::fromString(iso, Qt::ISODateWithMs);
    time.setTimeSpec(Qt::UTC);
    return time;
}

struct Facts {
    QHash<QString, QString> values;

    QString text(const char *key) const { return values.value(QLatin1String(key)); }
    qint64 count(const char *key) const
    {
        bool isNumber = false;
        const qint64 number = text(key).toLongLong(&isNumber);
        return isNumber && number >= 0 ? number : -1;
    }
};

void applyStep(DrillRun &run, const QStringList &words)
{
    bool hasNumber = false, hasTime = false;
    const int number = words.value(1).toInt(&hasNumber);
    const qint64 at = words.value(2).toLongLong(&hasTime);
    if (!hasNumber || !hasTime || number < 1 || number > drillPhaseCount)
        return;
    DrillPhaseState &phase = run.phases[size_t(number) - 1];
    if (words.first() == QLatin1String("begin") && words.size() == 3) {
        phase.startedAt = QDateTime::fromSecsSinceEpoch(at, Qt::UTC);
        if (phase.stage == StepState::Stage::Waiting)
            phase.stage = StepState::Stage::Running;
    } else if (words.first() == QLatin1String("end") && words.size() == 4) {
        const int code = words[3].toInt();
        phase.stage = code == 0 ? StepState::Stage::Done : StepState::Stage::Failed;
        phase.exitCode = code == 0 ? -1 : code;
    }
}

void applyFacts(DrillRun &run, const Facts &facts)
{
    DrillResult &result = run.result;
    for (int i = 0; i < drillPhaseCount; ++i) {
        const qint64 took = facts.count(QByteArray("ms." + QByteArray::number(i + 1)).constData());
        if (took >= 0)
            run.phases[size_t(i)].tookMs = took;
    }
    result.systemId = facts.text("system_id");
    result.amcheck = facts.text("amcheck");
    result.amcheckDetail = facts.text("amcheck_detail");
    result.checksums = facts.text("checksums");
    result.checksumsDetail = facts.text("checksums_detail");
    result.restoredBytes = facts.count("restored_bytes");
    result.walFiles = facts.count("wal_files");
    result.problem = facts.text("problem");
    result.teardownProven = facts.text("removed") == QLatin1String("yes");
    result.checks.clear();
    for (size_t i = 0; i < run.plan.checks.size(); ++i) {
        const QByteArray key = "check." + QByteArray::number(qsizetype(i) + 1);
        const bool isAsked = facts.values.contains(QString::fromLatin1(key));
        const QString error = facts.text((key + ".error").constData());
        const QString live = run.live.values.value(qsizetype(i));
        result.checks.push_back(
            judgedCheck(run.plan.checks[i], facts.text(key.constData()), isAsked, error, live, run.live.error));
    }
    const QDateTime replayed = serverTime(facts.text("recovered_to"));
    if (replayed.isValid()) {
        result.recoveredTo = replayed;
        result.recoveredBy = QStringLiteral("the last change in its WAL");
    } else if (run.plan.logical && run.plan.backupStartedAt.isValid()) {
        result.recoveredTo = run.plan.backupStartedAt;
        result.recoveredBy = QStringLiteral("the start of the dump");
    } else if (facts.text("recovered") == QLatin1String("yes") && run.plan.backupFinishedAt.isValid()
               && !run.plan.backupFinishedAt.isNull()) {
        result.recoveredTo = run.plan.backupFinishedAt;
        result.recoveredBy = QStringLiteral("the end of the backup; its WAL holds no later change");
    }
    const auto end = bytesOfLsn(facts.text("end_lsn")), live = bytesOfLsn(run.live.lsn);
    result.lossBytes = end && live && !run.plan.logical ? qint64(*live > *end ? *live - *end : 0) : -1;
    result.loss.reset();
    if (result.lossBytes == 0)
        result.loss = std::chrono::milliseconds(0);
    else if (result.recoveredTo.isValid() && run.live.at.isValid())
        result.loss = std::chrono::milliseconds(std::max<qint64>(0, result.recoveredTo.msecsTo(run.live.at)));
}

QString codeWords(int code)
{
    switch (code) {
    case 75: return QStringLiteral("another drill runs on the host");
    case 77: return QStringLiteral("a newer drill has taken the host over");
    case 74: return QStringLiteral("its job could not be written: is the disk full?");
    case 79: return QStringLiteral("it was stopped before it began");
    case 137:
    case 143: return QStringLiteral("it was stopped");
    case drillexit::refused: return QStringLiteral("the host refused it");
    case drillexit::restore: return QStringLiteral("the restore failed");
    case drillexit::start: return QStringLiteral("the copy did not start");
    case drillexit::recovery: return QStringLiteral("the copy did not become consistent");
    case drillexit::checks: return QStringLiteral("no question could be asked");
    case drillexit::corrupt: return QStringLiteral("the copy is damaged");
    case drillexit::teardown: return QStringLiteral("something of it is left on the host");
    case drillexit::timeLimit: return QStringLiteral("its time was over");
    default: return QStringLiteral("it ended with exit code %1").arg(code);
    }
}

bool isBackupsFault(int code, const DrillResult &result)
{
    const bool isDamaged = result.amcheck == QLatin1String("corrupt") || result.checksums == QLatin1String("bad");
    return code == drillexit::restore || code == drillexit::recovery || code == drillexit::corrupt || isDamaged;
}

/// Why it has not passed; empty when it has.
QStringList faultsOf(const DrillRun &run, int exitCode)
{
    QStringList faults;
    const DrillResult &result = run.result;
    if (exitCode != 0) {
        faults << codeWords(exitCode);
        if (!result.problem.isEmpty())
            faults.last() += QStringLiteral(": ") + result.problem;
    }
    for (const DrillCheckResult &check : result.checks) {
        if (exitCode == 0 && (check.verdict == CheckVerdict::Failed || check.verdict == CheckVerdict::Unknown))
            faults << QStringLiteral("%1: %2").arg(check.name, check.detail);
    }
    if (result.amcheck == QLatin1String("corrupt"))
        faults << QStringLiteral("pg_amcheck found damage: %1").arg(result.amcheckDetail);
    if (result.checksums == QLatin1String("bad"))
        faults << QStringLiteral("page checksums do not fit: %1").arg(result.checksumsDetail);
    if (!run.plan.systemId.isEmpty() && !result.systemId.isEmpty() && run.plan.systemId != result.systemId)
        faults << QStringLiteral("the copy is of another database system: %1, not %2")
                      .arg(result.systemId, run.plan.systemId);
    const bool isAllDone = std::ranges::all_of(
        run.phases, [](const DrillPhaseState &phase) { return phase.stage == StepState::Stage::Done; });
    if (exitCode == 0 && !isAllDone)
        faults << QStringLiteral("its job did not report every phase");
    if (!result.teardownProven && exitCode != 75 && exitCode != 79)
        faults << QStringLiteral("it is not proven that its scratch directory is gone");
    return faults;
}

QString wayForwardOf(const DrillRun &run, int exitCode)
{
    if (exitCode < 0)
        return QStringLiteral("Look at the host; taffrail drill %1 --sweep removes what is left, then try again.")
            .arg(run.plan.environment);
    if (exitCode == 75)
        return QStringLiteral("Wait until the other one has ended.");
    if (!run.result.teardownProven && exitCode != 79)
        return QStringLiteral("Remove what is left: taffrail drill %1 --sweep.").arg(run.plan.environment);
    if (isBackupsFault(exitCode, run.result))
        return QStringLiteral("Do not rely on this backup: take a new one, and try an older one (--backup).");
    if (exitCode == 0)
        return QStringLiteral("Look at the checks that failed: the backup came up, but not with what was expected.");
    return QStringLiteral("Mend the cause, and try again: nothing was found against the backup.");
}

QString passedWords(const DrillRun &run)
{
    qint64 tookMs = 0;
    for (const DrillPhaseState &phase : run.phases)
        tookMs += std::max<qint64>(0, phase.tookMs);
    QString words = QStringLiteral("The backup comes up: restored and checked in %1.")
                        .arg(durationText(std::chrono::milliseconds(tookMs)));
    if (run.result.recoveredTo.isValid())
        words += QStringLiteral(" Recovered to %1.").arg(rfc3339(run.result.recoveredTo));
    if (run.result.loss)
        words += run.result.loss->count() == 0
            ? QStringLiteral(" Nothing would have been lost.")
            : QStringLiteral(" At most %1 would have been lost.").arg(durationText(*run.result.loss));
    return words;
}

} // namespace

void applyReports(DrillRun &run, const QStringList &lines)
{
    run.phases.resize(size_t(drillPhaseCount));
    Facts facts;
    for (const QString &line : lines) {
        const QStringList words = line.split(QLatin1Char(' '), Qt::SkipEmptyParts);
        if (words.value(0) == QLatin1String("fact"))
            facts.values.insert(words.value(1), line.section(QLatin1Char(' '), 2).trimmed());
        else if (!words.isEmpty())
            applyStep(run, words);
    }
    applyFacts(run, facts);
}

void judge(DrillRun &run, int exitCode, const QDateTime &now)
{
    run.exitCode = exitCode;
    run.trouble.clear();
    if (exitCode < 0) {
        run.stage = DrillStage::Lost;
        run.message = QStringLiteral("Its job is gone and left no word of how it ended.");
        run.wayForward = wayForwardOf(run, exitCode);
        return;
    }
    run.endedAt = now;
    run.result.backupAtFault = isBackupsFault(exitCode, run.result);
    const QStringList faults = faultsOf(run, exitCode);
    run.stage = faults.isEmpty() ? DrillStage::Passed : DrillStage::Failed;
    run.message
        = faults.isEmpty() ? passedWords(run) : QStringLiteral("It failed: %1.").arg(faults.join(QStringLiteral("; ")));
    run.wayForward = faults.isEmpty() ? QString() : wayForwardOf(run, exitCode);
}

} // namespace taffrail
