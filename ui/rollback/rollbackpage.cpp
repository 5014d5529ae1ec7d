// SPDX-License-Identifier: GPL-3.0-or-later
#include "rollbackpage.h"

#include "environmentband.h"
#include "flowlayout.h"
#include "inlinemessage.h"
#include "rollbacksession.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QLabel>
#include <QVBoxLayout>

namespace taffrail::ui {

RollbackPage::RollbackPage(RollbackPageId id, RollbackSession &session, QWidget *parent)
    : QWizardPage(parent),
      m_session(session),
      m_band(new EnvironmentBand(this)),
      m_notice(new InlineMessage(this)),
      m_column(new QVBoxLayout(this))
{
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(6);
    m_column->addWidget(m_band);
    m_column->addWidget(makeStrip(id));
    m_column->addWidget(m_notice);
    const auto update = [this] { m_band->setState(m_session.state(), m_session.models().isDemo); };
    connect(&session.models().console, &items::ConsoleModels::applied, this, update);
    update();
    setAccessibleName(tr("%1, step %2 of %3. %4").arg(nameOf(id)).arg(id + 1).arg(VerifyId + 1).arg(m_band->text()));
}

QString RollbackPage::nameOf(RollbackPageId id)
{
    switch (id) {
    case TargetId: return tr("Target");
    case ChangesId: return tr("What changes");
    case PreflightId: return tr("Preflight");
    case ApprovalId: return tr("Approval");
    case ConfirmId: return tr("Confirm");
    case RunId: return tr("Run");
    case VerifyId: return tr("Verify");
    }
    return {};
}

void RollbackPage::updateComplete()
{
    const bool complete = isComplete();
    if (std::exchange(m_wasComplete, complete) != complete)
        emit completeChanged();
}

QWidget *RollbackPage::makeStrip(RollbackPageId own)
{
    auto *strip = new QWidget(this);
    auto *row = new FlowLayout(Qt::AlignLeft, 4);
    strip->setLayout(row);
    for (int id = TargetId; id <= VerifyId; ++id) {
        auto *label = plainLabel(QStringLiteral("%1 %2").arg(id + 1).arg(nameOf(RollbackPageId(id))), strip);
        label->setContentsMargins(8, 2, 8, 2);
        if (id == own) {
            QFont bold = label->font();
            bold.setBold(true);
            label->setFont(bold);
            label->setText(QLatin1Char('[') + label->text() + QLatin1Char(']'));
            label->setAutoFillBackground(true);
            label->setBackgroundRole(QPalette::Highlight);
            label->setForegroundRole(QPalette::HighlightedText);
        }
        row->addWidget(label);
    }
    return strip;
}

} // namespace taffrail::ui
