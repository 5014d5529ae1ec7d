// SPDX-License-Identifier: GPL-3.0-or-later
#include "shapedtext.h"

#include <QFontMetrics>
#include <QPainter>
#include <QStyle>

namespace taffrail::ui {

namespace {

constexpr int mostFonts = 16;

} // namespace

int ShapedText::placeOf(const QFont &font)
{
    const auto known = m_fonts.indexOf(font);
    if (known >= 0)
        return int(known);
    if (m_fonts.size() >= mostFonts) { // the application's font was changed again and again
        m_fonts.clear();
        m_texts.clear();
    }
    m_fonts << font;
    return int(m_fonts.size() - 1);
}

void ShapedText::draw(QPainter &painter, const QRect &area, Qt::Alignment alignment, const QString &text,
                      const QFont &font, Qt::TextElideMode mode)
{
    if (text.isEmpty() || area.width() <= 0)
        return;
    const Key key{text, placeOf(font), area.width(), mode};
    if (!m_texts.contains(key)) {
        const QString line = QString(text).replace(QLatin1Char('\n'), QLatin1Char(' '));
        auto *shaped = new QStaticText(QFontMetrics(font).elidedText(line, mode, area.width()));
        shaped->setTextFormat(Qt::PlainText);
        shaped->setPerformanceHint(QStaticText::AggressiveCaching);
        shaped->prepare({}, font);
        m_texts.insert(key, shaped);
    }
    const QStaticText *shaped = m_texts.object(key);
    if (!shaped)
        return;
    const QSize size = shaped->size().toSize();
    painter.setFont(font);
    painter.drawStaticText(QStyle::alignedRect(painter.layoutDirection(), alignment, size, area).topLeft(), *shaped);
}

} // namespace taffrail::ui
