// SPDX-License-Identifier: GPL-3.0-or-later
#include "sqlverdict.h"

#include "sqltext.h"
#include "statementrules.h"
#include "text.h"

#include <pg_query.h>

#include <QRegularExpression>

#include <memory>

namespace taffrail::schema {

namespace {

constexpr qsizetype mostBytes = 1024 * 1024;
constexpr int shownLength = 160;

struct ParseDeleter {
    void operator()(PgQueryParseResult *result) const
    {
        pg_query_free_parse_result(*result);
        delete result;
    }
};

struct SplitDeleter {
    void operator()(PgQuerySplitResult *result) const
    {
        pg_query_free_split_result(*result);
        delete result;
    }
};

/// The tree of a text, discarded JSON (is_discarded()) when it does not parse.
Json treeOf(const QByteArray &sql)
{
    const std::unique_ptr<PgQueryParseResult, ParseDeleter> result(
        new PgQueryParseResult(pg_query_parse(sql.constData())));
    if (result->error || !result->parse_tree)
        return Json(Json::value_t::discarded);
    return Json::parse(result->parse_tree, nullptr, false);
}

/// Where statements begin and how long they are, found without parsing them.
std::vector<std::pair<qsizetype, qsizetype>> spansOf(const QByteArray &sql)
{
    const std::unique_ptr<PgQuerySplitResult, SplitDeleter> result(
        new PgQuerySplitResult(pg_query_split_with_scanner(sql.constData())));
    std::vector<std::pair<qsizetype, qsizetype>> spans;
    if (result->error)
        return {{0, sql.size()}};
    spans.reserve(size_t(result->n_stmts));
    for (int i = 0; i < result->n_stmts; ++i)
        spans.emplace_back(result->stmts[i]->stmt_location, result->stmts[i]->stmt_len);
    return spans;
}

/// The position of the statement itself, after blanks and comments that stand before it.
qsizetype skipComments(const QByteArray &sql, qsizetype at, qsizetype end)
{
    while (at < end) {
        if (isspace(static_cast<unsigned char>(sql[at]))) {
            ++at;
        } else if (sql.mid(at, 2) == "--") {
            const qsizetype stop = sql.indexOf('\n', at);
            at = stop < 0 ? end : stop + 1;
        } else if (sql.mid(at, 2) == "/*") {
            const qsizetype stop = sql.indexOf("*/", at + 2);
            at = stop < 0 ? end : stop + 2;
        } else {
            break;
        }
    }
    return std::min(at, end);
}

class Classifier {
public:
    Classifier(const QByteArray &shown, const QByteArray &sql, CreatedObjects &created)
        : m_shown(shown),
          m_sql(sql),
          m_created(created)
    {
    }

    SqlVerdict classify()
    {
        const Json tree = treeOf(m_sql);
        if (!tree.is_discarded())
            takeTree(tree, 0, m_sql.size());
        else
            takePieces();
        if (m_verdict.kinds.empty())
            m_verdict.kinds.insert(MigrationKind::Expand);
        return std::move(m_verdict);
    }

private:
    void takeTree(const Json &tree, qsizetype base, qsizetype size)
    {
        for (const Json &raw : member(tree, "stmts")) {
            const Json &at = member(raw, "stmt_location");
            const Json &length = member(raw, "stmt_len");
            const qsizetype from = base + (at.is_number_integer() ? at.get<qsizetype>() : 0);
            const qsizetype to = length.is_number_integer() ? from + length.get<qsizetype>() : base + size;
            const Judgement judgement = judgeStatement(member(raw, "stmt"), m_created);
            m_verdict.setsLockTimeout = m_verdict.setsLockTimeout || judgement.setsLockTimeout;
            if (!judgement.isSilent)
                add(judgement, from, to);
        }
    }

    void takePieces()
    {
        for (const auto &[from, length] : spansOf(m_sql)) {
            const QByteArray piece = m_sql.mid(from, length);
            const qsizetype start = skipComments(m_sql, from, from + length);
            if (start >= from + length)
                continue;
            const Json tree = treeOf(piece);
            if (!tree.is_discarded()) {
                takeTree(tree, from, length);
                continue;
            }
            m_verdict.isOpaque = true;
            static const QRegularExpression risky(QStringLiteral("\\b(drop|truncate|rename|delete|update|alter)\\b"),
                                                  QRegularExpression::CaseInsensitiveOption);
            const auto match = risky.match(QString::fromUtf8(piece));
            Judgement judgement;
            judgement.add(MigrationKind::Unknown,
                          match.hasMatch()
                              ? QStringLiteral("it cannot be parsed; it speaks of %1").arg(match.captured(1).toUpper())
                              : QStringLiteral("it cannot be parsed"));
            add(judgement, from, from + length);
        }
    }

    void add(const Judgement &judgement, qsizetype from, qsizetype to)
    {
        const qsizetype start = skipComments(m_sql, from, to);
        StatementVerdict verdict;
        verdict.text = sanitizedLine(m_shown.mid(start, to - start).simplified(), shownLength);
        verdict.line = lineAt(m_sql, start);
        verdict.kinds = judgement.kinds;
        verdict.why = sanitizedLine(judgement.why.join(QStringLiteral("; ")).toUtf8(), 2 * shownLength);
        verdict.lock = lockName(judgement.lock);
        verdict.rewrites = judgement.rewrites;
        m_verdict.kinds.insert(verdict.kinds.begin(), verdict.kinds.end());
        m_verdict.statements.push_back(std::move(verdict));
    }

    const QByteArray &m_shown;
    const QByteArray &m_sql;
    CreatedObjects &m_created;
    SqlVerdict m_verdict;
};

} // namespace

SqlVerdict classifySql(const QByteArray &sql, CreatedObjects &created)
{
    if (sql.size() > mostBytes) {
        SqlVerdict verdict;
        verdict.kinds = {MigrationKind::Unknown};
        verdict.isOpaque = true;
        return verdict;
    }
    return Classifier(sql, parseableSql(sql), created).classify();
}

} // namespace taffrail::schema
