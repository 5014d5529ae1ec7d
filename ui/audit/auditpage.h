// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "auditmodel.h"
#include "page.h"

class QComboBox;
class QLabel;
class QPlainTextEdit;
class QToolButton;

namespace taffrail::ui {

class FilterLine;
class InlineMessage;
class WindowModels;

/// Who did what, where: the audit from its newest entry on, with the state of its chain. Read-only.
class AuditPage : public Page {
    Q_OBJECT

public:
    AuditPage(WindowModels &models, QWidget *parent);

    QString title() const override;
    OpsTable *mainTable() const override { return m_table; }
    void focusFilter() override;
    void takeFocus() override;

    InlineMessage *banner() const { return m_banner; }
    QComboBox *environments() const { return m_environments; }
    QPlainTextEdit *detail() const { return m_detail; }
    QToolButton *exportButton() const { return m_export; }
    QToolButton *olderButton() const { return m_older; }
    QLabel *counts() const { return m_counts; }
    /// Asks where to, without waiting: "jsonl" or "markdown".
    void askExport(const QString &format);

protected:
    void showEvent(QShowEvent *event) override;

private:
    void setupTop();
    void setupDesk();
    void fillEnvironments();
    void showBanner();
    void showDetail();
    void showCounts();
    void takePage(const std::vector<AuditEntry> &entries, qint64 beforeSeq, bool more);
    void takeWalk(const AuditHead &head, const AuditFault &fault, const QDateTime &at);
    void fillFiltered();
    void verify();

    WindowModels &m_models;
    items::AuditModel m_model;
    InlineMessage *m_banner;
    InlineMessage *m_notice;
    OpsTable *m_table;
    FilterLine *m_filter;
    QComboBox *m_environments;
    QToolButton *m_export;
    QToolButton *m_older;
    QLabel *m_counts;
    QPlainTextEdit *m_detail;
    items::ChainState m_chain;
    bool m_verifying = false;
    bool m_asked = false; // the newest page was asked for
    int m_pagesForFilter = 0; // read on because the filter hides what came
    qint64 m_grownTo = 0; // entries up to this one exist
};

} // namespace taffrail::ui
