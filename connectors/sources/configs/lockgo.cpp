// SPDX-License-Identifier: GPL-3.0-or-later
#include "lockformats.h"

namespace taffrail::sources {

namespace {

/// Words of a go.mod line: quoted ones without their quotes, a comment as the last, beginning with "//".
QStringList wordsOf(const QString &line)
{
    QStringList words;
    for (qsizetype at = 0; at < line.size();) {
        const QChar c = line.at(at);
        if (c.isSpace()) {
            ++at;
        } else if (line.mid(at, 2) == QLatin1String("//")) {
            words << line.mid(at);
            break;
        } else if (c == QLatin1Char('"') || c == QLatin1Char('`')) {
            const qsizetype end = line.indexOf(c, at + 1);
            words << line.mid(at + 1, end < 0 ? -1 : end - at - 1);
            at = end < 0 ? line.size() : end + 1;
        } else {
            qsizetype end = at;
            while (end < line.size() && !line.at(end).isSpace() && line.mid(end, 2) != QLatin1String("//"))
                ++end;
            words << line.mid(at, end - at);
            at = end;
        }
    }
    return words;
}

void readDirective(ParsedConfig &parsed, const QString &verb, QStringList words, int line, QHash<QString, int> &counts)
{
    QString comment;
    if (!words.isEmpty() && words.last().startsWith(QLatin1String("//")))
        comment = words.takeLast().mid(2).trimmed();
    const auto wrong = [&](const char *expected) {
        addError(parsed, line,
                 QStringLiteral("%1 is expected behind \"%2\"").arg(QLatin1String(expected), verb.left(40)));
    };
    if (verb == QLatin1String("require")) {
        if (words.size() != 2)
            return wrong("a module and its version");
        addEntry(parsed, joinKey({}, words.at(0)), words.at(1), line, ConfigType::Text,
                 comment.startsWith(QLatin1String("indirect")) ? QStringLiteral("indirect") : QString());
    } else if (verb == QLatin1String("replace")) {
        const qsizetype arrow = words.indexOf(QStringLiteral("=>"));
        if (arrow < 1 || arrow > 2 || words.size() - arrow < 2)
            return wrong("a module, => and its replacement");
        addEntry(parsed, joinKey(QStringLiteral("replace"), words.mid(0, arrow).join(QLatin1Char(' '))),
                 words.mid(arrow + 1).join(QLatin1Char(' ')), line);
    } else if (verb == QLatin1String("go") || verb == QLatin1String("toolchain") || verb == QLatin1String("module")) {
        if (words.size() != 1)
            return wrong("one word");
        addEntry(parsed, joinKey(QStringLiteral("metadata"), verb), words.first(), line);
    } else if (verb == QLatin1String("exclude") || verb == QLatin1String("retract") || verb == QLatin1String("tool")
               || verb == QLatin1String("godebug") || verb == QLatin1String("ignore")) {
        addEntry(parsed, joinIndex(verb, counts[verb]++), words.join(QLatin1Char(' ')), line);
    } else {
        addError(parsed, line, QStringLiteral("\"%1\" is no word of go.mod").arg(verb.left(40)));
    }
}

} // namespace

ParsedConfig parseGoSum(const QByteArray &bytes, const SourceEntry &entry)
{
    ParsedConfig parsed;
    LockedVersions versions;
    int number = 0, looked = 0;
    for (const QByteArray &raw : linesWithoutReturn(bytes)) {
        ++number;
        const QStringList words = exactText(raw).split(QLatin1Char(' '), Qt::SkipEmptyParts);
        if (words.isEmpty())
            continue;
        if (words.size() != 3 || !words.at(2).contains(QLatin1Char(':'))) {
            addError(parsed, number, QStringLiteral("a module, its version and its hash are expected"));
            continue;
        }
        if (words.at(1).endsWith(QLatin1String("/go.mod")))
            ++looked;
        else
            versions.add({words.at(0), words.at(1), words.at(2), {}, number, false});
    }
    versions.write(parsed, entry);
    if (looked > 0)
        addNote(parsed,
                QStringLiteral("%1 /go.mod lines are not compared: they were looked at, not built").arg(looked));
    return parsed;
}

ParsedConfig parseGoMod(const QByteArray &bytes, const SourceEntry &)
{
    ParsedConfig parsed;
    QHash<QString, int> counts;
    QString block;
    int number = 0, blockLine = 0;
    for (const QByteArray &raw : linesWithoutReturn(bytes)) {
        ++number;
        QStringList words = wordsOf(exactText(raw));
        if (words.isEmpty() || words.first().startsWith(QLatin1String("//")))
            continue;
        if (!block.isEmpty()) {
            if (words.first() == QLatin1String(")"))
                block.clear();
            else
                readDirective(parsed, block, words, number, counts);
            continue;
        }
        QString verb = words.takeFirst();
        if (verb.endsWith(QLatin1Char('(')) && verb.size() > 1) {
            verb.chop(1);
            words.prepend(QStringLiteral("("));
        }
        if (!words.isEmpty() && words.first() == QLatin1String("(")) {
            block = verb;
            blockLine = number;
        } else {
            readDirective(parsed, verb, words, number, counts);
        }
    }
    if (!block.isEmpty())
        addError(parsed, blockLine, QStringLiteral("the block \"%1 (\" has no end").arg(block.left(40)));
    return parsed;
}

} // namespace taffrail::sources
