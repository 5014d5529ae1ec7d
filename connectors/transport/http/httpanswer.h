// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

#include <QByteArray>

namespace taffrail::http {

/// Reads one answer to a GET (RFC 9112) from bytes as they come, in any pieces. Bounded: 64 KiB of head, 200 fields,
/// and `maxBody` bytes of body, after which the answer counts as complete and cut.
class AnswerReader {
public:
    enum class State {
        Head, ///< status line and fields
        Body,
        Done,
        Garbage, ///< not HTTP/1: see problem()
        BrokenOff, ///< the peer closed before the end: see problem()
    };

    explicit AnswerReader(qint64 maxBody);

    void feed(const QByteArray &bytes);
    void end(); ///< the peer closed its side
    State state() const { return m_state; }
    bool isOver() const { return m_state != State::Head && m_state != State::Body; }
    QString problem() const { return m_problem; }
    sources::HttpReply &reply() { return m_reply; }

private:
    enum class Framing { UntilClose, Length, Chunked };

    void readHead();
    bool readStatusLine(const QByteArray &line);
    bool readField(const QByteArray &line);
    void beginBody();
    void readBody();
    void readChunks();
    /// Takes up to `count` pending bytes into the body; returns how many.
    qint64 takeBody(qint64 count);
    void fail(State state, const QString &problem);

    const qint64 m_maxBody;
    QByteArray m_pending;
    sources::HttpReply m_reply;
    State m_state = State::Head;
    Framing m_framing = Framing::UntilClose;
    qint64 m_left = 0; ///< of the body or of the present chunk
    bool m_inChunk = false;
    bool m_isTrailer = false;
    qint64 m_headBytes = 0;
    int m_fields = 0;
    bool m_hasStatus = false;
    QByteArray m_lastField;
    QString m_problem;
};

} // namespace taffrail::http
