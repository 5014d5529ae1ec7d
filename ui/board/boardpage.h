// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "page.h"

class QLabel;
class QStackedLayout;

namespace taffrail::ui {

class BoardProxy;
class CountStrip;
class FilterLine;
class WindowModels;

/// Every environment in one table: the screen to leave open.
class BoardPage : public Page {
    Q_OBJECT

public:
    BoardPage(WindowModels &models, QWidget *parent);

    QString title() const override;
    OpsTable *mainTable() const override { return m_table; }
    void focusFilter() override;
    CountStrip *countStrip() const { return m_counts; }

private:
    void setupTable();
    void setupEmptyPage();
    void updateShown();

    WindowModels &m_models;
    CountStrip *m_counts;
    OpsTable *m_table;
    BoardProxy *m_proxy;
    FilterLine *m_filter = nullptr;
    QStackedLayout *m_stack = nullptr;
    QLabel *m_nothing = nullptr;
    QWidget *m_clear = nullptr;
};

} // namespace taffrail::ui
