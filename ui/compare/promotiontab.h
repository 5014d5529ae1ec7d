// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparedesk.h"
#include "promotionmodel.h"

#include <QThreadPool>
#include <QWidget>

class QComboBox;
class QLabel;

namespace taffrail::ui {

class FilterLine;
class OpsTable;
class WindowModels;

/// What each step of the order of promotion would bring, and what was never tried before it: of the environments that
/// are compared. Worked out on a thread of its own, once it is looked at.
class PromotionTab : public QWidget {
    Q_OBJECT

public:
    PromotionTab(WindowModels &models, QWidget *parent);

    void show(const items::ComparisonPtr &comparison);
    bool isBusy() const { return m_wanted != m_adopted; }
    QComboBox *steps() const { return m_stepChoice; }
    OpsTable *table() const { return m_table; }
    QLabel *summary() const { return m_summary; }
    QLabel *notes() const { return m_notes; }

protected:
    void showEvent(QShowEvent *event) override;

private:
    void work();
    void adopt(quint64 job, const std::shared_ptr<const std::vector<PromotionStep>> &steps);
    void showStep();
    QString nameOf(const QString &environment) const;

    WindowModels &m_models;
    items::ComparisonPtr m_comparison;
    std::shared_ptr<const std::vector<PromotionStep>> m_steps;
    items::PromotionModel m_model;
    QComboBox *m_stepChoice;
    QLabel *m_summary;
    QLabel *m_notes;
    OpsTable *m_table;
    FilterLine *m_filter;
    bool m_isWaiting = false; // to be worked out once it is seen
    quint64 m_wanted = 0;
    quint64 m_adopted = 0;
    QThreadPool m_thread; // last: it waits for its job before the rest goes
};

} // namespace taffrail::ui
