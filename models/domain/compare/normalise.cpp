// SPDX-License-Identifier: GPL-3.0-or-later
#include "normalise.h"

#include "configsecrets.h"

#include <algorithm>
#include <array>

namespace taffrail {

namespace {

/// Longest value in which host names are looked for. A pattern is a person's and may be a slow one.
constexpr qsizetype maxHostSubject = 2000;
/// What stands for a host name. Not a character: a value that holds it is not looked at.
constexpr QChar hostMark(0xFFFF);

bool isScalar(ConfigType type)
{
    switch (type) {
    case ConfigType::Integer:
    case ConfigType::Number:
    case ConfigType::Boolean:
    case ConfigType::Time: return true;
    case ConfigType::Text:
    case ConfigType::Null:
    case ConfigType::EmptyMap:
    case ConfigType::EmptyList: return false;
    }
    return false;
}

/// Whether the two differ as `5432` and `"5432"` do: one is text, the other a scalar.
bool isQuotingPair(ConfigType a, ConfigType b)
{
    return (a == ConfigType::Text && isScalar(b)) || (b == ConfigType::Text && isScalar(a));
}

bool looksLikeNumber(QStringView text)
{
    return !text.isEmpty() && std::ranges::all_of(text, [](QChar each) {
        return (each >= QLatin1Char('0') && each <= QLatin1Char('9')) || each == QLatin1Char('.')
            || each == QLatin1Char('-');
    });
}

/// Whether quotes alone could make these two types differ, though the texts differ as well: then the text is the news.
bool isTypeWorthNaming(const ConfigEntry &a, const ConfigEntry &b)
{
    if (!isQuotingPair(a.type, b.type))
        return true;
    const ConfigEntry &text = a.type == ConfigType::Text ? a : b;
    const ConfigType other = a.type == ConfigType::Text ? b.type : a.type;
    if (other == ConfigType::Boolean)
        return !booleanOf(text);
    return other != ConfigType::Time && !looksLikeNumber(text.value);
}

qsizetype marksIn(const QString &value)
{
    qsizetype count = 0;
    for (qsizetype at = value.indexOf(maskMark); at >= 0; at = value.indexOf(maskMark, at + maskMark.size()))
        ++count;
    return count;
}

/// Whether each masked part has its own digest.
bool isComparable(const ConfigEntry &entry)
{
    if (entry.fingerprint.isEmpty())
        return false;
    const QList<QStringView> digests = QStringView(entry.fingerprint).split(QLatin1Char(','));
    return digests.size() == marksIn(entry.value)
        && std::ranges::none_of(digests, [](QStringView digest) { return digest.isEmpty(); });
}

/// The text with host names replaced; "" when it must not be looked at.
QString withoutHosts(QString text, const std::vector<QRegularExpression> &patterns)
{
    if (text.size() > maxHostSubject || text.contains(hostMark))
        return {};
    for (const QRegularExpression &pattern : patterns) {
        QString result;
        qsizetype done = 0;
        for (qsizetype from = 0; from <= text.size();) {
            const QRegularExpressionMatch match = pattern.match(text, from);
            if (!match.isValid()) // over its limit: nothing is known
                return {};
            if (!match.hasMatch())
                break;
            if (match.capturedLength() > 0) {
                result += QStringView(text).mid(done, match.capturedStart() - done);
                result += hostMark;
                done = match.capturedEnd();
            }
            from = std::max(match.capturedEnd(), from + 1);
        }
        result += QStringView(text).mid(done);
        text = result;
    }
    return text;
}

} // namespace

bool isIdentical(const ConfigEntry &a, const ConfigEntry &b)
{
    return a.type == b.type && a.secret == b.secret && a.value == b.value && a.unit == b.unit
        && a.fingerprint == b.fingerprint;
}

std::optional<bool> booleanOf(const ConfigEntry &entry)
{
    if ((entry.type != ConfigType::Boolean && entry.type != ConfigType::Text) || !entry.unit.isEmpty()
        || entry.value.isEmpty() || entry.value.size() > 5)
        return std::nullopt;
    const QString &value = entry.value;
    const QString lower = value.toLower();
    const QString capital = value.left(1).toUpper() + lower.mid(1);
    if (value != lower && value != value.toUpper() && value != capital)
        return std::nullopt;
    constexpr std::array<const char *, 4> yes{"on", "true", "yes", "1"};
    constexpr std::array<const char *, 4> no{"off", "false", "no", "0"};
    const auto is = [&](const char *word) { return lower == QLatin1String(word); };
    if (std::ranges::any_of(yes, is))
        return true;
    if (std::ranges::any_of(no, is))
        return false;
    return std::nullopt;
}

bool isCommentLine(QStringView line, const QString &source)
{
    const QStringView text = line.trimmed();
    if (text.isEmpty())
        return false;
    // JSON has none by its standard, and readers that allow any allow these.
    if (source == QLatin1String("json"))
        return text.startsWith(QLatin1String("//"));
    if (source.startsWith(QLatin1String("terraform")))
        return false;
    if (text.startsWith(QLatin1Char('#')))
        return true;
    if (source == QLatin1String("ini") || source.startsWith(QLatin1String("systemd"))
        || source == QLatin1String("sysctl"))
        return text.startsWith(QLatin1Char(';'));
    if (source == QLatin1String("properties"))
        return text.startsWith(QLatin1Char('!'));
    return false;
}

ValueJudge::ValueJudge(const Normalisers &normalisers) : m_normalisers(normalisers)
{
    for (const QString &pattern : normalisers.hostNames) {
        if (pattern.isEmpty())
            continue;
        // A pattern that backtracks without end must not hold the comparison: the engine's own limits, then no match.
        QRegularExpression ready(QStringLiteral("(*LIMIT_MATCH=20000)(*LIMIT_DEPTH=1000)") + pattern,
                                 QRegularExpression::CaseInsensitiveOption | QRegularExpression::DontCaptureOption);
        if (ready.isValid())
            m_hosts.push_back(std::move(ready));
        else
            m_invalid << pattern;
    }
}

bool ValueJudge::isSameButForHosts(const QString &a, const QString &b) const
{
    if (m_hosts.empty())
        return false;
    const QString left = withoutHosts(a, m_hosts);
    return left.contains(hostMark) && left == withoutHosts(b, m_hosts);
}

/// A secret's digest is of the secret alone: what stands around it must be the same as well, to the letter.
Verdict ValueJudge::judgeSecrets(const ConfigEntry &a, const ConfigEntry &b) const
{
    if (!a.secret || !b.secret || a.value != b.value || a.type != b.type || a.unit != b.unit) {
        return {CellState::SecretDiffers, CellNote::None};
    }
    if (!isComparable(a) || !isComparable(b))
        return {CellState::Unknown, CellNote::NotComparable};
    return {a.fingerprint == b.fingerprint ? CellState::SecretSame : CellState::SecretDiffers, CellNote::None};
}

Verdict ValueJudge::judgePlain(const ConfigEntry &a, UnitRules aRules, const ConfigEntry &b, UnitRules bRules) const
{
    const bool sameType = a.type == b.type;
    const bool sameText = a.value == b.value && a.unit == b.unit;
    if (sameText && sameType)
        return {CellState::Equal, CellNote::None};
    const bool quoting = m_normalisers.quoting && isQuotingPair(a.type, b.type);
    if (sameText)
        return quoting ? Verdict{CellState::Equal, CellNote::Quoting} : Verdict{CellState::TypeDiffers, CellNote::None};
    if (m_normalisers.booleans) {
        const std::optional<bool> left = booleanOf(a);
        if (left && left == booleanOf(b))
            return {CellState::Equal, CellNote::Booleans};
    }
    if (m_normalisers.units && (sameType || quoting) && isSameAmount(a, aRules, b, bRules))
        return {CellState::Equal, CellNote::Units};
    if (sameType && a.type == ConfigType::Text && a.unit == b.unit && isSameButForHosts(a.value, b.value))
        return {CellState::Equal, CellNote::HostNames};
    const bool typeDiffers = !sameType && (!quoting || isTypeWorthNaming(a, b));
    return {typeDiffers ? CellState::TypeDiffers : CellState::Changed, CellNote::None};
}

Verdict ValueJudge::judge(const ConfigEntry &a, UnitRules aRules, const ConfigEntry &b, UnitRules bRules,
                          bool hidden) const
{
    if (a.secret || b.secret)
        return judgeSecrets(a, b);
    Verdict verdict = judgePlain(a, aRules, b, bRules);
    if (hidden && verdict.state == CellState::Equal)
        verdict.state = CellState::SecretSame;
    else if (hidden)
        verdict.state = CellState::SecretDiffers;
    return verdict;
}

} // namespace taffrail
