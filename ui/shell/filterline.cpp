// SPDX-License-Identifier: GPL-3.0-or-later
#include "filterline.h"

#include "opstable.h"

#include <QKeyEvent>

namespace taffrail::ui {

FilterLine::FilterLine(OpsTable &table, const QString &what, QWidget *parent) : QLineEdit(parent), m_table(table)
{
    setObjectName(table.objectName() + QStringLiteral("Filter"));
    setAccessibleName(tr("Filter %1").arg(what));
    setPlaceholderText(tr("Filter, e.g. status:crit"));
    setClearButtonEnabled(true);
    setMinimumHeight(24);
    connect(this, &QLineEdit::textChanged, this, [this](const QString &text) {
        if (OpsProxy *proxy = m_table.proxy()) // a table without one filters by itself
            proxy->setFilter(items::TableFilter(text));
        if (m_hiddenWhenIdle && text.isEmpty() && !hasFocus())
            hide();
        emit filterChanged();
    });
    connect(&table, &OpsTable::filterRequested, this, &FilterLine::takeFocus);
}

void FilterLine::takeFocus()
{
    show();
    setFocus(Qt::ShortcutFocusReason);
    selectAll();
}

void FilterLine::setHiddenWhenIdle()
{
    m_hiddenWhenIdle = true;
    hide();
}

void FilterLine::focusOutEvent(QFocusEvent *event)
{
    QLineEdit::focusOutEvent(event);
    if (m_hiddenWhenIdle && text().isEmpty() && event->reason() != Qt::PopupFocusReason
        && event->reason() != Qt::ActiveWindowFocusReason)
        hide();
}

void FilterLine::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Escape:
        if (text().isEmpty())
            m_table.setFocus(Qt::OtherFocusReason);
        else
            clear();
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Down: m_table.setFocus(Qt::OtherFocusReason); return;
    default: QLineEdit::keyPressEvent(event);
    }
}

} // namespace taffrail::ui
