// SPDX-License-Identifier: GPL-3.0-or-later
#include "bottomdocks.h"

#include "opstable.h"
#include "windowmodels.h"

#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSplitter>
#include <QVBoxLayout>

namespace taffrail::ui {

namespace {

/// The runs that have not ended.
class OpenRuns : public OpsProxy {
public:
    OpenRuns(const items::RunModel &runs, QObject *parent) : OpsProxy(parent), m_runs(runs) {}

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override
    {
        const RollbackRunPtr run = m_runs.runOfRow(m_runs.index(row, 0).data(items::IdRole).toString());
        return run && !hasEnded(*run) && OpsProxy::filterAcceptsRow(row, parent);
    }

private:
    const items::RunModel &m_runs;
};

} // namespace

ActivityDock::ActivityDock(WindowModels &models, QWidget *parent)
    : QDockWidget(tr("Activity"), parent),
      m_models(models),
      m_table(nullptr),
      m_detail(nullptr)
{
    setObjectName(QStringLiteral("activityDock"));
    auto *whole = new QWidget(this);
    auto *column = new QVBoxLayout(whole);
    column->setContentsMargins(0, 0, 0, 0);
    auto *body = new QSplitter(Qt::Horizontal, whole);
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
    if (models.desk())
        setupRuns(body);
    column->addWidget(body, 1);
    setWidget(whole);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &ActivityDock::showDetail);
}

void ActivityDock::setupRuns(QSplitter *body)
{
    m_runPart = new QWidget(body);
    m_runs = new OpsTable(QStringLiteral("openRuns"), m_models.time, m_runPart);
    m_runs->setAccessibleName(tr("Rollbacks that have not ended"));
    m_runs->setSelectionMode(QAbstractItemView::SingleSelection);
    m_runs->setSource(&m_models.runs, new OpenRuns(m_models.runs, m_runs));
    m_openRun = new QPushButton(tr("Open the run"), m_runPart);
    m_openRun->setAutoDefault(false);
    m_openRun->setAccessibleDescription(tr("Opens the window of the chosen rollback"));
    auto *column = new QVBoxLayout(m_runPart);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_runs, 1);
    column->addWidget(m_openRun, 0, Qt::AlignLeft);
    body->insertWidget(0, m_runPart);
    body->setStretchFactor(0, 3);
    body->setSizes({5000, 3000, 2000});
    connect(m_runs, &OpsTable::opened, this, &ActivityDock::openRun);
    connect(m_openRun, &QPushButton::clicked, this, &ActivityDock::openRun);
    connect(m_runs, &OpsTable::rowsShownChanged, this, &ActivityDock::showRuns);
    connect(&m_models.runs, &items::RunModel::stageChanged, this, &ActivityDock::showRuns);
    showRuns();
}

void ActivityDock::showRuns()
{
    const size_t open = m_models.runs.open().size();
    m_runPart->setVisible(open > 0);
    setWindowTitle(open > 0 ? tr("Activity: %1 open").arg(open) : tr("Activity"));
    if (open > 0 && !m_runs->currentIndex().isValid() && m_runs->model()->rowCount() > 0)
        m_runs->setCurrentIndex(m_runs->model()->index(0, 0));
}

void ActivityDock::openRun()
{
    QString id = m_runs->currentId();
    if (id.isEmpty() && m_runs->model()->rowCount() > 0)
        id = m_runs->model()->index(0, 0).data(items::IdRole).toString();
    if (const RollbackRunPtr run = m_models.runs.runOfRow(id))
        emit runOpened(run->id);
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
