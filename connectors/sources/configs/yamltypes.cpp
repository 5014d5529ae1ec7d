// SPDX-License-Identifier: GPL-3.0-or-later
#include "yamltypes.h"

#include <QRegularExpression>

namespace taffrail::sources {

namespace {

QRegularExpression whole(const char *pattern)
{
    return QRegularExpression(QRegularExpression::anchoredPattern(QString::fromLatin1(pattern)));
}

/// "+0012" → "12"
QString plainDecimal(const QString &text)
{
    const bool isNegative = text.startsWith(QLatin1Char('-'));
    qsizetype at = isNegative || text.startsWith(QLatin1Char('+')) ? 1 : 0;
    while (at + 1 < text.size() && text[at] == QLatin1Char('0'))
        ++at;
    return (isNegative ? QStringLiteral("-") : QString()) + text.mid(at);
}

QString takenAs(const QString &what)
{
    return QStringLiteral("readers of YAML 1.1 take it as %1").arg(what);
}

/// What YAML 1.1 (types bool, int, timestamp) makes of text that is Text in 1.2; "" = Text as well.
QString meaningIn11(const QString &text)
{
    static const QRegularExpression yes(whole("y|Y|yes|Yes|YES|on|On|ON"));
    static const QRegularExpression no(whole("n|N|no|No|NO|off|Off|OFF"));
    static const QRegularExpression sixty(whole("[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?"));
    static const QRegularExpression binary(whole("[-+]?0b[01_]+"));
    static const QRegularExpression apart(whole("[-+]?(0x[0-9a-fA-F_]+|[0-9][0-9_]*(\\.[0-9_]*)?([eE][-+][0-9]+)?)"));
    static const QRegularExpression date(
        whole("[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(([Tt]|[ \\t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\\.[0-9]*)?"
              "([ \\t]*(Z|[-+][0-9]{1,2}(:?[0-9]{2})?))?)?"));
    if (text.size() > 80)
        return {};
    if (yes.match(text).hasMatch())
        return QStringLiteral("true");
    if (no.match(text).hasMatch())
        return QStringLiteral("false");
    const QChar first = text.isEmpty() ? QChar() : text[0];
    if (!first.isDigit() && first != QLatin1Char('-') && first != QLatin1Char('+'))
        return {};
    if (sixty.match(text).hasMatch())
        return QStringLiteral("a number to base 60");
    if (binary.match(text).hasMatch())
        return QStringLiteral("a binary number");
    if (text.contains(QLatin1Char('_')) && apart.match(text).hasMatch())
        return QStringLiteral("a number");
    if (date.match(text).hasMatch())
        return QStringLiteral("a time");
    return {};
}

bool takeInteger(const QString &text, YamlScalar &scalar)
{
    static const QRegularExpression decimal(whole("[-+]?[0-9]+"));
    static const QRegularExpression octal(whole("0o[0-7]+"));
    static const QRegularExpression hex(whole("0x[0-9a-fA-F]+"));
    static const QRegularExpression oldOctal(whole("[-+]?0[0-7]+"));
    if (decimal.match(text).hasMatch()) {
        scalar.value = plainDecimal(text);
        if (oldOctal.match(text).hasMatch()) {
            bool fits = false;
            const qint64 number = text.toLongLong(&fits, 8);
            if (!fits || QString::number(number) != scalar.value)
                scalar.note = takenAs(fits ? QStringLiteral("octal, %1").arg(number) : QStringLiteral("octal"));
        }
    } else if (octal.match(text).hasMatch() || hex.match(text).hasMatch()) {
        bool fits = false;
        const quint64 number = text.mid(2).toULongLong(&fits, text[1] == QLatin1Char('o') ? 8 : 16);
        scalar.value = fits ? QString::number(number) : text;
        if (text[1] == QLatin1Char('o'))
            scalar.note = takenAs(QStringLiteral("text"));
    } else {
        return false;
    }
    scalar.type = ConfigType::Integer;
    return true;
}

bool takeNumber(const QString &text, YamlScalar &scalar)
{
    static const QRegularExpression number(whole("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?"));
    static const QRegularExpression infinite(whole("[-+]?\\.(inf|Inf|INF)"));
    static const QRegularExpression none(whole("\\.(nan|NaN|NAN)"));
    if (number.match(text).hasMatch())
        scalar.value = text.startsWith(QLatin1Char('+')) ? text.mid(1) : text;
    else if (infinite.match(text).hasMatch())
        scalar.value = text.startsWith(QLatin1Char('-')) ? QStringLiteral("-.inf") : QStringLiteral(".inf");
    else if (none.match(text).hasMatch())
        scalar.value = QStringLiteral(".nan");
    else
        return false;
    scalar.type = ConfigType::Number;
    return true;
}

bool takeWord(const QString &text, YamlScalar &scalar)
{
    static const QRegularExpression null(whole("~|null|Null|NULL|"));
    static const QRegularExpression truth(whole("true|True|TRUE|false|False|FALSE"));
    if (text.size() > 5)
        return false;
    if (null.match(text).hasMatch()) {
        scalar.type = ConfigType::Null;
        scalar.value = QStringLiteral("null");
        return true;
    }
    if (truth.match(text).hasMatch()) {
        scalar.type = ConfigType::Boolean;
        scalar.value = text.toLower();
        return true;
    }
    return false;
}

} // namespace

YamlScalar yamlScalar(const QString &text, const QString &tag)
{
    YamlScalar scalar{text, ConfigType::Text, {}};
    if (tag == QLatin1String("timestamp")) {
        scalar.type = ConfigType::Time;
        return scalar;
    }
    const bool isTold = !tag.isEmpty();
    if (isTold && tag != QLatin1String("int") && tag != QLatin1String("float") && tag != QLatin1String("bool")
        && tag != QLatin1String("null"))
        return scalar;
    if (takeWord(text, scalar) || takeInteger(text, scalar) || takeNumber(text, scalar)) {
        if (tag == QLatin1String("float") && scalar.type == ConfigType::Integer)
            scalar.type = ConfigType::Number;
    } else if (const QString other = isTold ? QString() : meaningIn11(text); !other.isEmpty()) {
        scalar.note = takenAs(other);
    }
    return scalar;
}

} // namespace taffrail::sources
