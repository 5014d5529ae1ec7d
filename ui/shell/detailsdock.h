// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "roles.h"

#include <QDockWidget>
#include <QPointer>

class QTableWidget;

namespace taffrail::ui {

class OpsTable;
class WindowModels;

/// Key and value of the current row of the table that had the focus last, whole and ready to copy.
class DetailsDock : public QDockWidget {
    Q_OBJECT

public:
    DetailsDock(WindowModels &models, QWidget *parent);

    void follow(OpsTable *table);
    /// Shows lines of something that is not a row, until another row becomes current.
    void showLines(const items::DetailLines &lines);
    /// What is shown, one "name: value" per line.
    QString text() const;

private:
    void showCurrent();
    void fill(items::DetailLines lines);

    WindowModels &m_models;
    QTableWidget *m_lines;
    QPointer<OpsTable> m_table;
    QList<QMetaObject::Connection> m_following;
    items::DetailLines m_shown;
};

} // namespace taffrail::ui
