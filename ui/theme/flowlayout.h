// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLayout>

namespace taffrail::ui {

/// A row that wraps: as wide as its widest item at least, so that large fonts clip no button.
class FlowLayout : public QLayout {
    Q_OBJECT

public:
    FlowLayout(Qt::Alignment alignment, int spacing);
    ~FlowLayout() override;
    Q_DISABLE_COPY_MOVE(FlowLayout)

    /// Off: one line, as wide as all items.
    void setWrapping(bool wrapping);
    void addItem(QLayoutItem *item) override { m_items.append(item); }
    int count() const override { return int(m_items.size()); }
    QLayoutItem *itemAt(int index) const override { return m_items.value(index); }
    QLayoutItem *takeAt(int index) override;
    Qt::Orientations expandingDirections() const override { return {}; }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;
    QSize minimumSize() const override;
    void setGeometry(const QRect &rect) override;

private:
    int place(const QRect &rect, bool really) const;

    Qt::Alignment m_alignment;
    bool m_wrapping = true;
    QList<QLayoutItem *> m_items;
};

} // namespace taffrail::ui
