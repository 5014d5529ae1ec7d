// SPDX-License-Identifier: GPL-3.0-or-later
#include "newfindings.h"

namespace taffrail {

namespace {

constexpr QLatin1Char separator('\x1f'); // in no id

QString keyOf(const Finding &finding)
{
    return QString::number(int(finding.severity)) + separator + finding.code + separator + finding.entry + separator
        + finding.subject;
}

bool isFresh(const EnvironmentState &state, PaneKind pane)
{
    const PaneAssessment &judged = state.assessment.pane(pane);
    return !judged.stale && judged.status != Status::Offline && judged.status != Status::Unknown;
}

} // namespace

std::vector<Finding> NewFindings::take(const EnvironmentState &state, Status from)
{
    std::vector<Finding> fresh;
    QHash<QString, PaneKind> now;
    for (const Finding &finding : state.assessment.findings) {
        const bool accepted = finding.expected && state.now < finding.expected->until;
        if (finding.severity < from || accepted)
            continue;
        const QString key = keyOf(finding);
        if (!m_known.contains(key) && !now.contains(key))
            fresh.push_back(finding);
        now.insert(key, finding.pane);
    }
    for (auto old = m_known.cbegin(); old != m_known.cend(); ++old) {
        if (!isFresh(state, old.value()))
            now.insert(old.key(), old.value());
    }
    m_known = std::move(now);
    return fresh;
}

} // namespace taffrail
