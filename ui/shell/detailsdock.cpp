// SPDX-License-Identifier: GPL-3.0-or-later
#include "detailsdock.h"

#include "opstable.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QTableWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace taffrail::ui {

DetailsDock::DetailsDock(WindowModels &models, QWidget *parent)
    : QDockWidget(tr("Details"), parent),
      m_models(models),
      m_lines(nullptr)
{
    setObjectName(QStringLiteral("detailsDock"));
    auto *body = new QWidget(this);
    m_lines = new QTableWidget(0, 2, body);
    m_lines->setAccessibleName(tr("Details of the current row"));
    m_lines->setTabKeyNavigation(false);
    m_lines->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_lines->setWordWrap(true);
    m_lines->setShowGrid(false);
    m_lines->setHorizontalHeaderLabels({tr("Name"), tr("Value")});
    m_lines->horizontalHeader()->setStretchLastSection(true);
    m_lines->horizontalHeader()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
    m_lines->verticalHeader()->hide();
    m_lines->verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    QToolButton *copy = textButton(tr("Copy details"), body);
    connect(copy, &QToolButton::clicked, this, [this] { QApplication::clipboard()->setText(text()); });
    auto *column = new QVBoxLayout(body);
    column->setContentsMargins(4, 4, 4, 4);
    column->addWidget(m_lines, 1);
    column->addWidget(copy, 0, Qt::AlignLeft);
    setWidget(body);
    connect(&models.time, &TimeFormat::changed, this, [this] {
        m_shown.clear();
        showCurrent();
    });
    connect(this, &QDockWidget::visibilityChanged, this, &DetailsDock::showCurrent);
}

void DetailsDock::follow(OpsTable *table)
{
    if (table == m_table)
        return;
    for (const QMetaObject::Connection &connection : std::as_const(m_following))
        disconnect(connection);
    m_following.clear();
    m_table = table;
    if (!table)
        return;
    if (table->selectionModel())
        m_following << connect(table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
                               &DetailsDock::showCurrent);
    m_following << connect(table->model(), &QAbstractItemModel::dataChanged, this, &DetailsDock::showCurrent);
    m_following << connect(table->model(), &QAbstractItemModel::rowsRemoved, this, &DetailsDock::showCurrent);
    showCurrent();
}

void DetailsDock::showCurrent()
{
    if (isHidden() || !m_table)
        return;
    fill(m_table->currentIndex().data(items::DetailRole).value<items::DetailLines>());
}

void DetailsDock::showLines(const items::DetailLines &lines)
{
    follow(nullptr);
    show();
    raise();
    fill(lines);
}

void DetailsDock::fill(items::DetailLines lines)
{
    std::erase_if(lines, [](const items::DetailLine &line) { return line.value.isEmpty() && !line.time.isValid(); });
    if (lines == m_shown)
        return;
    m_shown = lines;
    m_lines->setRowCount(int(lines.size()));
    for (int row = 0; row < m_lines->rowCount(); ++row) {
        const items::DetailLine &line = lines[size_t(row)];
        const QString value = line.time.isValid() ? m_models.time.both(line.time) : line.value;
        m_lines->setItem(row, 0, new QTableWidgetItem(line.name));
        m_lines->setItem(row, 1, new QTableWidgetItem(value));
        m_lines->item(row, 1)->setData(Qt::AccessibleTextRole, line.name + QStringLiteral(": ") + value);
    }
}

QString DetailsDock::text() const
{
    QStringList lines;
    for (const items::DetailLine &line : m_shown)
        lines << line.name + QStringLiteral(": ") + (line.time.isValid() ? TimeFormat::utc(line.time) : line.value);
    return lines.join(QLatin1Char('\n'));
}

} // namespace taffrail::ui
