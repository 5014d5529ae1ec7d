// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "page.h"

#include "stagemodel.h"

class QLabel;
class QSplitter;
class QToolButton;

namespace taffrail::ui {

class FilterLine;
class WindowModels;

/// Every host and database: how it is reached, connected or not, why not; try again now, or test it stage by stage.
/// Below the table the stages of the current row's last test.
class ConnectionsPage : public Page {
    Q_OBJECT

public:
    ConnectionsPage(WindowModels &models, QWidget *parent);

    QString title() const override;
    OpsTable *mainTable() const override { return m_table; }
    OpsTable *stageTable() const { return m_stages; }
    QToolButton *testButton() const { return m_test; }
    QToolButton *testAllButton() const { return m_testAll; }
    void focusFilter() override;
    void cyclePane(bool forward) override;

    /// Tests the chosen rows; the current one if none is chosen.
    void testChosen();
    void testAll();

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    QWidget *makeTop();
    QWidget *makeBottom();
    void retryChosen();
    void showTest();
    void divide(bool hasStages);

    WindowModels &m_models;
    items::StageModel m_stageModel;
    QSplitter *m_split;
    OpsTable *m_table;
    OpsTable *m_stages = nullptr;
    FilterLine *m_filter = nullptr;
    QToolButton *m_test = nullptr;
    QToolButton *m_testAll = nullptr;
    QToolButton *m_retry = nullptr;
    QLabel *m_heading = nullptr;
    QLabel *m_remedy = nullptr;
    QString m_shown; // row id
    int m_showsStages = -1; // what the splitter was divided for; -1 = not yet
    bool m_dividedByHand = false;
};

} // namespace taffrail::ui
