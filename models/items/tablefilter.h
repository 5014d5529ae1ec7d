// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

#include <vector>

class QAbstractItemModel;

namespace taffrail::items {

/// What a person types into a filter: words and `field:value` terms, all of which must hold. `env:prod` looks for
/// "prod" in the field env, `status:crit` in status; a bare word looks at every cell. A leading "-" turns a term
/// around; quotes keep blanks together; `env:*` and a field without value always hold. Letter case does not matter.
class TableFilter {
public:
    struct Term {
        QString field; ///< "" = any cell
        QString value; ///< lower case
        bool negated = false;

        bool operator==(const Term &) const = default;
    };

    TableFilter() = default;
    explicit TableFilter(const QString &text);

    bool isEmpty() const { return m_terms.empty(); }
    const std::vector<Term> &terms() const { return m_terms; }
    /// `fields` are "field:value" in lower case, `cells` the shown texts.
    bool matches(const QStringList &fields, const QStringList &cells) const;
    /// As above for a row of a model with FilterRole.
    bool matches(const QAbstractItemModel &model, int row) const;

    bool operator==(const TableFilter &) const = default;

private:
    std::vector<Term> m_terms;
};

} // namespace taffrail::items
