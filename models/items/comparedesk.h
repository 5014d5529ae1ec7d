// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparison.h"

#include <QObject>

namespace taffrail::items {

/// What to put side by side.
struct CompareQuestion {
    QStringList environments; ///< ids, in the order of the columns; 1 with `baseline`, else 2 to 50
    QString reference; ///< one of them
    QStringList entries; ///< config entry ids; empty = all
    Normalisers normalisers;
    bool baseline = false; ///< against what was saved of each environment, instead of one another

    bool operator==(const CompareQuestion &) const = default;
};

/// One comparison as it was made. Immutable; owns everything that its matrix points to.
struct Comparison {
    CompareQuestion question;
    Matrix matrix;
    QString expectedFile; ///< where expected differences are kept; "" = nowhere, none can be accepted
};
using ComparisonPtr = std::shared_ptr<const Comparison>;

/// Comparisons as the window sees them. Lives in the GUI thread; every function returns at once, and the answer comes
/// by a signal. The application implements it.
class CompareDesk : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    /// Reads all config entries of the environments anew, with a key of this comparison alone: compared() or refused().
    virtual void compare(const CompareQuestion &question) = 0;
    /// Judges what the last comparison read once more, with another reference or other normalisers: compared().
    virtual void judgeAgain(const CompareQuestion &question) = 0;
    /// Accepts a difference and writes the file: compared() anew, or refused().
    virtual void expect(const ExpectedDifference &difference) = 0;
    /// Takes an accepted difference back.
    virtual void withdraw(const ExpectedDifference &difference) = 0;
    /// Keeps what the last comparison read of an environment (masked) as its baseline: baselineSaved().
    virtual void saveBaseline(const QString &environment) = 0;
    /// Writes the rows of a view as "html" | "markdown" | "csv" | "json" | "pdf": exported().
    virtual void exportReport(const ComparisonPtr &comparison, MatrixView view, const QString &format,
                              const QString &path)
        = 0;
    virtual QString author() const = 0; ///< who accepts: "ada"

signals:
    void reading(const QString &what); ///< progress in words
    void compared(const taffrail::items::ComparisonPtr &comparison);
    void refused(const taffrail::Error &error);
    void baselineSaved(const QString &environment, const QString &trouble); ///< "" = saved
    void exported(const QString &path, const QString &trouble); ///< "" = written
};

} // namespace taffrail::items
