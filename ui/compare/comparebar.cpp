// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparebar.h"

#include "comparecells.h"
#include "comparechoice.h"
#include "comparepatterns.h"
#include "comparestate.h"
#include "comparetable.h"
#include "environmentpicker.h"
#include "filterline.h"
#include "flowlayout.h"
#include "text.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QToolButton>

namespace taffrail::ui {

namespace {

// Before the id of an environment: its saved baseline.
constexpr QChar baselineMark(0x1F);

} // namespace

CompareBar::CompareBar(WindowModels &models, CompareTable &table, QWidget *parent)
    : QWidget(parent),
      m_models(models),
      m_picker(new EnvironmentPicker(this)),
      m_environments(textButton(tr("Choose environments\u2026"), this)),
      m_entries(new QComboBox(this)),
      m_reference(new QComboBox(this)),
      m_view(new QComboBox(this)),
      m_normalisers(textButton(tr("Ignored"), this)),
      m_normalisersMenu(new QMenu(m_normalisers)),
      m_baseline(textButton(tr("Baseline"), this)),
      m_baselineMenu(new QMenu(m_baseline)),
      m_filter(new FilterLine(table, tr("keys"), this)),
      m_again(textButton(tr("Compare again"), this)),
      m_export(textButton(tr("Export report\u2026"), this)),
      m_hidden(plainLabel({}, this))
{
    m_entries->setAccessibleName(tr("Set of settings that is shown"));
    m_reference->setAccessibleName(tr("Reference: what the others are held against"));
    m_view->setAccessibleName(tr("Which keys are shown"));
    for (const MatrixView view : items::allMatrixViews)
        m_view->addItem(items::viewWord(view), int(view));
    m_filter->setPlaceholderText(tr("Filter, e.g. pool or state:missing"));
    m_filter->setMinimumWidth(fontMetrics().averageCharWidth() * 26);
    setupNormalisers();
    setupBaseline();
    arrange();
    connect(m_environments, &QToolButton::clicked, this, &CompareBar::openPicker);
    connect(m_picker, &EnvironmentPicker::chosen, this, [this](const QStringList &environments) {
        choose(environments,
               environments.contains(m_question.reference) ? m_question.reference
                                                           : items::usualReference(this->environments(), environments));
        emit compareWanted();
    });
    connect(m_again, &QToolButton::clicked, this, &CompareBar::compareWanted);
    connect(m_export, &QToolButton::clicked, this, &CompareBar::exportWanted);
    connect(m_entries, &QComboBox::activated, this, &CompareBar::lookChanged);
    connect(m_view, &QComboBox::activated, this, &CompareBar::lookChanged);
    connect(m_filter, &FilterLine::filterChanged, this, &CompareBar::lookChanged);
    connect(m_reference, &QComboBox::activated, this, &CompareBar::takeReference);
    choose({}, {});
}

void CompareBar::arrange()
{
    auto *flow = new FlowLayout(Qt::AlignLeft, 6);
    const auto labelled = [&](const QString &text, QComboBox *combo) {
        auto *pair = new QWidget(this);
        auto *row = new QHBoxLayout(pair);
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(4);
        QLabel *label = plainLabel(text, pair);
        label->setBuddy(combo);
        combo->setSizeAdjustPolicy(QComboBox::AdjustToContents);
        combo->setMinimumHeight(24);
        row->addWidget(label);
        row->addWidget(combo);
        flow->addWidget(pair);
    };
    flow->addWidget(m_environments);
    labelled(tr("Set"), m_entries);
    labelled(tr("Reference"), m_reference);
    labelled(tr("View"), m_view);
    for (QToolButton *button : {m_normalisers, m_baseline}) {
        button->setPopupMode(QToolButton::InstantPopup);
        flow->addWidget(button);
    }
    m_normalisers->setMenu(m_normalisersMenu);
    m_baseline->setMenu(m_baselineMenu);
    flow->addWidget(m_filter);
    flow->addWidget(m_again);
    flow->addWidget(m_export);
    m_hidden->setMinimumHeight(24);
    flow->addWidget(m_hidden);
    setLayout(flow);
}

void CompareBar::setupNormalisers()
{
    const Normalisers usual;
    const QList<QPair<QString, bool>> rules{{tr("Order of lists that have none"), usual.order},
                                            {tr("Quoting: \"5432\" as 5432"), usual.quoting},
                                            {tr("Comments in texts"), usual.comments},
                                            {tr("Units: 1min as 60s"), usual.units},
                                            {tr("Booleans: on as true"), usual.booleans}};
    for (const auto &[text, on] : rules) {
        QAction *action = m_normalisersMenu->addAction(text);
        action->setCheckable(true);
        action->setChecked(on);
        connect(action, &QAction::triggered, this, &CompareBar::takeNormalisers);
        m_rules << action;
    }
    m_normalisersMenu->addSeparator();
    m_patternsAction = m_normalisersMenu->addAction(tr("Host names and lists by pattern\u2026"));
    connect(m_patternsAction, &QAction::triggered, this, &CompareBar::openPatterns);
    m_normalisers->setToolTip(plainToolTip(tr("What does not count as a difference; it is named in the report")));
}

void CompareBar::takeNormalisers()
{
    Normalisers &rules = m_question.normalisers;
    rules.order = m_rules[0]->isChecked();
    rules.quoting = m_rules[1]->isChecked();
    rules.comments = m_rules[2]->isChecked();
    rules.units = m_rules[3]->isChecked();
    rules.booleans = m_rules[4]->isChecked();
    if (m_compared)
        emit judgeWanted();
}

void CompareBar::openPatterns()
{
    if (!m_patterns) {
        m_patterns = new ComparePatterns(this);
        connect(m_patterns, &ComparePatterns::chosen, this, [this](const QStringList &hosts, const QStringList &lists) {
            m_question.normalisers.hostNames = hosts;
            m_question.normalisers.unorderedKeys = lists;
            const qsizetype count = hosts.size() + lists.size();
            m_patternsAction->setText(count > 0 ? tr("Host names and lists by pattern (%1)\u2026").arg(count)
                                                : tr("Host names and lists by pattern\u2026"));
            if (m_compared)
                emit judgeWanted();
        });
    }
    m_patterns->ask(m_question.normalisers);
}

void CompareBar::setupBaseline()
{
    connect(m_baselineMenu, &QMenu::aboutToShow, this, [this] {
        m_baselineMenu->clear();
        const std::vector<EnvironmentSpecPtr> all = environments();
        for (const EnvironmentSpecPtr &spec : all) {
            if (!m_chosen.contains(spec->id))
                continue;
            const QString name = sanitizedLine((spec->name.isEmpty() ? spec->id : spec->name).toUtf8());
            QAction *action = m_baselineMenu->addAction(withoutMnemonic(tr("Save what was read of %1").arg(name)));
            action->setEnabled(m_compared);
            connect(action, &QAction::triggered, this, [this, id = spec->id] { emit baselineWanted(id); });
        }
        if (m_baselineMenu->isEmpty())
            m_baselineMenu->addAction(tr("No environment is chosen"))->setEnabled(false);
    });
}

std::vector<EnvironmentSpecPtr> CompareBar::environments() const
{
    std::vector<EnvironmentSpecPtr> all;
    const QStringList ids = m_models.console.environments();
    for (const QString &id : ids) {
        if (const EnvironmentStatePtr state = m_models.console.state(id))
            all.push_back(state->environment);
    }
    return all;
}

// Environments are held against one of them, or one of them against what was saved of it.
void CompareBar::takeReference()
{
    const items::CompareQuestion before = m_question;
    QString wanted = m_reference->currentData().toString();
    m_question.baseline = wanted.startsWith(baselineMark);
    if (m_question.baseline)
        wanted.remove(0, 1);
    m_question.reference = wanted;
    m_question.environments = m_question.baseline ? QStringList{wanted} : m_chosen;
    if (m_question == before)
        return;
    if (m_compared && !m_question.baseline && !before.baseline)
        emit judgeWanted();
    else
        emit compareWanted();
}

void CompareBar::choose(const QStringList &environments, const QString &reference)
{
    m_chosen = environments;
    m_question.environments = environments;
    m_question.reference = reference;
    m_question.baseline = false;
    m_environments->setText(environments.isEmpty() ? tr("Choose environments\u2026")
                                                   : tr("%1 environments\u2026").arg(environments.size()));
    m_environments->setAccessibleName(environments.isEmpty()
                                          ? tr("Choose environments")
                                          : tr("Environments: %1").arg(environments.join(QStringLiteral(", "))));
    m_again->setEnabled(!environments.isEmpty());
    m_baseline->setEnabled(!environments.isEmpty());
    fillEntries();
    fillReference();
}

void CompareBar::fillEntries()
{
    const QString kept = m_entries->currentData().toString();
    m_entries->clear();
    m_entries->addItem(tr("All settings"), QString());
    const QStringList ids = items::configEntries(environments(), m_chosen);
    for (const QString &id : ids)
        m_entries->addItem(sanitizedLine(id.toUtf8(), 60), id);
    m_entries->setCurrentIndex(std::max(0, m_entries->findData(kept)));
    m_entries->setEnabled(m_entries->count() > 1);
}

void CompareBar::fillReference()
{
    m_reference->clear();
    QStringList names;
    const std::vector<EnvironmentSpecPtr> all = environments();
    for (const QString &id : std::as_const(m_chosen)) {
        const auto found = std::ranges::find_if(all, [&](const EnvironmentSpecPtr &spec) { return spec->id == id; });
        const QString name = found == all.end() || (*found)->name.isEmpty() ? id : (*found)->name;
        names << sanitizedLine(name.toUtf8(), 60);
        m_reference->addItem(names.back(), id);
    }
    for (qsizetype i = 0; i < names.size(); ++i)
        m_reference->addItem(tr("Baseline of %1").arg(names[i]), QString(baselineMark) + m_chosen[i]);
    m_reference->setCurrentIndex(m_reference->findData(m_question.reference));
    m_reference->setEnabled(m_reference->count() > 0);
}

void CompareBar::openPicker()
{
    std::vector<EnvironmentSpecPtr> offered = items::comparable(environments());
    std::ranges::stable_sort(offered, {},
                             [](const EnvironmentSpecPtr &spec) { return std::pair(spec->service, int(spec->tier)); });
    m_picker->popUp(*m_environments, offered, m_chosen);
}

items::CompareLook CompareBar::look() const
{
    items::CompareLook look;
    look.view = MatrixView(m_view->currentData().toInt());
    look.entry = m_entries->currentData().toString();
    look.filter = items::TableFilter(m_filter->text());
    return look;
}

void CompareBar::showCounts(const items::CompareShown &shown)
{
    for (int place = 0; place < m_view->count(); ++place) {
        const auto view = MatrixView(m_view->itemData(place).toInt());
        const QString title = items::viewWord(view);
        m_view->setItemText(
            place, shown.comparison ? QStringLiteral("%1 (%2)").arg(title).arg(shown.counts[size_t(view)]) : title);
    }
    m_hidden->setText(shown.comparison ? items::hiddenText(shown) : QString());
}

void CompareBar::setCompared(bool compared)
{
    m_compared = compared;
    m_export->setEnabled(compared);
}

void CompareBar::clearFilter()
{
    m_filter->clear();
}

} // namespace taffrail::ui
