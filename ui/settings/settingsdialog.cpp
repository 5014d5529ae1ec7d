// SPDX-License-Identifier: GPL-3.0-or-later
#include "settingsdialog.h"

#include "actionregistry.h"
#include "shortcuttable.h"
#include "widgets.h"
#include "windowmodels.h"
#include "windowstate.h"

#include <QComboBox>
#include <QFile>
#include <QFileDialog>
#include <QGridLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>

namespace taffrail::ui {

namespace {

constexpr qint64 largestImport = 1024 * 1024;

QPushButton *plainButton(const QString &text, QWidget *parent)
{
    auto *button = new QPushButton(text, parent);
    button->setAccessibleName(text);
    button->setAutoDefault(false);
    button->setDefault(false);
    return button;
}

} // namespace

SettingsDialog::SettingsDialog(Preferences &preferences, ActionRegistry &actions, WindowModels &models,
                               const QString &uiStatePath, QWidget *parent)
    : QDialog(parent),
      m_preferences(preferences),
      m_actions(actions),
      m_models(models),
      m_uiStatePath(uiStatePath),
      m_list(new QListWidget(this)),
      m_pages(new QStackedWidget(this)),
      m_message(plainTextBlock({}, this)),
      m_apply(plainButton(tr("Apply"), this))
{
    setObjectName(QStringLiteral("settings"));
    setWindowTitle(tr("Settings"));
    setModal(false);
    m_list->setObjectName(QStringLiteral("settingsPages"));
    m_list->setAccessibleName(tr("Pages of the settings"));
    const std::pair<QString, QWidget *> pages[]{{tr("Appearance"), appearancePage()},
                                                {tr("Notifications"), notificationsPage()},
                                                {tr("Shortcuts"), shortcutsPage()},
                                                {tr("Inventory and storage"), storagePage()}};
    int widest = 0;
    for (const auto &[title, page] : pages) {
        m_list->addItem(title);
        m_list->item(m_list->count() - 1)->setSizeHint(QSize(0, std::max(24, m_list->fontMetrics().height() + 6)));
        widest = std::max(widest, m_list->fontMetrics().horizontalAdvance(title));
        auto *scroll = new QScrollArea(m_pages);
        scroll->setFrameShape(QFrame::NoFrame);
        scroll->setFocusPolicy(Qt::NoFocus);
        scroll->setWidgetResizable(true);
        scroll->setWidget(page);
        m_pages->addWidget(scroll);
    }
    m_list->setFixedWidth(widest + 32);
    connect(m_list, &QListWidget::currentRowChanged, m_pages, &QStackedWidget::setCurrentIndex);
    m_list->setCurrentRow(0);

    QPushButton *close = plainButton(tr("Close"), this);
    connect(m_apply, &QPushButton::clicked, this, &SettingsDialog::apply);
    connect(close, &QPushButton::clicked, this, &QDialog::close);
    auto *grid = new QGridLayout(this);
    grid->addWidget(m_list, 0, 0);
    grid->addWidget(m_pages, 0, 1, 1, 3);
    grid->addWidget(m_message, 1, 0, 1, 2);
    grid->addWidget(m_apply, 1, 2);
    grid->addWidget(close, 1, 3);
    grid->setColumnStretch(1, 1);
    grid->setRowStretch(0, 1);
    const int em = fontMetrics().averageCharWidth();
    resize(std::min(em * 110, 760), std::min(fontMetrics().height() * 30, 520));
    load();
}

QWidget *SettingsDialog::makePage(const QString &title)
{
    auto *page = new QWidget(this);
    page->setAccessibleName(title);
    return page;
}

void SettingsDialog::addChoice(QGridLayout &grid, const QString &label, Preferences::Key key, const QStringList &texts)
{
    QWidget *page = grid.parentWidget();
    auto *choice = new QComboBox(page);
    choice->setAccessibleName(label);
    const QStringList words = Preferences::words(key);
    for (int i = 0; i < texts.size(); ++i)
        choice->addItem(texts[i], words.value(i));
    choice->setMinimumHeight(24);
    auto *name = plainLabel(label, page);
    name->setBuddy(choice);
    auto *origin = plainLabel({}, page);
    const int row = grid.rowCount();
    grid.addWidget(name, row, 0);
    grid.addWidget(choice, row, 1);
    grid.addWidget(origin, row, 2);
    m_choices.insert(key, choice);
    m_origins.insert(key, origin);
    connect(choice, &QComboBox::currentIndexChanged, this, &SettingsDialog::update);
}

QWidget *SettingsDialog::appearancePage()
{
    QWidget *page = makePage(tr("Appearance"));
    auto *grid = new QGridLayout(page);
    addChoice(*grid, tr("Colour scheme"), Preferences::Scheme, {tr("Follow the desktop"), tr("Light"), tr("Dark")});
    addChoice(*grid, tr("Rows"), Preferences::Density, {tr("Compact"), tr("Comfortable")});
    addChoice(*grid, tr("Times at start"), Preferences::Zone, {tr("UTC"), tr("Local time")});
    grid->setRowStretch(grid->rowCount(), 1);
    grid->setColumnStretch(2, 1);
    return page;
}

QWidget *SettingsDialog::notificationsPage()
{
    QWidget *page = makePage(tr("Notifications"));
    auto *grid = new QGridLayout(page);
    addChoice(*grid, tr("Tell the desktop of"), Preferences::Notify,
              {tr("New Critical only"), tr("New Warning and worse"), tr("Nothing")});
    addChoice(*grid, tr("Sound"), Preferences::Sound, {tr("Off"), tr("On")});
    auto *note = plainTextBlock(tr("At most one a minute for each environment; a later one replaces the one before. "
                                   "Nothing is told of an environment that this window shows while it is active."),
                                page);
    grid->addWidget(note, grid->rowCount(), 0, 1, 3);
    grid->setRowStretch(grid->rowCount(), 1);
    grid->setColumnStretch(2, 1);
    return page;
}

QWidget *SettingsDialog::shortcutsPage()
{
    m_shortcuts = new ShortcutTable(m_actions, this);
    connect(m_shortcuts, &ShortcutTable::editedChanged, this, &SettingsDialog::update);
    connect(m_shortcuts, &ShortcutTable::exportRequested, this, &SettingsDialog::exportShortcuts);
    connect(m_shortcuts, &ShortcutTable::importRequested, this, &SettingsDialog::importShortcuts);
    return m_shortcuts;
}

QWidget *SettingsDialog::storagePage()
{
    QWidget *page = makePage(tr("Inventory and storage"));
    auto *grid = new QGridLayout(page);
    QList<StoredPlace> places = m_models.places;
    if (!m_uiStatePath.isEmpty())
        places.append({tr("Window and settings"), m_uiStatePath, tr("state folder")});
    if (places.isEmpty())
        grid->addWidget(plainTextBlock(tr("No inventory file was read, and nothing is kept on disk."), page), 0, 0);
    int row = 0;
    for (const StoredPlace &place : std::as_const(places)) {
        auto *path = plainTextBlock(place.path, page);
        path->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        path->setFocusPolicy(Qt::StrongFocus);
        path->setAccessibleName(tr("%1: %2, %3").arg(place.what, place.path, place.origin));
        grid->addWidget(plainLabel(place.what, page), row, 0, Qt::AlignTop);
        grid->addWidget(path, row, 1, Qt::AlignTop);
        grid->addWidget(plainLabel(place.origin, page), row++, 2, Qt::AlignTop);
    }
    grid->setRowStretch(row, 1);
    grid->setColumnStretch(1, 1);
    return page;
}

void SettingsDialog::load()
{
    for (auto item = m_choices.cbegin(); item != m_choices.cend(); ++item)
        item.value()->setCurrentIndex(item.value()->findData(m_preferences.value(item.key())));
    m_shortcuts->load(m_preferences.shortcuts());
    update();
}

void SettingsDialog::showEvent(QShowEvent *event)
{
    load();
    m_message->clear();
    QDialog::showEvent(event);
    m_list->setFocus(Qt::OtherFocusReason);
}

/// Origins and the Apply button after an edit.
void SettingsDialog::update()
{
    bool differs = m_shortcuts && m_shortcuts->edited() != m_preferences.shortcuts();
    for (auto item = m_choices.cbegin(); item != m_choices.cend(); ++item) {
        const QString word = item.value()->currentData().toString();
        const bool isDefault = word == Preferences::words(item.key()).constFirst();
        const bool isNew = word != m_preferences.value(item.key());
        differs = differs || isNew;
        m_origins[item.key()]->setText(isDefault ? tr("default") : isNew ? tr("not applied yet") : tr("set by you"));
    }
    m_apply->setEnabled(differs);
}

void SettingsDialog::apply()
{
    for (auto item = m_choices.cbegin(); item != m_choices.cend(); ++item)
        m_preferences.setValue(item.key(), item.value()->currentData().toString());
    const auto shortcuts = m_shortcuts->edited();
    m_preferences.setShortcuts(shortcuts);
    m_actions.remap(shortcuts);
    m_message->setText(m_preferences.save()
                           ? tr("Applied.")
                           : tr("Applied for this run only: %1 cannot be written.").arg(m_uiStatePath));
    update();
}

void SettingsDialog::exportShortcuts()
{
    auto *dialog = new QFileDialog(this, tr("Export shortcuts"), {}, tr("JSON files (*.json)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("json"));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) {
        const QByteArray text = m_shortcuts->exported();
        const bool saved = m_models.save ? m_models.save(path, text) : WindowState::saveWhole(path, text);
        m_message->setText((saved ? tr("The shortcuts stand in %1.") : tr("Cannot write %1.")).arg(path));
    });
    dialog->open();
}

void SettingsDialog::importShortcuts()
{
    auto *dialog = new QFileDialog(this, tr("Import shortcuts"), {}, tr("JSON files (*.json);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly)) {
            m_message->setText(tr("Cannot read %1: %2").arg(path, file.errorString()));
            return;
        }
        const auto told = m_shortcuts->import(file.read(largestImport));
        m_message->setText(told ? QString() : sentence(told.error()));
    });
    dialog->open();
}

} // namespace taffrail::ui
