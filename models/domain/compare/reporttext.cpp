// SPDX-License-Identifier: GPL-3.0-or-later
#include "report.h"
#include "text.h"

#include <algorithm>

namespace taffrail {

namespace {

/// Text inside a table of Markdown: nothing in it is markup, no HTML, no link, no end of the cell.
QString markdown(const QString &text)
{
    QString safe;
    for (const QChar each : sanitized(text)) {
        if (each == QLatin1Char('\n'))
            safe += QLatin1Char(' ');
        else if (each == QLatin1Char('<'))
            safe += QStringLiteral("&lt;");
        else if (each == QLatin1Char('>'))
            safe += QStringLiteral("&gt;");
        else if (each == QLatin1Char('&'))
            safe += QStringLiteral("&amp;");
        else if (QStringLiteral("\\`*_[]|~#!$").contains(each))
            safe += QLatin1Char('\\') + QString(each);
        else
            safe += each;
    }
    return safe;
}

/// RFC 4180, and what the OWASP advice calls a formula made harmless: security reference 6.
QString csv(const QString &text, bool spreadsheetSafe)
{
    QString cell = sanitized(text);
    const QStringList lines = cell.split(QLatin1Char('\n'));
    const bool isFormula
        = spreadsheetSafe && std::ranges::any_of(lines, [](const QString &each) {
              const auto first
                  = std::ranges::find_if(each, [](QChar c) { return !c.isSpace() || c == QLatin1Char('\t'); });
              return first != each.end() && QStringLiteral("=+-@\t\r\uFF1D\uFF0B\uFF0D\uFF20").contains(*first);
          });
    if (isFormula)
        cell.prepend(QLatin1Char('\''));
    return QLatin1Char('"') + cell.replace(QLatin1Char('"'), QStringLiteral("\"\"")) + QLatin1Char('"');
}

} // namespace

QString markdownReport(const Matrix &matrix, MatrixView view)
{
    QString head = QStringLiteral("| Key |");
    QString rule = QStringLiteral("| --- |");
    QStringList names;
    for (size_t column = 0; column < matrix.environments.size(); ++column) {
        const QString name = markdown(matrix.environments[column]->id);
        names << name;
        head += QStringLiteral(" %1%2 |").arg(
            name, int(column) == matrix.reference ? QStringLiteral(" (reference)") : QString());
        rule += QStringLiteral(" --- |");
    }
    QString text
        = QStringLiteral("## %1\n\n%2, compared %3. Of all keys: %4.\n")
              .arg(names.join(QStringLiteral(", ")), viewTitle(view), rfc3339(matrix.comparedAt), countsText(matrix));
    QString group;
    qsizetype shown = 0;
    for (size_t index = 0; index < matrix.rows.size(); ++index) {
        const MatrixRow &row = matrix.rows[index];
        if (!isShown(row, view))
            continue;
        if (shown++ == 0 || groupTitle(row) != group) {
            group = groupTitle(row);
            text += QStringLiteral("\n### %1\n\n%2\n%3\n").arg(markdown(group), head, rule);
        }
        text += QStringLiteral("| %1 |").arg(markdown(row.key));
        for (size_t column = 0; column < matrix.environments.size(); ++column)
            text += QStringLiteral(" %1%2 |").arg(cellMark(matrix.cell(qsizetype(index), int(column)).state),
                                                  markdown(cellText(matrix, qsizetype(index), int(column))));
        text += QLatin1Char('\n');
    }
    text += shown == 0 ? QStringLiteral("\nNone.\n\n") : QStringLiteral("\n");
    for (const QString &note : reportNotes(matrix))
        text += QStringLiteral("- %1\n").arg(markdown(note));
    return text;
}

QString csvReport(const Matrix &matrix, MatrixView view, bool spreadsheetSafe)
{
    QStringList head{QStringLiteral("source"), QStringLiteral("file"), QStringLiteral("key"), QStringLiteral("state")};
    for (const auto &environment : matrix.environments)
        head << environment->id << environment->id + QStringLiteral(" state");
    QString text;
    const auto add = [&](const QStringList &cells) {
        QStringList safe;
        for (const QString &cell : cells)
            safe << csv(cell, spreadsheetSafe);
        text += safe.join(QLatin1Char(',')) + QStringLiteral("\r\n");
    };
    add(head);
    for (size_t index = 0; index < matrix.rows.size(); ++index) {
        const MatrixRow &row = matrix.rows[index];
        if (!isShown(row, view))
            continue;
        QStringList cells{row.entry, row.file, row.key, cellStateWord(row.state)};
        for (size_t column = 0; column < matrix.environments.size(); ++column)
            cells << cellText(matrix, qsizetype(index), int(column))
                  << cellStateWord(matrix.cell(qsizetype(index), int(column)).state);
        add(cells);
    }
    return text;
}

} // namespace taffrail
