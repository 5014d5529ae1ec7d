// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "maskprogram.h"

#include <QProcess>
#include <QStandardPaths>

namespace taffrail::tests {

/// The kinds of awk on this machine, as the words that start them. mawk stands on every Debian host, gawk on Red Hat's,
/// busybox on Alpine's, the original one on BSD's.
inline QList<QStringList> awks()
{
    QList<QStringList> found;
    for (const char *words : {"mawk", "gawk", "original-awk", "busybox awk"}) {
        const QStringList command = QString::fromLatin1(words).split(QLatin1Char(' '));
        if (!QStandardPaths::findExecutable(command.first()).isEmpty())
            found << command;
    }
    return found;
}

/// All that leaves the host for `text`.
inline QByteArray maskedBy(const QStringList &awk, sources::MaskForm form, const QByteArray &text,
                           const QByteArray &key = {})
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("LC_ALL"), QStringLiteral("C"));
    environment.insert(QStringLiteral("TF_KEY"), QString::fromLatin1(key));
    environment.insert(QStringLiteral("TF_FORM"), QString::fromLatin1(sources::maskFormWord(form)));
    process.setProcessEnvironment(environment);
    process.start(awk.first(), awk.mid(1) << QString::fromLatin1(sources::maskProgram()));
    process.write(text);
    process.closeWriteChannel();
    process.waitForFinished(60'000);
    return process.readAllStandardOutput() + process.readAllStandardError();
}

/// The file in what maskedBy() gave: the lines that begin with '|'.
inline QByteArray fileIn(const QByteArray &out)
{
    QByteArray text;
    for (const QByteArray &line : out.split('\n'))
        text += line.startsWith('|') ? line.mid(1) + '\n' : QByteArray();
    return text;
}

} // namespace taffrail::tests
