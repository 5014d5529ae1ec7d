// SPDX-License-Identifier: GPL-3.0-or-later
#include "report.h"
#include "text.h"

namespace taffrail {

namespace {

constexpr const char *lightStyle
    = "body{font-family:sans-serif;color:#1c1f23;background-color:#ffffff}"
      "table{border-collapse:collapse}th,td{text-align:left;vertical-align:top;padding:3px 8px}"
      "td{font-family:monospace}td:first-child,th:first-child{min-width:22em}th{background-color:#e9ecef}"
      "td.group{background-color:#f3f4f6;font-family:sans-serif;font-weight:bold}"
      "td.changed,td.type-differs,td.secret-differs{background-color:#fde8c8}"
      "td.missing,td.extra{background-color:#fbd5d5}td.expected{color:#5f6670}"
      "td.unknown{background-color:#e4dcf5}";
constexpr const char *screenStyle
    = "table{margin-top:1em}th,td{border:1px solid #c9ced6;overflow-wrap:anywhere}"
      "@media (prefers-color-scheme:dark){body{color:#e6e8eb;background-color:#16181c}th{background-color:#2a2e35}"
      "th,td{border-color:#434954}td.group{background-color:#22262c}"
      "td.changed,td.type-differs,td.secret-differs{background-color:#5a4114}"
      "td.missing,td.extra{background-color:#5f2626}td.expected{color:#a0a7b1}td.unknown{background-color:#433766}}";

QString escaped(const QString &text)
{
    QString safe = sanitized(text).toHtmlEscaped();
    return safe.replace(QLatin1Char('\''), QStringLiteral("&#39;"));
}

QString head(const Matrix &matrix)
{
    QString row = QStringLiteral("<tr><th>Key</th>");
    for (size_t column = 0; column < matrix.environments.size(); ++column)
        row += QStringLiteral("<th>%1%2</th>")
                   .arg(escaped(matrix.environments[column]->id),
                        int(column) == matrix.reference ? QStringLiteral(" (reference)") : QString());
    return row + QStringLiteral("</tr>\n");
}

QString rowHtml(const Matrix &matrix, qsizetype index)
{
    const MatrixRow &row = matrix.rows[size_t(index)];
    QString html = QStringLiteral("<tr><td>%1</td>").arg(escaped(row.key));
    for (size_t column = 0; column < matrix.environments.size(); ++column) {
        const CellState state = matrix.cell(index, int(column)).state;
        html += QStringLiteral("<td class=\"%1\">%2</td>")
                    .arg(cellStateWord(state), escaped(cellMark(state) + cellText(matrix, index, int(column))));
    }
    return html + QStringLiteral("</tr>\n");
}

} // namespace

QString htmlReport(const Matrix &matrix, MatrixView view, bool forPaper)
{
    QStringList names;
    for (const auto &environment : matrix.environments)
        names << environment->id;
    const QString title = escaped(names.join(QStringLiteral(", ")));
    QString html = QStringLiteral("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                                  "style-src 'unsafe-inline'\">\n<title>%1</title>\n<style>%2%3</style></head><body>\n"
                                  "<h2>%1</h2>\n<p>%4, compared %5. Of all keys: %6.</p>\n")
                       .arg(title, QLatin1String(lightStyle), forPaper ? QString() : QLatin1String(screenStyle),
                            viewTitle(view), rfc3339(matrix.comparedAt), countsText(matrix));
    html += forPaper ? QStringLiteral("<table border=\"1\" cellspacing=\"0\" cellpadding=\"3\" width=\"100%\">\n")
                     : QStringLiteral("<table>\n");
    html += QStringLiteral("<thead>") + head(matrix) + QStringLiteral("</thead>\n");
    QString group;
    qsizetype shown = 0;
    for (size_t index = 0; index < matrix.rows.size(); ++index) {
        const MatrixRow &row = matrix.rows[index];
        if (!isShown(row, view))
            continue;
        if (shown++ == 0 || groupTitle(row) != group) {
            group = groupTitle(row);
            html += QStringLiteral("<tr><td class=\"group\" colspan=\"%1\">%2</td></tr>\n")
                        .arg(QString::number(matrix.environments.size() + 1), escaped(group));
        }
        html += rowHtml(matrix, qsizetype(index));
    }
    html += QStringLiteral("</table>\n");
    if (shown == 0)
        html += QStringLiteral("<p>None.</p>\n");
    html += QStringLiteral("<ul>\n");
    for (const QString &note : reportNotes(matrix))
        html += QStringLiteral("<li>%1</li>\n").arg(escaped(note));
    return html + QStringLiteral("</ul>\n</body></html>\n");
}

} // namespace taffrail
