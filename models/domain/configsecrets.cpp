// SPDX-License-Identifier: GPL-3.0-or-later
#include "configsecrets.h"

#include "secretrules.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail {

namespace {

const QString &mark()
{
    static const QString text = maskMark.toString();
    return text;
}

const QRegularExpression &tokenPattern()
{
    static const QRegularExpression pattern(QStringLiteral("TFMASK_([0-9a-f]{64}|short|none)_"));
    return pattern;
}

/// `text` with every match of `pattern` replaced by what `by` makes of it.
template <typename By> QString eachReplaced(const QString &text, const QRegularExpression &pattern, By by)
{
    QString result;
    qsizetype done = 0;
    for (auto each = pattern.globalMatch(text); each.hasNext();) {
        const QRegularExpressionMatch match = each.next();
        result += QStringView(text).mid(done, match.capturedStart() - done);
        result += by(match);
        done = match.capturedEnd();
    }
    result += QStringView(text).mid(done);
    return result;
}

/// What the tokens in a value say.
struct Tokens {
    QStringList digests;
    bool isShort = false;
    bool isWhole = true; ///< every token carries a digest
    int count = 0;
};

Tokens tokensOf(const QString &text)
{
    Tokens tokens;
    for (auto each = tokenPattern().globalMatch(text); each.hasNext(); ++tokens.count) {
        const QString word = each.next().captured(1);
        tokens.isShort |= word == QLatin1String("short");
        if (word.size() == 64)
            tokens.digests << word;
        else
            tokens.isWhole = false;
    }
    return tokens;
}

void addNote(ConfigEntry &entry, const QString &note)
{
    if (entry.note.contains(note))
        return;
    entry.note += (entry.note.isEmpty() ? QString() : QStringLiteral("; ")) + note;
}

/// "a", "b", … "z", "aa"
QString letters(qsizetype index)
{
    QString word;
    for (qsizetype rest = index; rest >= 0; rest = rest / 26 - 1)
        word.prepend(QChar(u'a' + char16_t(rest % 26)));
    return word;
}

/// Whether a value is marks and signs that a format without quotes leaves around them.
bool isMarksOnly(const QString &value)
{
    QString rest = value;
    rest.remove(mark());
    return rest.size() < value.size() && std::all_of(rest.cbegin(), rest.cend(), [](QChar each) {
               return each.isSpace() || QStringView(u"\"'`#;,").contains(each);
           });
}

QString withoutTokens(const QString &value)
{
    QString text = value;
    return text.replace(tokenPattern(), mark());
}

} // namespace

bool namesSecret(const QString &key)
{
    return isSecretName(key);
}

QString maskedValue(const QString &value)
{
    return withoutSecretShapes(withoutTokens(value), mark());
}

QString maskedShapes(const QString &value)
{
    return withoutSecretShapes(withoutTokens(value), mark(), false);
}

void settleSecrets(ConfigEntry &entry)
{
    const Tokens tokens = tokensOf(entry.value);
    entry.value = withoutTokens(entry.value);
    const bool isNamed = isSecretPair(entry.key, entry.value);
    if (tokens.count > 0) {
        entry.secret = true;
        entry.fingerprint = tokens.isWhole ? tokens.digests.join(QLatin1Char(',')) : QString();
        if (tokens.isShort)
            addNote(entry, QStringLiteral("too short to be compared"));
    }
    const QString shaped = withoutSecretShapes(entry.value, mark());
    const bool isMissed = shaped != entry.value;
    entry.value = shaped;
    if (isNamed && entry.value != mark()) {
        // What stands around the marks is hidden, too; when it is more than quotes, the digests don't cover it.
        if (!isMarksOnly(entry.value))
            entry.fingerprint.clear();
        entry.value = mark();
        entry.secret = true;
    } else if (isMissed) {
        entry.secret = true;
        entry.fingerprint.clear(); // equal digests of one part would say nothing of the other
    }
}

QString lockedText(const QString &text)
{
    static const QRegularExpression keeping(QStringLiteral("%1\uE000(\\d{1,9})\uE001").arg(mark()));
    // Under a mark, the rules by lines leave a token alone.
    QStringList tokens;
    const QString marked = eachReplaced(text, tokenPattern(), [&tokens](const QRegularExpressionMatch &match) {
        tokens << match.captured();
        return mark() + QChar(0xE000) + QString::number(tokens.size() - 1) + QChar(0xE001);
    });
    return eachReplaced(withoutSecretLines(marked, mark()), keeping, [&tokens](const QRegularExpressionMatch &match) {
        return tokens.value(match.captured(1).toInt(), mark());
    });
}

QString maskedText(const QString &text, QStringList &known)
{
    const QString marked = eachReplaced(text, tokenPattern(), [&known](const QRegularExpressionMatch &match) {
        const QString digest = match.captured(1);
        if (digest.size() != 64)
            return mark();
        qsizetype index = known.indexOf(digest);
        if (index < 0) {
            index = known.size();
            known << digest;
        }
        return mark() + QChar(0x27e8) + letters(index) + QChar(0x27e9);
    });
    return withoutSecretLines(marked, mark());
}

} // namespace taffrail
