// SPDX-License-Identifier: GPL-3.0-or-later
#include "boardpage.h"

#include "boarddelegate.h"
#include "boardproxy.h"
#include "countstrip.h"
#include "filterline.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QStackedLayout>
#include <QToolButton>

namespace taffrail::ui {

BoardPage::BoardPage(WindowModels &models, QWidget *parent)
    : Page(parent),
      m_models(models),
      m_counts(new CountStrip(this)),
      m_table(new OpsTable(QStringLiteral("board"), models.time, this)),
      m_proxy(new BoardProxy(m_table))
{
    setupTable();
    m_filter = new FilterLine(*m_table, tr("environments"), this);
    auto *top = new QHBoxLayout;
    auto *label = plainLabel(tr("Filter:"), this);
    label->setBuddy(m_filter);
    top->addWidget(m_counts, 3);
    top->addWidget(label);
    top->addWidget(m_filter, 1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(6, 6, 6, 6);
    column->addLayout(top);
    m_stack = new QStackedLayout;
    m_stack->addWidget(m_table);
    setupEmptyPage();
    column->addLayout(m_stack, 1);

    connect(m_counts, &CountStrip::chosenChanged, this, [this] {
        m_proxy->setStatuses(m_counts->chosen());
        updateShown();
    });
    connect(m_filter, &FilterLine::filterChanged, this, &BoardPage::updateShown);
    connect(m_table, &OpsTable::rowsShownChanged, this, &BoardPage::updateShown);
    // The proxy tells of removed rows before the model has let go of them.
    connect(&models.console.board, &QAbstractItemModel::rowsRemoved, this, &BoardPage::updateShown);
    connect(&models.console.board, &QAbstractItemModel::rowsInserted, this, &BoardPage::updateShown);
    const auto count = [this] { m_counts->setCounts(m_models.console.board.counts()); };
    connect(&models.console.board, &items::BoardModel::countsChanged, this, count);
    count();
    updateShown();
    setTabOrder(m_counts, m_filter);
    setTabOrder(m_filter, m_table);
}

QString BoardPage::title() const
{
    return tr("Board");
}

void BoardPage::setupTable()
{
    m_table->setAccessibleName(tr("Environments"));
    auto *delegate = new BoardDelegate(m_models.time, m_table);
    delegate->setGlyphScale(1.25);
    m_table->setStatusDelegate(delegate);
    m_table->setSource(&m_models.console.board, m_proxy);
    m_table->sortByColumn(items::BoardModel::Overall, Qt::DescendingOrder);
    // The findings below are those of the row that one stands on.
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex &row) {
        if (isVisible() && row.isValid())
            m_models.console.select(row.data(items::IdRole).toString());
    });
    connect(m_table, &OpsTable::opened, this,
            [this](const QModelIndex &index) { emit environmentOpened(index.data(items::IdRole).toString()); });
    connect(m_table, &OpsTable::detailsRequested, this, &Page::detailsRequested);
}

void BoardPage::setupEmptyPage()
{
    auto *page = new QWidget(this);
    m_nothing = plainTextBlock({}, page);
    m_nothing->setAlignment(Qt::AlignCenter);
    QToolButton *clear = textButton(tr("Clear filter"), page);
    m_clear = clear;
    connect(clear, &QToolButton::clicked, this, [this] {
        m_counts->clearChosen();
        m_filter->clear();
        m_table->setFocus(Qt::OtherFocusReason);
    });
    auto *column = new QVBoxLayout(page);
    column->addStretch(1);
    column->addWidget(m_nothing);
    column->addWidget(clear, 0, Qt::AlignHCenter);
    column->addStretch(1);
    m_stack->addWidget(page);
}

void BoardPage::updateShown()
{
    const int shown = m_proxy->rowCount(), total = m_models.console.board.rowCount();
    m_clear->setVisible(total > 0);
    if (total == 0) {
        const QString files = m_models.inventoryFiles.join(QStringLiteral(", "));
        m_nothing->setText(!m_models.setup.trouble.isEmpty()
                               ? tr("The inventory cannot be read.") + QLatin1Char('\n') + m_models.setup.troubleDetail
                               : files.isEmpty()
                               ? tr("No environment is set up.")
                               : tr("No environment is set up. The inventory was read from %1.").arg(files));
    } else {
        m_nothing->setText(tr("%1 of %2 shown").arg(shown).arg(total));
    }
    m_stack->setCurrentIndex(shown > 0 ? 0 : 1);
}

void BoardPage::focusFilter()
{
    m_filter->takeFocus();
}

} // namespace taffrail::ui
