// SPDX-License-Identifier: GPL-3.0-or-later
#include "environmentsdock.h"

#include "statusdelegate.h"
#include "windowmodels.h"

#include <QEvent>
#include <QHeaderView>
#include <QLineEdit>
#include <QSortFilterProxyModel>
#include <QTreeView>
#include <QVBoxLayout>

namespace taffrail::ui {

EnvironmentsDock::EnvironmentsDock(WindowModels &models, QWidget *parent)
    : QDockWidget(tr("Environments"), parent),
      m_models(models),
      m_filter(nullptr),
      m_tree(nullptr)
{
    setObjectName(QStringLiteral("environmentsDock"));
    auto *body = new QWidget(this);
    m_filter = new QLineEdit(body);
    m_filter->setAccessibleName(tr("Filter the list of environments"));
    m_filter->setPlaceholderText(tr("Filter"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMinimumHeight(24);
    auto *proxy = new QSortFilterProxyModel(this);
    proxy->setSourceModel(&models.console.tree);
    proxy->setRecursiveFilteringEnabled(true);
    proxy->setAutoAcceptChildRows(true);
    proxy->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_tree = new QTreeView(body);
    m_tree->setObjectName(QStringLiteral("environmentsTree"));
    m_tree->setAccessibleName(tr("Environments by service"));
    m_tree->setModel(proxy);
    m_tree->setItemDelegate(new StatusDelegate(models.time, m_tree));
    m_tree->setUniformRowHeights(true);
    m_tree->setTabKeyNavigation(false);
    m_tree->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_tree->header()->setStretchLastSection(false);
    m_tree->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_tree->header()->setSectionResizeMode(items::EnvironmentTreeModel::Name, QHeaderView::Stretch);
    m_tree->viewport()->installEventFilter(this);
    m_tree->setIndentation(14);
    m_tree->expandAll();
    auto *column = new QVBoxLayout(body);
    column->setContentsMargins(4, 4, 4, 4);
    column->addWidget(m_filter);
    column->addWidget(m_tree, 1);
    setWidget(body);

    connect(m_filter, &QLineEdit::textChanged, this, [this, proxy](const QString &text) {
        proxy->setFilterFixedString(text);
        m_tree->expandAll();
    });
    connect(proxy, &QAbstractItemModel::rowsInserted, this, [this](const QModelIndex &group, int first, int last) {
        for (int row = first; !group.isValid() && row <= last; ++row)
            m_tree->expand(m_tree->model()->index(row, 0));
        if (group.isValid())
            m_tree->expand(group);
    });
    const auto open = [this](const QModelIndex &index) {
        const QString environment = index.data(items::EnvironmentRole).toString();
        if (!environment.isEmpty())
            emit environmentOpened(environment);
    };
    connect(m_tree, &QTreeView::activated, this, open);
    connect(m_tree, &QTreeView::clicked, this, open);
    connect(&models.console, &items::ConsoleModels::selectionChanged, this, &EnvironmentsDock::markSelected);
}

// In a narrow dock the name and its age matter more than the kind, which the board and the band say as well.
bool EnvironmentsDock::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_tree->viewport() && event->type() == QEvent::Resize) {
        const bool narrow = m_tree->viewport()->width() < fontMetrics().averageCharWidth() * 56;
        if (m_tree->isColumnHidden(items::EnvironmentTreeModel::Kind) != narrow)
            m_tree->setColumnHidden(items::EnvironmentTreeModel::Kind, narrow);
    }
    return QDockWidget::eventFilter(watched, event);
}

void EnvironmentsDock::markSelected()
{
    const auto *proxy = static_cast<const QSortFilterProxyModel *>(m_tree->model());
    const QModelIndex place = proxy->mapFromSource(m_models.console.tree.indexOf(m_models.console.selected()));
    if (place.isValid() && place.siblingAtColumn(0) != m_tree->currentIndex().siblingAtColumn(0))
        m_tree->setCurrentIndex(place);
}

} // namespace taffrail::ui
