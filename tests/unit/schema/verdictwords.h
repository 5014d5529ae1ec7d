// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationverdict.h"

#include <QTest>

namespace taffrail::tests {

/// "expand contract irreversible": kinds in the order of the enumeration.
inline QString kindsOf(const std::set<MigrationKind> &kinds)
{
    QStringList words;
    for (const MigrationKind kind : kinds)
        words << migrationKindWord(kind);
    return words.join(QLatin1Char(' '));
}

/// The short name of the strongest lock of one operation among them: "AE", "SRE", "S", "SUE", "RE", "".
inline QString strongestLock(const schema::MigrationVerdict &verdict)
{
    static const QStringList names{QStringLiteral("RowExclusiveLock"), QStringLiteral("ShareUpdateExclusiveLock"),
                                   QStringLiteral("ShareLock"), QStringLiteral("ShareRowExclusiveLock"),
                                   QStringLiteral("AccessExclusiveLock")};
    static const QStringList shorts{{},
                                    QStringLiteral("RE"),
                                    QStringLiteral("SUE"),
                                    QStringLiteral("S"),
                                    QStringLiteral("SRE"),
                                    QStringLiteral("AE")};
    qsizetype strongest = -1;
    for (const schema::StatementVerdict &operation : verdict.operations)
        strongest = std::max(strongest, names.indexOf(operation.lock));
    return shorts[strongest + 1];
}

/// Nothing shown holds what a terminal or a window would act on.
inline bool isShownSafely(const schema::MigrationVerdict &verdict)
{
    for (const schema::StatementVerdict &operation : verdict.operations) {
        for (const QString &text : {operation.text, operation.why}) {
            for (const QChar character : text) {
                if (character < QLatin1Char(' ') || character == QChar(0x7f))
                    return false;
            }
        }
    }
    return true;
}

/// Texts that no reader of files may fall over; each is tried as it is and cut short.
inline QList<QByteArray> hostileTexts(const QByteArray &sample)
{
    QList<QByteArray> texts{{},
                            QByteArray(1, '\0'),
                            QByteArray("\xff\xfe\x80\x81 def upgrade(:\n"),
                            sample + "\x1b[31m\x07",
                            QByteArray(200'000, '('),
                            QByteArray(200'000, '\n'),
                            "operations = " + QByteArray(50'000, '['),
                            "def upgrade():" + QByteArray("if a:").repeated(30'000),
                            "def up\n" + QByteArray("if a\n").repeated(30'000),
                            "def up\n" + QByteArray("x.each do |a| ").repeated(20'000),
                            "def upgrade():\n  upgrade();" + QByteArray("upgrade();").repeated(1000),
                            "def up\n" + QByteArray("up\n").repeated(1000) + "end\n",
                            QByteArray(2'000'000, 'x')};
    for (qsizetype length = 0; length < sample.size(); length += 7)
        texts << sample.left(length);
    for (qsizetype at = 0; at < sample.size(); at += 11)
        texts << QByteArray(sample).replace(at, 1, QByteArray(1, char(at % 256)));
    return texts;
}

} // namespace taffrail::tests
