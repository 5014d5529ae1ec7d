// SPDX-License-Identifier: GPL-3.0-or-later
#include "setuppage.h"

#include "environmentform.h"
#include "flowlayout.h"
#include "inlinemessage.h"
#include "text.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QFileDialog>
#include <QFontDatabase>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QScrollArea>
#include <QSet>
#include <QToolButton>
#include <QVBoxLayout>

namespace taffrail::ui {

namespace {

enum CandidateRole { IsServiceRole = Qt::UserRole, NameRole };

} // namespace

SetupPage::SetupPage(WindowModels &models, QWidget *parent)
    : Page(parent),
      m_models(models),
      m_add(textButton(tr("Add environment\u2026"), this)),
      m_choose(textButton(tr("Choose an inventory file\u2026"), this)),
      m_import(textButton(tr("Import from OpenSSH and pg_service\u2026"), this)),
      m_again(textButton(tr("Read the inventory again"), this)),
      m_form(new EnvironmentForm(this)),
      m_candidates(new QListWidget(this)),
      m_found(plainTextBlock({}, this)),
      m_draftPart(new QWidget(this)),
      m_preview(new QPlainTextEdit(m_draftPart)),
      m_mistakes(plainTextBlock({}, m_draftPart)),
      m_path(new QLineEdit(m_draftPart)),
      m_write(textButton(tr("Write inventory file"), m_draftPart)),
      m_start(textButton(tr("Start with this inventory"), this)),
      m_message(new InlineMessage(this))
{
    setObjectName(QStringLiteral("setup"));
    makeDraftParts(m_draftPart);
    auto *content = new QWidget(this);
    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(8);
    column->addWidget(makeTop());
    column->addWidget(m_form);
    column->addWidget(m_found);
    column->addWidget(m_candidates);
    column->addWidget(m_draftPart, 1);
    column->addStretch(0);
    auto *scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidgetResizable(true);
    scroll->setWidget(content);
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(0);
    outer->addWidget(m_message);
    outer->addWidget(scroll, 1);
    connect(m_add, &QToolButton::clicked, this, [this] { show(Way::Add); });
    connect(m_import, &QToolButton::clicked, this, [this] { show(Way::Import); });
    connect(m_choose, &QToolButton::clicked, this, &SetupPage::openFileDialog);
    connect(m_form, &EnvironmentForm::edited, this, &SetupPage::updatePreview);
    connect(m_candidates, &QListWidget::itemChanged, this, &SetupPage::updatePreview);
    connect(m_write, &QToolButton::clicked, this, &SetupPage::write);
    const auto start = [this](const QString &path) {
        if (!m_models.setup.startWith || !m_models.setup.startWith(path))
            m_message->showMessage(Status::Warning, tr("The program could not be started again. Start it by hand."));
    };
    connect(m_again, &QToolButton::clicked, this, [start] { start({}); });
    connect(m_start, &QToolButton::clicked, this, [this, start] { start(m_startPath); });
    m_start->hide();
    show(Way::None);
}

QWidget *SetupPage::makeTop()
{
    const SetupWays &ways = m_models.setup;
    auto *top = new QWidget(this);
    auto *column = new QVBoxLayout(top);
    column->setContentsMargins(0, 0, 0, 0);
    auto *heading = plainLabel(
        ways.trouble.isEmpty() ? tr("No environment is set up yet") : tr("The inventory cannot be read"), top);
    QFont large = heading->font();
    large.setBold(true);
    large.setPointSizeF(large.pointSizeF() * 1.3);
    heading->setFont(large);
    column->addWidget(heading);
    if (!ways.trouble.isEmpty()) {
        auto *detail = plainTextBlock(ways.troubleDetail.isEmpty() ? ways.trouble : ways.troubleDetail, top);
        detail->setObjectName(QStringLiteral("inventoryTrouble"));
        detail->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        detail->setFocusPolicy(Qt::StrongFocus);
        detail->setAccessibleName(detail->text());
        column->addWidget(detail);
    }
    QString where = tr("An inventory is a JSON file that says which environments there are and what to read in each.");
    if (!ways.lookedIn.isEmpty())
        where += QLatin1Char(' ') + tr("Looked in: %1.").arg(ways.lookedIn.join(QStringLiteral(", ")));
    column->addWidget(plainTextBlock(where, top));
    auto *buttons = new FlowLayout(Qt::AlignLeft, 6);
    for (QToolButton *button : {m_add, m_choose, m_import, m_again, m_start})
        buttons->addWidget(button);
    m_add->setVisible(bool(ways.inventoryText));
    m_import->setVisible(bool(ways.candidates));
    m_again->setVisible(!ways.trouble.isEmpty());
    column->addLayout(buttons);
    return top;
}

void SetupPage::makeDraftParts(QWidget *page)
{
    m_candidates->setObjectName(QStringLiteral("importCandidates"));
    m_candidates->setAccessibleName(tr("Hosts and databases to take over"));
    m_candidates->setMinimumHeight(fontMetrics().height() * 8);
    m_preview->setReadOnly(true);
    m_preview->setTabChangesFocus(true);
    m_preview->setAccessibleName(tr("What will be written"));
    m_preview->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_preview->setMinimumHeight(fontMetrics().height() * 8);
    m_preview->setLineWrapMode(QPlainTextEdit::NoWrap);
    auto *label = plainLabel(tr("This will be written:"), page);
    label->setBuddy(m_preview);
    m_path->setAccessibleName(tr("File"));
    m_path->setMinimumHeight(24);
    auto *pathLabel = plainLabel(tr("File:"), page);
    pathLabel->setBuddy(m_path);
    connect(m_path, &QLineEdit::textChanged, this, &SetupPage::updatePreview);
    auto *row = new QHBoxLayout;
    row->addWidget(pathLabel);
    row->addWidget(m_path, 1);
    row->addWidget(m_write);
    auto *column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_mistakes);
    column->addWidget(label);
    column->addWidget(m_preview, 1);
    column->addLayout(row);
}

QString SetupPage::title() const
{
    return tr("Set up");
}

void SetupPage::takeFocus()
{
    for (QToolButton *button : {m_add, m_choose}) {
        if (!button->isHidden())
            return button->setFocus(Qt::OtherFocusReason);
    }
}

void SetupPage::show(Way way)
{
    m_way = way;
    m_form->setVisible(way == Way::Add);
    m_found->setVisible(way == Way::Import);
    m_candidates->setVisible(way == Way::Import);
    m_draftPart->setVisible(way != Way::None);
    if (way == Way::None)
        return;
    if (m_models.setup.freePath)
        m_path->setText(m_models.setup.freePath());
    if (way == Way::Import)
        fillCandidates();
    updatePreview();
    (way == Way::Add ? static_cast<QWidget *>(m_form->name()) : m_candidates)->setFocus(Qt::OtherFocusReason);
}

void SetupPage::fillCandidates()
{
    const ImportCandidates found = m_models.setup.candidates();
    const QSignalBlocker quiet(m_candidates);
    m_candidates->clear();
    const auto add = [this](const QString &name, bool isService) {
        auto *item = new QListWidgetItem(isService ? tr("Database service %1").arg(name) : tr("Host %1").arg(name));
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
        item->setCheckState(Qt::Unchecked);
        item->setSizeHint(QSize(0, std::max(24, m_candidates->fontMetrics().height() + 6)));
        item->setData(IsServiceRole, isService);
        item->setData(NameRole, name);
        m_candidates->addItem(item);
    };
    for (const QString &alias : found.sshAliases)
        add(alias, false);
    for (const QString &service : found.services)
        add(service, true);
    m_candidates->setCurrentRow(0);
    QStringList lines;
    lines << (m_candidates->count() > 0
                  ? tr("Tick what to take over; Space ticks. Their kind is not known: they are written as development "
                       "and locked, until you say more in the file.")
                  : tr("Neither ~/.ssh/config nor a service file of libpq names a host or a database."));
    if (!found.readFiles.isEmpty())
        lines << tr("Read: %1").arg(found.readFiles.join(QStringLiteral(", ")));
    lines << found.problems;
    m_found->setText(lines.join(QLatin1Char('\n')));
}

std::vector<EnvironmentDraft> SetupPage::drafts() const
{
    std::vector<EnvironmentDraft> drafts;
    if (m_way == Way::Add) {
        drafts.push_back(m_form->draft());
        return drafts;
    }
    QSet<QString> ids;
    for (int row = 0; row < m_candidates->count(); ++row) {
        const QListWidgetItem *item = m_candidates->item(row);
        if (item->checkState() != Qt::Checked)
            continue;
        EnvironmentDraft draft;
        draft.name = item->data(NameRole).toString();
        const QString id = idFromName(draft.name).left(56);
        draft.id = id.isEmpty() ? QStringLiteral("environment") : id;
        for (int number = 2; ids.contains(draft.id); ++number)
            draft.id = QStringLiteral("%1-%2").arg(id).arg(number);
        ids.insert(draft.id);
        if (item->data(IsServiceRole).toBool())
            draft.dsn = QStringLiteral("service='%1'").arg(draft.name);
        else
            draft.host = draft.name;
        drafts.push_back(draft);
    }
    return drafts;
}

void SetupPage::updatePreview()
{
    if (m_way == Way::None || !m_models.setup.inventoryText)
        return;
    m_text.clear();
    const std::vector<EnvironmentDraft> wanted = drafts();
    QString missing;
    if (wanted.empty())
        missing = tr("Nothing is ticked yet.");
    else if (m_way == Way::Add && wanted[0].id.isEmpty())
        missing = tr("Give the environment a name.");
    else if (m_way == Way::Add && !wanted[0].tier)
        missing = tr("Choose its kind: it decides how careful the console is.");
    else if (m_way == Way::Add && wanted[0].host.isEmpty() && wanted[0].dsn.isEmpty())
        missing = tr("Name its host or its database.");
    if (missing.isEmpty()) {
        const Result<QByteArray> text = m_models.setup.inventoryText(wanted);
        if (text)
            m_text = *text;
        else
            missing = text.error().text;
    }
    m_preview->setPlainText(QString::fromUtf8(m_text));
    m_mistakes->setText(missing);
    m_mistakes->setVisible(!missing.isEmpty());
    m_write->setEnabled(!m_text.isEmpty() && !m_path->text().trimmed().isEmpty());
}

void SetupPage::write()
{
    const QString path = m_path->text().trimmed();
    if (m_text.isEmpty() || !m_models.setup.writeNew)
        return;
    const Result<void> written = m_models.setup.writeNew(path, m_text);
    if (!written) {
        m_message->showMessage(Status::Warning, sentence(written.error()));
        return;
    }
    show(Way::None);
    offerStart(path, tr("The inventory stands in %1. Start with it to read its environments.").arg(path));
}

void SetupPage::offerStart(const QString &path, const QString &words)
{
    m_startPath = path;
    m_message->showMessage(Status::Notice, words);
    m_start->show();
    m_start->setFocus(Qt::OtherFocusReason);
}

void SetupPage::openFileDialog()
{
    auto *dialog = new QFileDialog(this, tr("Choose an inventory file"), {}, tr("JSON files (*.json);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &SetupPage::choose);
    dialog->open();
}

void SetupPage::choose(const QString &path)
{
    show(Way::None);
    const QString problems = m_models.setup.problemsOf ? m_models.setup.problemsOf(path) : QString();
    if (!problems.isEmpty()) {
        m_start->hide();
        m_message->showMessage(Status::Critical, tr("%1 cannot be used.").arg(path) + QLatin1Char('\n') + problems);
        return;
    }
    offerStart(path,
               tr("%1 holds no mistake. It is used for the next run only: a file in the places named below is "
                  "found by itself.")
                   .arg(path));
}

} // namespace taffrail::ui
