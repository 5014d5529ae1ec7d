// SPDX-License-Identifier: GPL-3.0-or-later
#include "texttable.h"

#include "text.h"

#include <algorithm>

namespace taffrail {

TextTable::TextTable(QStringList headings) : m_headings(std::move(headings)) {}

void TextTable::add(QStringList cells)
{
    for (QString &cell : cells)
        cell = sanitizedLine(cell.toUtf8(), 2000);
    while (cells.size() < m_headings.size())
        cells << QString();
    m_rows.push_back(std::move(cells));
}

QString TextTable::text(int indent, int widest) const
{
    const qsizetype columns = m_headings.size();
    std::vector<qsizetype> widths;
    for (qsizetype column = 0; column < columns; ++column) {
        qsizetype width = m_headings[column].size();
        for (const QStringList &row : m_rows)
            width = std::max(width, std::min<qsizetype>(row[column].size(), widest));
        widths.push_back(width);
    }
    QString out;
    const auto line = [&](const QStringList &row) {
        QString textLine(indent, QLatin1Char(' '));
        for (qsizetype column = 0; column < columns; ++column) {
            QString cell = row[column];
            if (column + 1 == columns) {
                textLine += cell;
                break;
            }
            if (cell.size() > widest)
                cell = cell.left(widest - 1) + QChar(0x2026);
            textLine += cell.leftJustified(widths[size_t(column)] + 2);
        }
        while (textLine.endsWith(QLatin1Char(' ')))
            textLine.chop(1);
        out += textLine + QLatin1Char('\n');
    };
    line(m_headings);
    for (const QStringList &row : m_rows)
        line(row);
    return out;
}

} // namespace taffrail
