// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pgloop.h"

#include <libpq-fe.h>

#include <deque>
#include <optional>

namespace taffrail::pg {

/// One batch on one connection: all statements in one pipeline, one sync each, so that a failing one never hides
/// another.
class Exchange {
public:
    /// `limitsHold`: the session already has the batch's timeouts. `isFirst`: nothing is known of the session yet; what
    /// it is goes along in the same round trip.
    Exchange(PGconn *connection, const Batch &batch, const QString &subject, SessionInfo &info, bool limitsHold,
             bool isFirst);

    bool start(); ///< false = the connection is unusable
    /// Reads and writes what is possible now. False = the connection broke (see lossText()).
    bool advance();
    bool isComplete() const { return m_expected.empty(); }
    bool wantsWrite() const { return m_wantsWrite; }
    bool isReadOnly() const { return m_readOnly; } ///< as the server says; false when asked and not so
    size_t answered() const { return m_answered; }
    QByteArray lossText() const { return m_lossText; }

    /// The results so far; a statement without an answer gets `missing`.
    std::vector<Result<sources::SqlReply>> takeResults(const Error &missing);

private:
    enum class Step { Settings, Basics, Presence, SystemId, Rights, Query };
    struct Expected {
        Step step = Step::Query;
        size_t query = 0;
    };

    bool send(Step step, size_t query, const char *sql, const std::vector<std::optional<QByteArray>> &parameters);
    bool flush();
    bool readResults();
    void take(const PGresult *result);
    void takeQuery(size_t query, const PGresult *result);
    void takeRows(size_t query, const PGresult *result);
    void takeInfo(Step step, const PGresult *result);
    void noteLoss();

    PGconn *m_connection;
    const Batch &m_batch;
    QString m_subject;
    SessionInfo &m_info;
    bool m_limitsHold;
    bool m_isFirst;
    std::deque<Expected> m_expected; ///< sent, in order, and not synced yet
    std::vector<std::optional<Result<sources::SqlReply>>> m_results;
    std::vector<qint64> m_bytes; ///< taken so far per statement
    size_t m_answered = 0;
    bool m_wantsWrite = false;
    bool m_readOnly = true;
    QByteArray m_lossText;
};

} // namespace taffrail::pg
