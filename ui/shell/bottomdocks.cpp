// SPDX-License-Identifier: GPL-3.0-or-later
#include "bottomdocks.h"

#include "opstable.h"
#include "windowmodels.h"

#include <QPlainTextEdit>
#include <QScrollBar>
#include <QSplitter>

namespace taffrail::ui {

ActivityDock::ActivityDock(WindowModels &models, QWidget *parent)
    : QDockWidget(tr("Activity"), parent),
      m_table(nullptr),
      m_detail(nullptr)
{
    setObjectName(QStringLiteral("activityDock"));
    auto *body = new QSplitter(Qt::Horizontal, this);
    body->setObjectName(QStringLiteral("activitySplitter"));
    body->setChildrenCollapsible(false);
    m_table = new OpsTable(QStringLiteral("activity"), models.time, body);
    m_table->setAccessibleName(tr("Activity"));
    m_table->setSource(&models.console.activity, new OpsProxy(m_table));
    m_table->sortByColumn(items::ActivityModel::At, Qt::DescendingOrder);
    m_detail = new QPlainTextEdit(body);
    m_detail->setReadOnly(true);
    m_detail->setTabChangesFocus(true);
    m_detail->setMaximumBlockCount(5000);
    m_detail->setAccessibleName(tr("Whole text of the chosen activity"));
    body->setStretchFactor(0, 3);
    body->setStretchFactor(1, 1);
    setWidget(body);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &ActivityDock::showDetail);
}

void ActivityDock::showDetail()
{
    const auto lines = m_table->currentIndex().data(items::DetailRole).value<items::DetailLines>();
    QStringList text;
    for (const items::DetailLine &line : lines) {
        if (!line.value.isEmpty())
            text << (line.time.isValid() ? TimeFormat::utc(line.time) : line.value);
    }
    m_detail->setPlainText(text.join(QLatin1Char('\n')));
}

FindingsDock::FindingsDock(WindowModels &models, QWidget *parent)
    : QDockWidget(tr("Findings"), parent),
      m_models(models),
      m_table(new OpsTable(QStringLiteral("findings"), models.time, this))
{
    setObjectName(QStringLiteral("findingsDock"));
    m_table->setAccessibleName(tr("Findings of the open environment"));
    m_table->setSource(&models.console.findings, new OpsProxy(m_table));
    m_table->sortByColumn(models.console.findings.defaultSortColumn(), models.console.findings.defaultSortOrder());
    setWidget(m_table);
    connect(m_table, &OpsTable::rowsShownChanged, this, &FindingsDock::updateTitle);
    connect(&models.console, &items::ConsoleModels::selectionChanged, this, &FindingsDock::updateTitle);
    connect(m_table, &OpsTable::opened, this, &FindingsDock::detailsRequested);
    connect(m_table, &OpsTable::detailsRequested, this, &FindingsDock::detailsRequested);
    updateTitle();
}

void FindingsDock::updateTitle()
{
    const EnvironmentStatePtr state = m_models.console.state(m_models.console.selected());
    if (!state) {
        setWindowTitle(tr("Findings"));
        return;
    }
    const QString name = state->environment->name.isEmpty() ? state->environment->id : state->environment->name;
    // Title bar and tab treat "&" differently: without one they agree.
    // The proxy tells of removed rows before the model has let go of them: count what is shown.
    setWindowTitle(tr("Findings of %1: %2")
                       .arg(QString(name).remove(QLatin1Char('&')), QString::number(m_table->model()->rowCount())));
}

} // namespace taffrail::ui
