// SPDX-License-Identifier: GPL-3.0-or-later
#include "texttab.h"

#include "comparecells.h"
#include "flowlayout.h"
#include "textdiffview.h"
#include "textsides.h"
#include "widgets.h"

#include <QComboBox>
#include <QLabel>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

namespace taffrail::ui {

TextTab::TextTab(QWidget *parent)
    : QWidget(parent),
      m_previous(textButton(tr("Previous difference"), this)),
      m_next(textButton(tr("Next difference"), this)),
      m_context(new QSpinBox(this)),
      m_summary(plainLabel({}, this)),
      m_trouble(plainTextBlock({}, this)),
      m_view(new TextDiffView(this))
{
    m_thread.setMaxThreadCount(1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(6, 4, 6, 4);
    setupTop();
    column->addWidget(m_trouble);
    column->addWidget(m_view, 1);
    connect(m_next, &QToolButton::clicked, this, [this] { m_view->goToNext(); });
    connect(m_previous, &QToolButton::clicked, this, [this] { m_view->goToPrevious(); });
    connect(m_context, &QSpinBox::valueChanged, m_view, &TextDiffView::setContext);
    connect(m_view, &TextDiffView::currentChanged, this, &TextTab::showSummary);
    m_trouble->hide();
    showSummary();
}

TextTab::~TextTab() = default;

void TextTab::setupTop()
{
    auto *top = new FlowLayout(Qt::AlignLeft, 6);
    const QStringList names{tr("Left text"), tr("Right text"), tr("Third text")};
    for (size_t which = 0; which < m_sides.size(); ++which) {
        m_sides[which] = new QComboBox(this);
        m_sides[which]->setAccessibleName(names[qsizetype(which)]);
        m_sides[which]->setSizeAdjustPolicy(QComboBox::AdjustToContents);
        m_sides[which]->setMinimumHeight(24);
        top->addWidget(m_sides[which]);
        connect(m_sides[which], &QComboBox::activated, this, &TextTab::compare);
    }
    m_previous->setToolTip(plainToolTip(tr("P or Alt+Up in the text")));
    m_next->setToolTip(plainToolTip(tr("N or Alt+Down in the text")));
    top->addWidget(m_previous);
    top->addWidget(m_next);
    auto *label = plainLabel(tr("Lines around:"), this);
    label->setMinimumHeight(24);
    label->setBuddy(m_context);
    m_context->setRange(0, 50);
    m_context->setValue(3);
    m_context->setMinimumHeight(24);
    m_context->setAccessibleName(tr("Equal lines shown around each difference"));
    top->addWidget(label);
    top->addWidget(m_context);
    m_summary->setMinimumHeight(24);
    top->addWidget(m_summary);
    static_cast<QVBoxLayout *>(layout())->addLayout(top);
}

void TextTab::showRow(const items::ComparisonPtr &comparison, int row, int column)
{
    QString file;
    if (comparison && row >= 0) {
        const MatrixRow &line = comparison->matrix.rows[size_t(row)];
        file = line.entry + QChar(0x1F) + line.file;
    }
    const bool same = comparison == m_comparison && file == m_shownFile;
    const bool knows
        = column < 0 || m_sides[1]->currentData().toInt() == column || m_sides[0]->currentData().toInt() == column;
    letGo(nullptr, m_comparison == comparison ? nullptr : m_comparison);
    m_comparison = comparison;
    m_row = row;
    if (same && knows)
        return;
    m_shownFile = file;
    fillSides(column);
    if (isVisible())
        compare();
    else
        m_isWaiting = true;
}

void TextTab::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    if (std::exchange(m_isWaiting, false))
        compare();
}

void TextTab::fillSides(int column)
{
    const Matrix *matrix = m_comparison ? &m_comparison->matrix : nullptr;
    const std::vector<int> wanted
        = matrix && m_row >= 0 ? items::textColumns(*matrix, m_row, column) : std::vector<int>();
    for (size_t which = 0; which < m_sides.size(); ++which) {
        QComboBox *combo = m_sides[which];
        const int kept = which == 2 && combo->currentIndex() > 0 ? combo->currentData().toInt() : -1;
        combo->clear();
        if (which == 2)
            combo->addItem(tr("No third text"), -1);
        for (const int place : matrix ? items::columnOrder(*matrix) : std::vector<int>())
            combo->addItem(items::columnTitle(*matrix->environments[size_t(place)]), place);
        combo->setEnabled(combo->count() > 0);
        if (which < wanted.size())
            combo->setCurrentIndex(combo->findData(wanted[which]));
        else if (which == 2)
            combo->setCurrentIndex(std::max(0, combo->findData(kept)));
    }
}

std::vector<int> TextTab::columns() const
{
    std::vector<int> chosen;
    for (const QComboBox *combo : m_sides) {
        const QVariant place = combo->currentData();
        const int column = place.isValid() ? place.toInt() : -1;
        if (column >= 0 && std::ranges::find(chosen, column) == chosen.end())
            chosen.push_back(column);
    }
    return chosen;
}

void TextTab::letGo(items::TextComparisonPtr made, items::ComparisonPtr comparison)
{
    if (made || comparison)
        m_thread.start([made = std::move(made), comparison = std::move(comparison)]() mutable {
            made.reset();
            comparison.reset();
        });
}

void TextTab::compare()
{
    const quint64 number = ++m_wanted;
    m_isWaiting = false;
    if (!m_comparison || m_row < 0) {
        adopt(number, nullptr);
        return;
    }
    m_summary->setText(tr("Comparing\u2026"));
    m_thread.start([this, number, comparison = m_comparison, row = m_row, columns = columns()]() mutable {
        std::vector<items::TextSide> sides;
        QStringList hidden;
        for (const int column : columns)
            sides.push_back(items::textSide(comparison->matrix, row, column, hidden));
        auto made = items::compareTexts(std::move(sides), comparison->matrix.normalisers.comments);
        comparison.reset();
        // Safe: the destructor of the pool waits for this function, and a queued call dies with its receiver.
        QMetaObject::invokeMethod(
            this, [this, number, made = std::move(made)] { adopt(number, made); }, Qt::QueuedConnection);
    });
}

void TextTab::adopt(quint64 job, const items::TextComparisonPtr &made)
{
    if (job != m_wanted)
        return;
    m_adopted = job;
    QStringList troubles;
    bool isWhole = made && made->sides.size() >= 2;
    for (size_t side = 0; made && side < made->sides.size(); ++side) {
        const items::TextSide &one = made->sides[side];
        if (!one.trouble.isEmpty())
            troubles << one.title + QStringLiteral(": ") + one.trouble;
        isWhole = isWhole && (one.trouble.isEmpty() || !one.text.isEmpty());
    }
    if (made && made->sides.size() < 2)
        troubles << tr("Choose two environments.");
    m_trouble->setText(troubles.join(QLatin1Char('\n')));
    m_trouble->setVisible(!troubles.isEmpty());
    letGo(m_view->comparison(), nullptr);
    // Beside a text that was not read everything would look added: nothing is shown then.
    m_view->show(isWhole ? made : nullptr);
    showSummary();
}

void TextTab::showSummary()
{
    const items::TextComparisonPtr &made = m_view->comparison();
    const int count = m_view->differenceCount();
    m_next->setEnabled(count > 0);
    m_previous->setEnabled(count > 0);
    if (isBusy())
        return;
    if (!made) {
        m_summary->setText(m_row < 0 ? tr("Choose a key to see the text of its file.") : tr("No texts to compare."));
        return;
    }
    const bool onlyComments = std::ranges::any_of(
        made->states, [](items::TextRowState state) { return state == items::TextRowState::Comment; });
    if (count > 0)
        m_summary->setText(tr("Difference %1 of %2").arg(std::max(1, m_view->currentDifference())).arg(count));
    else if (m_trouble->isHidden())
        m_summary->setText(onlyComments ? tr("They differ in comments only, in %1 lines.").arg(made->rowCount())
                                        : tr("The texts are equal: %1 lines.").arg(made->rowCount()));
    else
        m_summary->setText(tr("No difference in what was read."));
}

} // namespace taffrail::ui
