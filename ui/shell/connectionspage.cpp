// SPDX-License-Identifier: GPL-3.0-or-later
#include "connectionspage.h"

#include "filterline.h"
#include "flowlayout.h"
#include "opstable.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QHeaderView>
#include <QLabel>
#include <QSet>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>

namespace taffrail::ui {

ConnectionsPage::ConnectionsPage(WindowModels &models, QWidget *parent)
    : Page(parent),
      m_models(models),
      m_split(new QSplitter(Qt::Vertical, this)),
      m_table(new OpsTable(QStringLiteral("connections"), models.time, m_split))
{
    m_split->setObjectName(QStringLiteral("connectionsSplitter"));
    m_split->setChildrenCollapsible(false);
    m_table->setAccessibleName(tr("Connections"));
    m_table->setSource(&models.console.links, new OpsProxy(m_table));
    m_table->sortByColumn(items::LinkModel::State, Qt::DescendingOrder);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(6, 6, 6, 6);
    column->addWidget(makeTop());
    column->addWidget(m_split, 1);
    m_split->addWidget(m_table);
    m_split->addWidget(makeBottom());
    m_split->setStretchFactor(0, 3);
    m_split->setStretchFactor(1, 2);

    connect(m_test, &QToolButton::clicked, this, &ConnectionsPage::testChosen);
    connect(m_testAll, &QToolButton::clicked, this, &ConnectionsPage::testAll);
    connect(m_retry, &QToolButton::clicked, this, &ConnectionsPage::retryChosen);
    connect(m_table, &OpsTable::detailsRequested, this, &Page::detailsRequested);
    connect(m_table, &OpsTable::opened, this, &Page::detailsRequested);
    connect(m_stages, &OpsTable::detailsRequested, this, &Page::detailsRequested);
    connect(m_stages, &OpsTable::opened, this, &Page::detailsRequested);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentChanged, this, &ConnectionsPage::showTest);
    connect(&models.console.links, &items::LinkModel::testChanged, this, [this](const QString &id) {
        if (id == m_shown)
            showTest();
    });
    connect(&models.console, &items::ConsoleModels::clockMoved, this, &ConnectionsPage::showTest);
    connect(m_split, &QSplitter::splitterMoved, this, [this] { m_dividedByHand = true; });
    setTabOrder(m_test, m_testAll);
    setTabOrder(m_testAll, m_retry);
    setTabOrder(m_retry, m_filter);
    setTabOrder(m_filter, m_table);
    setTabOrder(m_table, m_stages);
    showTest();
}

QWidget *ConnectionsPage::makeTop()
{
    auto *bar = new QWidget(this);
    m_filter = new FilterLine(*m_table, tr("connections"), bar);
    m_test = textButton(tr("Test connection"), bar);
    m_test->setAccessibleDescription(tr("Connects the chosen rows from nothing and shows every stage"));
    m_testAll = textButton(tr("Test all"), bar);
    m_testAll->setAccessibleDescription(tr("Tests every connection, a few at a time"));
    m_retry = textButton(tr("Retry now"), bar);
    m_retry->setAccessibleDescription(tr("Connects the chosen rows again without waiting"));
    auto *counts = plainLabel({}, bar);
    auto *label = plainLabel(tr("Filter:"), bar);
    label->setBuddy(m_filter);
    m_filter->setMinimumWidth(fontMetrics().averageCharWidth() * 24);
    counts->setMinimumHeight(m_test->sizeHint().height()); // on one line with the buttons
    label->setMinimumHeight(m_test->sizeHint().height());
    auto *top = new FlowLayout(Qt::AlignLeft, 6);
    bar->setLayout(top);
    for (QWidget *widget :
         {static_cast<QWidget *>(counts), static_cast<QWidget *>(m_test), static_cast<QWidget *>(m_testAll),
          static_cast<QWidget *>(m_retry), static_cast<QWidget *>(label), static_cast<QWidget *>(m_filter)})
        top->addWidget(widget);
    const auto count = [this, counts] {
        const items::LinkModel &links = m_models.console.links;
        counts->setText(tr("%1 of %2 connected").arg(links.upCount()).arg(links.totalCount()));
    };
    connect(&m_models.console.links, &items::LinkModel::countsChanged, this, count);
    count();
    return bar;
}

QWidget *ConnectionsPage::makeBottom()
{
    auto *pane = new QWidget(m_split);
    m_heading = plainLabel({}, pane);
    QFont bold = m_heading->font();
    bold.setBold(true);
    m_heading->setFont(bold);
    m_stages = new OpsTable(QStringLiteral("connectionStages"), m_models.time, pane);
    m_stages->setAccessibleName(tr("Stages of the connection test"));
    m_stages->setSource(&m_stageModel, new OpsProxy(m_stages));
    m_stages->setSortingEnabled(false); // one after the other, as they happened
    m_remedy = plainTextBlock({}, pane);
    m_remedy->setObjectName(QStringLiteral("connectionRemedy"));
    auto *column = new QVBoxLayout(pane);
    column->setContentsMargins(0, 4, 0, 0);
    column->addWidget(m_heading);
    column->addWidget(m_stages, 1);
    column->addWidget(m_remedy);
    return pane;
}

QString ConnectionsPage::title() const
{
    return tr("Connections");
}

void ConnectionsPage::showTest()
{
    m_shown = m_table->currentId();
    const items::LinkModel &links = m_models.console.links;
    const items::ConnectionId chosen = links.connectionOf(m_shown);
    const ConnectionTestPtr test = links.testOf(m_shown);
    m_stageModel.show(test);
    m_test->setEnabled(links.totalCount() > 0);
    m_testAll->setEnabled(links.totalCount() > 0);
    m_stages->setVisible(bool(test));
    QString heading;
    QString remedy;
    if (chosen.subject.isEmpty()) {
        heading = tr("No connection is chosen.");
    } else if (!test) {
        heading = tr("%1 was not tested since the start. \"Test connection\" connects once more, beside the "
                     "connection in use.")
                      .arg(chosen.subject);
    } else {
        const items::Worded words = items::worded(*test);
        heading = tr("Test of %1: %2").arg(chosen.subject, words.text);
        if (test->isOver())
            heading = tr("%1, %2 ago").arg(heading, items::relativeText(test->finishedAt, m_models.console.now()));
        if (test->error)
            remedy = sentence(*test->error);
    }
    m_heading->setText(heading);
    m_heading->setWordWrap(!test);
    m_remedy->setText(remedy);
    m_remedy->setVisible(!remedy.isEmpty());
    divide(bool(test));
}

/// Room for all stages when there are some, and for a line when not; until a person divides it otherwise.
void ConnectionsPage::divide(bool hasStages)
{
    if (m_dividedByHand || m_split->height() <= 0 || std::exchange(m_showsStages, int(hasStages)) == int(hasStages))
        return;
    const int line = m_stages->verticalHeader()->defaultSectionSize();
    const int rows = m_stageModel.rowCount() + 3; // header, heading, the remedy's first line
    const int wanted = hasStages ? line * (rows + 2) : m_heading->sizeHint().height() + 8;
    const int bottom = std::min(wanted, m_split->height() * 3 / 5);
    m_split->setSizes({m_split->height() - bottom, bottom});
}

void ConnectionsPage::resizeEvent(QResizeEvent *event)
{
    Page::resizeEvent(event);
    m_showsStages = -1;
    QMetaObject::invokeMethod(this, &ConnectionsPage::showTest, Qt::QueuedConnection); // once the splitter has its size
}

void ConnectionsPage::testChosen()
{
    const QModelIndexList rows = m_table->chosenRows();
    for (const QModelIndex &row : rows) {
        const items::ConnectionId id = m_models.console.links.connectionOf(row.data(items::IdRole).toString());
        if (!id.subject.isEmpty())
            emit m_models.testRequested(id.environment, id.subject, id.isDatabase);
    }
}

void ConnectionsPage::testAll()
{
    for (const items::ConnectionId &id : m_models.console.links.connections())
        emit m_models.testRequested(id.environment, id.subject, id.isDatabase);
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

void ConnectionsPage::cyclePane(bool /*forward*/)
{
    OpsTable *other = m_table->hasFocus() && m_stages->isVisible() ? m_stages : m_table;
    other->setFocus(Qt::TabFocusReason);
}

} // namespace taffrail::ui
