// SPDX-License-Identifier: GPL-3.0-or-later
#include "environmentform.h"

#include "widgets.h"
#include "words.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>

namespace taffrail::ui {

EnvironmentForm::EnvironmentForm(QWidget *parent)
    : QWidget(parent),
      m_name(new QLineEdit(this)),
      m_tier(new QComboBox(this)),
      m_host(new QLineEdit(this)),
      m_user(new QLineEdit(this)),
      m_dsn(new QLineEdit(this)),
      m_capistrano(new QLineEdit(this))
{
    m_tier->addItem(tr("Choose the kind\u2026"), -1);
    for (const Tier tier : {Tier::Production, Tier::Staging, Tier::Testing, Tier::Development})
        m_tier->addItem(items::tierTitle(tier), int(tier));
    m_name->setPlaceholderText(tr("Shop production"));
    m_host->setPlaceholderText(tr("web1.example.com, or an alias of ~/.ssh/config"));
    m_user->setPlaceholderText(tr("as OpenSSH is set up"));
    m_dsn->setPlaceholderText(tr("host=10.0.0.9 dbname=shop user=taffrail (no password here)"));
    m_capistrano->setPlaceholderText(QStringLiteral("/srv/shop"));
    auto *form = new QFormLayout(this);
    form->setContentsMargins(0, 0, 0, 0);
    form->setRowWrapPolicy(QFormLayout::WrapLongRows);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    const auto add = [&](const QString &text, QWidget *field) {
        auto *label = plainLabel(text, this);
        label->setBuddy(field);
        field->setAccessibleName(text);
        field->setMinimumHeight(24);
        form->addRow(label, field);
        if (auto *line = qobject_cast<QLineEdit *>(field))
            connect(line, &QLineEdit::textChanged, this, &EnvironmentForm::edited);
    };
    add(tr("Name"), m_name);
    add(tr("Kind"), m_tier);
    add(tr("Host"), m_host);
    add(tr("SSH user (optional)"), m_user);
    add(tr("Database (optional)"), m_dsn);
    add(tr("Capistrano folder (optional)"), m_capistrano);
    connect(m_tier, &QComboBox::currentIndexChanged, this, &EnvironmentForm::edited);
}

EnvironmentDraft EnvironmentForm::draft() const
{
    EnvironmentDraft draft;
    draft.name = m_name->text().trimmed();
    draft.id = idFromName(draft.name);
    const int tier = m_tier->currentData().toInt();
    if (tier >= 0)
        draft.tier = Tier(tier);
    draft.host = m_host->text().trimmed();
    draft.user = m_user->text().trimmed();
    draft.dsn = m_dsn->text().trimmed();
    draft.capistranoPath = m_capistrano->text().trimmed();
    return draft;
}

} // namespace taffrail::ui
