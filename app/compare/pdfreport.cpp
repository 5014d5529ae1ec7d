// SPDX-License-Identifier: GPL-3.0-or-later
#include "pdfreport.h"

#include <QBuffer>
#include <QPdfWriter>
#include <QTextDocument>

namespace taffrail {

namespace {

/// A report is whole in itself: no picture or style sheet of this machine may get into it.
class ClosedDocument : public QTextDocument {
public:
    using QTextDocument::QTextDocument;

protected:
    QVariant loadResource(int, const QUrl &) override { return {}; }
};

} // namespace

QByteArray pdfOf(const QString &html, const QString &title)
{
    constexpr double bodyPoints = 8;
    constexpr double marginMillimetres = 12;
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter writer(&buffer);
    writer.setTitle(title);
    writer.setCreator(QStringLiteral("Taffrail"));
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setPageOrientation(QPageLayout::Landscape);
    writer.setPageMargins(QMarginsF(marginMillimetres, marginMillimetres, marginMillimetres, marginMillimetres),
                          QPageLayout::Millimeter);
    ClosedDocument document;
    QFont font;
    font.setPointSizeF(bodyPoints);
    document.setDefaultFont(font);
    document.setHtml(html);
    document.print(&writer);
    return bytes;
}

} // namespace taffrail
