// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "questions.h"

#include <QFrame>

class QLabel;
class QLineEdit;
class QToolButton;

namespace taffrail::ui {

/// One question in the layout, above the screen. No button is a default button; Enter answers nothing but a secret that
/// was typed.
class QuestionPanel : public QFrame {
    Q_OBJECT

public:
    explicit QuestionPanel(const HostKeyQuestion &question, QWidget *parent);
    explicit QuestionPanel(const SecretQuestion &question, QWidget *parent);

    quint64 id() const { return m_id; }
    bool isHostKey() const { return m_isHostKey; }
    QLineEdit *field() const { return m_field; }
    QToolButton *acceptButton() const { return m_accept; }
    QToolButton *refuseButton() const { return m_refuse; }

signals:
    /// As typed or compared; "" = refused.
    void hostKeyAnswered(quint64 id, const QString &fingerprint);
    /// Null = refused.
    void secretAnswered(quint64 id, const QByteArray &secret);

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void build(const QString &title, const QString &body, const QString &fieldLabel, bool withField,
               const QString &accept, const QString &refuse);
    void answerSecret();

    quint64 m_id;
    bool m_isHostKey;
    QLineEdit *m_field = nullptr;
    QToolButton *m_accept = nullptr;
    QToolButton *m_refuse = nullptr;
};

} // namespace taffrail::ui
