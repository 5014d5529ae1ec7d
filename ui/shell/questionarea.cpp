// SPDX-License-Identifier: GPL-3.0-or-later
#include "questionarea.h"

#include "inlinemessage.h"
#include "questionpanel.h"
#include "windowmodels.h"

#include <QApplication>
#include <QClipboard>
#include <QVBoxLayout>

namespace taffrail::ui {

namespace {

enum NoticeButton { CopyNotice, CloseNotice };

} // namespace

QuestionArea::QuestionArea(WindowModels &models, QWidget *parent)
    : QWidget(parent),
      m_models(models),
      m_notice(new InlineMessage(this))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_notice);
    connect(&models, &WindowModels::told, this, [this](Status severity, const QString &text, const QString &detail) {
        const QString all = detail.isEmpty() ? text : text + QLatin1Char('\n') + detail;
        m_notice->showMessage(severity, all,
                              text.isEmpty()
                                  ? QList<QPair<int, QString>>()
                                  : QList<QPair<int, QString>>{{CopyNotice, tr("Copy")}, {CloseNotice, tr("Close")}});
    });
    connect(m_notice, &InlineMessage::pressed, this, [this](int button) {
        if (button == CopyNotice)
            QApplication::clipboard()->setText(m_notice->text());
        else
            m_notice->clear();
    });
    connect(&models, &WindowModels::hostKeyAsked, this,
            [this](const HostKeyQuestion &question) { add(new QuestionPanel(question, this)); });
    connect(&models, &WindowModels::secretAsked, this,
            [this](const SecretQuestion &question) { add(new QuestionPanel(question, this)); });
    connect(&models, &WindowModels::hostKeyWithdrawn, this, [this](quint64 id) { drop(true, id); });
    connect(&models, &WindowModels::secretWithdrawn, this, [this](quint64 id) { drop(false, id); });
}

void QuestionArea::add(QuestionPanel *panel)
{
    drop(panel->isHostKey(), panel->id());
    m_questions << panel;
    layout()->addWidget(panel);
    connect(panel, &QuestionPanel::hostKeyAnswered, this, [this](quint64 id, const QString &fingerprint) {
        drop(true, id);
        emit m_models.hostKeyAnswered(id, fingerprint);
    });
    connect(panel, &QuestionPanel::secretAnswered, this, [this](quint64 id, const QByteArray &secret) {
        drop(false, id);
        emit m_models.secretAnswered(id, secret);
    });
    showFirst();
}

void QuestionArea::drop(bool isHostKey, quint64 id)
{
    for (QuestionPanel *panel : QList<QuestionPanel *>(m_questions)) {
        if (panel->isHostKey() != isHostKey || panel->id() != id)
            continue;
        m_questions.removeOne(panel);
        panel->hide();
        panel->deleteLater();
    }
    showFirst();
}

void QuestionArea::showFirst()
{
    for (QuestionPanel *panel : std::as_const(m_questions))
        panel->setVisible(panel == m_questions.first());
}

} // namespace taffrail::ui
