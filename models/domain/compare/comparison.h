// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configs.h"
#include "inventory.h"
#include "expecteddifference.h"

#include <array>
#include <memory>

/// Any number of environments side by side, by meaning: rows are keys, columns environments.
namespace taffrail {

/// What one environment gives for one config entry of its inventory.
struct ComparedSource {
    QString entry; ///< SourceEntry::id: entries with the same id are compared with one another
    QString source; ///< "dotenv"
    std::shared_ptr<const ConfigSet> set; ///< null when it could not be read
    std::optional<Error> error; ///< why
    QDateTime readAt; ///< UTC
};
struct ComparedEnvironment {
    QString id, name;
    Tier tier = Tier::Development;
    std::vector<ComparedSource> sources;
};

/// What of two values does not count as a difference. Each can be switched off; what was in use stands in the report.
struct Normalisers {
    bool order = true; ///< items of lists that the format gives no order (declared by key pattern below)
    bool quoting = true; ///< "5432" and 5432 where the format has types: a note, no difference
    bool comments = true; ///< comment lines, in the comparison by lines
    bool units = true; ///< "1min" = "60s", "8MB" = "8192kB", with the unit that the source states
    bool booleans = true; ///< on = true = yes = 1, where the other side is one as well
    QStringList unorderedKeys; ///< key patterns (* and ?) whose list items have no order
    /// Patterns (regular expressions) by which each environment's own host names are recognised, e.g.
    /// "web\\d+\\.(staging|prod)\\.example": matches are equal to one another. Empty: not in use.
    QStringList hostNames;
    bool operator==(const Normalisers &) const = default;
};

/// Of a cell, against the reference's.
enum class CellState { Equal, Changed, Missing, Extra, TypeDiffers, Expected, SecretSame, SecretDiffers, Unknown };
QString cellStateWord(CellState state); ///< "equal" | "changed" | "missing" | "extra" | "type-differs" | …
CellState cellStateFromWord(const QString &word); ///< Unknown for another word

/// Why a cell is unknown, or which normaliser made it equal.
enum class CellNote : quint8 {
    None,
    NotInInventory, ///< the environment has no such entry: said once in Matrix::notes, no surprise of any single key
    NotRead, ///< the environment's entry could not be read, or not all of it
    FileNotRead, ///< the file could not be read, or not all of it
    HostNotRead, ///< on some of its hosts the file could not be read; the others agree with the reference
    ReferenceNotRead, ///< it stands here, but what the reference has is not known
    NotComparable, ///< a secret without a digest on one side
    AbsentInBoth, ///< another environment has the key, this one and the reference have not
    Mixed, ///< the environment's hosts disagree
    Quoting,
    Units,
    Booleans,
    HostNames,
    Order,
};
QString cellNoteText(CellNote note); ///< "not read here", "same in another unit"; "" for None

/// Where a key stands in one environment. Several hosts of one environment that disagree make a cell with all of them.
struct MatrixCell {
    CellState state = CellState::Unknown;
    const ConfigEntry *entry = nullptr; ///< of the first host; owned by the Matrix's inputs; null = not there
    int expected = -1; ///< index of the ExpectedDifference that covers it, or -1
    bool mixed = false; ///< the environment's hosts disagree: never Equal
    CellNote note = CellNote::None;
};

/// What one host has, for the cells whose hosts are not all the same to the letter.
struct HostValue {
    qsizetype cell = 0; ///< index into Matrix::cells
    QString host;
    const ConfigEntry *entry = nullptr; ///< null = not there, or not known
    bool read = true; ///< the file was read to its end there
};

/// How many cells were equal only by a normaliser.
struct NormaliserCounts {
    qsizetype order = 0, quoting = 0, units = 0, booleans = 0, hostNames = 0;
    bool operator==(const NormaliserCounts &) const = default;
};

struct MatrixRow {
    QString entry; ///< config entry id
    QString file; ///< ConfigFile::name; "" when the entry names one file
    QString key;
    CellState state = CellState::Equal; ///< the worst of its cells
    bool secret = false;
    bool unexpected = false; ///< some cell differs (or is unknown) and is not expected
    bool hasMissing = false; ///< it is in some environments and known not to be in others
    QString note; ///< "another key differs from this only in case: db_host", or ""
};

/// The result. Cells lie row by row, one per environment.
struct Matrix {
    std::vector<std::shared_ptr<const ComparedEnvironment>> environments; ///< columns
    int reference = 0; ///< column
    std::vector<MatrixRow> rows; ///< by entry, file, then key as the reference has it, then the others
    std::vector<MatrixCell> cells; ///< rows.size() * environments.size()
    Normalisers normalisers; ///< in use
    std::vector<ExpectedDifference> expected; ///< in use
    std::vector<int> stale; ///< indices of expected differences that covered nothing, though all was read
    std::vector<int> expired; ///< indices of those past their time at `now`
    QDateTime comparedAt; ///< UTC
    std::array<qsizetype, 9> counts{}; ///< rows by CellState
    QStringList notes; ///< "shop-test: dotenv was not read: …", sanitised
    std::vector<HostValue> hostValues; ///< by cell, then host
    NormaliserCounts normalised;

    const MatrixCell &cell(qsizetype row, int column) const
    {
        return cells[size_t(row) * environments.size() + size_t(column)];
    }
};

/// Builds the matrix in one pass over all entries. `reference` is a column. Pure.
Matrix compareConfigs(std::vector<std::shared_ptr<const ComparedEnvironment>> environments, int reference,
                      const Normalisers &normalisers, const std::vector<ExpectedDifference> &expected,
                      const QDateTime &now);

/// Which rows a view shows.
enum class MatrixView { Unexpected, Differences, Everything, Missing, Secrets };
bool isShown(const MatrixRow &row, MatrixView view);

/// The text of a cell: "20", "8 kB", "MISSING", "•••• same", "web1: 5 · web2: 6"; on one line, sanitised, uncut.
QString cellText(const Matrix &matrix, qsizetype row, int column);
/// What a cell's value may be shown as anywhere (exports too): masked as it came, and maskMark alone for a plain value
/// of a key that is secret in another environment. "" when there is none; not sanitised.
QString shownValue(const Matrix &matrix, qsizetype row, int column);
/// The same for one of the host values of a row.
QString shownValue(const Matrix &matrix, qsizetype row, const ConfigEntry &entry);
/// The words beside a cell, one line each, sanitised: its CellNote, the source's own note, "set in /srv/shop/.env:4".
QStringList cellNotes(const Matrix &matrix, qsizetype row, int column);
/// The host values of a cell; empty for one whose hosts all have the same.
std::vector<const HostValue *> hostValuesOf(const Matrix &matrix, qsizetype row, int column);

} // namespace taffrail
