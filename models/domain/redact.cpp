// SPDX-License-Identifier: GPL-3.0-or-later
#include "text.h"

#include <QRegularExpression>

#include <vector>

namespace taffrail {

namespace {

struct Pattern {
    QRegularExpression find;
    QString replacement;
};

/// Every pattern starts at a fixed word or mark and bounds its repeats (or never goes back into them), so that a long
/// hostile line stays cheap.
std::vector<Pattern> makePatterns()
{
    const auto pattern = [](const QString &find, const QString &replacement) {
        return Pattern{QRegularExpression(find, QRegularExpression::CaseInsensitiveOption), replacement};
    };
    // "author", "authentication failed:", "passed:" are words of ordinary messages, not names of secrets.
    const QString key = QStringLiteral(
        "(?:pass(?!ed|ing|age|ive|port)(?:word|wd|phrase)?|secret|token|api[_-]?key|access[_-]?key|credential|"
        "private[_-]?key|salt|cookie|auth(?!or(?!iz)|entic)|dsn|webhook)[\\w.-]{0,64}");
    const QString quoted = QStringLiteral(R"("(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.|'')*+'?)");
    std::vector<Pattern> patterns;
    patterns.push_back(pattern(
        QStringLiteral(
            R"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|\z))"),
        QStringLiteral("***")));
    patterns.push_back(pattern(
        QStringLiteral(R"(\b((?:proxy-)?authorization|(?:set-)?cookie)(\s{0,8}:\s{0,8})(?![\s"'])[^\n]{1,8192})"),
        QStringLiteral("\\1\\2***")));
    // A port that is followed by a path is no password.
    patterns.push_back(pattern(QStringLiteral(R"((://[^\s/:@'"]{0,256}:)(?!\d{1,5}(?:[/?#\s]|\z))[^\s'"]{1,1024}@)"),
                               QStringLiteral("\\1***@")));
    patterns.push_back(pattern(QStringLiteral(R"((://)[\w.~%-]{20,512}@)"), QStringLiteral("\\1***@")));
    patterns.push_back(pattern(QStringLiteral("(%1[\"']?\\s{0,8}(?:=>|:=|=|:)\\s{0,8})(?:(?:bearer|basic|token)\\s{1,8}"
                                              ")?(?:%2|[^\\s\"',;&|)}\\]]{1,4096})")
                                   .arg(key, quoted),
                               QStringLiteral("\\1***")));
    patterns.push_back(
        pattern(QStringLiteral("(--?[\\w-]{0,32}%1\\s{1,8})(?!-)(?:%2|[^\\s\"']{1,4096})").arg(key, quoted),
                QStringLiteral("\\1***")));
    patterns.push_back(pattern(QStringLiteral(R"(\bbearer\s{1,8}[\w.~+/=-]{8,4096})"), QStringLiteral("Bearer ***")));
    for (const char *shape : {R"(\bAKIA[0-9A-Z]{16}\b)", R"(\bgh[pousr]_[A-Za-z0-9]{36,255})",
                              R"(\bgithub_pat_\w{22,255})", R"(\bglpat-[\w-]{20,255})", R"(\bxox[baprs]-[\w-]{8,255})",
                              R"(\bsk_live_\w{16,255})", R"(\beyJ[\w-]{4,4096}\.eyJ[\w-]{4,4096}\.[\w-]{0,4096})"})
        patterns.push_back(pattern(QString::fromLatin1(shape), QStringLiteral("***")));
    return patterns;
}

} // namespace

QString redacted(const QString &text)
{
    static const std::vector<Pattern> patterns = makePatterns();
    QString line = text;
    for (const Pattern &each : patterns)
        line.replace(each.find, each.replacement);
    return line;
}

} // namespace taffrail
