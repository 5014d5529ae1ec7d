// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "preferences.h"

#include <QDialog>

class QComboBox;
class QGridLayout;
class QLabel;
class QListWidget;
class QPushButton;
class QStackedWidget;

namespace taffrail::ui {

class ActionRegistry;
class ShortcutTable;
class WindowModels;

/// What a person may choose, page by page; every value says whether it is the default. Not modal: nothing waits for it.
class SettingsDialog : public QDialog {
    Q_OBJECT

public:
    SettingsDialog(Preferences &preferences, ActionRegistry &actions, WindowModels &models, const QString &uiStatePath,
                   QWidget *parent);

    QComboBox *choice(Preferences::Key key) const { return m_choices.value(key); }
    QLabel *origin(Preferences::Key key) const { return m_origins.value(key); }
    ShortcutTable *shortcutTable() const { return m_shortcuts; }
    QListWidget *pageList() const { return m_list; }
    QPushButton *applyButton() const { return m_apply; }
    void apply();

protected:
    void showEvent(QShowEvent *event) override;

private:
    QWidget *makePage(const QString &title);
    QWidget *appearancePage();
    QWidget *notificationsPage();
    QWidget *shortcutsPage();
    QWidget *storagePage();
    void addChoice(QGridLayout &grid, const QString &label, Preferences::Key key, const QStringList &texts);
    void load();
    void update();
    void exportShortcuts();
    void importShortcuts();

    Preferences &m_preferences;
    ActionRegistry &m_actions;
    WindowModels &m_models;
    QString m_uiStatePath;
    QListWidget *m_list;
    QStackedWidget *m_pages;
    QMap<Preferences::Key, QComboBox *> m_choices;
    QMap<Preferences::Key, QLabel *> m_origins;
    ShortcutTable *m_shortcuts = nullptr;
    QLabel *m_message;
    QPushButton *m_apply;
};

} // namespace taffrail::ui
