// SPDX-License-Identifier: GPL-3.0-or-later
#include "readinesspage.h"

#include "filterline.h"
#include "flowlayout.h"
#include "inlinemessage.h"
#include "opstable.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QFileDialog>
#include <QLabel>
#include <QPlainTextEdit>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>

namespace taffrail::ui {

namespace {

enum BannerButton { CheckAgain };

} // namespace

ReadinessPage::ReadinessPage(WindowModels &models, QWidget *parent)
    : Page(parent),
      m_models(models),
      m_banner(new InlineMessage(this)),
      m_notice(new InlineMessage(this)),
      m_table(nullptr),
      m_filter(nullptr),
      m_check(textButton(tr("Check now"), this)),
      m_export(textButton(tr("Export\u2026"), this)),
      m_totals(plainLabel({}, this)),
      m_evidence(nullptr)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(6, 6, 6, 6);
    auto *split = new QSplitter(Qt::Vertical, this);
    split->setObjectName(QStringLiteral("readinessSplitter"));
    split->setChildrenCollapsible(false);
    m_table = new OpsTable(QStringLiteral("readiness"), models.time, split);
    m_table->setAccessibleName(tr("Readiness criteria by environment"));
    m_evidence = new QPlainTextEdit(split);
    m_evidence->setReadOnly(true);
    m_evidence->setTabChangesFocus(true);
    m_evidence->setAccessibleName(tr("Evidence and fix of the chosen criterion"));
    m_evidence->setPlaceholderText(tr("Choose a criterion to see its evidence and what to do."));
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 1);
    m_model = new items::ReadinessModel(models.console.environments(), this);
    m_table->setSource(m_model, new OpsProxy(m_table));
    m_filter = new FilterLine(*m_table, tr("criteria"), this);
    m_filter->setPlaceholderText(tr("Filter, e.g. tls or fail"));
    column->addWidget(m_banner);
    column->addWidget(m_notice);
    setupTop();
    column->addWidget(split, 1);
    setupDesk();
    connect(m_table->selectionModel(), &QItemSelectionModel::currentChanged, this, &ReadinessPage::showEvidence);
    connect(m_table, &OpsTable::opened, this, &Page::detailsRequested);
    connect(m_table, &OpsTable::detailsRequested, this, &Page::detailsRequested);
    connect(&models.console, &items::ConsoleModels::clockMoved, this, [this] {
        if (!isVisible())
            return;
        m_model->setNow(m_models.console.now());
        showBanner();
    });
    const QList<QWidget *> order{m_filter, m_check, m_export, m_table, m_evidence};
    for (qsizetype i = 1; i < order.size(); ++i)
        setTabOrder(order[i - 1], order[i]);
    showBanner();
}

void ReadinessPage::setupTop()
{
    m_filter->setMinimumWidth(fontMetrics().averageCharWidth() * 24);
    m_totals->setMinimumHeight(m_check->sizeHint().height());
    m_totals->setAccessibleName(tr("Totals"));
    m_totals->setWordWrap(true);
    auto *top = new FlowLayout(Qt::AlignLeft, 6);
    for (QWidget *widget :
         {static_cast<QWidget *>(m_filter), static_cast<QWidget *>(m_check), static_cast<QWidget *>(m_export)})
        top->addWidget(widget);
    auto *column = static_cast<QVBoxLayout *>(layout());
    column->addLayout(top);
    column->addWidget(m_totals);
    connect(m_check, &QToolButton::clicked, this, &ReadinessPage::check);
    connect(m_export, &QToolButton::clicked, this, &ReadinessPage::askExport);
    connect(m_banner, &InlineMessage::pressed, this, [this](int button) {
        if (button == CheckAgain)
            check();
    });
    connect(m_notice, &InlineMessage::pressed, m_notice, &InlineMessage::clear);
}

void ReadinessPage::setupDesk()
{
    items::ReadinessDesk *desk = m_models.readiness();
    m_check->setEnabled(desk != nullptr);
    m_export->setEnabled(false);
    if (!desk)
        return;
    connect(desk, &items::ReadinessDesk::judged, this, &ReadinessPage::takeCard);
    connect(desk, &items::ReadinessDesk::exported, this, [this](const QString &path, const QString &trouble) {
        if (trouble.isEmpty())
            m_notice->showMessage(Status::Ok, tr("The scorecards were written to %1.").arg(path), {{0, tr("Close")}});
        else
            m_notice->showMessage(Status::Critical,
                                  tr("The scorecards could not be written to %1: %2").arg(path, trouble),
                                  {{0, tr("Close")}});
    });
    connect(desk, &items::ReadinessDesk::troubled, this, [this](const QString &words) {
        m_notice->showMessage(Status::Warning, words, {{0, tr("Close")}});
    });
}

QString ReadinessPage::title() const
{
    return tr("Readiness");
}

void ReadinessPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    m_model->setNow(m_models.console.now());
    if (!std::exchange(m_asked, true))
        check();
}

void ReadinessPage::takeFocus()
{
    m_table->setFocus(Qt::OtherFocusReason);
}

void ReadinessPage::focusFilter()
{
    m_filter->takeFocus();
}

void ReadinessPage::check()
{
    const QStringList all = m_model->environments();
    if (!m_models.readiness() || all.isEmpty())
        return;
    for (const QString &environment : all)
        m_reading.insert(environment);
    showBanner();
    m_models.readiness()->read(all);
}

void ReadinessPage::takeCard(const items::ReadinessCardPtr &card)
{
    m_reading.remove(card->report.environment);
    m_model->setNow(m_models.console.now());
    m_model->take(card);
    m_export->setEnabled(true);
    m_totals->setText(m_model->totals());
    if (!m_table->currentIndex().isValid() && m_table->model()->rowCount() > 0)
        m_table->setCurrentIndex(m_table->model()->index(0, 0));
    showBanner();
    showEvidence();
}

void ReadinessPage::showBanner()
{
    const QStringList all = m_model->environments();
    if (!m_models.readiness() || all.isEmpty()) {
        m_banner->showMessage(Status::None, tr("There is no environment to judge."));
        return;
    }
    if (!m_reading.isEmpty()) {
        QStringList names(m_reading.begin(), m_reading.end());
        names.sort();
        m_banner->showMessage(Status::Running,
                              tr("Reading what decides: %1\u2026").arg(names.join(QStringLiteral(", "))));
        return;
    }
    QDateTime oldest;
    int fails = 0, unknowns = 0;
    for (const QString &environment : all) {
        const items::ReadinessCardPtr card = m_model->card(environment);
        if (!card)
            continue;
        oldest = !oldest.isValid() ? card->report.judgedAt : std::min(oldest, card->report.judgedAt);
        fails += countOf(card->report, ReadinessVerdict::Fail);
        unknowns += countOf(card->report, ReadinessVerdict::Unknown);
    }
    if (!oldest.isValid()) {
        m_banner->showMessage(Status::Unknown, tr("Nothing is judged yet."), {{CheckAgain, tr("Check now")}});
        return;
    }
    const Status status = fails > 0 ? Status::Warning : unknowns > 0 ? Status::Unknown : Status::Ok;
    m_banner->showMessage(status,
                          tr("%1 fail, %2 are unknown. Checked %3 ago.")
                              .arg(fails)
                              .arg(unknowns)
                              .arg(items::relativeText(oldest, m_models.console.now())));
}

void ReadinessPage::showEvidence()
{
    const QModelIndex current = m_table->currentIndex();
    const int column = current.isValid() ? current.column() : 0;
    const QString environment = m_model->environments().value(column - items::ReadinessModel::FirstEnvironment);
    const QString text = m_model->evidenceText(m_table->currentId(), environment);
    if (m_evidence->toPlainText() != text)
        m_evidence->setPlainText(text);
}

void ReadinessPage::askExport()
{
    auto *dialog = new QFileDialog(this, tr("Export the scorecards"));
    dialog->setObjectName(QStringLiteral("readinessExport"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("md"));
    dialog->setNameFilter(tr("Markdown (*.md)"));
    dialog->selectFile(QStringLiteral("taffrail-readiness-%1.md")
                           .arg(m_models.console.now().toUTC().toString(QStringLiteral("yyyyMMdd-HHmm"))));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) {
        std::vector<ReadinessReport> reports;
        for (const QString &environment : m_model->environments()) {
            if (const items::ReadinessCardPtr card = m_model->card(environment))
                reports.push_back(card->report);
        }
        if (m_models.readiness())
            m_models.readiness()->exportMarkdown(reports, path);
    });
    dialog->open();
}

} // namespace taffrail::ui
