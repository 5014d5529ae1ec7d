// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparepage.h"

#include "comparebar.h"
#include "comparechoice.h"
#include "comparedetails.h"
#include "comparestate.h"
#include "comparetable.h"
#include "expectedtab.h"
#include "filterline.h"
#include "flowlayout.h"
#include "inlinemessage.h"
#include "promotiontab.h"
#include "text.h"
#include "texttab.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QSplitter>
#include <QStackedLayout>
#include <QTabWidget>
#include <QTimer>
#include <QToolButton>

namespace taffrail::ui {

namespace {

enum DoneButton { Close, Undo };

} // namespace

ComparePage::ComparePage(WindowModels &models, QWidget *parent)
    : Page(parent),
      m_models(models),
      m_valueRows(std::make_unique<items::CompareValuesModel>()),
      m_notice(new InlineMessage(this)),
      m_done(new InlineMessage(this)),
      m_table(nullptr),
      m_stack(new QStackedLayout),
      m_sentence(nullptr),
      m_asOf(plainLabel({}, this)),
      m_undo(new QTimer(this))
{
    auto *split = new QSplitter(Qt::Vertical, this);
    split->setObjectName(QStringLiteral("compareSplitter"));
    split->setChildrenCollapsible(false);
    auto *above = new QWidget(split);
    above->setLayout(m_stack);
    m_table = new CompareTable(QStringLiteral("compare"), models.time, above);
    m_table->setAccessibleName(tr("Settings by key, one column for each environment"));
    m_table->showModel(&m_model);
    m_stack->addWidget(m_table);
    setupSentence();
    setupTabs(split);
    split->setStretchFactor(0, 1);
    split->setStretchFactor(1, 1);
    split->setSizes({5200, 4800});
    m_bar = new CompareBar(models, *m_table, this);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(6, 6, 6, 6);
    column->addWidget(m_bar);
    column->addWidget(m_notice);
    column->addWidget(m_done);
    column->addWidget(split, 1);
    column->addWidget(m_asOf);
    setupBar();
    setupDesk();
    connect(&m_model, &items::CompareModel::settled, this, [this] {
        m_bar->showCounts(m_model.shown());
        if (!m_table->currentIndex().isValid() && m_model.rowCount() > 1)
            m_table->setCurrentIndex(m_model.index(1, 0));
        updateCondition();
        showRow();
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentChanged, this, &ComparePage::showRow);
    connect(m_table, &OpsTable::detailsRequested, this, &Page::detailsRequested);
    connect(m_table, &OpsTable::opened, this, [this](const QModelIndex &index) {
        if (!index.data(items::SectionRole).toBool())
            emit detailsRequested();
    });
    connect(&models.console, &items::ConsoleModels::clockMoved, this, [this] {
        if (isVisible())
            updateCondition();
    });
    connect(&models.time, &TimeFormat::changed, this, &ComparePage::updateCondition);
    m_undo->setSingleShot(true);
    m_undo->setInterval(undoMs);
    connect(m_undo, &QTimer::timeout, this, [this] {
        m_change.reset();
        m_done->clear();
    });
    updateCondition();
    showRow();
}

ComparePage::~ComparePage() = default;

void ComparePage::setupBar()
{
    connect(m_bar, &CompareBar::compareWanted, this, &ComparePage::compare);
    connect(m_bar, &CompareBar::judgeWanted, this, &ComparePage::judgeAgain);
    connect(m_bar, &CompareBar::lookChanged, this, &ComparePage::takeLook);
    connect(m_bar, &CompareBar::exportWanted, this, &ComparePage::askExport);
    connect(m_bar, &CompareBar::baselineWanted, this, [this](const QString &environment) {
        if (m_models.compareDesk())
            m_models.compareDesk()->saveBaseline(environment);
    });
    m_bar->setCompared(false);
}

void ComparePage::setupSentence()
{
    auto *page = new QWidget(this);
    m_sentence = plainTextBlock({}, page);
    m_sentence->setAlignment(Qt::AlignCenter);
    m_sentenceRow = new FlowLayout(Qt::AlignHCenter, 6);
    auto *column = new QVBoxLayout(page);
    column->addStretch(1);
    column->addWidget(m_sentence);
    column->addLayout(m_sentenceRow);
    column->addStretch(1);
    m_stack->addWidget(page);
    const auto pressed = [this](InlineMessage *message) {
        connect(message, &InlineMessage::pressed, this, [this](int button) { act(button); });
    };
    pressed(m_notice);
    connect(m_done, &InlineMessage::pressed, this, [this](int button) {
        m_done->clear();
        m_undo->stop();
        if (button != Undo || !m_change)
            return;
        const Change last = *m_change;
        m_change.reset();
        last.added ? takeBack(last.rule) : accept(last.rule);
    });
}

void ComparePage::setupTabs(QSplitter *split)
{
    m_tabs = new QTabWidget(split);
    m_tabs->setObjectName(QStringLiteral("compareTabs"));
    m_tabs->setDocumentMode(true);
    auto *values = new QWidget(m_tabs);
    auto *column = new QVBoxLayout(values);
    column->setContentsMargins(6, 4, 6, 4);
    auto *sides = new QSplitter(Qt::Horizontal, values);
    sides->setObjectName(QStringLiteral("compareValuesSplitter"));
    sides->setChildrenCollapsible(false);
    m_values = new OpsTable(QStringLiteral("compareValues"), m_models.time, sides);
    m_values->setAccessibleName(tr("Values of the chosen key"));
    m_values->setSource(m_valueRows.get(), new OpsProxy(m_values));
    m_full = new QPlainTextEdit(sides);
    m_full->setReadOnly(true);
    m_full->setTabChangesFocus(true);
    m_full->setFont(fixedFont(font()));
    m_full->setAccessibleName(tr("The chosen value in full"));
    sides->setStretchFactor(0, 3);
    sides->setStretchFactor(1, 1);
    m_keyWords = plainLabel({}, values);
    column->addWidget(m_keyWords);
    column->addWidget(sides, 1);
    m_text = new TextTab(m_tabs);
    m_expected = new ExpectedTab(m_models, m_tabs);
    m_tabs->addTab(values, tr("Values"));
    m_tabs->addTab(m_text, tr("Text"));
    m_tabs->addTab(m_expected, tr("Expected"));
    m_promotion = new PromotionTab(m_models, m_tabs);
    m_tabs->addTab(m_promotion, tr("Promotion"));
    connect(m_values->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &ComparePage::showFull);
    connect(m_values, &OpsTable::detailsRequested, this, &Page::detailsRequested);
    connect(m_expected, &ExpectedTab::accepted, this, &ComparePage::accept);
    connect(m_expected, &ExpectedTab::takenBack, this, &ComparePage::takeBack);
}

void ComparePage::setupDesk()
{
    items::CompareDesk *desk = m_models.compareDesk();
    m_bar->setEnabled(desk != nullptr);
    m_sentence->setFocusPolicy(desk ? Qt::NoFocus : Qt::StrongFocus); // then it is all that there is
    if (!desk)
        return;
    connect(desk, &items::CompareDesk::reading, this, [this](const QString &what) {
        m_reading = what;
        updateCondition();
    });
    connect(desk, &items::CompareDesk::compared, this, &ComparePage::take);
    connect(desk, &items::CompareDesk::refused, this, [this](const Error &error) {
        m_reading.clear();
        m_refused = error;
        if (m_change && !m_change->answered)
            m_change.reset();
        updateCondition();
    });
    connect(desk, &items::CompareDesk::exported, this, [this](const QString &path, const QString &trouble) {
        m_undo->stop();
        m_change.reset();
        if (trouble.isEmpty())
            m_done->showMessage(Status::Ok, tr("The report was written to %1.").arg(path), {{Close, tr("Close")}});
        else
            m_done->showMessage(Status::Critical,
                                tr("The report could not be written to %1: %2").arg(path, sanitized(trouble)),
                                {{Close, tr("Close")}});
    });
    connect(desk, &items::CompareDesk::baselineSaved, this, [this](const QString &environment, const QString &trouble) {
        m_undo->stop();
        m_change.reset();
        if (trouble.isEmpty())
            m_done->showMessage(Status::Ok, tr("What was read of %1 is its baseline now.").arg(environment),
                                {{Close, tr("Close")}});
        else
            m_done->showMessage(Status::Critical,
                                tr("The baseline of %1 could not be saved: %2").arg(environment, sanitized(trouble)),
                                {{Close, tr("Close")}});
    });
}

QString ComparePage::title() const
{
    return tr("Compare");
}

OpsTable *ComparePage::mainTable() const
{
    return m_table;
}

void ComparePage::focusFilter()
{
    m_bar->filter()->takeFocus();
}

void ComparePage::takeFocus()
{
    if (m_condition.showsData)
        m_table->setFocus(Qt::OtherFocusReason);
    else if (!m_sentenceButtons.isEmpty())
        m_sentenceButtons.first()->setFocus(Qt::OtherFocusReason);
    else if (m_bar->isEnabled())
        m_bar->environmentsButton()->setFocus(Qt::OtherFocusReason);
    else
        m_sentence->setFocus(Qt::OtherFocusReason);
}

void ComparePage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    updateCondition();
}

void ComparePage::compareWith(const QString &environment)
{
    const std::vector<EnvironmentSpecPtr> all = m_bar->environments();
    const QStringList relatives = items::relativesOf(all, environment);
    if (relatives.isEmpty())
        return;
    m_bar->choose(relatives, items::usualReference(all, relatives));
    if (relatives.size() >= 2)
        compare();
    else
        m_bar->openPicker();
}

void ComparePage::compare()
{
    const items::CompareQuestion &question = m_bar->question();
    if (!m_models.compareDesk() || question.environments.size() < (question.baseline ? 1 : 2))
        return;
    m_refused.reset();
    m_reading = tr("Reading the settings of %1 environments\u2026").arg(question.environments.size());
    updateCondition();
    m_models.compareDesk()->compare(question);
}

void ComparePage::judgeAgain()
{
    if (m_models.compareDesk())
        m_models.compareDesk()->judgeAgain(m_bar->question());
}

void ComparePage::take(const items::ComparisonPtr &comparison)
{
    m_reading.clear();
    m_refused.reset();
    m_bar->setCompared(comparison != nullptr);
    m_model.setComparison(comparison);
    tellDone();
    updateCondition();
}

void ComparePage::takeLook()
{
    items::CompareLook look = m_bar->look();
    look.folded = m_model.look().folded;
    m_model.setLook(look);
}

void ComparePage::updateCondition()
{
    items::CompareView view;
    view.offered = m_models.compareDesk() != nullptr;
    view.environments = int(items::comparable(m_bar->environments()).size());
    view.chosen = int(m_bar->question().environments.size());
    view.reading = m_reading;
    view.refused = m_refused;
    view.shown = &m_model.shown();
    view.now = m_models.console.now();
    view.clockText = [this](const QDateTime &at) { return m_models.time.clock(at); };
    items::PaneCondition condition = items::compareState(view);
    if (condition == m_condition)
        return;
    m_condition = std::move(condition);
    m_sentence->setText(m_condition.sentence);
    m_sentence->setAccessibleName(m_condition.sentence);
    m_stack->setCurrentIndex(m_condition.showsData ? 0 : 1);
    if (!m_isMaximized)
        m_tabs->setVisible(m_model.comparison() != nullptr);
    QString asOf = m_condition.asOf;
    if (m_condition.refreshing)
        asOf = asOf.isEmpty() ? m_reading : asOf + QStringLiteral("  \u00b7  ") + sanitized(m_reading);
    m_asOf->setText(asOf);
    m_asOf->setVisible(!asOf.isEmpty());
    QList<QPair<int, QString>> buttons;
    if (!m_condition.notice.isEmpty()) {
        for (const items::PaneAction action : m_condition.actions)
            buttons.append({int(action), items::paneActionText(action)});
    }
    const Status severity = m_condition.status == Status::None ? Status::Notice : m_condition.status;
    m_notice->showMessage(severity, m_condition.notice, buttons);
    setSentenceButtons();
}

void ComparePage::setSentenceButtons()
{
    std::vector<items::PaneAction> wanted;
    if (!m_condition.showsData && m_condition.notice.isEmpty())
        wanted = m_condition.actions;
    const bool choose = m_condition.state == items::PaneState::NotSetUp && m_bar->isEnabled()
        && items::comparable(m_bar->environments()).size() >= 2;
    if (wanted == m_sentenceActions && choose == m_wantsNotSetUp)
        return;
    m_sentenceActions = wanted;
    m_wantsNotSetUp = choose;
    for (QToolButton *button : std::as_const(m_sentenceButtons)) {
        button->hide();
        button->deleteLater();
    }
    m_sentenceButtons.clear();
    const auto add = [this](const QString &text, const std::function<void()> &press) {
        QToolButton *button = textButton(text, m_sentence->parentWidget());
        connect(button, &QToolButton::clicked, this, press);
        m_sentenceRow->addWidget(button);
        button->show();
        m_sentenceButtons << button;
    };
    if (choose)
        add(tr("Choose environments\u2026"), [this] { m_bar->openPicker(); });
    for (const items::PaneAction action : wanted)
        add(items::paneActionText(action), [this, action] { act(int(action)); });
}

QString ComparePage::sentence() const
{
    return m_condition.showsData ? QString() : m_sentence->text();
}

void ComparePage::act(int action)
{
    switch (items::PaneAction(action)) {
    case items::PaneAction::RetryNow: compare(); break;
    case items::PaneAction::Details: emit failureRequested(m_condition.details); break;
    case items::PaneAction::CopyError: QApplication::clipboard()->setText(m_condition.copyText); break;
    case items::PaneAction::ClearFilter:
        m_bar->clearFilter();
        m_table->setFocus(Qt::OtherFocusReason);
        break;
    default: break;
    }
}

} // namespace taffrail::ui
