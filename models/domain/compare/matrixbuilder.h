// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "entryside.h"
#include "expectedmatcher.h"
#include "keyindex.h"
#include "normalise.h"

namespace taffrail {

/// Fills a matrix, one entry of the inventories after the other.
class MatrixBuilder {
public:
    /// `matrix` has its environments, reference, normalisers and expected differences already.
    MatrixBuilder(Matrix &matrix, const QDateTime &now);

    void add(const QString &entry);
    void finish(); ///< counts, notes, expected differences

private:
    /// What is seen of one cell before it is judged.
    enum Trait : quint8 {
        Absent = 1, ///< some host that was read to the end has it not
        Unread = 2, ///< for some host it is not known
        Varied = 4, ///< its hosts' values are not the same to the letter
        Moved = 8, ///< an item of a list without order, at another place than in the reference
    };
    enum class Reading { NotInInventory, Partial, Whole };
    struct Group {
        QString entry;
        std::vector<EntrySide> sides; ///< one per environment
        FileNames files;
        std::vector<std::vector<int>> rows; ///< by side, then entry: row in the group
        std::vector<std::vector<bool>> moved; ///< by side, then entry; empty = none
        std::vector<quint8> traits; ///< by cell of the group
        qsizetype firstRow = 0; ///< in the matrix
        qsizetype firstHostValue = 0; ///< in the matrix
    };

    void placeRows(Group &group);
    void orderRows(Group &group, const KeyIndex &index);
    void fill(Group &group, int column);
    void markAbsent(Group &group, int column, const std::vector<bool> &seen);
    void listHosts(Group &group, int column, const std::vector<bool> &seen);

    void judge(const Group &group);
    void judgeRow(const Group &group, qsizetype row);
    Verdict judgeReference(const Group &group, qsizetype row) const;
    Verdict judgeCell(const Group &group, qsizetype row, int column) const;
    Verdict judgeValues(const Group &group, qsizetype row, int column) const;
    bool isMixed(const Group &group, qsizetype row, int column) const;
    void expect(MatrixRow &row, MatrixCell &cell, int column);
    void count(const Verdict &verdict);
    void noteSimilarKeys(const Group &group);
    void noteReading(const Group &group);
    void noteSide(const Group &group, const EntrySide &side);
    void note(const EntrySide &side, const QString &text);
    bool isStale(const ExpectedDifference &expected) const;

    quint8 traitsOf(const Group &group, qsizetype row, int column) const;
    std::vector<const ConfigEntry *> valuesOf(qsizetype row, int column) const;
    MatrixCell &cellAt(qsizetype row, int column);

    Matrix &m_matrix;
    int m_columns;
    ValueJudge m_judge;
    ExpectedMatcher m_expected;
    std::vector<int> m_candidates; ///< expected differences that speak of the row being judged
    bool m_areCandidatesKnown = false;
    std::vector<std::pair<QString, std::vector<Reading>>> m_readings; ///< by entry, then column
};

/// Which of two states of a row's cells is the row's: a known difference before an unknown, that before an expected
/// one.
CellState worseState(CellState a, CellState b);
/// Whether the state says that two values are known to differ.
bool isDifference(CellState state);

} // namespace taffrail
