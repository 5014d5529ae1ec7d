// SPDX-License-Identifier: GPL-3.0-or-later
#include "opstable.h"

#include "roles.h"
#include "statusdelegate.h"
#include "tablecopy.h"
#include "theme.h"
#include "widgets.h"

#include <QHeaderView>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QScopedValueRollback>
#include <QTimer>
#include <QToolTip>

#include <algorithm>

namespace taffrail::ui {

OpsProxy::OpsProxy(QObject *parent) : QSortFilterProxyModel(parent)
{
    setSortRole(items::SortRole);
}

void OpsProxy::setFilter(const items::TableFilter &filter)
{
    if (filter == m_filter)
        return;
    m_filter = filter;
    invalidateFilter();
}

bool OpsProxy::filterAcceptsRow(int row, const QModelIndex &) const
{
    return m_filter.matches(*sourceModel(), row);
}

bool OpsProxy::lessThan(const QModelIndex &left, const QModelIndex &right) const
{
    const QVariant a = left.data(items::SortRole), b = right.data(items::SortRole);
    const int order = compare(a, b);
    if (order != 0)
        return order < 0;
    // Ties keep the base order, whichever way the column is sorted.
    return sortOrder() == Qt::AscendingOrder ? left.row() < right.row() : right.row() < left.row();
}

int OpsProxy::compare(const QVariant &a, const QVariant &b)
{
    if (a.metaType() == QMetaType::fromType<QString>() && b.metaType() == a.metaType())
        return QString::localeAwareCompare(a.toString(), b.toString());
    const QPartialOrdering order = QVariant::compare(a, b);
    return order == QPartialOrdering::Less ? -1 : order == QPartialOrdering::Greater ? 1 : 0;
}

OpsTable::OpsTable(const QString &name, const TimeFormat &time, QWidget *parent) : QTableView(parent), m_time(time)
{
    setObjectName(name);
    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setEditTriggers(NoEditTriggers);
    setTabKeyNavigation(false);
    setAlternatingRowColors(true);
    setShowGrid(false);
    setWordWrap(false);
    setTextElideMode(Qt::ElideRight);
    setHorizontalScrollMode(ScrollPerPixel);
    setFrameStyle(int(QFrame::Box) | int(QFrame::Plain));
    setLineWidth(2);
    setCornerButtonEnabled(false);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setMinimumSectionSize(16);
    verticalHeader()->setDefaultSectionSize(StatusDelegate::lineHeight(fontMetrics()));
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setSectionsMovable(true);
    horizontalHeader()->setMinimumSectionSize(fontMetrics().averageCharWidth() * 4);
    horizontalHeader()->setTextElideMode(Qt::ElideRight);
    setStatusDelegate(new StatusDelegate(time, this));
    connect(&time, &TimeFormat::changed, this, [this] { viewport()->update(); });
    m_heights = new QTimer(this);
    m_heights->setSingleShot(true);
    connect(m_heights, &QTimer::timeout, this, [this] { updateHeights(); });
    connect(horizontalHeader(), &QHeaderView::sectionResized, this, [this](int column) {
        if (!m_filling && column == m_stretch)
            m_stretch = -1;
        else if (!m_filling)
            fillWidth();
    });
}

void OpsTable::setStatusDelegate(StatusDelegate *delegate)
{
    if (m_delegate)
        m_delegate->deleteLater();
    m_delegate = delegate;
    setItemDelegate(delegate);
}

void OpsTable::setSource(QAbstractItemModel *source, OpsProxy *proxy)
{
    m_proxy = proxy;
    proxy->setParent(this);
    proxy->setSourceModel(source);
    setModel(proxy);
    horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
    setSortingEnabled(true);
    setUsualWidths();
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved}) {
        connect(proxy, signal, this, [this] {
            scheduleHeights();
            emit rowsShownChanged();
        });
    }
    connect(proxy, &QAbstractItemModel::layoutChanged, this, &OpsTable::scheduleHeights);
    connect(proxy, &QAbstractItemModel::modelReset, this, &OpsTable::scheduleHeights);
    connect(proxy, &QAbstractItemModel::dataChanged, this,
            [this](const QModelIndex &first, const QModelIndex &last, const QList<int> &roles) {
                if (roles.isEmpty()) // only then may a reason have come or gone
                    updateHeights(first.row(), last.row());
            });
    updateHeights();
}

int OpsTable::lineHeight() const
{
    constexpr int comfort = 6;
    return StatusDelegate::lineHeight(fontMetrics()) + (m_comfortable ? comfort : 0);
}

void OpsTable::setComfortable(bool comfortable)
{
    if (std::exchange(m_comfortable, comfortable) == comfortable)
        return;
    verticalHeader()->setDefaultSectionSize(lineHeight());
    updateHeights();
}

int OpsTable::figureWidth() const
{
    return fontMetrics().horizontalAdvance(QLatin1Char('0'));
}

void OpsTable::setUsualWidths()
{
    const QAbstractItemModel *shown = model();
    const QScopedValueRollback filling(m_filling, true);
    m_stretch = -1;
    for (int column = 0; shown && column < shown->columnCount(); ++column) {
        const int characters = std::max(4, shown->headerData(column, Qt::Horizontal, items::WidthRole).toInt());
        const QString title = shown->headerData(column, Qt::Horizontal).toString();
        // The sort mark stands beside the title.
        const int head = fontMetrics().horizontalAdvance(title) + 18;
        setColumnWidth(column, std::max(head, characters * figureWidth() + 14));
        if (shown->headerData(column, Qt::Horizontal, items::StretchRole).toBool())
            m_stretch = column;
    }
    fillWidth();
}

void OpsTable::resetColumns()
{
    for (int column = 0; column < horizontalHeader()->count(); ++column)
        horizontalHeader()->moveSection(horizontalHeader()->visualIndex(column), column);
    setUsualWidths();
}

// The stretching column takes what is left of the view, but never less than its usual width: then the table scrolls.
void OpsTable::fillWidth()
{
    if (m_stretch < 0 || !model())
        return;
    const QScopedValueRollback filling(m_filling, true);
    const int characters = std::max(4, model()->headerData(m_stretch, Qt::Horizontal, items::WidthRole).toInt());
    const int others = horizontalHeader()->length() - columnWidth(m_stretch);
    setColumnWidth(m_stretch, std::max(characters * figureWidth() + 14, viewport()->width() - others));
}

void OpsTable::scheduleHeights()
{
    if (!m_heights->isActive())
        m_heights->start(0);
}

void OpsTable::updateHeights()
{
    updateHeights(0, model() ? model()->rowCount() - 1 : -1);
}

void OpsTable::updateHeights(int first, int last)
{
    const int line = lineHeight();
    for (int row = first; row <= last; ++row) {
        const bool twoLines = !model()->index(row, 0).data(items::ReasonRole).toString().isEmpty();
        const int wanted = twoLines ? 2 * line : line;
        if (rowHeight(row) != wanted)
            setRowHeight(row, wanted);
    }
}

QString OpsTable::currentId() const
{
    return currentIndex().data(items::IdRole).toString();
}

QModelIndexList OpsTable::chosenRows() const
{
    QModelIndexList rows = selectionModel() ? selectionModel()->selectedRows() : QModelIndexList();
    std::ranges::sort(rows, {}, &QModelIndex::row);
    if (rows.isEmpty() && currentIndex().isValid())
        rows << currentIndex().siblingAtColumn(0);
    return rows;
}

std::vector<int> OpsTable::visualColumns() const
{
    std::vector<int> columns;
    for (int visual = 0; visual < horizontalHeader()->count(); ++visual) {
        const int logical = horizontalHeader()->logicalIndex(visual);
        if (!isColumnHidden(logical))
            columns.push_back(logical);
    }
    return columns;
}

QString OpsTable::asTabSeparated() const
{
    return model() ? tabSeparated(*model(), chosenRows(), visualColumns()) : QString();
}

QString OpsTable::asMarkdown() const
{
    return model() ? markdown(*model(), chosenRows(), visualColumns()) : QString();
}

bool OpsTable::event(QEvent *event)
{
    if (event->type() == QEvent::Paint) {
        const Theme &theme = themeOf(palette());
        QPainter painter(this);
        const QColor line = hasFocus() ? theme.focus : palette().color(QPalette::Window);
        painter.setPen(QPen(line, 2));
        painter.drawRect(rect().adjusted(1, 1, -1, -1));
        return true;
    }
    return QTableView::event(event);
}

bool OpsTable::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const QModelIndex index = indexAt(help->pos());
        QToolTip::showText(help->globalPos(), plainToolTip(toolTipOf(index)), viewport());
        return true;
    }
    return QTableView::viewportEvent(event);
}

QString OpsTable::toolTipOf(const QModelIndex &index) const
{
    const QDateTime time = index.data(items::TimeRole).toDateTime();
    const QDateTime age = index.data(items::AgeTimeRole).toDateTime();
    QStringList lines{time.isValid()      ? m_time.both(time)
                          : age.isValid() ? m_time.both(age)
                                          : index.data(Qt::DisplayRole).toString()};
    lines << index.data(items::MarkRole).toString();
    lines.removeAll(QString());
    return lines.join(QLatin1Char('\n'));
}

void OpsTable::paintEvent(QPaintEvent *event)
{
    QTableView::paintEvent(event);
    paintMarks();
}

// A bar before and a frame around rows that belong to what is selected in another pane: shapes, so that it is seen
// without colour.
void OpsTable::paintMarks()
{
    constexpr int bar = 4;
    if (!model())
        return;
    const int first = std::max(0, rowAt(0));
    const int last = rowAt(viewport()->height() - 1) < 0 ? model()->rowCount() - 1 : rowAt(viewport()->height() - 1);
    QPainter painter(viewport());
    const QColor ink = themeOf(palette()).secondary;
    const int width = std::min(horizontalHeader()->length(), viewport()->width());
    for (int row = first; row <= last; ++row) {
        if (model()->index(row, 0).data(items::MarkRole).toString().isEmpty())
            continue;
        const QRect frame(0, rowViewportPosition(row), width, rowHeight(row));
        painter.setPen(QPen(ink, 1));
        painter.drawRect(frame.adjusted(0, 0, -1, -1));
        painter.fillRect(QRect(frame.topLeft(), QSize(bar, frame.height())), ink);
    }
}

void OpsTable::navigate(QKeyEvent *event)
{
    const QModelIndex before = currentIndex();
    QTableView::keyPressEvent(event);
    if (currentIndex().isValid() && currentIndex() != before)
        emit rowChosen(currentId());
}

void OpsTable::mousePressEvent(QMouseEvent *event)
{
    QTableView::mousePressEvent(event);
    const QModelIndex index = indexAt(event->position().toPoint());
    if (index.isValid())
        emit rowChosen(index.data(items::IdRole).toString());
}

void OpsTable::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        clearSelection();
        emit cleared();
        return;
    }
    if (event->key() == Qt::Key_Slash && event->modifiers() == Qt::NoModifier) {
        emit filterRequested();
        return;
    }
    if (event->key() == Qt::Key_Space && event->modifiers() == Qt::NoModifier) {
        if (currentIndex().isValid())
            emit rowChosen(currentId());
        emit detailsRequested();
        return;
    }
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (enter && event->modifiers().testAnyFlags(Qt::ControlModifier | Qt::AltModifier | Qt::ShiftModifier) == false) {
        if (currentIndex().isValid()) {
            emit rowChosen(currentId());
            emit opened(currentIndex());
        }
        return;
    }
    navigate(event);
}

void OpsTable::mouseDoubleClickEvent(QMouseEvent *event)
{
    QTableView::mouseDoubleClickEvent(event);
    const QModelIndex index = indexAt(event->position().toPoint());
    if (index.isValid() && event->button() == Qt::LeftButton)
        emit opened(index);
}

void OpsTable::focusInEvent(QFocusEvent *event)
{
    QTableView::focusInEvent(event);
    const bool hasRows = model() && model()->rowCount() > 0;
    if (hasRows && !selectionModel()->hasSelection()) {
        selectionModel()->setCurrentIndex(currentIndex().isValid() ? currentIndex() : model()->index(0, 0),
                                          QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    }
    update();
}

void OpsTable::focusOutEvent(QFocusEvent *event)
{
    QTableView::focusOutEvent(event);
    update();
}

void OpsTable::changeEvent(QEvent *event)
{
    QTableView::changeEvent(event);
    if (event->type() != QEvent::FontChange || !m_heights)
        return;
    verticalHeader()->setDefaultSectionSize(lineHeight());
    updateHeights();
    setUsualWidths();
}

void OpsTable::resizeEvent(QResizeEvent *event)
{
    QTableView::resizeEvent(event);
    fillWidth();
}

} // namespace taffrail::ui
