// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparison.h"

#include "matrixbuilder.h"
#include "wordtable.h"

#include <algorithm>

namespace taffrail {

namespace {

constexpr WordTable<CellState, 9> stateWords{{
    {CellState::Equal, "equal"},
    {CellState::Changed, "changed"},
    {CellState::Missing, "missing"},
    {CellState::Extra, "extra"},
    {CellState::TypeDiffers, "type-differs"},
    {CellState::Expected, "expected"},
    {CellState::SecretSame, "secret-same"},
    {CellState::SecretDiffers, "secret-differs"},
    {CellState::Unknown, "unknown"},
}};

/// Entry ids in the reference's order, then those of the others.
QStringList entriesOf(const Matrix &matrix)
{
    QStringList entries;
    const auto take = [&entries](const ComparedEnvironment &environment) {
        for (const ComparedSource &source : environment.sources) {
            if (!entries.contains(source.entry))
                entries << source.entry;
        }
    };
    take(*matrix.environments[size_t(matrix.reference)]);
    for (const auto &environment : matrix.environments)
        take(*environment);
    return entries;
}

} // namespace

QString cellStateWord(CellState state)
{
    return wordOf(stateWords, state);
}

CellState cellStateFromWord(const QString &word)
{
    return valueOf(stateWords, word, CellState::Unknown);
}

QString cellNoteText(CellNote note)
{
    switch (note) {
    case CellNote::None: return {};
    case CellNote::NotInInventory: return QStringLiteral("not read here");
    case CellNote::NotRead: return QStringLiteral("could not be read");
    case CellNote::FileNotRead: return QStringLiteral("not found in what could be read");
    case CellNote::HostNotRead: return QStringLiteral("not read on every host");
    case CellNote::ReferenceNotRead: return QStringLiteral("not known in the reference");
    case CellNote::NotComparable: return QStringLiteral("cannot be compared");
    case CellNote::AbsentInBoth: return QStringLiteral("neither here nor in the reference");
    case CellNote::Mixed: return QStringLiteral("the hosts disagree");
    case CellNote::Quoting: return QStringLiteral("same text, another type");
    case CellNote::Units: return QStringLiteral("same in another unit");
    case CellNote::Booleans: return QStringLiteral("same in another word");
    case CellNote::HostNames: return QStringLiteral("same but for host names");
    case CellNote::Order: return QStringLiteral("same at another place of the list");
    }
    return {};
}

Matrix compareConfigs(std::vector<std::shared_ptr<const ComparedEnvironment>> environments, int reference,
                      const Normalisers &normalisers, const std::vector<ExpectedDifference> &expected,
                      const QDateTime &now)
{
    Matrix matrix;
    std::erase(environments, nullptr);
    matrix.environments = std::move(environments);
    matrix.normalisers = normalisers;
    matrix.expected = expected;
    matrix.comparedAt = now;
    if (matrix.environments.empty())
        return matrix;
    matrix.reference = std::clamp(reference, 0, int(matrix.environments.size()) - 1);
    MatrixBuilder builder(matrix, now);
    const QStringList entries = entriesOf(matrix);
    for (const QString &entry : entries)
        builder.add(entry);
    builder.finish();
    return matrix;
}

bool isShown(const MatrixRow &row, MatrixView view)
{
    switch (view) {
    case MatrixView::Unexpected: return row.unexpected;
    case MatrixView::Differences: return row.state != CellState::Equal && row.state != CellState::SecretSame;
    case MatrixView::Everything: return true;
    case MatrixView::Missing: return row.hasMissing;
    case MatrixView::Secrets: return row.secret;
    }
    return true;
}

} // namespace taffrail
