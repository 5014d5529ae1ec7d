// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparetable.h"

#include "comparedelegate.h"
#include "comparemodel.h"
#include "theme.h"
#include "widgets.h"

#include <QHeaderView>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

namespace taffrail::ui {

namespace {

/// The key column over the table. It takes no focus: keys go to the table.
class FrozenColumn : public QTableView {
public:
    explicit FrozenColumn(OpsTable &table) : QTableView(&table), m_table(table)
    {
        setObjectName(table.objectName() + QStringLiteral("Keys"));
        setFocusPolicy(Qt::NoFocus);
        setFrameStyle(QFrame::NoFrame);
        setSelectionBehavior(SelectRows);
        setSelectionMode(ExtendedSelection);
        setEditTriggers(NoEditTriggers);
        setTabKeyNavigation(false);
        setAlternatingRowColors(true);
        setShowGrid(false);
        setWordWrap(false);
        setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        setVerticalScrollMode(table.verticalScrollMode());
        verticalHeader()->hide();
        verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
        verticalHeader()->setMinimumSectionSize(16);
        horizontalHeader()->setHighlightSections(false);
        horizontalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    }

protected:
    bool viewportEvent(QEvent *event) override
    {
        if (event->type() == QEvent::ToolTip) {
            const auto *help = static_cast<QHelpEvent *>(event);
            QToolTip::showText(help->globalPos(),
                               plainToolTip(indexAt(help->pos()).data(Qt::AccessibleTextRole).toString()), viewport());
            return true;
        }
        return QTableView::viewportEvent(event);
    }
    void paintEvent(QPaintEvent *event) override
    {
        QTableView::paintEvent(event);
        QPainter painter(viewport());
        painter.setPen(themeOf(palette()).border);
        painter.drawLine(viewport()->rect().topRight(), viewport()->rect().bottomRight());
    }
    void mouseDoubleClickEvent(QMouseEvent *event) override
    {
        const QModelIndex index = indexAt(event->position().toPoint());
        if (index.isValid() && event->button() == Qt::LeftButton)
            emit m_table.opened(index);
    }
    void mousePressEvent(QMouseEvent *event) override
    {
        m_table.setFocus(Qt::MouseFocusReason);
        QTableView::mousePressEvent(event);
    }

private:
    OpsTable &m_table;
};

} // namespace

CompareTable::CompareTable(const QString &name, const TimeFormat &time, QWidget *parent)
    : OpsTable(name, time, parent),
      m_frozen(new FrozenColumn(*this))
{
    setStatusDelegate(new CompareDelegate(time, this));
    m_frozen->setItemDelegate(statusDelegate());
    horizontalHeader()->setSectionsMovable(false);
    connect(verticalScrollBar(), &QScrollBar::valueChanged, m_frozen->verticalScrollBar(), &QScrollBar::setValue);
    connect(m_frozen->verticalScrollBar(), &QScrollBar::valueChanged, verticalScrollBar(), &QScrollBar::setValue);
    connect(horizontalHeader(), &QHeaderView::sectionResized, this, [this](int section) {
        if (section != 0)
            return;
        m_sized = m_sized || !m_fitting;
        placeFrozen();
    });
    connect(verticalHeader(), &QHeaderView::sectionResized, this, &CompareTable::placeFrozen);
    m_frozen->setAccessibleName(tr("Keys"));
}

void CompareTable::showModel(items::CompareModel *model)
{
    m_rows = model;
    setModel(model);
    m_frozen->setModel(model);
    QItemSelectionModel *spare = m_frozen->selectionModel();
    m_frozen->setSelectionModel(selectionModel());
    delete spare;
    const auto arrange = [this] {
        for (int column = 0; column < m_rows->columnCount(); ++column)
            m_frozen->setColumnHidden(column, column > 0);
        m_fitting = true;
        resetColumns();
        m_fitting = false;
        fitKeys();
        placeFrozen();
        horizontalScrollBar()->setValue(m_left);
    };
    connect(model, &QAbstractItemModel::modelAboutToBeReset, this, [this] { m_left = horizontalScrollBar()->value(); });
    connect(model, &QAbstractItemModel::modelReset, this, arrange);
    connect(model, &QAbstractItemModel::layoutAboutToBeChanged, this,
            [this] { m_top = indexAt(QPoint(1, 1)).siblingAtColumn(0); });
    connect(model, &items::CompareModel::settled, this, [this] {
        if (m_top.isValid())
            verticalScrollBar()->setValue(m_top.row());
        m_top = QPersistentModelIndex();
        emit rowsShownChanged();
    });
    connect(this, &OpsTable::opened, model, [this](const QModelIndex &index) { m_rows->toggle(index.row()); });
    arrange();
}

void CompareTable::placeFrozen()
{
    if (!m_rows || m_rows->columnCount() == 0) {
        m_frozen->hide();
        return;
    }
    m_frozen->verticalHeader()->setDefaultSectionSize(verticalHeader()->defaultSectionSize());
    m_frozen->horizontalHeader()->setFixedHeight(horizontalHeader()->height());
    m_frozen->setColumnWidth(0, columnWidth(0));
    m_frozen->setGeometry(frameWidth(), frameWidth(), std::min(columnWidth(0), viewport()->width()),
                          viewport()->height() + horizontalHeader()->height());
    m_frozen->show();
    m_frozen->raise();
}

// The keys leave room for at least one environment beside them.
void CompareTable::fitKeys()
{
    if (m_sized || !m_rows || m_rows->columnCount() == 0)
        return;
    const int letter = fontMetrics().horizontalAdvance(QLatin1Char('0'));
    const int usual = letter * m_rows->headerData(0, Qt::Horizontal, items::WidthRole).toInt() + 14;
    m_fitting = true;
    setColumnWidth(0, std::clamp(viewport()->width() * 2 / 5, std::min(usual, letter * 16), usual));
    m_fitting = false;
}

void CompareTable::goTo(int row)
{
    if (row < 0 || row >= model()->rowCount())
        return;
    const int column = std::max(0, currentIndex().column());
    setCurrentIndex(model()->index(row, column));
}

// A cell is in sight when the keys do not lie over it.
void CompareTable::scrollTo(const QModelIndex &index, ScrollHint hint)
{
    const int before = horizontalScrollBar()->value();
    OpsTable::scrollTo(index, hint);
    if (index.column() == 0) {
        horizontalScrollBar()->setValue(before); // always in sight
        return;
    }
    const int hidden = columnWidth(0) - visualRect(index).left();
    if (hidden > 0)
        horizontalScrollBar()->setValue(horizontalScrollBar()->value() - hidden);
}

bool CompareTable::fold(bool folded)
{
    const QModelIndex index = currentIndex();
    if (!m_rows || !index.data(items::SectionRole).toBool() || index.data(items::FoldedRole).toBool() == folded)
        return false;
    m_rows->toggle(index.row());
    return true;
}

void CompareTable::keyPressEvent(QKeyEvent *event)
{
    const bool atKey = currentIndex().column() <= 0;
    if (event->modifiers() == Qt::NoModifier && atKey && event->key() == Qt::Key_Left && fold(true))
        return;
    if (event->modifiers() == Qt::NoModifier && atKey && event->key() == Qt::Key_Right && fold(false))
        return;
    OpsTable::keyPressEvent(event);
}

void CompareTable::resizeEvent(QResizeEvent *event)
{
    OpsTable::resizeEvent(event);
    fitKeys();
    placeFrozen();
}

void CompareTable::showEvent(QShowEvent *event)
{
    OpsTable::showEvent(event);
    placeFrozen();
}

void CompareTable::changeEvent(QEvent *event)
{
    OpsTable::changeEvent(event);
    if (event->type() == QEvent::FontChange && m_rows)
        placeFrozen();
}

bool CompareTable::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const QModelIndex index = indexAt(help->pos());
        QToolTip::showText(help->globalPos(), plainToolTip(index.data(Qt::AccessibleTextRole).toString()), viewport());
        return true;
    }
    return OpsTable::viewportEvent(event);
}

} // namespace taffrail::ui
