// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparedesk.h"
#include "textcomparison.h"

#include <QThreadPool>
#include <QWidget>

#include <array>

class QComboBox;
class QLabel;
class QSpinBox;
class QToolButton;

namespace taffrail::ui {

class TextDiffView;

/// The file of a key in two or three environments, side by side. Texts are compared on a thread of its own.
class TextTab : public QWidget {
    Q_OBJECT

public:
    explicit TextTab(QWidget *parent);
    ~TextTab() override;
    Q_DISABLE_COPY_MOVE(TextTab)

    /// The file of a row of the matrix; -1 = none. The same file with the same sides is not compared again.
    void showRow(const items::ComparisonPtr &comparison, int row, int column);
    TextDiffView *view() const { return m_view; }
    QComboBox *side(int which) const { return m_sides[size_t(which)]; }
    QToolButton *nextButton() const { return m_next; }
    QToolButton *previousButton() const { return m_previous; }
    QLabel *summary() const { return m_summary; }
    bool isBusy() const { return m_wanted != m_adopted; }

protected:
    void showEvent(QShowEvent *event) override;

private:
    void setupTop();
    void fillSides(int column);
    void compare();
    void adopt(quint64 job, const items::TextComparisonPtr &made);
    void showSummary();
    std::vector<int> columns() const;
    void letGo(items::TextComparisonPtr made, items::ComparisonPtr comparison);

    items::ComparisonPtr m_comparison;
    int m_row = -1;
    QString m_shownFile; // entry, file and comparison that are on the screen
    std::array<QComboBox *, 3> m_sides{};
    QToolButton *m_previous;
    QToolButton *m_next;
    QSpinBox *m_context;
    QLabel *m_summary;
    QLabel *m_trouble;
    TextDiffView *m_view;
    bool m_isWaiting = false; // to be compared once it is seen
    quint64 m_wanted = 0;
    quint64 m_adopted = 0;
    QThreadPool m_thread; // last: it waits for its job before the rest goes
};

} // namespace taffrail::ui
