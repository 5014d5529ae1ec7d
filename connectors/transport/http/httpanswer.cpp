// SPDX-License-Identifier: GPL-3.0-or-later
#include "httpanswer.h"

#include "text.h"

#include <algorithm>

namespace taffrail::http {

namespace {

constexpr qint64 maxHead = 64 * 1024;
constexpr int maxFields = 200;
/// A chunk's size line with its extensions.
constexpr qsizetype maxChunkLine = 1024;

bool isTokenLetter(char letter)
{
    const bool isWord
        = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
    return isWord || (letter != '\0' && QByteArrayView("!#$%&'*+-.^_`|~").contains(letter));
}

/// Decimal digits only, no sign, fits; -1 otherwise.
qint64 lengthOf(const QByteArray &text)
{
    const bool isDigits = !text.isEmpty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    bool fits = false;
    const qint64 length = text.toLongLong(&fits);
    return isDigits && fits ? length : -1;
}

QString shown(const QByteArray &bytes)
{
    return sanitizedLine(bytes, 60);
}

} // namespace

AnswerReader::AnswerReader(qint64 maxBody) : m_maxBody(std::max<qint64>(maxBody, 0)) {}

void AnswerReader::feed(const QByteArray &bytes)
{
    if (isOver())
        return;
    m_pending += bytes;
    if (m_state == State::Head)
        readHead();
    if (m_state == State::Body)
        readBody();
}

void AnswerReader::end()
{
    if (m_state == State::Head) {
        if (m_pending.isEmpty() && m_headBytes == 0)
            fail(State::BrokenOff, QStringLiteral("the server closed the connection without an answer"));
        else
            fail(State::BrokenOff, QStringLiteral("the answer broke off in its head: \"%1\"").arg(shown(m_pending)));
    } else if (m_state == State::Body) {
        if (m_framing == Framing::UntilClose)
            m_state = State::Done;
        else
            fail(State::BrokenOff,
                 QStringLiteral("the answer broke off after %1 of its body").arg(bytesText(m_reply.body.size())));
    }
}

void AnswerReader::readHead()
{
    static const QByteArray start = "HTTP/1.";
    if (!m_hasStatus && !start.startsWith(m_pending.left(start.size()))) {
        fail(State::Garbage, QStringLiteral("the answer is not HTTP: it starts with \"%1\"").arg(shown(m_pending)));
        return;
    }
    while (m_state == State::Head) {
        const qsizetype end = m_pending.indexOf('\n');
        if (m_headBytes + (end < 0 ? m_pending.size() : end) > maxHead) {
            fail(State::Garbage, QStringLiteral("the head of the answer is longer than %1").arg(bytesText(maxHead)));
            return;
        }
        if (end < 0)
            return;
        QByteArray line = m_pending.left(end);
        m_pending.remove(0, end + 1);
        m_headBytes += end + 1;
        if (line.endsWith('\r'))
            line.chop(1);
        if (!m_hasStatus) {
            if (!readStatusLine(line))
                return;
        } else if (line.isEmpty()) {
            beginBody();
        } else if (!readField(line)) {
            return;
        }
    }
}

bool AnswerReader::readStatusLine(const QByteArray &line)
{
    // HTTP/1.1 SP 3DIGIT [SP reason]
    const qint64 code
        = line.size() >= 12 && line[8] == ' ' && (line.size() == 12 || line[12] == ' ') ? lengthOf(line.mid(9, 3)) : -1;
    if (code < 100) {
        fail(State::Garbage, QStringLiteral("\"%1\" is not a status line").arg(shown(line)));
        return false;
    }
    m_reply.code = int(code);
    m_hasStatus = true;
    return true;
}

bool AnswerReader::readField(const QByteArray &line)
{
    if (++m_fields > maxFields) {
        fail(State::Garbage, QStringLiteral("the answer has more than %1 fields").arg(maxFields));
        return false;
    }
    if ((line.startsWith(' ') || line.startsWith('\t')) && !m_lastField.isEmpty()) {
        m_reply.headers[m_lastField] += ' ' + line.trimmed(); // a folded line of old servers
        return true;
    }
    const qsizetype colon = line.indexOf(':');
    const QByteArray name = line.left(std::max<qsizetype>(colon, 0)).toLower();
    if (name.isEmpty() || !std::ranges::all_of(name, isTokenLetter)) {
        fail(State::Garbage, QStringLiteral("\"%1\" is not a header field").arg(shown(line)));
        return false;
    }
    QByteArray &value = m_reply.headers[name];
    value += (value.isEmpty() ? "" : ", ") + line.mid(colon + 1).trimmed();
    m_lastField = name;
    return true;
}

void AnswerReader::beginBody()
{
    if (m_reply.code < 200 && m_reply.code != 101) {
        m_reply = {}; // 100, 103: the real answer follows
        m_hasStatus = false;
        m_lastField.clear();
        return;
    }
    m_reply.contentType = m_reply.headers.value("content-type");
    m_state = State::Body;
    const QByteArray coding = m_reply.headers.value("transfer-encoding").toLower();
    const QList<QByteArray> lengths = m_reply.headers.value("content-length").split(',');
    if (m_reply.code == 204 || m_reply.code == 304 || m_reply.code == 101) {
        m_state = State::Done;
    } else if (coding.endsWith("chunked")) {
        m_framing = Framing::Chunked;
    } else if (coding.isEmpty() && m_reply.headers.contains("content-length")) {
        m_framing = Framing::Length;
        m_left = lengthOf(lengths[0].trimmed());
        const bool agree = std::ranges::all_of(
            lengths, [&](const QByteArray &each) { return each.trimmed() == lengths[0].trimmed(); });
        if (m_left < 0 || !agree)
            fail(State::Garbage,
                 QStringLiteral("\"%1\" is not a length").arg(shown(m_reply.headers.value("content-length"))));
    }
}

qint64 AnswerReader::takeBody(qint64 count)
{
    const qint64 room = m_maxBody - m_reply.body.size();
    const qint64 taken = std::min({count, qint64(m_pending.size()), room});
    m_reply.body += m_pending.left(taken);
    m_pending.remove(0, taken);
    if (count > taken && !m_pending.isEmpty()) { // more is there than there is room for
        m_reply.bodyCut = true;
        m_state = State::Done;
    }
    return taken;
}

void AnswerReader::readBody()
{
    switch (m_framing) {
    case Framing::UntilClose: takeBody(m_pending.size()); break;
    case Framing::Length:
        m_left -= takeBody(m_left);
        if (m_left == 0)
            m_state = State::Done;
        break;
    case Framing::Chunked: readChunks(); break;
    }
}

void AnswerReader::readChunks()
{
    while (m_state == State::Body && !m_pending.isEmpty()) {
        if (m_inChunk && m_left > 0) {
            m_left -= takeBody(m_left);
            continue;
        }
        const qsizetype end = m_pending.indexOf('\n');
        if (end < 0 && m_pending.size() <= maxChunkLine)
            return;
        const QByteArray line = m_pending.left(std::max<qsizetype>(end, 0)).trimmed();
        m_pending.remove(0, end + 1);
        if (m_isTrailer) {
            m_headBytes += end + 1;
            if (line.isEmpty())
                m_state = State::Done;
            else if (end < 0 || m_headBytes > maxHead)
                fail(State::Garbage, QStringLiteral("the trailer of the answer is too long"));
            continue;
        }
        if (m_inChunk && end >= 0 && line.isEmpty()) {
            m_inChunk = false; // the line end behind a chunk
            continue;
        }
        bool isNumber = false;
        const QByteArray digits = line.left(line.indexOf(';') < 0 ? line.size() : line.indexOf(';')).trimmed();
        m_left = digits.toLongLong(&isNumber, 16);
        if (m_inChunk || end < 0 || !isNumber || m_left < 0 || digits.startsWith('+')) {
            fail(State::Garbage, QStringLiteral("\"%1\" is not the size of a chunk").arg(shown(line)));
            return;
        }
        m_isTrailer = m_left == 0;
        m_inChunk = m_left > 0;
    }
}

void AnswerReader::fail(State state, const QString &problem)
{
    m_state = state;
    m_problem = problem;
    m_pending.clear();
}

} // namespace taffrail::http
