// SPDX-License-Identifier: GPL-3.0-or-later
#include "auditpage.h"

#include "filterline.h"
#include "flowlayout.h"
#include "inlinemessage.h"
#include "opstable.h"
#include "text.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPlainTextEdit>
#include <QSplitter>
#include <QToolButton>

namespace taffrail::ui {

namespace {

enum BannerButton { VerifyNow };
constexpr int mostPagesForFilter = 20;
constexpr int enoughRows = 50; // shown of a filter before reading on stops

/// The rows of one environment, besides what the filter line lets through.
class AuditProxy : public OpsProxy {
public:
    using OpsProxy::OpsProxy;

    void setEnvironment(const QString &environment)
    {
        if (std::exchange(m_environment, environment) != environment)
            invalidateFilter();
    }

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override
    {
        const QModelIndex index = sourceModel()->index(row, 0, parent);
        return (m_environment.isEmpty() || index.data(items::EnvironmentRole).toString() == m_environment)
            && OpsProxy::filterAcceptsRow(row, parent);
    }

private:
    QString m_environment;
};

} // namespace

AuditPage::AuditPage(WindowModels &models, QWidget *parent)
    : Page(parent),
      m_models(models),
      m_banner(new InlineMessage(this)),
      m_notice(new InlineMessage(this)),
      m_table(nullptr),
      m_filter(nullptr),
      m_environments(new QComboBox(this)),
      m_export(textButton(tr("Export\u2026"), this)),
      m_older(textButton(tr("Read older entries"), this)),
      m_counts(plainLabel({}, this)),
      m_detail(nullptr)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(6, 6, 6, 6);
    auto *split = new QSplitter(Qt::Vertical, this);
    split->setObjectName(QStringLiteral("auditSplitter"));
    split->setChildrenCollapsible(false);
    m_table = new OpsTable(QStringLiteral("audit"), models.time, split);
    m_table->setAccessibleName(tr("Audit entries, newest first"));
    m_table->setSource(&m_model, new AuditProxy(m_table));
    m_table->sortByColumn(items::AuditModel::Seq, Qt::DescendingOrder);
    m_detail = new QPlainTextEdit(split);
    m_detail->setReadOnly(true);
    m_detail->setTabChangesFocus(true);
    m_detail->setFont(fixedFont(font()));
    m_detail->setAccessibleName(tr("The chosen entry"));
    m_detail->setPlaceholderText(tr("Choose an entry to read all of it."));
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 1);
    m_filter = new FilterLine(*m_table, tr("audit entries"), this);
    column->addWidget(m_banner);
    column->addWidget(m_notice);
    setupTop();
    column->addWidget(split, 1);
    setupDesk();
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &AuditPage::showDetail);
    connect(m_table, &OpsTable::opened, this, &Page::detailsRequested);
    connect(m_table, &OpsTable::detailsRequested, this, &Page::detailsRequested);
    connect(m_table, &OpsTable::rowsShownChanged, this, &AuditPage::showCounts);
    connect(&models.console, &items::ConsoleModels::clockMoved, this, &AuditPage::showBanner);
    connect(&models.time, &TimeFormat::changed, this, [this] {
        showBanner();
        showDetail();
    });
    const QList<QWidget *> order{m_environments, m_filter, m_export, m_older, m_table, m_detail};
    for (qsizetype i = 1; i < order.size(); ++i)
        setTabOrder(order[i - 1], order[i]);
    showBanner();
    showCounts();
}

void AuditPage::setupTop()
{
    auto *menu = new QMenu(m_export);
    menu->addAction(tr("As JSON Lines\u2026"), this, [this] { askExport(QStringLiteral("jsonl")); });
    menu->addAction(tr("As Markdown\u2026"), this, [this] { askExport(QStringLiteral("markdown")); });
    m_export->setMenu(menu);
    m_export->setPopupMode(QToolButton::InstantPopup);
    m_environments->setAccessibleName(tr("Environment whose entries are shown"));
    m_environments->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    fillEnvironments();
    m_filter->setMinimumWidth(fontMetrics().averageCharWidth() * 24);
    m_counts->setMinimumHeight(m_environments->sizeHint().height()); // on one line with the fields
    auto *top = new FlowLayout(Qt::AlignLeft, 6);
    for (QWidget *widget :
         {static_cast<QWidget *>(m_environments), static_cast<QWidget *>(m_filter), static_cast<QWidget *>(m_export),
          static_cast<QWidget *>(m_older), static_cast<QWidget *>(m_counts)})
        top->addWidget(widget);
    static_cast<QVBoxLayout *>(layout())->addLayout(top);
    connect(m_older, &QToolButton::clicked, this, [this] {
        m_pagesForFilter = 0;
        m_model.fetchMore({});
        showCounts();
    });
    connect(m_environments, &QComboBox::currentIndexChanged, this, [this] {
        static_cast<AuditProxy *>(m_table->proxy())->setEnvironment(m_environments->currentData().toString());
        m_pagesForFilter = 0;
        fillFiltered();
        showCounts();
    });
    connect(m_filter, &FilterLine::filterChanged, this, [this] {
        m_pagesForFilter = 0;
        fillFiltered();
        showCounts();
    });
    connect(&m_model, &items::AuditModel::environmentsChanged, this, &AuditPage::fillEnvironments);
    connect(m_banner, &InlineMessage::pressed, this, [this](int button) {
        if (button == VerifyNow)
            verify();
    });
}

void AuditPage::setupDesk()
{
    items::RollbackDesk *desk = m_models.desk();
    m_export->setEnabled(desk != nullptr);
    if (!desk)
        return;
    connect(&m_model, &items::AuditModel::pageWanted, desk, &items::RollbackDesk::listAudit);
    connect(desk, &items::RollbackDesk::auditListed, this, &AuditPage::takePage);
    connect(desk, &items::RollbackDesk::auditVerified, this, &AuditPage::takeWalk);
    connect(desk, &items::RollbackDesk::auditGrew, this, [this](qint64 seq) {
        m_grownTo = std::max(m_grownTo, seq);
        if (m_asked && isVisible())
            m_models.desk()->listAudit(0, items::AuditModel::pageSize);
        showBanner();
    });
    connect(desk, &items::RollbackDesk::auditExported, this, [this](const QString &path, const QString &trouble) {
        if (trouble.isEmpty())
            m_notice->showMessage(Status::Ok, tr("The audit was written to %1.").arg(path), {{0, tr("Close")}});
        else
            m_notice->showMessage(Status::Critical, tr("The audit could not be written to %1: %2").arg(path, trouble),
                                  {{0, tr("Close")}});
    });
    connect(desk, &items::RollbackDesk::auditTrouble, this, [this](const QString &words) {
        m_model.giveUp();
        m_verifying = false;
        m_notice->showMessage(Status::Critical, words, {{0, tr("Close")}});
        showBanner();
    });
    connect(m_notice, &InlineMessage::pressed, m_notice, &InlineMessage::clear);
}

QString AuditPage::title() const
{
    return tr("Audit");
}

void AuditPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    if (m_models.desk() && (!std::exchange(m_asked, true) || m_grownTo > m_model.newest()))
        m_models.desk()->listAudit(0, items::AuditModel::pageSize);
}

void AuditPage::takeFocus()
{
    m_table->setFocus(Qt::OtherFocusReason);
}

void AuditPage::focusFilter()
{
    m_filter->takeFocus();
}

void AuditPage::fillEnvironments()
{
    const QSignalBlocker quiet(m_environments);
    const QString chosen = m_environments->currentData().toString();
    m_environments->clear();
    m_environments->addItem(tr("All environments"), QString());
    const QStringList known = m_model.environments();
    for (const QString &environment : known)
        m_environments->addItem(sanitizedLine(environment.toUtf8(), 80), environment);
    m_environments->setCurrentIndex(std::max(0, m_environments->findData(chosen)));
}

void AuditPage::takePage(const std::vector<AuditEntry> &entries, qint64 beforeSeq, bool more)
{
    const qint64 newest = m_model.newest();
    m_model.add(entries, beforeSeq, more);
    if (const qint64 gap = m_model.gapBelow(); gap > 0)
        m_models.desk()->listAudit(gap, items::AuditModel::pageSize); // many came at once: down to what was there
    if (newest == 0 && !m_table->currentIndex().isValid() && m_table->model()->rowCount() > 0)
        m_table->setCurrentIndex(m_table->model()->index(0, 0));
    fillFiltered();
    showCounts();
    showBanner();
}

// A filter may hide all of a page: read on until there is something to see, within bounds.
void AuditPage::fillFiltered()
{
    const bool isFiltered = !m_filter->text().isEmpty() || m_environments->currentIndex() > 0;
    if (!isFiltered || m_table->model()->rowCount() >= enoughRows || m_pagesForFilter >= mostPagesForFilter
        || !m_model.canFetchMore({}))
        return;
    ++m_pagesForFilter;
    m_model.fetchMore({});
}

void AuditPage::verify()
{
    if (m_verifying || !m_models.desk())
        return;
    m_verifying = true;
    showBanner();
    m_models.desk()->verifyAudit();
}

void AuditPage::takeWalk(const AuditHead &head, const AuditFault &fault, const QDateTime &at)
{
    m_verifying = false;
    m_chain = {true, head, fault, at};
    m_model.setChain(m_chain);
    showBanner();
    showDetail();
}

void AuditPage::showBanner()
{
    const QList<QPair<int, QString>> again{{VerifyNow, tr("Verify now")}};
    if (!m_models.desk()) {
        m_banner->showMessage(Status::None, tr("This console keeps no audit: it can't run anything."));
        return;
    }
    if (m_verifying) {
        m_banner->showMessage(Status::Running, tr("The chain is being verified\u2026"));
        return;
    }
    if (!m_chain.walked) {
        m_banner->showMessage(Status::Unknown, tr("The chain is not verified yet."), again);
        return;
    }
    const QString age = items::relativeText(m_chain.at, m_models.console.now());
    if (m_chain.fault.seq > 0) {
        m_banner->showMessage(Status::Critical,
                              tr("Chain broken at #%1: %2. Verified %3 ago. Keep the file as it is and find out who "
                                 "touched it.")
                                  .arg(m_chain.fault.seq)
                                  .arg(m_chain.fault.why, age),
                              again);
        return;
    }
    const qint64 newest = std::max(m_model.newest(), m_grownTo);
    const QString since = newest > m_chain.head.seq
        ? tr(" Newer entries that are not verified yet: %1.").arg(newest - m_chain.head.seq)
        : QString();
    m_banner->showMessage(since.isEmpty() ? Status::Ok : Status::Notice,
                          tr("Chain verified to #%1, %2 ago.").arg(m_chain.head.seq).arg(age) + since, again);
}

void AuditPage::showCounts()
{
    const int all = m_model.rowCount(), shown = m_table->model()->rowCount();
    const bool more = m_model.canFetchMore({});
    m_older->setVisible(more);
    if (all == 0)
        m_counts->setText(m_asked ? tr("No entries") : QString());
    else if (shown == all)
        m_counts->setText(more ? tr("%1 entries, back to #%2").arg(all).arg(m_model.oldest())
                               : tr("%1 entries").arg(all));
    else
        m_counts->setText(tr("%1 of %2 shown, back to #%3").arg(shown).arg(all).arg(m_model.oldest()));
}

void AuditPage::showDetail()
{
    const AuditEntry *entry = m_model.entryOf(m_table->currentId());
    if (!entry) {
        m_detail->clear();
        return;
    }
    const QStringList lines{
        tr("#%1  %2").arg(entry->seq).arg(m_models.time.both(entry->time())),
        tr("Actor: %1   Program: %2").arg(sanitizedLine(entry->actor.toUtf8()), sanitizedLine(entry->app.toUtf8())),
        tr("Action: %1   Environment: %2   Object: %3")
            .arg(sanitizedLine(entry->action.toUtf8()),
                 entry->environment.isEmpty() ? items::absentText() : sanitizedLine(entry->environment.toUtf8()),
                 sanitizedLine(entry->object.toUtf8())),
        tr("Hash: %1").arg(QString::fromLatin1(entry->hash.toHex())),
        QString(),
        items::readableDetail(entry->detail)};
    const QString text = lines.join(QLatin1Char('\n'));
    if (m_detail->toPlainText() != text)
        m_detail->setPlainText(text);
}

void AuditPage::askExport(const QString &format)
{
    const bool isMarkdown = format == QLatin1String("markdown");
    auto *dialog = new QFileDialog(this, tr("Export the whole audit"));
    dialog->setObjectName(QStringLiteral("auditExport"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(isMarkdown ? QStringLiteral("md") : QStringLiteral("jsonl"));
    dialog->setNameFilter(isMarkdown ? tr("Markdown (*.md)") : tr("JSON Lines (*.jsonl)"));
    dialog->selectFile(
        QStringLiteral("taffrail-audit-%1.%2")
            .arg(m_models.console.now().toUTC().toString(QStringLiteral("yyyyMMdd-HHmm")), dialog->defaultSuffix()));
    connect(dialog, &QFileDialog::fileSelected, this, [this, format](const QString &path) {
        if (!m_models.desk())
            return;
        m_notice->showMessage(Status::Running, tr("The audit is being written to %1\u2026").arg(path));
        m_models.desk()->exportAudit(path, format);
    });
    dialog->open();
}

} // namespace taffrail::ui
