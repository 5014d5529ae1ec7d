// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparison.h"
#include "unitvalue.h"

#include <QRegularExpression>

namespace taffrail {

/// What two values are to one another, before anybody's agreement.
struct Verdict {
    CellState state = CellState::Unknown; ///< Equal | Changed | TypeDiffers | SecretSame | SecretDiffers | Unknown
    CellNote note = CellNote::None;
    bool operator==(const Verdict &) const = default;
};

/// Judges pairs of values under a choice of normalisers. When in doubt, two values are different.
class ValueJudge {
public:
    explicit ValueJudge(const Normalisers &normalisers);

    /// `hidden`: the key is secret in some environment, so that equal and different are said as of a secret.
    Verdict judge(const ConfigEntry &a, UnitRules aRules, const ConfigEntry &b, UnitRules bRules, bool hidden) const;
    const QStringList &invalidPatterns() const { return m_invalid; }

private:
    Verdict judgeSecrets(const ConfigEntry &a, const ConfigEntry &b) const;
    Verdict judgePlain(const ConfigEntry &a, UnitRules aRules, const ConfigEntry &b, UnitRules bRules) const;
    bool isSameButForHosts(const QString &a, const QString &b) const;

    Normalisers m_normalisers;
    std::vector<QRegularExpression> m_hosts;
    QStringList m_invalid;
};

/// Same to the letter: value, type, unit and what of a secret is known.
bool isIdentical(const ConfigEntry &a, const ConfigEntry &b);
/// true or false for on, off, true, false, yes, no, 1, 0 (lower case, upper case, or with a capital), as a boolean or
/// as text; nothing for any other value, numbers among them.
std::optional<bool> booleanOf(const ConfigEntry &entry);
/// Whether a line of a file in this source's format holds a comment and nothing else. Blank lines are none.
bool isCommentLine(QStringView line, const QString &source);

} // namespace taffrail
