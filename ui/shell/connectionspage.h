// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "page.h"

class QToolButton;

namespace taffrail::ui {

class FilterLine;
class WindowModels;

/// Every host and database: connected or not, since when, why not, when the next try is; try again now.
class ConnectionsPage : public Page {
    Q_OBJECT

public:
    ConnectionsPage(WindowModels &models, QWidget *parent);

    QString title() const override;
    OpsTable *mainTable() const override { return m_table; }
    void focusFilter() override;

private:
    void retryChosen();

    WindowModels &m_models;
    OpsTable *m_table;
    FilterLine *m_filter;
    QToolButton *m_retry;
};

} // namespace taffrail::ui
