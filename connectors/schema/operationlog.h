// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationverdict.h"
#include "statementrules.h"

namespace taffrail::schema {

/// Gathers what a migration file does while it is read.
class OperationLog {
public:
    OperationLog(const QByteArray &source, CreatedObjects &created);

    /// Where the next operations stand: their bytes of the source.
    void at(int line, qsizetype begin, qsizetype end);

    void judge(const Json &statement);
    void add(const Judgement &judgement);
    void add(MigrationKind kind, const QString &reason = {});
    void unknown(const QString &reason) { add(MigrationKind::Unknown, reason); }
    /// The statements of a text whose first line is `line` of the file. Text that the program fills in when it runs is
    /// unknown, and is judged as far as it stands there.
    void sql(const QByteArray &text, int line, bool isFilledIn);

    /// What runs only perhaps makes nothing that later operations can count on; ends with endPerhaps(depth).
    size_t perhaps();
    void endPerhaps(size_t depth);
    size_t depth() const { return m_perhaps.size(); }

    /// Whether the set made it: "table t", "column t.c" …
    bool isOurs(const QString &object) const;
    bool isEmpty() const { return m_verdict.operations.empty(); }
    size_t size() const { return m_verdict.operations.size(); }
    MigrationVerdict finished(Reversible reversible, const QString &wayBack);

private:
    CreatedObjects &created() { return m_perhaps.empty() ? m_created : m_perhaps.back(); }

    const QByteArray &m_source;
    CreatedObjects &m_created;
    std::vector<CreatedObjects> m_perhaps;
    QString m_text;
    int m_line = 1;
    MigrationVerdict m_verdict;
    MigrationLint m_lint;
};

} // namespace taffrail::schema
