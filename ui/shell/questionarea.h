// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace taffrail {
struct HostKeyQuestion;
struct SecretQuestion;
} // namespace taffrail

namespace taffrail::ui {

class InlineMessage;
class QuestionPanel;
class WindowModels;

/// The open questions, the first one shown, and the window-wide notice. Never takes the focus by itself.
class QuestionArea : public QWidget {
    Q_OBJECT

public:
    QuestionArea(WindowModels &models, QWidget *parent);

    QList<QuestionPanel *> questions() const { return m_questions; }
    InlineMessage *notice() const { return m_notice; }

private:
    void add(QuestionPanel *panel);
    void drop(bool isHostKey, quint64 id);
    void showFirst();

    WindowModels &m_models;
    InlineMessage *m_notice;
    QList<QuestionPanel *> m_questions;
};

} // namespace taffrail::ui
