// SPDX-License-Identifier: GPL-3.0-or-later
#include "tablefilter.h"

#include "roles.h"

#include <QAbstractItemModel>

#include <algorithm>

namespace taffrail::items {

namespace {

QStringList split(const QString &text)
{
    QStringList parts;
    QString part;
    bool quoted = false;
    for (const QChar c : text) {
        if (c == QLatin1Char('"')) {
            quoted = !quoted;
        } else if (c.isSpace() && !quoted) {
            parts << part;
            part.clear();
        } else {
            part += c;
        }
    }
    parts << part;
    parts.removeAll(QString());
    return parts;
}

bool isFieldName(QStringView text)
{
    return !text.isEmpty()
        && std::ranges::all_of(text, [](QChar c) { return c >= QLatin1Char('a') && c <= QLatin1Char('z'); });
}

} // namespace

TableFilter::TableFilter(const QString &text)
{
    for (QString part : split(text.toLower())) {
        Term term;
        if (part.startsWith(QLatin1Char('-')) && part.size() > 1) {
            term.negated = true;
            part.remove(0, 1);
        }
        const auto colon = part.indexOf(QLatin1Char(':'));
        if (colon > 0 && isFieldName(QStringView(part).left(colon))) {
            term.field = part.left(colon);
            part.remove(0, colon + 1);
        }
        if (part == QLatin1String("*"))
            part.clear();
        term.value = part;
        if (!term.value.isEmpty())
            m_terms.push_back(std::move(term));
    }
}

bool TableFilter::matches(const QStringList &fields, const QStringList &cells) const
{
    return std::ranges::all_of(m_terms, [&](const Term &term) {
        const auto inField = [&](const QString &field) {
            return field.size() > term.field.size() && field[term.field.size()] == QLatin1Char(':')
                && field.startsWith(term.field) && QStringView(field).mid(term.field.size() + 1).contains(term.value);
        };
        const auto inCell = [&](const QString &cell) { return cell.contains(term.value, Qt::CaseInsensitive); };
        if (term.field.isEmpty())
            return std::ranges::any_of(cells, inCell) != term.negated;
        const bool knowsField = std::ranges::any_of(fields, [&](const QString &field) {
            return field.startsWith(term.field) && field.mid(term.field.size()).startsWith(QLatin1Char(':'));
        });
        if (!knowsField) { // "http://…" or "10:30" is text, not a field
            const QString whole = term.field + QLatin1Char(':') + term.value;
            return std::ranges::any_of(cells,
                                       [&](const QString &cell) { return cell.contains(whole, Qt::CaseInsensitive); })
                != term.negated;
        }
        return std::ranges::any_of(fields, inField) != term.negated;
    });
}

bool TableFilter::matches(const QAbstractItemModel &model, int row) const
{
    if (isEmpty())
        return true;
    QStringList cells;
    for (int column = 0; column < model.columnCount(); ++column)
        cells << model.index(row, column).data(Qt::DisplayRole).toString();
    cells << model.index(row, 0).data(ReasonRole).toString();
    return matches(model.index(row, 0).data(FilterRole).toStringList(), cells);
}

} // namespace taffrail::items
