// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <QStringList>

class QLineEdit;
class QListView;
class QStandardItemModel;

namespace taffrail::ui {

class ActionRegistry;
class WindowModels;

/// How well `typed` fits `text` as letters in order: higher is better, -1 = not at all. Starts of words count more.
int fuzzyScore(const QString &typed, const QString &text);

/// Find or run: `>` actions, `@` environments, `#` releases of the open environment; without a prefix all of them.
class CommandPalette : public QDialog {
    Q_OBJECT

public:
    CommandPalette(WindowModels &models, ActionRegistry &actions, QWidget *parent);

    /// Opens empty, or with a prefix already typed.
    void popUp(const QString &typed = {});
    QLineEdit *field() const { return m_field; }
    QListView *list() const { return m_list; }

signals:
    void environmentChosen(const QString &environment);
    void releaseChosen(const QString &rowId);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    struct Entry {
        QString kind; ///< ">", "@" or "#"
        QString id;
        QString text;
        QString hint;
    };
    QList<Entry> entries() const;
    void search(const QString &typed);
    void run();

    WindowModels &m_models;
    ActionRegistry &m_actions;
    QLineEdit *m_field;
    QListView *m_list;
    QStandardItemModel *m_found;
    QStringList m_recent; // kind + id, newest first
};

} // namespace taffrail::ui
