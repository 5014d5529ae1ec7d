// SPDX-License-Identifier: GPL-3.0-or-later
#include "unitvalue.h"

#include <array>
#include <limits>
#include <optional>
#include <span>

namespace taffrail {

namespace {

enum class Measure { Time, Size };

/// A unit's word: microseconds or bytes of one.
struct Unit {
    const char *word;
    Measure measure;
    quint64 factor;
};

constexpr quint64 second = 1'000'000;
constexpr quint64 day = 86'400 * second;
constexpr quint64 kibi = 1024;

// PostgreSQL documentation, "Setting Parameters": the multiplier of sizes is 1024, units are case-sensitive.
constexpr std::array<Unit, 11> commonUnits{{
    {"us", Measure::Time, 1},
    {"ms", Measure::Time, 1000},
    {"s", Measure::Time, second},
    {"min", Measure::Time, 60 * second},
    {"h", Measure::Time, 3600 * second},
    {"d", Measure::Time, day},
    {"B", Measure::Size, 1},
    {"kB", Measure::Size, kibi},
    {"MB", Measure::Size, kibi *kibi},
    {"GB", Measure::Size, kibi *kibi *kibi},
    {"TB", Measure::Size, kibi *kibi *kibi *kibi},
}};

// nginx documentation, "Configuration file measurement units".
constexpr std::array<Unit, 14> nginxUnits{{
    {"ms", Measure::Time, 1000},
    {"s", Measure::Time, second},
    {"m", Measure::Time, 60 * second},
    {"h", Measure::Time, 3600 * second},
    {"d", Measure::Time, day},
    {"w", Measure::Time, 7 * day},
    {"M", Measure::Time, 30 * day},
    {"y", Measure::Time, 365 * day},
    {"k", Measure::Size, kibi},
    {"K", Measure::Size, kibi},
    {"m", Measure::Size, kibi *kibi},
    {"M", Measure::Size, kibi *kibi},
    {"g", Measure::Size, kibi *kibi *kibi},
    {"G", Measure::Size, kibi *kibi *kibi},
}};

// systemd.time(7); months and years are left out, because theirs are no whole seconds. Sizes have no word of their own
// there that could not be a count as well.
constexpr std::array<Unit, 28> systemdUnits{{
    {"usec", Measure::Time, 1},
    {"us", Measure::Time, 1},
    {"msec", Measure::Time, 1000},
    {"ms", Measure::Time, 1000},
    {"seconds", Measure::Time, second},
    {"second", Measure::Time, second},
    {"sec", Measure::Time, second},
    {"s", Measure::Time, second},
    {"minutes", Measure::Time, 60 * second},
    {"minute", Measure::Time, 60 * second},
    {"min", Measure::Time, 60 * second},
    {"m", Measure::Time, 60 * second},
    {"hours", Measure::Time, 3600 * second},
    {"hour", Measure::Time, 3600 * second},
    {"hr", Measure::Time, 3600 * second},
    {"h", Measure::Time, 3600 * second},
    {"days", Measure::Time, day},
    {"day", Measure::Time, day},
    {"d", Measure::Time, day},
    {"weeks", Measure::Time, 7 * day},
    {"week", Measure::Time, 7 * day},
    {"w", Measure::Time, 7 * day},
    {"K", Measure::Size, kibi},
    {"M", Measure::Size, kibi *kibi},
    {"G", Measure::Size, kibi *kibi *kibi},
    {"T", Measure::Size, kibi *kibi *kibi *kibi},
    {"P", Measure::Size, kibi *kibi *kibi *kibi *kibi},
    {"E", Measure::Size, kibi *kibi *kibi *kibi *kibi *kibi},
}};

std::span<const Unit> unitsOf(UnitRules rules)
{
    switch (rules) {
    case UnitRules::Common: return commonUnits;
    case UnitRules::Nginx: return nginxUnits;
    case UnitRules::Systemd: return systemdUnits;
    }
    return {};
}

bool isDigit(QChar each)
{
    return each >= QLatin1Char('0') && each <= QLatin1Char('9');
}

/// digits × 10^-decimals
struct Decimal {
    quint64 digits = 0;
    int decimals = 0;
};

/// Reads "12" or "1.5" from the start of `text` and cuts it off. No sign, no leading zeros, no exponent.
std::optional<Decimal> cutDecimal(QStringView &text)
{
    Decimal result;
    qsizetype at = 0;
    bool hasPoint = false;
    for (; at < text.size(); ++at) {
        const QChar each = text[at];
        if (each == QLatin1Char('.') && !hasPoint && at > 0) {
            hasPoint = true;
        } else if (isDigit(each)) {
            if (__builtin_mul_overflow(result.digits, quint64(10), &result.digits)
                || __builtin_add_overflow(result.digits, quint64(each.unicode() - u'0'), &result.digits))
                return std::nullopt;
            result.decimals += hasPoint ? 1 : 0;
        } else {
            break;
        }
    }
    const bool endsInPoint = at > 0 && text[at - 1] == QLatin1Char('.');
    const bool leadingZero = at > 1 && text[0] == QLatin1Char('0') && text[1] != QLatin1Char('.');
    if (at == 0 || endsInPoint || leadingZero)
        return std::nullopt;
    while (result.decimals > 0 && result.digits % 10 == 0) {
        result.digits /= 10;
        --result.decimals;
    }
    text = text.sliced(at);
    return result;
}

/// What one text can mean in one measure.
struct Amount {
    Decimal count;
    quint64 factor = 0; ///< 0 = it has no meaning in this measure
};

quint64 factorOf(QStringView word, UnitRules rules, Measure measure)
{
    for (const Unit &each : unitsOf(rules)) {
        if (each.measure == measure && word == QLatin1String(each.word))
            return each.factor;
    }
    return 0;
}

/// "8kB" as pg_settings states it: a factor before the word.
quint64 statedFactor(QStringView unit, Measure measure)
{
    quint64 times = 1;
    if (!unit.isEmpty() && isDigit(unit.front())) {
        const std::optional<Decimal> count = cutDecimal(unit);
        if (!count || count->decimals > 0)
            return 0;
        times = count->digits;
    }
    quint64 factor = factorOf(unit, UnitRules::Common, measure);
    return __builtin_mul_overflow(factor, times, &factor) ? 0 : factor;
}

Amount amountOf(const ConfigEntry &entry, UnitRules rules, Measure measure)
{
    QStringView text(entry.value);
    const std::optional<Decimal> count = cutDecimal(text);
    if (!count)
        return {};
    if (!entry.unit.isEmpty())
        return text.isEmpty() ? Amount{*count, statedFactor(entry.unit, measure)} : Amount{};
    if (rules != UnitRules::Nginx && text.startsWith(QLatin1Char(' ')))
        text = text.sliced(1);
    return {*count, factorOf(text, rules, measure)};
}

bool scale(quint64 &value, quint64 factor, int tens)
{
    if (__builtin_mul_overflow(value, factor, &value))
        return false;
    for (; tens > 0; --tens) {
        if (__builtin_mul_overflow(value, quint64(10), &value))
            return false;
    }
    return true;
}

bool isSame(const Amount &a, const Amount &b)
{
    quint64 left = a.count.digits;
    quint64 right = b.count.digits;
    return scale(left, a.factor, b.count.decimals) && scale(right, b.factor, a.count.decimals) && left == right;
}

} // namespace

UnitRules unitRulesOf(const QString &source)
{
    if (source == QLatin1String("nginx"))
        return UnitRules::Nginx;
    return source.startsWith(QLatin1String("systemd")) ? UnitRules::Systemd : UnitRules::Common;
}

bool isSameAmount(const ConfigEntry &a, UnitRules aRules, const ConfigEntry &b, UnitRules bRules)
{
    // Both must have exactly one measure in common: nginx's "1m" and "1M" are a month or a megabyte each.
    bool common = false;
    bool same = false;
    for (const Measure measure : {Measure::Time, Measure::Size}) {
        const Amount left = amountOf(a, aRules, measure);
        const Amount right = amountOf(b, bRules, measure);
        if (left.factor == 0 || right.factor == 0)
            continue;
        if (common)
            return false;
        common = true;
        same = isSame(left, right);
    }
    return common && same;
}

} // namespace taffrail
