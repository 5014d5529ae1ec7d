// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configfiles.h"

/// What the parsers of file formats share.
namespace taffrail::sources {

/// One line of a file without its end (LF, CRLF or CR).
struct TextLine {
    int number = 0; ///< from 1
    QString text;
    QString fault; ///< why it cannot be read: "a NUL byte", "bytes that are not UTF-8"; else ""
};

/// Collects what a parser finds. The first fault becomes the error, the others notes. Full at 200 000 settings or 32
/// million characters of keys, which no honest file has: that is an error, and what comes later is left out.
class ConfigReading {
public:
    void add(const QString &key, const QString &value, int line, ConfigType type = ConfigType::Text,
             const QString &note = {});
    void fail(int line, const QString &expected, const QString &found);
    void note(const QString &text);
    bool hasFailed() const { return m_parsed.error.has_value(); }
    bool isFull() const { return m_isFull; }
    std::vector<ConfigEntry> &entries() { return m_parsed.entries; }
    ParsedConfig take();

private:
    ParsedConfig m_parsed;
    int m_furtherFaults = 0;
    qsizetype m_keyCharacters = 0;
    bool m_isFull = false;
};

/// Without the byte order mark of UTF-8.
QByteArray withoutByteOrderMark(const QByteArray &bytes);
/// UTF-8 text in lines; a line with NUL or other bytes has its fault. UTF-16 is one line with a fault.
std::vector<TextLine> textLines(const QByteArray &bytes);
/// The first place that no text has: NUL, not UTF-8, UTF-16.
struct BadPlace {
    int line = 0;
    qsizetype lineStart = 0; ///< offset of that line
    QString found;
};
std::optional<BadPlace> firstBadPlace(const QByteArray &bytes);
/// A library's message without what it quotes from the file.
QString withoutQuotes(const QByteArray &message);
/// "db.pool.max" as such where each piece is plain, else one quoted name.
QString dottedKey(const QString &name);
/// `note` appended to `to`, with "; " between.
void appendNote(QString &to, const QString &note);
/// "line 3: expected …, found …"
Error lineError(int line, const QString &expected, const QString &found);

/// requests() and parse() of a source that reads files of one format.
template <MaskForm form> std::vector<Request> requestsForFiles(const SourceEntry &entry, const Replies &soFar)
{
    return soFar.empty() ? fileRequests(entry, form) : std::vector<Request>{};
}
template <ConfigParser parser>
Result<Value> valueOfFiles(const SourceEntry &entry, const Replies &replies, const Context &)
{
    return configSetOf(entry, replies, parser);
}

} // namespace taffrail::sources
