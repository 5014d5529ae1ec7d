// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "roles.h"
#include "snapshottable.h"

#include "status.h"

#include <QHash>
#include <QStringList>
#include <QVariant>

#include <optional>

namespace taffrail::items {

/// One cell as values. Its text is made when asked: ages depend on the clock.
struct Cell {
    enum class Form { Text, Number, Age, AgeAtLeast, Absolute };

    QString text; ///< "" = absent, shown as "--" and read as "none"
    QVariant sort; ///< raw; invalid = the text
    std::optional<Status> status;
    QDateTime time; ///< UTC; used by the forms Age, AgeAtLeast ("> 31 min") and Absolute
    Form form = Form::Text;
    bool stale = false; ///< this cell alone rests on old data

    bool operator==(const Cell &) const = default;
};

/// Cells of the usual kinds.
Cell textCell(QString text);
Cell statusCell(Status status, QString word = {});
Cell numberCell(QString text, QVariant sort);
Cell ageCell(const QDateTime &time);
/// An age that is known to be at least that.
Cell atLeastCell(const QDateTime &time);
Cell timeCell(const QDateTime &time);

/// One row: a stable key that also gives the base order, its cells, and what stands behind them.
struct CellRow {
    QString id;
    Status status = Status::None;
    bool stale = false;
    bool dimmed = false; ///< shown in the secondary colour: there, but nothing can be done with it
    QString reason; ///< second line, "" = none
    QString environment;
    int tier = -1;
    std::vector<Cell> cells;
    DetailLines extras; ///< further lines for the details, after those of the cells
    QStringList filterFields; ///< "field:value", lower case

    const QString &key() const { return id; }
    bool operator==(const CellRow &) const = default;
};

/// One column as data: title, usual width in characters, whether it takes the room that is left.
struct ColumnSpec {
    QString title;
    int width = 10;
    bool stretch = false;
};

/// A SnapshotTable of cells with all roles that the window needs. Subclasses say which columns there are and make rows.
class CellTable : public SnapshotTable<CellRow> {
    Q_OBJECT

public:
    explicit CellTable(std::vector<ColumnSpec> columns, QObject *parent = nullptr);

    int columnCount(const QModelIndex &parent = {}) const final;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const final;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const final;

    /// The moment that ages are counted to (UTC). Tells the views only of rows whose displayed text changes.
    virtual void setNow(const QDateTime &now);
    QDateTime now() const { return m_now; }
    /// Marks rows by id, with the reason in words, and takes the mark off all others. Rows that come later are marked
    /// too.
    void setMarks(const QHash<QString, QString> &marks);
    /// How many rows are marked.
    int markedCount() const;
    /// Sorts and merges; a doubled key keeps its first row.
    void apply(std::vector<CellRow> rows);

protected:
    void announce(int first, const std::vector<CellRow> &before) override;

private:
    QString shown(const CellRow &row, const Cell &cell) const;
    QString accessible(const CellRow &row, const Cell &cell) const;
    DetailLines details(const CellRow &row) const;

    std::vector<ColumnSpec> m_columns;
    QDateTime m_now;
    QHash<QString, QString> m_marks;
};

/// The status that may be shown of a value: OK, Notice and Running that rest on old data are Stale.
Status withStaleness(Status status, bool stale);
/// The text that stands for an absent value, "--".
QString absentText();
/// "2026-11-20 14:03Z": the absolute form used where no zone was chosen.
QString utcText(const QDateTime &time);
/// "31 min"; "in 3 min" for a time to come; "" for an invalid one.
QString relativeText(const QDateTime &time, const QDateTime &now);
/// Whether relativeText() of a time is another at `now` than at `before`.
bool ageDiffers(const QDateTime &time, const QDateTime &before, const QDateTime &now);

} // namespace taffrail::items
