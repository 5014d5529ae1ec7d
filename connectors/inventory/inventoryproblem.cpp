// SPDX-License-Identifier: GPL-3.0-or-later
#include "inventoryproblem.h"

#include <QStringList>

#include <algorithm>

namespace taffrail::inventory {

namespace {

/// Edits between two words, a swap of neighbours counting as one (optimal string alignment).
int editDistance(const QString &a, const QString &b)
{
    std::vector<std::vector<int>> cost(size_t(a.size()) + 1, std::vector<int>(size_t(b.size()) + 1));
    for (size_t i = 0; i <= size_t(a.size()); ++i) {
        for (size_t j = 0; j <= size_t(b.size()); ++j) {
            if (i == 0 || j == 0) {
                cost[i][j] = int(i + j);
                continue;
            }
            const QChar x = a[qsizetype(i) - 1];
            const QChar y = b[qsizetype(j) - 1];
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (x == y ? 0 : 1)});
            if (i > 1 && j > 1 && x == b[qsizetype(j) - 2] && a[qsizetype(i) - 2] == y)
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    }
    return cost.back().back();
}

} // namespace

QString problemText(const Problem &problem)
{
    QString text = problem.file;
    if (problem.line > 0)
        text += QStringLiteral(":%1:%2").arg(QString::number(problem.line), QString::number(problem.column));
    if (!problem.path.isEmpty())
        text += QStringLiteral(": ") + problem.path;
    text += QStringLiteral(": expected %1, found %2").arg(problem.expected, problem.found);
    if (!problem.hint.isEmpty())
        text += QStringLiteral(". ") + problem.hint;
    return text;
}

Error inventoryError(const Problems &problems)
{
    Error error{ErrorKind::BadConfig, QStringLiteral("read inventory"), {}, {}, {}};
    if (problems.empty())
        return error;
    error.text = problemText(problems.front());
    if (problems.size() > 1)
        error.hint = QStringLiteral("There are %1 more; see: taffrail inventory check").arg(problems.size() - 1);
    return error;
}

QString nearestWord(const QString &word, const QStringList &candidates)
{
    if (word.isEmpty() || word.size() > 60)
        return {};
    const QString lower = word.toLower().replace(QLatin1Char('-'), QLatin1Char('_'));
    const int limit = std::max(1, int(word.size()) / 3);
    QString best;
    int bestDistance = limit + 1;
    for (const QString &candidate : candidates) {
        if (candidate.size() > 60)
            continue;
        const int distance = editDistance(lower, candidate.toLower().replace(QLatin1Char('-'), QLatin1Char('_')));
        if (distance < bestDistance) {
            best = candidate;
            bestDistance = distance;
        }
    }
    return best;
}

} // namespace taffrail::inventory
