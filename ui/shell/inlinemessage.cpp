// SPDX-License-Identifier: GPL-3.0-or-later
#include "inlinemessage.h"

#include "flowlayout.h"
#include "statusglyph.h"
#include "theme.h"
#include "widgets.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>

namespace taffrail::ui {

InlineMessage::InlineMessage(QWidget *parent)
    : QFrame(parent),
      m_glyph(plainLabel({}, this)),
      m_text(plainTextBlock({}, this)),
      m_row(new QBoxLayout(QBoxLayout::LeftToRight, this)),
      m_buttonRow(new FlowLayout(Qt::AlignLeft, 6))
{
    m_row->setContentsMargins(8, 4, 8, 4);
    auto *words = new QHBoxLayout;
    words->addWidget(m_glyph, 0, Qt::AlignTop);
    m_text->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    words->addWidget(m_text, 1);
    m_row->addLayout(words, 1);
    m_row->addLayout(m_buttonRow);
    hide();
}

QString InlineMessage::text() const
{
    return m_text->text();
}

void InlineMessage::showMessage(Status severity, const QString &text, const QList<QPair<int, QString>> &buttons)
{
    if (m_severity == severity && m_text->text() == text && m_specs == buttons && isHidden() == text.isEmpty())
        return;
    m_severity = severity;
    if (m_text->text() != text)
        m_text->setText(text);
    setAccessibleName(text.isEmpty() ? QString() : statusTitle(severity) + QStringLiteral(": ") + text);
    setButtons(buttons);
    arrange();
    updateGlyph();
    setVisible(!text.isEmpty());
    update();
}

void InlineMessage::setButtons(const QList<QPair<int, QString>> &buttons)
{
    if (buttons == m_specs)
        return; // a refresh must not take a button away under the pointer or the focus
    m_specs = buttons;
    for (QToolButton *button : std::as_const(m_buttons)) {
        button->hide();
        button->deleteLater();
    }
    m_buttons.clear();
    for (const auto &[id, text] : buttons) {
        QToolButton *button = textButton(text, this);
        connect(button, &QToolButton::clicked, this, [this, id = id] { emit pressed(id); });
        m_buttonRow->addWidget(button);
        button->show();
        m_buttons << button;
    }
}

// The narrow arrangement sets the least size, else the wide one could never be left.
QSize InlineMessage::minimumSizeHint() const
{
    int widest = fontMetrics().averageCharWidth() * 16;
    for (const QToolButton *button : m_buttons)
        widest = std::max(widest, button->sizeHint().width());
    return {widest + m_glyph->sizeHint().width() + 24, QFrame::minimumSizeHint().height()};
}

void InlineMessage::resizeEvent(QResizeEvent *event)
{
    QFrame::resizeEvent(event);
    arrange();
}

void InlineMessage::arrange()
{
    const bool narrow = m_buttonRow->sizeHint().width() * 5 / 2 > width();
    const auto wanted = narrow ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight;
    m_buttonRow->setWrapping(narrow);
    if (m_row->direction() != wanted)
        m_row->setDirection(wanted);
}

void InlineMessage::updateGlyph()
{
    const int side = glyphSide(fontMetrics());
    m_glyph->setPixmap(statusPixmap(m_severity, side, themeOf(palette()).statusColor(m_severity), devicePixelRatioF()));
}

void InlineMessage::paintEvent(QPaintEvent *)
{
    const Theme &theme = themeOf(palette());
    const bool bad = m_severity == Status::Critical || m_severity == Status::Warning;
    QPainter painter(this);
    painter.fillRect(rect(), bad ? theme.noticeError.background : theme.noticeStale.background);
    painter.setPen(theme.border);
    painter.drawLine(rect().bottomLeft(), rect().bottomRight());
}

void InlineMessage::changeEvent(QEvent *event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        updateGlyph();
}

} // namespace taffrail::ui
