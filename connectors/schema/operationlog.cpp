// SPDX-License-Identifier: GPL-3.0-or-later
#include "operationlog.h"

#include "text.h"

#include <algorithm>

namespace taffrail::schema {

namespace {

constexpr int shownLength = 160;
/// No file that a person wrote has more; a hostile one must not fill the memory.
constexpr size_t mostOperations = 5000;

/// The rank of a lock by its name; the names are those of lockName().
int lockRank(const QString &name)
{
    for (int mode = 8; mode > 0; --mode) {
        if (lockName(mode) == name)
            return mode;
    }
    return 0;
}

} // namespace

OperationLog::OperationLog(const QByteArray &source, CreatedObjects &created)
    : m_source(source),
      m_created(created),
      m_lint(created)
{
}

void OperationLog::at(int line, qsizetype begin, qsizetype end)
{
    m_line = line;
    const qsizetype length = std::min<qsizetype>(end - begin, 4 * shownLength);
    m_text = sanitizedLine(m_source.mid(begin, length).simplified(), shownLength);
}

void OperationLog::judge(const Json &statement)
{
    m_lint.look(statement, m_line);
    add(judgeStatement(statement, created()));
}

void OperationLog::add(const Judgement &judgement)
{
    if (m_verdict.operations.size() >= mostOperations) {
        m_verdict.kinds.insert(MigrationKind::Unknown);
        m_verdict.kinds.insert(judgement.kinds.begin(), judgement.kinds.end());
        return;
    }
    StatementVerdict verdict;
    verdict.text = m_text;
    verdict.line = m_line;
    verdict.kinds = judgement.kinds;
    verdict.why = sanitizedLine(judgement.why.join(QStringLiteral("; ")).toUtf8(), 2 * shownLength);
    verdict.lock = lockName(judgement.lock);
    verdict.rewrites = judgement.rewrites;
    m_verdict.kinds.insert(verdict.kinds.begin(), verdict.kinds.end());
    m_verdict.operations.push_back(std::move(verdict));
}

void OperationLog::add(MigrationKind kind, const QString &reason)
{
    Judgement judgement;
    judgement.add(kind, reason);
    add(judgement);
}

void OperationLog::sql(const QByteArray &text, int line, bool isFilledIn)
{
    m_lint.lookAt(text, line);
    const size_t depth = isFilledIn ? perhaps() : 0;
    SqlVerdict verdict = classifySql(text, created());
    if (isFilledIn) {
        endPerhaps(depth);
        unknown(QStringLiteral("its SQL is filled in when it runs"));
    }
    if (verdict.statements.empty() && verdict.isOpaque)
        unknown(QStringLiteral("its SQL is too long to be read"));
    for (StatementVerdict &statement : verdict.statements) {
        statement.line += line - 1;
        m_verdict.kinds.insert(statement.kinds.begin(), statement.kinds.end());
        if (m_verdict.operations.size() < mostOperations)
            m_verdict.operations.push_back(std::move(statement));
    }
}

bool OperationLog::isOurs(const QString &object) const
{
    return m_perhaps.empty() ? m_created.contains(object) : m_perhaps.back().contains(object);
}

size_t OperationLog::perhaps()
{
    m_perhaps.push_back(created());
    return m_perhaps.size() - 1;
}

void OperationLog::endPerhaps(size_t depth)
{
    if (depth < m_perhaps.size())
        m_perhaps.resize(depth);
}

MigrationVerdict OperationLog::finished(Reversible reversible, const QString &wayBack)
{
    m_perhaps.clear();
    m_verdict.risks = m_lint.finished();
    if (m_verdict.kinds.empty())
        m_verdict.kinds.insert(MigrationKind::Expand);
    m_verdict.reversible = reversible;
    m_verdict.wayBack = reversible == Reversible::Yes ? QString() : sanitizedLine(wayBack.toUtf8(), shownLength);
    return std::move(m_verdict);
}

QString decidingReason(const MigrationVerdict &verdict)
{
    const MigrationKind worst = worstKind(verdict.kinds);
    const auto deciding = std::ranges::find_if(verdict.operations, [worst](const StatementVerdict &operation) {
        return operation.kinds.contains(worst) && !operation.why.isEmpty();
    });
    const auto strongest = std::ranges::max_element(
        verdict.operations, {}, [](const StatementVerdict &operation) { return lockRank(operation.lock); });
    QStringList parts;
    if (deciding != verdict.operations.end())
        parts << QStringLiteral("line %1: %2").arg(deciding->line).arg(deciding->why);
    if (strongest != verdict.operations.end() && !strongest->lock.isEmpty()) {
        const bool rewrites = std::ranges::any_of(verdict.operations, &StatementVerdict::rewrites);
        parts << (rewrites ? QStringLiteral("takes %1 while it rewrites a table") : QStringLiteral("takes %1"))
                     .arg(strongest->lock);
    }
    return parts.join(QStringLiteral("; "));
}

MigrationVerdict classifyFlyway(const QByteArray &sql, bool hasUndoFile, CreatedObjects &created)
{
    OperationLog log(sql, created);
    log.sql(sql, 1, false);
    return hasUndoFile ? log.finished(Reversible::Yes, {})
                       : log.finished(Reversible::No, QStringLiteral("there is no undo file (U…) for it"));
}

} // namespace taffrail::schema
