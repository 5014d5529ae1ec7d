// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparerows.h"

#include "inventory.h"

#include <QWidget>

class QAction;
class QComboBox;
class QLabel;
class QMenu;
class QToolButton;

namespace taffrail::ui {

class ComparePatterns;
class CompareTable;
class EnvironmentPicker;
class FilterLine;
class WindowModels;

/// The line above a comparison: which environments, against which, which rows. It only says what a person wishes.
class CompareBar : public QWidget {
    Q_OBJECT

public:
    CompareBar(WindowModels &models, CompareTable &table, QWidget *parent);

    const items::CompareQuestion &question() const { return m_question; }
    /// Chooses environments without asking for a comparison.
    void choose(const QStringList &environments, const QString &reference);
    items::CompareLook look() const; ///< without what is folded
    /// Counts and words of what is on the screen.
    void showCounts(const items::CompareShown &shown);
    /// A comparison is there, so that its reference and normalisers can be changed without reading again.
    void setCompared(bool compared);
    void clearFilter();
    std::vector<EnvironmentSpecPtr> environments() const; ///< of the inventory

    EnvironmentPicker *picker() const { return m_picker; }
    QToolButton *environmentsButton() const { return m_environments; }
    QComboBox *entries() const { return m_entries; }
    QComboBox *reference() const { return m_reference; }
    QComboBox *view() const { return m_view; }
    QMenu *normalisers() const { return m_normalisersMenu; }
    ComparePatterns *patterns() const { return m_patterns; } ///< null until it was opened
    QMenu *baselineMenu() const { return m_baselineMenu; }
    FilterLine *filter() const { return m_filter; }
    QToolButton *again() const { return m_again; }
    QToolButton *exportButton() const { return m_export; }
    QLabel *hidden() const { return m_hidden; }

public slots:
    void openPicker();

signals:
    void compareWanted(); ///< read anew
    void judgeWanted(); ///< what was read, by another reference or other normalisers
    void lookChanged();
    void exportWanted();
    void baselineWanted(const QString &environment);

private:
    void setupNormalisers();
    void setupBaseline();
    void arrange();
    void fillEntries();
    void fillReference();
    void takeNormalisers();
    void openPatterns();
    void takeReference();

    WindowModels &m_models;
    QStringList m_chosen; // what stays while one of them is held against its baseline
    items::CompareQuestion m_question;
    bool m_compared = false;
    EnvironmentPicker *m_picker;
    QToolButton *m_environments;
    QComboBox *m_entries;
    QComboBox *m_reference;
    QComboBox *m_view;
    QToolButton *m_normalisers;
    QMenu *m_normalisersMenu;
    QList<QAction *> m_rules;
    QAction *m_patternsAction = nullptr;
    ComparePatterns *m_patterns = nullptr;
    QToolButton *m_baseline;
    QMenu *m_baselineMenu;
    FilterLine *m_filter;
    QToolButton *m_again;
    QToolButton *m_export;
    QLabel *m_hidden;
};

} // namespace taffrail::ui
