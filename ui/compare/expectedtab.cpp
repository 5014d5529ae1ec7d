// SPDX-License-Identifier: GPL-3.0-or-later
#include "expectedtab.h"

#include "comparecells.h"
#include "flowlayout.h"
#include "opstable.h"
#include "text.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QApplication>
#include <QCheckBox>
#include <QDateEdit>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QTimeZone>
#include <QToolButton>
#include <QVBoxLayout>

namespace taffrail::ui {

ExpectedTab::ExpectedTab(WindowModels &models, QWidget *parent)
    : QWidget(parent),
      m_models(models),
      m_sentence(plainTextBlock({}, this)),
      m_open(textButton(tr("Mark as expected\u2026"), this)),
      m_takeBack(textButton(tr("Take back"), this)),
      m_rules(new OpsTable(QStringLiteral("expectedRules"), models.time, this)),
      m_form(new QWidget(this)),
      m_key(new QLineEdit(m_form)),
      m_file(new QLineEdit(m_form)),
      m_reason(new QLineEdit(m_form)),
      m_until(new QDateEdit(m_form)),
      m_accept(textButton(tr("Mark as expected"), m_form)),
      m_trouble(plainTextBlock({}, m_form))
{
    m_open->setAccessibleDescription(tr("Opens a form; nothing is written by opening it"));
    m_takeBack->setAccessibleDescription(tr("The chosen rule is taken out of the file, and its differences come back"));
    m_rules->setAccessibleName(tr("Expected differences"));
    m_rules->setSource(&m_model, new OpsProxy(m_rules));
    setupForm();
    auto *page = new QWidget(this);
    auto *column = new QVBoxLayout(page);
    column->setContentsMargins(6, 4, 6, 4);
    auto *top = new FlowLayout(Qt::AlignLeft, 6);
    top->addWidget(m_open);
    top->addWidget(m_takeBack);
    column->addWidget(m_sentence);
    column->addLayout(top);
    column->addWidget(m_form);
    column->addWidget(m_rules, 1);
    m_rules->setMinimumHeight(fontMetrics().height() * 5);
    auto *scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidgetResizable(true);
    scroll->setWidget(page);
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(scroll);
    m_buttons = {m_sentence, m_open, m_takeBack, m_rules};
    connect(m_open, &QToolButton::clicked, this, &ExpectedTab::openForm);
    connect(m_takeBack, &QToolButton::clicked, this, [this] {
        if (const ExpectedDifference *chosen = chosenRule())
            emit takenBack(*chosen);
    });
    connect(m_rules->selectionModel(), &QItemSelectionModel::selectionChanged, this, &ExpectedTab::showSentence);
    showRow(nullptr, -1, -1);
}

void ExpectedTab::setupForm()
{
    auto *form = new QFormLayout(m_form);
    form->setContentsMargins(0, 4, 0, 4);
    form->setRowWrapPolicy(QFormLayout::WrapLongRows);
    m_key->setAccessibleName(tr("Key pattern"));
    m_file->setAccessibleName(tr("File pattern"));
    m_file->setPlaceholderText(tr("any file"));
    m_reason->setAccessibleName(tr("Reason"));
    m_reason->setPlaceholderText(tr("Why they may differ; it is kept with the rule"));
    m_until->setAccessibleName(tr("Last day"));
    m_until->setDisplayFormat(QStringLiteral("yyyy-MM-dd"));
    m_until->setCalendarPopup(true);
    const auto labelOf = [this](const QString &text, QWidget *field) {
        QLabel *label = plainLabel(text, m_form);
        label->setBuddy(field);
        return label;
    };
    auto *ticks = new QWidget(m_form);
    m_ticks = new FlowLayout(Qt::AlignLeft, 8);
    ticks->setLayout(m_ticks);
    auto *patterns = new QHBoxLayout;
    patterns->addWidget(m_key, 2);
    patterns->addWidget(labelOf(tr("File:"), m_file));
    patterns->addWidget(m_file, 1);
    form->addRow(labelOf(tr("Key (* and ? fit any):"), m_key), patterns);
    form->addRow(labelOf(tr("May differ in:"), nullptr), ticks);
    form->addRow(labelOf(tr("Reason:"), m_reason), m_reason);
    form->addRow(labelOf(tr("Until (UTC):"), m_until), m_until);
    QToolButton *cancel = textButton(tr("Cancel"), m_form);
    m_accept->setAccessibleDescription(tr("Writes the rule into the file of expected differences"));
    auto *buttons = new FlowLayout(Qt::AlignLeft, 24);
    buttons->addWidget(cancel);
    buttons->addWidget(m_accept);
    form->addRow(m_trouble);
    form->addRow(buttons);
    for (QLineEdit *field : {m_key, m_file, m_reason}) {
        field->setMinimumHeight(24);
        connect(field, &QLineEdit::textChanged, this, &ExpectedTab::checkForm);
    }
    connect(m_until, &QDateEdit::dateChanged, this, &ExpectedTab::checkForm);
    connect(cancel, &QToolButton::clicked, this, &ExpectedTab::closeForm);
    connect(m_accept, &QToolButton::clicked, this, [this] {
        const ExpectedDifference made = rule();
        if (!items::ruleTrouble(made, m_models.console.now()).isEmpty())
            return;
        closeForm();
        emit accepted(made);
    });
    m_form->hide();
}

void ExpectedTab::fillEnvironments(const QStringList &ticked)
{
    for (QCheckBox *tick : std::as_const(m_environments)) {
        m_ticks->removeWidget(tick);
        delete tick;
    }
    m_environments.clear();
    const Matrix &matrix = m_comparison->matrix;
    for (const int column : items::columnOrder(matrix)) {
        if (column == matrix.reference)
            continue;
        const ComparedEnvironment &environment = *matrix.environments[size_t(column)];
        auto *tick = new QCheckBox(withoutMnemonic(items::columnTitle(environment)), m_form);
        tick->setMinimumHeight(24);
        tick->setProperty("environment", environment.id);
        tick->setChecked(ticked.contains(environment.id));
        connect(tick, &QCheckBox::toggled, this, &ExpectedTab::checkForm);
        m_ticks->addWidget(tick);
        tick->show();
        m_environments << tick;
    }
    // The order of the form, not that of making.
    QWidget *before = m_file;
    for (QCheckBox *tick : std::as_const(m_environments)) {
        setTabOrder(before, tick);
        before = tick;
    }
    setTabOrder(before, m_reason);
}

void ExpectedTab::openForm()
{
    if (!m_comparison || m_row < 0 || !m_open->isEnabled())
        return;
    m_base = items::proposedRule(m_comparison->matrix, m_row,
                                 m_models.compareDesk() ? m_models.compareDesk()->author() : QString(),
                                 m_models.console.now());
    m_key->setText(m_base.key);
    m_file->setText(m_base.file);
    m_reason->clear();
    m_until->setDate(m_base.until.toUTC().date());
    fillEnvironments(m_base.environments);
    // The form takes the room of what it is about.
    for (QWidget *widget : std::as_const(m_buttons))
        widget->hide();
    m_form->show();
    checkForm();
    m_reason->setFocus(Qt::OtherFocusReason);
}

void ExpectedTab::closeForm()
{
    if (m_form->isHidden())
        return;
    const bool hadFocus = m_form->isAncestorOf(QApplication::focusWidget());
    for (QWidget *widget : std::as_const(m_buttons))
        widget->show();
    m_form->hide();
    if (hadFocus)
        m_open->setFocus(Qt::OtherFocusReason);
}

ExpectedDifference ExpectedTab::rule() const
{
    ExpectedDifference made = m_base;
    made.key = m_key->text().trimmed();
    made.file = m_file->text().trimmed();
    made.reason = m_reason->text().trimmed();
    made.environments.clear();
    for (const QCheckBox *tick : m_environments) {
        if (tick->isChecked())
            made.environments << tick->property("environment").toString();
    }
    made.since = m_models.console.now();
    made.until = QDateTime(m_until->date(), QTime(23, 59, 59), Qt::UTC); // the last day counts
    return made;
}

void ExpectedTab::checkForm()
{
    if (m_form->isHidden())
        return;
    const QString trouble = items::ruleTrouble(rule(), m_models.console.now());
    m_trouble->setText(trouble);
    m_trouble->setVisible(!trouble.isEmpty());
    m_accept->setEnabled(trouble.isEmpty());
}

const ExpectedDifference *ExpectedTab::chosenRule() const
{
    return m_rules->selectionModel()->hasSelection() ? m_model.ruleOf(m_rules->currentId()) : nullptr;
}

void ExpectedTab::showRow(const items::ComparisonPtr &comparison, int row, int column)
{
    QString name;
    if (comparison && row >= 0) {
        const MatrixRow &line = comparison->matrix.rows[size_t(row)];
        name = QStringList{line.entry, line.file, line.key, comparison->question.reference}.join(QChar(0x1F));
        for (const auto &environment : comparison->matrix.environments)
            name += QChar(0x1F) + environment->id;
    }
    const bool sameKey = name == m_name; // a form that is being filled in outlives a newer comparison
    m_name = name;
    if (comparison != m_comparison)
        m_model.show(comparison);
    m_comparison = comparison;
    m_row = row;
    m_column = column;
    m_model.setNow(m_models.console.now());
    if (!sameKey)
        closeForm();
    QHash<QString, QString> marks;
    QString chosen;
    const int columns = comparison && row >= 0 ? int(comparison->matrix.environments.size()) : 0;
    for (int place = 0; place < columns; ++place) {
        const MatrixCell &cell = comparison->matrix.cell(row, place);
        if (cell.expected < 0)
            continue;
        const QString id = items::ExpectedRulesModel::rowId(cell.expected);
        marks.insert(id, tr("covers the chosen key"));
        if (chosen.isEmpty() || place == column)
            chosen = id;
    }
    m_model.setMarks(marks);
    if (!sameKey || !marks.isEmpty()) {
        m_rules->clearSelection();
        const int place = chosen.isEmpty() ? -1 : m_model.rowOf(chosen);
        if (place >= 0)
            m_rules->setCurrentIndex(m_rules->proxy()->mapFromSource(m_model.index(place, 0)));
    }
    showSentence();
}

void ExpectedTab::showSentence()
{
    const bool isBaseline = m_comparison && m_comparison->question.baseline;
    const bool hasFile = m_comparison && !m_comparison->expectedFile.isEmpty() && !isBaseline;
    const bool hasKey = m_comparison && m_row >= 0;
    QString text = tr("Choose a key to see what was agreed on it.");
    bool differs = false;
    if (hasKey) {
        const Matrix &matrix = m_comparison->matrix;
        const QString key = sanitizedLine(matrix.rows[size_t(m_row)].key.toUtf8());
        const ExpectedDifference open = items::proposedRule(matrix, m_row, {}, m_models.console.now());
        differs = !open.environments.isEmpty();
        QStringList lines;
        for (const int column : items::columnOrder(matrix)) {
            const MatrixCell &cell = matrix.cell(m_row, column);
            if (cell.expected < 0 || cell.expected >= int(matrix.expected.size()))
                continue;
            const ExpectedDifference &rule = matrix.expected[size_t(cell.expected)];
            lines << tr("%1 may differ in %2: \u201c%3\u201d, %4, until %5.")
                         .arg(key, items::columnTitle(*matrix.environments[size_t(column)]),
                              sanitizedLine(rule.reason.toUtf8()), sanitizedLine(rule.author.toUtf8()),
                              m_models.time.full(rule.until));
        }
        if (differs)
            lines << tr("%1 differs in %2; that is not agreed.")
                         .arg(key, sanitizedLine(open.environments.join(QStringLiteral(", ")).toUtf8()));
        if (lines.isEmpty())
            lines << tr("%1 has no difference that could be marked as expected.").arg(key);
        text = lines.join(QLatin1Char('\n'));
    }
    if (isBaseline)
        text += QLatin1Char('\n') + tr("Expected differences are those between environments, not against a baseline.");
    else if (m_comparison && !hasFile)
        text += QLatin1Char('\n') + tr("The inventory names no file for expected differences: none can be accepted.");
    else if (hasFile)
        text += QLatin1Char('\n') + tr("Kept in %1.").arg(sanitizedLine(m_comparison->expectedFile.toUtf8()));
    if (m_sentence->text() != text)
        m_sentence->setText(text);
    m_open->setEnabled(hasFile && hasKey && differs);
    m_takeBack->setEnabled(hasFile && chosenRule());
}

} // namespace taffrail::ui
