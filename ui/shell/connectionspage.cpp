// SPDX-License-Identifier: GPL-3.0-or-later
#include "connectionspage.h"

#include "filterline.h"
#include "opstable.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QSet>
#include <QToolButton>

namespace taffrail::ui {

ConnectionsPage::ConnectionsPage(WindowModels &models, QWidget *parent)
    : Page(parent),
      m_models(models),
      m_table(new OpsTable(QStringLiteral("connections"), models.time, this)),
      m_filter(nullptr),
      m_retry(nullptr)
{
    m_table->setAccessibleName(tr("Connections"));
    m_table->setSource(&models.console.links, new OpsProxy(m_table));
    m_table->sortByColumn(items::LinkModel::State, Qt::DescendingOrder);
    m_filter = new FilterLine(*m_table, tr("connections"), this);
    m_retry = textButton(tr("Retry now"), this);
    m_retry->setAccessibleDescription(tr("Connects the chosen rows again without waiting"));
    auto *counts = plainLabel({}, this);
    auto *label = plainLabel(tr("Filter:"), this);
    label->setBuddy(m_filter);
    auto *top = new QHBoxLayout;
    top->addWidget(counts);
    top->addWidget(m_retry);
    top->addStretch(1);
    top->addWidget(label);
    top->addWidget(m_filter, 1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(6, 6, 6, 6);
    column->addLayout(top);
    column->addWidget(m_table, 1);

    const auto count = [this, counts] {
        const items::LinkModel &links = m_models.console.links;
        counts->setText(tr("%1 of %2 connected").arg(links.upCount()).arg(links.totalCount()));
    };
    connect(&models.console.links, &items::LinkModel::countsChanged, this, count);
    count();
    connect(m_retry, &QToolButton::clicked, this, &ConnectionsPage::retryChosen);
    connect(m_table, &OpsTable::detailsRequested, this, &Page::detailsRequested);
    connect(m_table, &OpsTable::opened, this, &Page::detailsRequested);
    setTabOrder(m_retry, m_filter);
    setTabOrder(m_filter, m_table);
}

QString ConnectionsPage::title() const
{
    return tr("Connections");
}

void ConnectionsPage::retryChosen()
{
    QSet<QString> environments;
    const QModelIndexList rows = m_table->chosenRows();
    for (const QModelIndex &row : rows)
        environments.insert(row.data(items::EnvironmentRole).toString());
    for (const QString &environment : std::as_const(environments))
        emit m_models.retryRequested(environment);
}

void ConnectionsPage::focusFilter()
{
    m_filter->takeFocus();
}

} // namespace taffrail::ui
