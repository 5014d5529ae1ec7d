// SPDX-License-Identifier: GPL-3.0-or-later
#include "assessment.h"

#include <algorithm>

namespace taffrail {

bool looksTheSame(const Assessment &a, const Assessment &b)
{
    const auto samePane = [](const PaneAssessment &x, const PaneAssessment &y) {
        return x.status == y.status && x.stale == y.stale && x.summary == y.summary && x.observedAt == y.observedAt;
    };
    const auto sameFinding = [](const Finding &x, const Finding &y) {
        return x.code == y.code && x.pane == y.pane && x.severity == y.severity && x.subject == y.subject
            && x.title == y.title && x.hint == y.hint && x.expected == y.expected;
    };
    return a.status == b.status && a.stale == b.stale && std::ranges::equal(a.panes, b.panes, samePane)
        && std::ranges::equal(a.findings, b.findings, sameFinding);
}

} // namespace taffrail
