// SPDX-License-Identifier: GPL-3.0-or-later
// What the actions of the window do; the arrangement is in mainwindow.cpp.
#include "mainwindow.h"

#include "actionregistry.h"
#include "bottomdocks.h"
#include "commandpalette.h"
#include "detailsdock.h"
#include "environmentpage.h"
#include "environmentsdock.h"
#include "opstable.h"
#include "windowmodels.h"

#include <QApplication>
#include <QClipboard>
#include <QMessageBox>
#include <QSplitter>

namespace taffrail::ui {

void MainWindow::refreshCurrent()
{
    const bool one = currentPage() == m_environment && !m_models.console.selected().isEmpty();
    emit m_models.refreshRequested(one ? m_models.console.selected() : QString());
}

void MainWindow::refreshAll()
{
    emit m_models.refreshRequested({});
}

void MainWindow::stepEnvironment(int by)
{
    const QStringList all = m_models.console.environments();
    if (all.isEmpty())
        return;
    const auto at = all.indexOf(m_models.console.selected());
    openEnvironment(all[at < 0 ? 0 : (at + by + all.size()) % all.size()]);
}

void MainWindow::toggleWall()
{
    m_wall = !m_wall;
    if (m_wall) {
        m_beforeWall = saveState(WindowState::layoutVersion);
        m_usualFont = QApplication::font();
        for (QDockWidget *dock : {static_cast<QDockWidget *>(m_environments), static_cast<QDockWidget *>(m_activity),
                                  static_cast<QDockWidget *>(m_findings), static_cast<QDockWidget *>(m_details)})
            dock->hide();
        QFont large = m_usualFont;
        large.setPointSizeF(large.pointSizeF() * 1.6);
        QApplication::setFont(large);
        showFullScreen();
    } else {
        QApplication::setFont(m_usualFont);
        showNormal();
        restoreState(m_beforeWall, WindowState::layoutVersion);
    }
}

void MainWindow::showDetails()
{
    m_details->follow(currentTable());
    m_details->show();
}

void MainWindow::toggleDetails()
{
    m_details->setVisible(m_details->isHidden());
}

void MainWindow::copyRows(bool asMarkdown)
{
    if (const OpsTable *table = currentTable())
        QApplication::clipboard()->setText(asMarkdown ? table->asMarkdown() : table->asTabSeparated());
}

void MainWindow::showShortcuts()
{
    auto *box = new QMessageBox(QMessageBox::NoIcon, tr("Keys"), {}, QMessageBox::Close, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setTextFormat(Qt::PlainText);
    box->setText(m_actions->shortcutList());
    box->open();
}

void MainWindow::popUpPalette(const QString &typed)
{
    m_palette->popUp(typed);
}

void MainWindow::resetLayout()
{
    restoreState(m_firstLayout, WindowState::layoutVersion);
    const QList<OpsTable *> tables = findChildren<OpsTable *>();
    for (OpsTable *table : tables)
        table->resetColumns();
    for (QSplitter *splitter : m_environment->splitters())
        splitter->setSizes(QList<int>(splitter->count(), 1000));
}

} // namespace taffrail::ui
