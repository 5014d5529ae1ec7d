// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "panestate.h"

#include <QElapsedTimer>
#include <QFrame>

#include <functional>

class QLabel;
class QStackedLayout;
class QTimer;
class QToolButton;

namespace taffrail::ui {

class ElideLabel;
class FilterLine;
class FlowLayout;
class InlineMessage;
class OpsTable;
class StatusLabel;
class WindowModels;

/// One pane of the environment page: title, worst status, as-of, filter, menu; a notice; the table or a sentence.
class PaneFrame : public QFrame {
    Q_OBJECT

public:
    PaneFrame(PaneKind kind, WindowModels &models, QWidget *parent);

    PaneKind kind() const { return m_kind; }
    OpsTable *table() const { return m_table; }
    FilterLine *filter() const { return m_filter; }
    const items::PaneCondition &condition() const { return m_condition; }
    /// What stands in place of rows, "" while rows are shown.
    QString sentence() const;
    QString noticeText() const;
    QList<QToolButton *> actionButtons() const;
    /// An act on the current row, in the pane's menu and in the menu of the row.
    void addRowAction(const QString &text, const std::function<void(const QString &rowId)> &act);
    /// Shows what is true now.
    void updateCondition();
    /// Says how many rows belong to what is selected in another pane.
    void updateLinked();
    /// Those words, "" = no row does.
    QString linkedText() const;
    /// Gives the focus to the table, or to the first button when there are no rows.
    void takeFocus(Qt::FocusReason reason);

signals:
    void maximizeRequested();
    void detailsRequested();
    void failureRequested(const taffrail::items::DetailLines &lines);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void setupTitle();
    void setupTable();
    void setupSentence();
    void setupMenu();
    void showSentence();
    void setSentenceButtons();
    void keepRoom();
    void act(int action);

    PaneKind m_kind;
    WindowModels &m_models;
    QWidget *m_titleBar;
    StatusLabel *m_status;
    ElideLabel *m_linked;
    ElideLabel *m_asOf;
    QLabel *m_refreshing;
    QToolButton *m_menu;
    InlineMessage *m_notice;
    OpsTable *m_table;
    FilterLine *m_filter = nullptr;
    QStackedLayout *m_stack = nullptr;
    QLabel *m_sentence = nullptr;
    FlowLayout *m_sentenceRow = nullptr;
    QList<QToolButton *> m_sentenceButtons;
    std::vector<items::PaneAction> m_sentenceActions;
    QTimer *m_patience; // a first load says so only when it takes a while
    QElapsedTimer m_loading;
    QString m_loadingEnvironment;
    items::PaneCondition m_condition;
};

} // namespace taffrail::ui
