// SPDX-License-Identifier: GPL-3.0-or-later
// What the compare page does with the chosen key; how it is put together is in comparepage.cpp.
#include "comparebar.h"
#include "comparecells.h"
#include "comparedetails.h"
#include "comparepage.h"
#include "comparetable.h"
#include "expectedtab.h"
#include "inlinemessage.h"
#include "promotiontab.h"
#include "text.h"
#include "textdiffview.h"
#include "texttab.h"
#include "windowmodels.h"

#include <QApplication>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QPlainTextEdit>
#include <QTabWidget>
#include <QTimer>
#include <QToolButton>

namespace taffrail::ui {

namespace {

enum DoneButton { Close, Undo };

struct ReportFormat {
    const char *suffix;
    const char *word;
};
constexpr std::array reportFormats{ReportFormat{"html", "html"}, ReportFormat{"md", "markdown"},
                                   ReportFormat{"csv", "csv"}, ReportFormat{"json", "json"},
                                   ReportFormat{"pdf", "pdf"}};

} // namespace

void ComparePage::cyclePane(bool forward)
{
    QWidget *below = m_tabs->currentWidget() == m_text ? static_cast<QWidget *>(m_text->view())
        : m_tabs->currentWidget() == m_expected        ? static_cast<QWidget *>(m_expected->rules())
        : m_tabs->currentWidget() == m_promotion       ? static_cast<QWidget *>(m_promotion->table())
                                                       : m_values;
    const QList<QWidget *> stops{m_bar->environmentsButton(), m_table, below};
    QWidget *now = QApplication::focusWidget();
    qsizetype at = m_table->isAncestorOf(now) || now == m_table ? 1 : m_tabs->isAncestorOf(now) ? 2 : 0;
    do
        at = (at + (forward ? 1 : stops.size() - 1)) % stops.size();
    while (!stops[at]->isVisible());
    stops[at]->setFocus(Qt::TabFocusReason);
}

void ComparePage::toggleMaximized()
{
    const bool below = m_tabs->isAncestorOf(QApplication::focusWidget());
    m_isMaximized = !m_isMaximized;
    m_tabs->setVisible(m_isMaximized ? below : m_model.comparison() != nullptr);
    m_table->parentWidget()->setVisible(!m_isMaximized || !below);
}

void ComparePage::showRow()
{
    const QModelIndex current = m_table->currentIndex();
    const items::ComparisonPtr &comparison = m_model.comparison();
    const int row = m_model.matrixRow(current.row()), column = m_model.matrixColumn(current.column());
    const QString kept = m_values->currentId();
    m_valueRows->show(comparison, row);
    m_valueRows->setNow(m_models.console.now());
    QString words = tr("Choose a key to see its values.");
    if (comparison && row >= 0) {
        const MatrixRow &line = comparison->matrix.rows[size_t(row)];
        words = sanitizedLine(line.key.toUtf8(), 200);
        if (!line.file.isEmpty())
            words += QStringLiteral("  \u00b7  ") + sanitizedLine(line.file.toUtf8(), 120);
        words += QStringLiteral("  \u00b7  ") + sanitizedLine(line.entry.toUtf8(), 80);
        if (!line.note.isEmpty())
            words += QStringLiteral("  \u00b7  ") + sanitizedLine(line.note.toUtf8(), 200);
    }
    m_keyWords->setText(words);
    // The environment whose cell is current.
    int place = m_valueRows->rowOf(kept);
    if (comparison && column >= 0) {
        const QString wanted = comparison->matrix.environments[size_t(column)]->id;
        for (int each = 0; each < m_valueRows->rowCount(); ++each) {
            if (m_valueRows->rowAt(each).environment == wanted) {
                place = each;
                break;
            }
        }
    }
    if (m_valueRows->rowCount() > 0)
        m_values->setCurrentIndex(m_values->proxy()->mapFromSource(m_valueRows->index(std::max(0, place), 0)));
    showFull();
    m_text->showRow(comparison, row, column);
    m_expected->showRow(comparison, row, column);
    m_promotion->show(comparison);
}

void ComparePage::showFull()
{
    const QString text = m_valueRows->fullValue(m_values->currentId());
    if (m_full->toPlainText() != text)
        m_full->setPlainText(text);
}

void ComparePage::goToKey(const QString &id)
{
    m_table->goTo(m_model.rowOf(id));
}

QList<QPair<QString, QString>> ComparePage::shownKeys() const
{
    constexpr qsizetype most = 2000; // each is matched with every letter that is typed
    QList<QPair<QString, QString>> keys;
    const items::CompareShown &shown = m_model.shown();
    for (int row = 0; row < shown.count() && keys.size() < most; ++row) {
        if (!shown.isSection(row))
            keys.append({shown.id(row), sanitizedLine(shown.matrixRow(row).key.toUtf8(), 200)});
    }
    return keys;
}

void ComparePage::accept(const ExpectedDifference &rule)
{
    if (!m_models.compareDesk())
        return;
    m_change = Change{rule, true, false};
    m_models.compareDesk()->expect(rule);
}

void ComparePage::takeBack(const ExpectedDifference &rule)
{
    if (!m_models.compareDesk())
        return;
    m_change = Change{rule, false, false};
    m_models.compareDesk()->withdraw(rule);
}

// The desk answered with a comparison that knows of the change: said, with the way back.
void ComparePage::tellDone()
{
    if (!m_change || m_change->answered)
        return;
    m_change->answered = true;
    const ExpectedDifference &rule = m_change->rule;
    const QString key = sanitizedLine(rule.key.toUtf8(), 120);
    const QString where = sanitizedLine(rule.environments.join(QStringLiteral(", ")).toUtf8(), 200);
    m_done->showMessage(Status::Ok,
                        m_change->added
                            ? tr("%1 may differ in %2 until %3.").arg(key, where, m_models.time.full(rule.until))
                            : tr("%1 is no longer expected to differ in %2.").arg(key, where),
                        {{Undo, tr("Undo")}, {Close, tr("Close")}});
    m_undo->start();
}

void ComparePage::askExport()
{
    if (!m_model.comparison())
        return;
    auto *dialog = new QFileDialog(this, tr("Export report"));
    dialog->setObjectName(QStringLiteral("compareExport"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("html"));
    dialog->setNameFilters(
        {tr("Web page (*.html)"), tr("Markdown (*.md)"), tr("Table (*.csv)"), tr("JSON (*.json)"), tr("PDF (*.pdf)")});
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString &filter) {
        for (const ReportFormat &format : reportFormats) {
            const QString suffix = QLatin1String(format.suffix);
            if (filter.contains(QStringLiteral("*.") + suffix))
                dialog->setDefaultSuffix(suffix);
        }
    });
    dialog->selectFile(QStringLiteral("taffrail-compare-%1")
                           .arg(m_models.console.now().toUTC().toString(QStringLiteral("yyyyMMdd-HHmm"))));
    connect(dialog, &QFileDialog::fileSelected, this, &ComparePage::exportTo);
    dialog->open();
}

void ComparePage::exportTo(const QString &path)
{
    if (!m_models.compareDesk() || !m_model.comparison())
        return;
    const QString suffix = QFileInfo(path).suffix().toLower();
    for (const ReportFormat &format : reportFormats) {
        if (suffix != QLatin1String(format.suffix) && suffix != QLatin1String(format.word))
            continue;
        m_done->showMessage(Status::Running, tr("The report is being written to %1\u2026").arg(path));
        m_models.compareDesk()->exportReport(m_model.comparison(), m_model.look().view,
                                             QString::fromLatin1(format.word), path);
        return;
    }
    m_done->showMessage(Status::Warning,
                        tr("A report ends in .html, .md, .csv, .json or .pdf, not in \u201c%1\u201d.").arg(suffix),
                        {{Close, tr("Close")}});
}

} // namespace taffrail::ui
