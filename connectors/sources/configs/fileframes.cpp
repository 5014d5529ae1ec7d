// SPDX-License-Identifier: GPL-3.0-or-later
#include "configfiles.h"

#include "text.h"

#include <QUrl>

#include <algorithm>

namespace taffrail::sources {

namespace {

constexpr char frame[] = "@TFC1 ";

Error fileError(ErrorKind kind, const QString &path, const QString &text, const QString &hint = {})
{
    return {kind, QStringLiteral("read"), path, text, hint};
}

QString nameOf(const QByteArray &encoded)
{
    return sanitizedLine(QByteArray::fromPercentEncoding(encoded), 4096);
}

Error cutError(const QString &path)
{
    return fileError(ErrorKind::BadData, path, QStringLiteral("its answer was cut before the end"),
                     QStringLiteral("The host was too slow, or the files are too many for one answer."));
}

Error reasonOf(const QByteArray &words, const QString &path)
{
    const QByteArray word = words.left(words.indexOf(' ') < 0 ? words.size() : words.indexOf(' '));
    const QByteArray rest = words.mid(word.size() + 1);
    struct Reason {
        const char *word;
        ErrorKind kind;
        const char *text;
    };
    static constexpr Reason reasons[] = {
        {"absent", ErrorKind::NotFound, "there is no such file"},
        {"unmatched", ErrorKind::NotFound, "no file matches"},
        {"dangling", ErrorKind::NotFound, "it is a link that leads nowhere"},
        {"loop", ErrorKind::NotFound, "it is a link that leads in a circle"},
        {"toolong", ErrorKind::NotFound, "its name is too long"},
        {"denied", ErrorKind::Denied, "no right to read it"},
        {"directory", ErrorKind::Unsupported, "it is a directory"},
        {"special", ErrorKind::Unsupported, "it is not a regular file"},
        {"binary", ErrorKind::Unsupported, "it is binary (holds NUL)"},
        {"changed", ErrorKind::Busy, "it changed while it was read"},
        {"unreadable", ErrorKind::BadData, "it cannot be read to its end"},
        {"tool", ErrorKind::ToolFailed, "awk failed or took too long on the host, so it was not sent whole"},
    };
    for (const Reason &reason : reasons) {
        if (word == reason.word)
            return fileError(reason.kind, path, QString::fromLatin1(reason.text));
    }
    if (word == "large")
        return fileError(ErrorKind::TooLarge, path,
                         QStringLiteral("it has %1, over the limit").arg(bytesText(rest.toLongLong())),
                         QStringLiteral("Raise max_bytes of its entry in the inventory, at most 16 MiB."));
    if (word == "command")
        return fileError(rest == "127" ? ErrorKind::NotFound : ErrorKind::ToolFailed, path,
                         QStringLiteral("the command ended with exit code %1").arg(sanitizedLine(rest, 20)));
    return fileError(ErrorKind::BadData, path, QStringLiteral("its answer cannot be read"));
}

/// Reads the lines of one reply into files.
class FrameReader {
public:
    explicit FrameReader(const QString &host) : m_host(host) {}

    void line(const QByteArray &text)
    {
        if (text.startsWith('|')) {
            if (m_isOpen) {
                m_file.bytes += text.mid(1) + '\n';
                ++m_lines;
            }
        } else if (text.startsWith(frame)) {
            const QByteArray rest = text.mid(qsizetype(sizeof frame) - 1);
            const qsizetype space = rest.indexOf(' ');
            word(space < 0 ? rest : rest.left(space), space < 0 ? QByteArray() : rest.mid(space + 1));
        }
    }

    std::vector<ReadFile> finished()
    {
        closeAsCut();
        if (!m_isWhole)
            fail(m_files.empty() ? QString() : QString(), cutError({}));
        return std::move(m_files);
    }

private:
    void word(const QByteArray &word, const QByteArray &rest)
    {
        if (word == "asked") {
            closeAsCut();
            m_pattern = nameOf(rest);
        } else if (word == "file") {
            closeAsCut();
            m_file = {};
            m_file.pattern = m_pattern;
            m_file.file.host = m_host;
            m_file.file.path = nameOf(rest);
            m_isOpen = true;
            m_lines = 0;
            m_doneLines = -1;
        } else if (word == "name") {
            m_file.file.name = nameOf(rest);
        } else if (word == "stat") {
            readStat(rest.split(' '));
        } else if (word == "done") {
            m_doneLines = rest.split(' ').value(0).toLongLong();
            m_file.undigested = std::max(0, rest.split(' ').value(1).toInt());
        } else if (word == "end" && m_isOpen) {
            close(rest.split(' '));
        } else if (word == "fail" && m_isOpen) {
            m_file.file.binary = rest == "binary";
            closeWith(reasonOf(rest, m_file.file.path));
        } else if (word == "noawk") {
            fail({},
                 fileError(ErrorKind::Unsupported, {},
                           QStringLiteral("no awk on this host masks as it must, so nothing was read"),
                           QStringLiteral("Install mawk, gawk or busybox there.")));
            m_isWhole = true;
        } else if (word == "many") {
            const qsizetype space = rest.indexOf(' ');
            fail(nameOf(rest.mid(space + 1)),
                 fileError(ErrorKind::TooLarge, nameOf(rest.mid(space + 1)),
                           QStringLiteral("only the first 200 of %1 files were read").arg(rest.left(space).toInt())));
        } else if (word == "all") {
            closeAsCut();
            m_isWhole = true;
        }
    }

    void readStat(const QList<QByteArray> &parts)
    {
        bool isNumber = false;
        const qint64 size = parts.value(0).toLongLong(&isNumber);
        m_file.file.sizeBytes = isNumber ? size : -1;
        const qint64 time = parts.value(1).toLongLong(&isNumber);
        if (isNumber)
            m_file.file.modifiedAt = QDateTime::fromSecsSinceEpoch(time, Qt::UTC);
        const QString mode = sanitizedLine(parts.value(2), 8);
        m_file.file.mode = mode.isEmpty() ? mode : mode.rightJustified(4, QLatin1Char('0'));
        m_file.file.owner = sanitizedLine(parts.value(3), 200);
    }

    void close(const QList<QByteArray> &parts)
    {
        if (m_lines != m_doneLines) {
            closeWith(cutError(m_file.file.path));
            return;
        }
        if (parts.value(0) == "0" && m_file.bytes.endsWith('\n'))
            m_file.bytes.chop(1);
        const qint64 size = parts.value(1).toLongLong();
        m_file.file.sizeBytes = std::max(m_file.file.sizeBytes, size);
        m_files.push_back(m_file);
        m_isOpen = false;
    }

    void closeWith(const Error &error)
    {
        m_file.bytes.clear();
        m_file.file.error = error;
        m_files.push_back(m_file);
        m_isOpen = false;
    }

    void closeAsCut()
    {
        if (m_isOpen)
            closeWith(cutError(m_file.file.path));
    }

    void fail(const QString &path, const Error &error)
    {
        ReadFile file;
        file.file.host = m_host;
        file.file.path = path;
        file.file.error = error;
        file.pattern = m_pattern;
        m_files.push_back(std::move(file));
    }

    QString m_host;
    QString m_pattern;
    std::vector<ReadFile> m_files;
    ReadFile m_file;
    bool m_isOpen = false;
    bool m_isWhole = false; ///< the last line of the reply was seen
    qint64 m_lines = 0;
    qint64 m_doneLines = -1;
};

std::vector<ReadFile> capturedFile(const Reply &reply, const QByteArray &bytes)
{
    ReadFile file;
    file.file.host = reply.subject;
    file.file.path = QStringLiteral("captured");
    file.file.sizeBytes = bytes.size();
    file.bytes = bytes;
    return {file};
}

} // namespace

std::vector<ReadFile> filesOf(const Reply &reply)
{
    const ShellReply *shell = reply.as<ShellReply>();
    if (!shell)
        return {};
    const QByteArray &out = shell->out;
    if (!out.startsWith(frame)) {
        if (shell->exitCode == 0)
            return capturedFile(reply, out);
        FrameReader reader(reply.subject);
        return reader.finished();
    }
    FrameReader reader(reply.subject);
    for (qsizetype from = 0; from < out.size();) {
        const qsizetype end = out.indexOf('\n', from);
        if (end < 0)
            break; // a line without its end was cut
        reader.line(out.mid(from, end - from));
        from = end + 1;
    }
    std::vector<ReadFile> files = reader.finished();
    std::stable_sort(files.begin(), files.end(),
                     [](const ReadFile &a, const ReadFile &b) { return a.file.path < b.file.path; });
    return files;
}

} // namespace taffrail::sources
