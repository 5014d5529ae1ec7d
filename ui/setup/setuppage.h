// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "environmentdraft.h"
#include "page.h"

class QLabel;
class QLineEdit;
class QListWidget;
class QPlainTextEdit;
class QToolButton;

namespace taffrail::ui {

class EnvironmentForm;
class InlineMessage;
class WindowModels;

/// The way to an inventory: add an environment by hand, choose a file, or take over what OpenSSH and libpq know. What
/// will be written is shown before; an existing file is never overwritten.
class SetupPage : public Page {
    Q_OBJECT

public:
    SetupPage(WindowModels &models, QWidget *parent);

    QString title() const override;
    OpsTable *mainTable() const override { return nullptr; }
    void focusFilter() override {}
    void takeFocus() override;

    QToolButton *addButton() const { return m_add; }
    QToolButton *chooseButton() const { return m_choose; }
    QToolButton *importButton() const { return m_import; }
    QToolButton *writeButton() const { return m_write; }
    QToolButton *startButton() const { return m_start; }
    EnvironmentForm *form() const { return m_form; }
    QListWidget *candidates() const { return m_candidates; }
    QPlainTextEdit *preview() const { return m_preview; }
    QLineEdit *path() const { return m_path; }
    InlineMessage *message() const { return m_message; }
    /// Looks at a file that a person chose; it can be started with when it holds no mistake.
    void choose(const QString &path);

private:
    enum class Way { None, Add, Import };

    QWidget *makeTop();
    void makeDraftParts(QWidget *page);
    void show(Way way);
    void fillCandidates();
    std::vector<EnvironmentDraft> drafts() const;
    void updatePreview();
    void write();
    void offerStart(const QString &path, const QString &words);
    void openFileDialog();

    WindowModels &m_models;
    Way m_way = Way::None;
    QToolButton *m_add, *m_choose, *m_import, *m_again;
    EnvironmentForm *m_form;
    QListWidget *m_candidates;
    QLabel *m_found;
    QWidget *m_draftPart;
    QPlainTextEdit *m_preview;
    QLabel *m_mistakes;
    QLineEdit *m_path;
    QToolButton *m_write, *m_start;
    InlineMessage *m_message;
    QString m_startPath;
    QByteArray m_text; // checked, "" = not to be written
};

} // namespace taffrail::ui
