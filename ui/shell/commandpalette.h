// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <QStringList>

#include <functional>

class QLineEdit;
class QListView;
class QStandardItemModel;

namespace taffrail::ui {

class ActionRegistry;
class WindowModels;

/// How well `typed` fits `text` as letters in order: higher is better, -1 = not at all. Starts of words count more.
int fuzzyScore(const QString &typed, const QString &text);

/// Find or run: `>` actions, `@` environments, `#` releases of the open environment and keys of the comparison; without
/// a prefix all of them.
class CommandPalette : public QDialog {
    Q_OBJECT

public:
    CommandPalette(WindowModels &models, ActionRegistry &actions, QWidget *parent);

    /// Opens empty, or with a prefix already typed.
    void popUp(const QString &typed = {});
    /// Where keys of the comparison come from: id and text of each.
    void setKeys(const std::function<QList<QPair<QString, QString>>()> &keys) { m_keys = keys; }
    QLineEdit *field() const { return m_field; }
    QListView *list() const { return m_list; }

signals:
    void environmentChosen(const QString &environment);
    void releaseChosen(const QString &rowId);
    void keyChosen(const QString &id);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    struct Entry {
        QString kind; ///< ">", "@" or "#"
        QString id;
        QString text;
        QString hint;
        bool isKey = false;
    };
    QList<Entry> entries() const;
    void search(const QString &typed);
    void run();

    WindowModels &m_models;
    std::function<QList<QPair<QString, QString>>()> m_keys;
    ActionRegistry &m_actions;
    QLineEdit *m_field;
    QListView *m_list;
    QStandardItemModel *m_found;
    QStringList m_recent; // kind + id, newest first
};

} // namespace taffrail::ui
