// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "celltable.h"
#include "comparerows.h"

namespace taffrail::items {

/// The values of one key: a row for each environment, and for each host where hosts disagree.
class CompareValuesModel : public CellTable {
    Q_OBJECT

public:
    enum Column { Environment, State, Value, Place, FileChanged, Host, Type, Note, ColumnCount };

    explicit CompareValuesModel(QObject *parent = nullptr);
    /// `row` of the matrix; -1 = none.
    void show(const ComparisonPtr &comparison, int row);
    /// The value in full with its line breaks, sanitised and bounded; "" for an unknown row.
    QString fullValue(const QString &rowId) const;

private:
    QHash<QString, QString> m_values; // masked
};

/// The expected differences that a comparison used.
class ExpectedRulesModel : public CellTable {
    Q_OBJECT

public:
    enum Column { State, Key, Set, File, Environments, Reason, Author, Since, Until, ColumnCount };

    explicit ExpectedRulesModel(QObject *parent = nullptr);
    void show(const ComparisonPtr &comparison);
    /// Null for a row id that is not there.
    const ExpectedDifference *ruleOf(const QString &rowId) const;
    /// Id of the row of a rule by its place in the matrix.
    static QString rowId(int rule);

private:
    ComparisonPtr m_comparison;
};

/// What "Mark as expected…" starts from for a key: the environments that differ, until 30 days from `now`.
ExpectedDifference proposedRule(const Matrix &matrix, int row, const QString &author, const QDateTime &now);
/// Why a rule can't be accepted as it is, in words; "" = it can.
QString ruleTrouble(const ExpectedDifference &rule, const QDateTime &now);

} // namespace taffrail::items
