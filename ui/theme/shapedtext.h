// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCache>
#include <QFont>
#include <QList>
#include <QStaticText>

class QPainter;
class QRect;

namespace taffrail::ui {

/// One-line texts, elided and shaped once for a font and width: shaping is what most of a table's paint costs, and
/// tables show the same words again and again. GUI thread only.
class ShapedText {
public:
    /// Draws with the painter's pen. Line breaks become blanks; what does not fit is elided.
    void draw(QPainter &painter, const QRect &area, Qt::Alignment alignment, const QString &text, const QFont &font,
              Qt::TextElideMode mode);

    /// Texts kept now.
    qsizetype count() const { return m_texts.count(); }

private:
    struct Key {
        QString text;
        int font; ///< its place in m_fonts
        int width; ///< in device-independent pixels
        Qt::TextElideMode mode;
        bool operator==(const Key &) const = default;
    };
    friend size_t qHash(const Key &key, size_t seed) noexcept
    {
        return qHashMulti(seed, key.text, key.font, key.width, int(key.mode));
    }

    int placeOf(const QFont &font);

    QList<QFont> m_fonts;
    QCache<Key, QStaticText> m_texts{6'000};
};

} // namespace taffrail::ui
