// SPDX-License-Identifier: GPL-3.0-or-later
#include "boardtext.h"

#include "text.h"
#include "texttable.h"

#include <algorithm>
#include <array>

namespace taffrail {

namespace {

QString ageOrDash(const QDateTime &at, const QDateTime &now)
{
    return at.isValid() ? ageText(ageOf(at, now)) : QStringLiteral("--");
}

QString paneCell(const PaneAssessment &pane)
{
    if (pane.status == Status::None)
        return QStringLiteral("--");
    QString cell = pane.summary;
    if (pane.status != Status::Ok)
        cell.prepend(statusTitle(pane.status) + QStringLiteral(": "));
    if (pane.stale && pane.status != Status::Stale)
        cell += QStringLiteral(" (old)");
    return cell;
}

/// Findings of the same code, severity and title on several subjects are one line.
QString findingLines(const std::vector<Finding> &findings, Status atLeast)
{
    QString out;
    for (const Finding &finding : findings) {
        if (finding.severity < atLeast)
            continue;
        out += QStringLiteral("    %1  %2\n")
                   .arg(statusTitle(finding.severity).leftJustified(8),
                        sanitizedLine((finding.subject.isEmpty() || finding.title.contains(finding.subject)
                                           ? finding.title
                                           : finding.subject + QStringLiteral(": ") + finding.title)
                                          .toUtf8()));
        if (!finding.hint.isEmpty())
            out += QStringLiteral("              → %1\n").arg(sanitizedLine(finding.hint.toUtf8()));
    }
    return out;
}

} // namespace

QString boardText(const std::vector<EnvironmentStatePtr> &states, const QDateTime &now)
{
    TextTable table({QStringLiteral("Environment"), QStringLiteral("Overall"), QStringLiteral("Deployments"),
                     QStringLiteral("Migrations"), QStringLiteral("Backups"), QStringLiteral("Health"),
                     QStringLiteral("As of")});
    std::vector<EnvironmentStatePtr> sorted = states;
    std::ranges::stable_sort(sorted, [](const EnvironmentStatePtr &a, const EnvironmentStatePtr &b) {
        if (a->assessment.status != b->assessment.status)
            return a->assessment.status > b->assessment.status;
        return a->environment->tier < b->environment->tier;
    });
    for (const EnvironmentStatePtr &state : sorted) {
        const Assessment &assessment = state->assessment;
        table.add({state->environment->id, statusTitle(assessment.status),
                   paneCell(assessment.pane(PaneKind::Deployments)), paneCell(assessment.pane(PaneKind::Migrations)),
                   paneCell(assessment.pane(PaneKind::Backups)), paneCell(assessment.pane(PaneKind::Health)),
                   ageOrDash(assessment.observedAt, now)});
    }
    QString out = table.text(0, 44);
    for (const EnvironmentStatePtr &state : sorted) {
        const QString lines = findingLines(state->assessment.findings, Status::Notice);
        if (!lines.isEmpty())
            out += QStringLiteral("\n%1 (%2)\n%3").arg(state->environment->name, state->environment->id, lines);
    }
    return out;
}

QString checkLine(const EnvironmentState &state, const QDateTime &now)
{
    const Assessment &assessment = state.assessment;
    static constexpr std::array<const char *, 4> words{"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    const int code = exitCode(assessment.status);
    QStringList problems;
    QStringList notices;
    int critical = 0, warning = 0, unknown = 0;
    for (const Finding &finding : assessment.findings) {
        critical += finding.severity == Status::Critical;
        warning += finding.severity == Status::Warning;
        unknown += finding.severity == Status::Unknown || finding.severity == Status::Offline
            || finding.severity == Status::Stale;
        if (exitCode(finding.severity) != 0 && problems.size() < 5)
            problems << finding.title;
        else if (finding.severity == Status::Notice && notices.size() < 3)
            notices << finding.title;
    }
    if (assessment.stale && problems.isEmpty())
        problems << QStringLiteral("the last reading is old");
    if (problems.isEmpty())
        problems << QStringLiteral("all panes are fine");
    problems << notices.mid(0, std::max<qsizetype>(0, 5 - problems.size()));
    QString line = problems.join(QStringLiteral("; "));
    line.replace(QLatin1Char('|'), QLatin1Char('/')); // the bar starts the performance data
    QString out
        = QStringLiteral("TAFFRAIL %1 - %2: %3")
              .arg(QString::fromLatin1(words[size_t(code)]), state.environment->id, sanitizedLine(line.toUtf8(), 600));
    QStringList data;
    for (const PaneAssessment &pane : assessment.panes) {
        if (pane.status != Status::None)
            data << QStringLiteral("%1=%2;;;0;3").arg(paneWord(pane.pane)).arg(exitCode(pane.status));
    }
    data << QStringLiteral("critical=%1;;;0").arg(critical) << QStringLiteral("warning=%1;;;0").arg(warning)
         << QStringLiteral("unknown=%1;;;0").arg(unknown);
    if (assessment.observedAt.isValid())
        data << QStringLiteral("age=%1s;;;0").arg(ageOf(assessment.observedAt, now).count());
    return out + QStringLiteral("|") + data.join(QLatin1Char(' '));
}

} // namespace taffrail
