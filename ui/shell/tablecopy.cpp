// SPDX-License-Identifier: GPL-3.0-or-later
#include "tablecopy.h"

#include "roles.h"
#include "timeformat.h"

#include <algorithm>
#include <functional>

namespace taffrail::ui {

namespace {

QString plainCell(const QModelIndex &cell)
{
    const QDateTime absolute = cell.data(items::TimeRole).toDateTime();
    if (absolute.isValid())
        return TimeFormat::utc(absolute);
    const QString shown = cell.data(Qt::DisplayRole).toString();
    const QDateTime age = cell.data(items::AgeTimeRole).toDateTime();
    return age.isValid() ? TimeFormat::utc(age) + QStringLiteral(" (") + shown + QLatin1Char(')') : shown;
}

QString tabCell(QString text)
{
    for (const char16_t c : {u'\t', u'\n', u'\r'})
        text.replace(QChar(c), QLatin1Char(' '));
    return text;
}

QString markdownCell(QString text)
{
    text.replace(QLatin1Char('\r'), QLatin1Char(' ')).replace(QLatin1Char('\n'), QLatin1Char(' '));
    QString escaped;
    for (const QChar c : text) {
        if (QStringLiteral("\\|`*_<>[]").contains(c))
            escaped += QLatin1Char('\\');
        escaped += c;
    }
    return escaped;
}

QStringList cellsOf(const QModelIndex &row, const std::vector<int> &columns)
{
    QStringList cells;
    for (const int column : columns)
        cells << plainCell(row.siblingAtColumn(column));
    return cells;
}

QStringList titlesOf(const QAbstractItemModel &model, const std::vector<int> &columns)
{
    QStringList titles;
    for (const int column : columns)
        titles << model.headerData(column, Qt::Horizontal).toString();
    return titles;
}

QString line(const QStringList &cells, const std::function<QString(QString)> &escape, const QString &between)
{
    QStringList escaped;
    for (const QString &cell : cells)
        escaped << escape(cell);
    return escaped.join(between);
}

} // namespace

QString tabSeparated(const QAbstractItemModel &model, const QModelIndexList &rows, const std::vector<int> &columns)
{
    QString text = line(titlesOf(model, columns), tabCell, QStringLiteral("\t")) + QLatin1Char('\n');
    for (const QModelIndex &row : rows)
        text += line(cellsOf(row, columns), tabCell, QStringLiteral("\t")) + QLatin1Char('\n');
    return text;
}

QString markdown(const QAbstractItemModel &model, const QModelIndexList &rows, const std::vector<int> &columns)
{
    const bool reasons = std::ranges::any_of(
        rows, [](const QModelIndex &row) { return !row.data(items::ReasonRole).toString().isEmpty(); });
    QStringList titles = titlesOf(model, columns);
    if (reasons)
        titles << QObject::tr("Reason");
    const auto written = [](const QStringList &cells) {
        return QStringLiteral("| ") + line(cells, markdownCell, QStringLiteral(" | ")) + QStringLiteral(" |\n");
    };
    QString text
        = written(titles) + QLatin1Char('|') + QStringLiteral(" --- |").repeated(titles.size()) + QLatin1Char('\n');
    for (const QModelIndex &row : rows) {
        QStringList cells = cellsOf(row, columns);
        if (reasons)
            cells << row.data(items::ReasonRole).toString();
        text += written(cells);
    }
    return text;
}

} // namespace taffrail::ui
