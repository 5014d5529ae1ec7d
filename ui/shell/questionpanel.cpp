// SPDX-License-Identifier: GPL-3.0-or-later
#include "questionpanel.h"

#include "statusglyph.h"
#include "theme.h"
#include "widgets.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QToolButton>

namespace taffrail::ui {

QuestionPanel::QuestionPanel(const HostKeyQuestion &question, QWidget *parent)
    : QFrame(parent),
      m_id(question.id),
      m_isHostKey(true)
{
    setObjectName(QStringLiteral("hostKeyQuestion"));
    const QString body
        = tr("%1 (reached as %2) shows a %3 key that nothing is known about:\n%4\nCompare it with the "
             "fingerprint that the machine's owner gives: a different one can mean that somebody listens in between.")
              .arg(question.host, question.reached, question.keyType, question.fingerprint);
    build(tr("Unknown host key: %1").arg(question.host),
          question.production
              ? body + QLatin1Char('\n') + tr("Production: type or paste the fingerprint from its owner.")
              : body,
          tr("Fingerprint:"), question.production, tr("Trust this key"), tr("Refuse"));
    m_accept->setAccessibleDescription(tr("Stores the key and connects"));
    m_refuse->setAccessibleDescription(tr("Leaves the host unconnected"));
    const QString fingerprint = question.fingerprint;
    if (m_field) {
        m_accept->setEnabled(false);
        connect(m_field, &QLineEdit::textChanged, this, [this, fingerprint](const QString &text) {
            const QString typed = text.trimmed();
            m_accept->setEnabled(!fingerprint.isEmpty() && typed == fingerprint);
        });
    }
    connect(m_accept, &QToolButton::clicked, this, [this, fingerprint] { emit hostKeyAnswered(m_id, fingerprint); });
    connect(m_refuse, &QToolButton::clicked, this, [this] { emit hostKeyAnswered(m_id, {}); });
}

QuestionPanel::QuestionPanel(const SecretQuestion &question, QWidget *parent)
    : QFrame(parent),
      m_id(question.id),
      m_isHostKey(false)
{
    setObjectName(QStringLiteral("secretQuestion"));
    build(tr("%1 asks for a secret").arg(question.subject), question.prompt, tr("Answer:"), true, tr("Send answer"),
          tr("Not now"));
    m_field->setEchoMode(question.echo ? QLineEdit::Normal : QLineEdit::Password);
    m_field->setInputMethodHints(Qt::ImhSensitiveData | Qt::ImhNoPredictiveText);
    connect(m_field, &QLineEdit::returnPressed, this, &QuestionPanel::answerSecret);
    connect(m_accept, &QToolButton::clicked, this, &QuestionPanel::answerSecret);
    connect(m_refuse, &QToolButton::clicked, this, [this] {
        m_field->clear();
        emit secretAnswered(m_id, {});
    });
}

void QuestionPanel::build(const QString &title, const QString &body, const QString &fieldLabel, bool withField,
                          const QString &accept, const QString &refuse)
{
    setAccessibleName(title + QStringLiteral(". ") + body);
    auto *glyph = plainLabel({}, this);
    const int side = glyphSide(fontMetrics());
    glyph->setPixmap(
        statusPixmap(Status::Unknown, side, themeOf(palette()).statusColor(Status::Unknown), devicePixelRatioF()));
    auto *head = plainTextBlock(title, this);
    QFont bold = head->font();
    bold.setBold(true);
    head->setFont(bold);
    auto *text = plainTextBlock(body, this);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    text->setAccessibleName(body);
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(8, 6, 8, 6);
    grid->addWidget(glyph, 0, 0, Qt::AlignTop);
    grid->addWidget(head, 0, 1);
    grid->addWidget(text, 1, 1);
    auto *row = new QHBoxLayout;
    if (withField) {
        m_field = new QLineEdit(this);
        m_field->setMinimumHeight(24);
        m_field->setAccessibleName(title + QStringLiteral(": ") + fieldLabel);
        auto *label = plainLabel(fieldLabel, this);
        label->setBuddy(m_field);
        row->addWidget(label);
        row->addWidget(m_field, 1);
    } else {
        row->addStretch(1);
    }
    m_refuse = textButton(refuse, this);
    m_accept = textButton(accept, this);
    row->addWidget(m_refuse);
    row->addSpacing(24);
    row->addWidget(m_accept);
    grid->addLayout(row, 2, 1);
    grid->setColumnStretch(1, 1);
}

void QuestionPanel::answerSecret()
{
    QString typed = m_field->text();
    QByteArray secret = typed.toUtf8();
    if (secret.isNull())
        secret = QByteArray("", 0);
    m_field->clear();
    emit secretAnswered(m_id, secret);
    secret.fill('\0');
    typed.fill(QLatin1Char('\0'));
}

void QuestionPanel::paintEvent(QPaintEvent *)
{
    const Theme &theme = themeOf(palette());
    QPainter painter(this);
    painter.fillRect(rect(), theme.noticeStale.background);
    painter.fillRect(QRect(0, 0, 4, height()), theme.focus);
    painter.setPen(theme.border);
    painter.drawLine(rect().bottomLeft(), rect().bottomRight());
}

void QuestionPanel::keyPressEvent(QKeyEvent *event)
{
    // Escape is not an answer: a stray key must not refuse a host either.
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        return;
    QFrame::keyPressEvent(event);
}

} // namespace taffrail::ui
