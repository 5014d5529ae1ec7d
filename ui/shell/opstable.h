// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tablefilter.h"
#include "timeformat.h"

#include <QSortFilterProxyModel>
#include <QTableView>

class QTimer;

namespace taffrail::ui {

class StatusDelegate;

/// Order by raw values, ties in the base order; rows that a TableFilter lets through. For tables below 10 000 rows.
class OpsProxy : public QSortFilterProxyModel {
    Q_OBJECT

public:
    explicit OpsProxy(QObject *parent);

    void setFilter(const items::TableFilter &filter);
    const items::TableFilter &filter() const { return m_filter; }

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override;
    bool lessThan(const QModelIndex &left, const QModelIndex &right) const override;
    /// Below, at or above 0 by raw values.
    static int compare(const QVariant &a, const QVariant &b);

private:
    items::TableFilter m_filter;
};

/// The table of every screen: rows selected whole, keys for open, details, filter and copy, a focus ring, widths from
/// the model's words, row heights from the font. Tab leaves it.
class OpsTable : public QTableView {
    Q_OBJECT

public:
    OpsTable(const QString &name, const TimeFormat &time, QWidget *parent);

    /// Shows `source` through `proxy`, which it takes over; columns get their usual widths.
    void setSource(QAbstractItemModel *source, OpsProxy *proxy);
    OpsProxy *proxy() const { return m_proxy; }
    StatusDelegate *statusDelegate() const { return m_delegate; }
    void setStatusDelegate(StatusDelegate *delegate);

    /// Rows with some more room.
    void setComfortable(bool comfortable);
    /// Usual widths and order of the columns.
    void resetColumns();
    /// Id of the current row, "" = none.
    QString currentId() const;
    /// Selected rows in view order; the current row if none is selected.
    QModelIndexList chosenRows() const;
    /// Rows and header as text for the clipboard. Times are absolute UTC.
    QString asTabSeparated() const;
    QString asMarkdown() const;

signals:
    /// Enter or a double click.
    void opened(const QModelIndex &index);
    /// Space.
    void detailsRequested();
    /// "/" typed.
    void filterRequested();
    void rowsShownChanged();
    /// A person went to a row by key or mouse, or opened it. Taking the focus alone chooses nothing.
    void rowChosen(const QString &id);
    /// Escape: nothing is selected any more.
    void cleared();

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    bool event(QEvent *event) override;
    bool viewportEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;

private:
    void setUsualWidths();
    int figureWidth() const;
    int lineHeight() const;
    void fillWidth();
    void navigate(QKeyEvent *event);
    void paintMarks();
    QString toolTipOf(const QModelIndex &index) const;
    void scheduleHeights();
    void updateHeights();
    void updateHeights(int first, int last);
    std::vector<int> visualColumns() const;

    const TimeFormat &m_time;
    OpsProxy *m_proxy = nullptr;
    StatusDelegate *m_delegate = nullptr;
    QTimer *m_heights = nullptr;
    int m_stretch = -1; // column that takes the room left, until a person sizes it
    bool m_filling = false;
    bool m_comfortable = false;
};

} // namespace taffrail::ui
