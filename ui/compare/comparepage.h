// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparemodel.h"
#include "page.h"
#include "panestate.h"

#include <QElapsedTimer>

class QLabel;
class QPlainTextEdit;
class QSplitter;
class QStackedLayout;
class QTabWidget;
class QTimer;
class QToolButton;

namespace taffrail::items {
class CompareValuesModel;
}

namespace taffrail::ui {

class CompareBar;
class CompareTable;
class ExpectedTab;
class FlowLayout;
class InlineMessage;
class PromotionTab;
class TextTab;
class WindowModels;

/// Environments side by side: the matrix, and below it the values, the texts and what was agreed of the chosen key.
class ComparePage : public Page {
    Q_OBJECT

public:
    static constexpr int undoMs = 10'000; ///< how long an accepted difference offers to be taken back in the notice

    ComparePage(WindowModels &models, QWidget *parent);
    ~ComparePage() override;

    QString title() const override;
    OpsTable *mainTable() const override;
    void focusFilter() override;
    void takeFocus() override;
    void cyclePane(bool forward) override;
    void toggleMaximized() override;

    /// Preselects the environment and its relatives and compares them; one that stands alone opens the choice.
    void compareWith(const QString &environment);
    /// Asks where to, without waiting; the format follows the suffix.
    void askExport();
    void exportTo(const QString &path);
    /// The row with this id becomes the current one.
    void goToKey(const QString &id);
    /// Id and text of the keys on the screen, the first 2000.
    QList<QPair<QString, QString>> shownKeys() const;

    const items::PaneCondition &condition() const { return m_condition; }
    QString sentence() const; ///< in place of rows, "" while rows are shown
    items::CompareModel &model() { return m_model; }
    CompareTable *table() const { return m_table; }
    CompareBar *bar() const { return m_bar; }
    QTabWidget *tabs() const { return m_tabs; }
    TextTab *textTab() const { return m_text; }
    ExpectedTab *expectedTab() const { return m_expected; }
    PromotionTab *promotionTab() const { return m_promotion; }
    OpsTable *values() const { return m_values; }
    QPlainTextEdit *fullValue() const { return m_full; }
    InlineMessage *notice() const { return m_notice; }
    InlineMessage *done() const { return m_done; }
    const QList<QToolButton *> &sentenceButtons() const { return m_sentenceButtons; }

protected:
    void showEvent(QShowEvent *event) override;

private:
    void setupBar();
    void setupSentence();
    void setupTabs(QSplitter *split);
    void setupDesk();
    void compare();
    void judgeAgain();
    void take(const items::ComparisonPtr &comparison);
    void takeLook();
    void updateCondition();
    void setSentenceButtons();
    void act(int action);
    void showRow();
    void showFull();
    void accept(const ExpectedDifference &rule);
    void takeBack(const ExpectedDifference &rule);
    void tellDone();

    WindowModels &m_models;
    items::CompareModel m_model;
    std::unique_ptr<items::CompareValuesModel> m_valueRows;
    CompareBar *m_bar = nullptr;
    InlineMessage *m_notice;
    InlineMessage *m_done;
    CompareTable *m_table;
    QStackedLayout *m_stack;
    QLabel *m_sentence;
    QLabel *m_asOf;
    FlowLayout *m_sentenceRow = nullptr;
    QList<QToolButton *> m_sentenceButtons;
    std::vector<items::PaneAction> m_sentenceActions;
    QTabWidget *m_tabs = nullptr;
    OpsTable *m_values = nullptr;
    QPlainTextEdit *m_full = nullptr;
    QLabel *m_keyWords = nullptr;
    TextTab *m_text = nullptr;
    ExpectedTab *m_expected = nullptr;
    PromotionTab *m_promotion = nullptr;
    QTimer *m_undo;
    items::PaneCondition m_condition;
    QString m_reading;
    std::optional<Error> m_refused;
    bool m_wantsNotSetUp = false;
    bool m_isMaximized = false;
    struct Change { // of the expected differences, until it is answered and then until it can't be undone any more
        ExpectedDifference rule;
        bool added = true;
        bool answered = false;
    };
    std::optional<Change> m_change;
};

} // namespace taffrail::ui
