// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparecodec.h"
#include "comparing.h"
#include "pdfreport.h"
#include "report.h"
#include "savefile.h"

#include <nlohmann/json.hpp>

namespace taffrail {

Result<QByteArray> reportOf(const Matrix &matrix, MatrixView view, const QString &format)
{
    if (format == QLatin1String("html"))
        return htmlReport(matrix, view).toUtf8();
    if (format == QLatin1String("markdown"))
        return markdownReport(matrix, view).toUtf8();
    if (format == QLatin1String("csv"))
        return csvReport(matrix, view).toUtf8();
    if (format == QLatin1String("json"))
        return codec::jsonText(codec::comparisonJson(matrix, view), 2) + '\n';
    if (format == QLatin1String("pdf"))
        return pdfOf(htmlReport(matrix, view, true), QStringLiteral("Comparison of environments"));
    return failure(ErrorKind::Unsupported, QStringLiteral("report"), format,
                   QStringLiteral("there is no such kind of report"),
                   QStringLiteral("It is one of html, markdown, csv, json, pdf."));
}

Result<void> saveReport(const Matrix &matrix, MatrixView view, const QString &format, const QString &path)
{
    constexpr unsigned readableByGroup = 0640;
    const Result<QByteArray> report = reportOf(matrix, view, format);
    if (!report)
        return failure(report.error());
    return saveFile(path, *report, readableByGroup);
}

} // namespace taffrail
