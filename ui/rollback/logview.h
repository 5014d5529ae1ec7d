// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPlainTextEdit>

class QTimer;

namespace taffrail::ui {

/// The log of one host's job as it grows. Text goes in every 50 ms at most, lines are cut at 4 000 characters, the
/// oldest lines go: a step that prints a gigabyte neither stops the window nor fills the memory.
class LogView : public QPlainTextEdit {
    Q_OBJECT

public:
    static constexpr int batchMs = 50;
    static constexpr int longestLine = 4'000; ///< characters
    static constexpr int mostLines = 5'000;
    static constexpr qsizetype mostWaiting = 2'000'000; ///< characters between two batches; the rest is left out

    explicit LogView(QWidget *parent);

    /// Empty, for another log.
    void restart();
    /// `offset`: of the first byte in the log. What came before is not taken twice; 0 begins anew.
    void take(qint64 offset, const QString &text);

private:
    void flush();

    QTimer *m_batch;
    QString m_waiting;
    qint64 m_leftOut = 0;
    qint64 m_lastOffset = -1;
    int m_column = 0;
};

} // namespace taffrail::ui
