// SPDX-License-Identifier: GPL-3.0-or-later
#include "logview.h"

#include "widgets.h"

#include <QScrollBar>
#include <QTextCursor>
#include <QTimer>

namespace taffrail::ui {

LogView::LogView(QWidget *parent) : QPlainTextEdit(parent), m_batch(new QTimer(this))
{
    setReadOnly(true);
    setUndoRedoEnabled(false);
    setTabChangesFocus(true);
    setLineWrapMode(WidgetWidth);
    setMaximumBlockCount(mostLines);
    setFont(fixedFont(font()));
    setPlaceholderText(tr("Nothing was written yet."));
    m_batch->setSingleShot(true);
    m_batch->setInterval(batchMs);
    connect(m_batch, &QTimer::timeout, this, &LogView::flush);
}

void LogView::restart()
{
    clear();
    m_batch->stop();
    m_waiting.clear();
    m_leftOut = 0;
    m_lastOffset = -1;
    m_column = 0;
}

void LogView::take(qint64 offset, const QString &text)
{
    if (offset == 0 && m_lastOffset >= 0)
        restart();
    if (offset <= m_lastOffset)
        return;
    m_lastOffset = offset;
    m_waiting += text;
    if (m_waiting.size() > mostWaiting) {
        const qsizetype gone = m_waiting.size() - mostWaiting;
        m_leftOut += gone;
        m_waiting.remove(0, gone);
    }
    if (!m_batch->isActive())
        m_batch->start();
}

void LogView::flush()
{
    QString batch;
    if (m_leftOut > 0) {
        batch = (m_column > 0 ? QStringLiteral("\n") : QString())
            + tr("\u2026 %1 characters are left out here \u2026").arg(std::exchange(m_leftOut, 0)) + QLatin1Char('\n');
        m_column = 0;
    }
    batch.reserve(batch.size() + m_waiting.size());
    for (const QChar character : std::as_const(m_waiting)) {
        if (character == QLatin1Char('\n')) {
            m_column = 0;
        } else if (++m_column > longestLine) {
            batch += QLatin1Char('\n');
            m_column = 1;
        }
        batch += character;
    }
    m_waiting.clear();
    const bool follows = verticalScrollBar()->value() >= verticalScrollBar()->maximum() - 1;
    QTextCursor end(document());
    end.movePosition(QTextCursor::End);
    end.insertText(batch);
    if (follows)
        verticalScrollBar()->setValue(verticalScrollBar()->maximum());
}

} // namespace taffrail::ui
