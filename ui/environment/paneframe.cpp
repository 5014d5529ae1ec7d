// SPDX-License-Identifier: GPL-3.0-or-later
#include "paneframe.h"

#include "elidelabel.h"
#include "filterline.h"
#include "flowlayout.h"
#include "inlinemessage.h"
#include "opstable.h"
#include "statuslabel.h"
#include "text.h"
#include "widgets.h"
#include "windowmodels.h"
#include "words.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QLabel>
#include <QMenu>
#include <QStackedLayout>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace taffrail::ui {

using items::PaneAction;
using items::PaneState;

namespace {

constexpr int patienceMs = 300;

QList<QPair<int, QString>> buttonsOf(const items::PaneCondition &condition)
{
    QList<QPair<int, QString>> buttons;
    for (const PaneAction action : condition.actions)
        buttons.append({int(action), items::paneActionText(action)});
    return buttons;
}

Status severityOf(const items::PaneCondition &condition)
{
    switch (condition.state) {
    case PaneState::Error:
    case PaneState::NotAllowed:
    case PaneState::Limited:
    case PaneState::Partial: return Status::Warning;
    case PaneState::Offline: return Status::Offline;
    case PaneState::Stale: return Status::Stale;
    case PaneState::Ready:
    case PaneState::NotSetUp:
    case PaneState::FirstLoad:
    case PaneState::Refreshing:
    case PaneState::Empty:
    case PaneState::FilteredToNothing: break;
    }
    return Status::Notice;
}

} // namespace

PaneFrame::PaneFrame(PaneKind kind, WindowModels &models, QWidget *parent)
    : QFrame(parent),
      m_kind(kind),
      m_models(models),
      m_titleBar(new QWidget(this)),
      m_status(new StatusLabel(m_titleBar)),
      m_linked(new ElideLabel(m_titleBar)),
      m_asOf(new ElideLabel(m_titleBar)),
      m_refreshing(plainLabel({}, m_titleBar)),
      m_menu(new QToolButton(m_titleBar)),
      m_notice(new InlineMessage(this)),
      m_table(new OpsTable(paneWord(kind), models.time, this)),
      m_patience(new QTimer(this))
{
    setObjectName(QStringLiteral("pane-") + paneWord(kind));
    setAccessibleName(items::paneTitle(kind));
    setFrameStyle(int(QFrame::StyledPanel));
    m_patience->setSingleShot(true);
    m_patience->setInterval(patienceMs);
    connect(m_patience, &QTimer::timeout, this, &PaneFrame::showSentence);
    setupTable();
    setupTitle();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_titleBar);
    column->addWidget(m_notice);
    m_stack = new QStackedLayout;
    m_stack->addWidget(m_table);
    setupSentence();
    column->addLayout(m_stack, 1);
    updateLinked();
    connect(m_notice, &InlineMessage::pressed, this, &PaneFrame::act);
    connect(m_table, &OpsTable::detailsRequested, this, &PaneFrame::detailsRequested);
    connect(m_table, &OpsTable::opened, this, &PaneFrame::detailsRequested);
    connect(&models.time, &TimeFormat::changed, this, &PaneFrame::updateCondition);
    updateCondition();
}

void PaneFrame::setupTable()
{
    items::PaneModel *model = m_models.console.pane(m_kind);
    m_table->setAccessibleName(items::paneTitle(m_kind));
    m_table->setSource(model, new OpsProxy(m_table));
    m_table->sortByColumn(model->defaultSortColumn(), model->defaultSortOrder());
    connect(m_table, &OpsTable::rowsShownChanged, this, &PaneFrame::updateCondition);
}

void PaneFrame::setupTitle()
{
    auto *title = plainLabel(items::paneTitle(m_kind), m_titleBar);
    QFont bold = title->font();
    bold.setBold(true);
    title->setFont(bold);
    m_filter = new FilterLine(*m_table, items::paneTitle(m_kind).toLower(), m_titleBar);
    m_filter->setMaximumWidth(fontMetrics().averageCharWidth() * 30);
    m_filter->setHiddenWhenIdle();
    connect(m_filter, &FilterLine::filterChanged, this, &PaneFrame::updateCondition);
    setupMenu();
    auto *row = new QHBoxLayout(m_titleBar);
    row->setContentsMargins(8, 3, 4, 3);
    row->addWidget(title);
    row->addSpacing(4);
    row->addWidget(m_status);
    row->addWidget(m_refreshing);
    row->addWidget(m_linked, 3);
    row->addWidget(m_asOf, 4);
    row->addWidget(m_filter, 3);
    row->addWidget(m_menu);
    m_filter->setMinimumWidth(fontMetrics().averageCharWidth() * 10);
    m_titleBar->installEventFilter(this);
    m_titleBar->setAutoFillBackground(true);
    m_titleBar->setBackgroundRole(QPalette::Window);
}

void PaneFrame::setupMenu()
{
    m_menu->setText(QStringLiteral("\u2261"));
    m_menu->setAccessibleName(tr("Menu of %1").arg(items::paneTitle(m_kind)));
    m_menu->setToolTip(tr("Menu"));
    m_menu->setPopupMode(QToolButton::InstantPopup);
    m_menu->setFocusPolicy(Qt::StrongFocus);
    m_menu->setMinimumSize(24, 24);
    auto *menu = new QMenu(m_menu);
    menu->addAction(tr("Maximise pane"), this, &PaneFrame::maximizeRequested);
    menu->addAction(tr("Filter"), m_filter, &FilterLine::takeFocus);
    menu->addSeparator();
    menu->addAction(tr("Copy rows"), this, [this] { QApplication::clipboard()->setText(m_table->asTabSeparated()); });
    menu->addAction(tr("Copy rows as Markdown"), this,
                    [this] { QApplication::clipboard()->setText(m_table->asMarkdown()); });
    menu->addAction(tr("Show details"), this, &PaneFrame::detailsRequested);
    m_menu->setMenu(menu);
}

void PaneFrame::addRowAction(const QString &text, const std::function<void(const QString &rowId)> &act)
{
    auto *action = new QAction(text, this);
    connect(action, &QAction::triggered, this, [this, act] { act(m_table->currentId()); });
    m_menu->menu()->addSeparator();
    m_menu->menu()->addAction(action);
    m_table->addAction(action);
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
}

void PaneFrame::setupSentence()
{
    auto *page = new QWidget(this);
    page->setAutoFillBackground(true);
    page->setBackgroundRole(QPalette::Base);
    m_sentence = plainTextBlock({}, page);
    m_sentence->setAlignment(Qt::AlignCenter);
    m_sentenceRow = new FlowLayout(Qt::AlignHCenter, 6);
    auto *column = new QVBoxLayout(page);
    column->addStretch(1);
    column->addWidget(m_sentence);
    column->addLayout(m_sentenceRow);
    column->addStretch(1);
    m_stack->addWidget(page);
}

QString PaneFrame::sentence() const
{
    return m_stack->currentIndex() == 1 ? m_sentence->text() : QString();
}

QString PaneFrame::noticeText() const
{
    return m_notice->isHidden() ? QString() : m_notice->text();
}

QList<QToolButton *> PaneFrame::actionButtons() const
{
    return m_stack->currentIndex() == 1 && !m_condition.sentence.isEmpty() ? m_sentenceButtons : m_notice->buttons();
}

void PaneFrame::updateCondition()
{
    if (!m_stack)
        return;
    const items::ConsoleModels &console = m_models.console;
    const EnvironmentStatePtr state = console.state(console.selected());
    setEnabled(state != nullptr);
    if (!state)
        return;
    items::PaneView view;
    view.refreshing = console.isRefreshing(console.selected());
    view.total = m_table->proxy()->sourceModel()->rowCount();
    view.shown = m_table->proxy()->filter().isEmpty() ? -1 : m_table->proxy()->rowCount();
    view.now = console.now();
    view.clockText = [this](const QDateTime &time) { return m_models.time.clock(time); };
    m_condition = items::paneState(*state, m_kind, view);
    // Judged a while ago: the clock may have overtaken good news since.
    m_condition.status = items::shownPaneStatus(*state, m_kind, view.now);

    m_status->setStatus(m_condition.status);
    m_asOf->setTexts(m_condition.asOf, m_condition.age);
    m_refreshing->setText(m_condition.refreshing ? tr("Reading\u2026") : QString());
    m_notice->showMessage(severityOf(m_condition), m_condition.notice,
                          m_condition.notice.isEmpty() ? QList<QPair<int, QString>>() : buttonsOf(m_condition));
    const bool loading = m_condition.state == PaneState::FirstLoad;
    if (loading && (!m_loading.isValid() || m_loadingEnvironment != console.selected())) {
        m_loading.start();
        m_loadingEnvironment = console.selected();
        m_patience->start();
    } else if (!loading) {
        m_loading.invalidate();
        m_patience->stop();
    }
    showSentence();
}

void PaneFrame::updateLinked()
{
    const items::PaneModel *model = m_models.console.pane(m_kind);
    const int marked = model->markedCount();
    m_linked->setVisible(marked > 0);
    m_linked->setTexts(marked > 0 ? tr("%1 of %2 linked").arg(marked).arg(model->rowCount()) : QString(),
                       marked > 0 ? tr("%1 linked").arg(marked) : QString());
    m_linked->setToolTip(tr("Rows that belong to what is selected in another pane. Esc there takes the marks away"));
}

QString PaneFrame::linkedText() const
{
    return m_linked->text();
}

void PaneFrame::showSentence()
{
    QString text = m_condition.sentence;
    if (m_condition.state == PaneState::FirstLoad) {
        const auto elapsed = std::chrono::milliseconds(m_loading.isValid() ? m_loading.elapsed() : 0);
        if (m_patience->isActive())
            text.clear();
        else if (elapsed.count() >= 1000)
            text += QLatin1Char(' ') + ageText(std::chrono::duration_cast<std::chrono::seconds>(elapsed));
    }
    m_sentence->setText(text);
    setSentenceButtons();
    const bool hadFocus = m_table->hasFocus();
    m_stack->setCurrentIndex(m_condition.showsData ? 0 : 1);
    keepRoom();
    if (hadFocus && !m_condition.showsData)
        m_menu->setFocus(Qt::OtherFocusReason);
}

void PaneFrame::takeFocus(Qt::FocusReason reason)
{
    if (m_condition.showsData)
        m_table->setFocus(reason);
    else
        (m_sentenceButtons.isEmpty() ? m_menu : m_sentenceButtons.first())->setFocus(reason);
}

void PaneFrame::setSentenceButtons()
{
    const bool wanted = !m_condition.showsData && !m_sentence->text().isEmpty() && m_condition.notice.isEmpty();
    const std::vector<PaneAction> actions = wanted ? m_condition.actions : std::vector<PaneAction>();
    if (actions == m_sentenceActions)
        return;
    m_sentenceActions = actions;
    for (QToolButton *button : std::as_const(m_sentenceButtons)) {
        button->hide();
        button->deleteLater();
    }
    m_sentenceButtons.clear();
    for (const PaneAction action : actions) {
        QToolButton *button = textButton(items::paneActionText(action), this);
        connect(button, &QToolButton::clicked, this, [this, action] { act(int(action)); });
        m_sentenceRow->addWidget(button);
        button->show();
        m_sentenceButtons << button;
    }
}

void PaneFrame::act(int action)
{
    const QString environment = m_models.console.selected();
    switch (PaneAction(action)) {
    case PaneAction::CopyExample:
    case PaneAction::CopyError:
    case PaneAction::CopyGrant: QApplication::clipboard()->setText(m_condition.copyText); break;
    case PaneAction::Cancel: emit m_models.cancelRequested(environment); break;
    case PaneAction::ClearFilter:
        m_filter->clear();
        m_table->setFocus(Qt::OtherFocusReason);
        break;
    case PaneAction::RetryNow: emit m_models.retryRequested(environment); break;
    case PaneAction::Details: emit failureRequested(m_condition.details); break;
    }
}

// Wrapped text and buttons need a height that depends on the width; splitters only know minimum heights.
void PaneFrame::keepRoom()
{
    const int needed = qMax(0, layout()->minimumHeightForWidth(width())); // -1 while nothing depends on the width
    if (needed != minimumHeight())
        setMinimumHeight(needed);
}

void PaneFrame::resizeEvent(QResizeEvent *event)
{
    QFrame::resizeEvent(event);
    keepRoom();
}

bool PaneFrame::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_titleBar && event->type() == QEvent::MouseButtonDblClick) {
        emit maximizeRequested();
        return true;
    }
    return QFrame::eventFilter(watched, event);
}

} // namespace taffrail::ui
