// SPDX-License-Identifier: GPL-3.0-or-later
#include "countstrip.h"

#include "flowlayout.h"
#include "statusglyph.h"
#include "theme.h"
#include "widgets.h"

#include <QEvent>
#include <QToolButton>

namespace taffrail::ui {

CountStrip::CountStrip(QWidget *parent) : QWidget(parent)
{
    setAccessibleName(tr("Environments by status"));
    auto *row = new FlowLayout(Qt::AlignLeft, 4);
    setLayout(row);
    for (int rank = int(Status::Critical); rank >= int(Status::None); rank -= 10) {
        QToolButton *button = textButton(statusTitle(Status(rank)), this);
        button->setObjectName(QStringLiteral("count-") + statusWord(Status(rank)));
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setCheckable(true);
        button->hide();
        connect(button, &QToolButton::toggled, this, &CountStrip::chosenChanged);
        m_buttons.insert(Status(rank), button);
        row->addWidget(button);
    }
    updateIcons();
}

void CountStrip::setCounts(const QMap<Status, int> &counts)
{
    for (auto item = m_buttons.cbegin(); item != m_buttons.cend(); ++item) {
        const int count = counts.value(item.key());
        const QString text = QStringLiteral("%1 %2").arg(count).arg(statusTitle(item.key()));
        item.value()->setText(text);
        item.value()->setAccessibleName(tr("%1, show only these").arg(text));
        item.value()->setVisible(count > 0 || item.value()->isChecked());
    }
}

QSet<int> CountStrip::chosen() const
{
    QSet<int> statuses;
    for (auto item = m_buttons.cbegin(); item != m_buttons.cend(); ++item) {
        if (item.value()->isChecked())
            statuses.insert(int(item.key()));
    }
    return statuses;
}

void CountStrip::clearChosen()
{
    for (QToolButton *button : std::as_const(m_buttons))
        button->setChecked(false);
}

void CountStrip::updateIcons()
{
    const int side = glyphSide(fontMetrics());
    for (auto item = m_buttons.cbegin(); item != m_buttons.cend(); ++item) {
        item.value()->setIcon(statusIcon(item.key(), side, themeOf(palette()).statusColor(item.key())));
        item.value()->setIconSize({side, side});
    }
}

void CountStrip::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        updateIcons();
}

} // namespace taffrail::ui
