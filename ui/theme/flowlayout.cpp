// SPDX-License-Identifier: GPL-3.0-or-later
#include "flowlayout.h"

#include <algorithm>
#include <utility>

namespace taffrail::ui {

FlowLayout::FlowLayout(Qt::Alignment alignment, int spacing) : m_alignment(alignment)
{
    setContentsMargins(0, 0, 0, 0);
    setSpacing(spacing);
}

FlowLayout::~FlowLayout()
{
    qDeleteAll(m_items);
}

void FlowLayout::setWrapping(bool wrapping)
{
    if (std::exchange(m_wrapping, wrapping) != wrapping)
        invalidate();
}

QLayoutItem *FlowLayout::takeAt(int index)
{
    return index >= 0 && index < m_items.size() ? m_items.takeAt(index) : nullptr;
}

int FlowLayout::heightForWidth(int width) const
{
    return place(QRect(0, 0, width, 0), false);
}

QSize FlowLayout::sizeHint() const
{
    QSize size(0, 0);
    for (const QLayoutItem *item : m_items) {
        if (item->isEmpty())
            continue;
        size.rwidth() += item->sizeHint().width() + (size.width() > 0 ? spacing() : 0);
        size.setHeight(std::max(size.height(), item->sizeHint().height()));
    }
    return size;
}

QSize FlowLayout::minimumSize() const
{
    if (!m_wrapping)
        return sizeHint();
    QSize size(0, 0);
    for (const QLayoutItem *item : m_items) {
        if (!item->isEmpty())
            size = size.expandedTo(item->sizeHint());
    }
    return size;
}

void FlowLayout::setGeometry(const QRect &rect)
{
    QLayout::setGeometry(rect);
    place(rect, true);
}

int FlowLayout::place(const QRect &rect, bool really) const
{
    int y = rect.top();
    for (qsizetype first = 0; first < m_items.size();) {
        int width = 0, height = 0;
        qsizetype after = first;
        for (; after < m_items.size(); ++after) {
            const QLayoutItem *item = m_items[after];
            if (item->isEmpty())
                continue;
            const int wanted = width + (width > 0 ? spacing() : 0) + item->sizeHint().width();
            if (wanted > rect.width() && width > 0)
                break;
            width = wanted;
            height = std::max(height, item->sizeHint().height());
        }
        int x = rect.left() + (m_alignment.testFlag(Qt::AlignHCenter) ? std::max(0, (rect.width() - width) / 2) : 0);
        for (; first < after; ++first) {
            QLayoutItem *item = m_items[first];
            if (item->isEmpty())
                continue;
            if (really)
                item->setGeometry(QRect(QPoint(x, y), item->sizeHint()));
            x += item->sizeHint().width() + spacing();
        }
        if (height > 0)
            y += height + spacing();
    }
    return std::max(0, y - rect.top() - spacing());
}

} // namespace taffrail::ui
