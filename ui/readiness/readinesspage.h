// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "page.h"
#include "readinessmodel.h"

#include <QSet>

class QLabel;
class QPlainTextEdit;
class QToolButton;

namespace taffrail::ui {

class FilterLine;
class InlineMessage;
class WindowModels;

/// Is it ready for production: criteria as rows, environments as columns, evidence and fix of the chosen cell below.
class ReadinessPage : public Page {
    Q_OBJECT

public:
    ReadinessPage(WindowModels &models, QWidget *parent);

    QString title() const override;
    OpsTable *mainTable() const override { return m_table; }
    void focusFilter() override;
    void takeFocus() override;

    InlineMessage *banner() const { return m_banner; }
    QPlainTextEdit *evidence() const { return m_evidence; }
    QToolButton *checkButton() const { return m_check; }
    QToolButton *exportButton() const { return m_export; }
    QLabel *totals() const { return m_totals; }
    items::ReadinessModel *model() const { return m_model; }
    /// Reads all environments anew.
    void check();
    /// Asks where to, without waiting.
    void askExport();

protected:
    void showEvent(QShowEvent *event) override;

private:
    void setupTop();
    void setupDesk();
    void takeCard(const items::ReadinessCardPtr &card);
    void showBanner();
    void showEvidence();

    WindowModels &m_models;
    items::ReadinessModel *m_model = nullptr;
    InlineMessage *m_banner;
    InlineMessage *m_notice;
    OpsTable *m_table;
    FilterLine *m_filter;
    QToolButton *m_check;
    QToolButton *m_export;
    QLabel *m_totals;
    QPlainTextEdit *m_evidence;
    QSet<QString> m_reading; ///< environments whose scorecard is being made
    bool m_asked = false;
};

} // namespace taffrail::ui
