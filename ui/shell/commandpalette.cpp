// SPDX-License-Identifier: GPL-3.0-or-later
#include "commandpalette.h"

#include "actionregistry.h"
#include "windowmodels.h"
#include "words.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QStandardItemModel>
#include <QVBoxLayout>

#include <algorithm>

namespace taffrail::ui {

namespace {

enum PaletteRole { KindRole = Qt::UserRole + 100, EntryRole, IsKeyRole };

} // namespace

// Best alignment, not the first one: "shpr" means "SHop PRoduction" more than "SearcH PRoduction".
int fuzzyScore(const QString &typed, const QString &text)
{
    constexpr int none = -1'000'000;
    const auto length = size_t(std::min<qsizetype>(text.size(), 120)); // enough for a name
    std::vector<int> before; // best score with the letter before matched at each place; empty = no letter yet
    for (const QChar letter : typed) {
        if (letter.isSpace())
            continue;
        const QChar wanted = letter.toCaseFolded();
        std::vector<int> now(length, none);
        for (size_t at = 0; at < length; ++at) {
            const QChar here = text[qsizetype(at)];
            if (here.toCaseFolded() != wanted)
                continue;
            const bool wordStart = at == 0 || !text[qsizetype(at) - 1].isLetterOrNumber();
            int best = before.empty() ? -int(std::min<size_t>(at, 9)) : none;
            for (size_t last = 0; !before.empty() && last < at; ++last)
                best = std::max(best, before[last] + (last + 1 == at ? 8 : -int(std::min<size_t>(at - last - 1, 9))));
            if (best > none / 2)
                now[at] = best + 10 + (wordStart ? 15 : 0);
        }
        before = std::move(now);
    }
    if (before.empty())
        return 0;
    const int best = *std::ranges::max_element(before);
    return best > none / 2 ? std::max(best, 0) : -1;
}

CommandPalette::CommandPalette(WindowModels &models, ActionRegistry &actions, QWidget *parent)
    : QDialog(parent, Qt::Dialog | Qt::FramelessWindowHint),
      m_models(models),
      m_actions(actions),
      m_field(new QLineEdit(this)),
      m_list(new QListView(this)),
      m_found(new QStandardItemModel(this))
{
    setObjectName(QStringLiteral("commandPalette"));
    setAccessibleName(tr("Find or run"));
    setWindowTitle(tr("Find or run"));
    m_field->setAccessibleName(tr("Find or run"));
    m_field->setPlaceholderText(tr("> action   @ environment   # release"));
    m_list->setAccessibleName(tr("Found"));
    m_list->setModel(m_found);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setUniformItemSizes(true);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 8);
    column->addWidget(m_field);
    column->addWidget(m_list, 1);
    m_field->installEventFilter(this);
    connect(m_field, &QLineEdit::textChanged, this, &CommandPalette::search);
    connect(m_list, &QListView::activated, this, &CommandPalette::run);
    connect(m_list, &QListView::clicked, this, &CommandPalette::run);
}

void CommandPalette::popUp(const QString &typed)
{
    const QSize room = parentWidget()->size();
    resize(std::min(room.width() - 40, fontMetrics().averageCharWidth() * 80),
           std::min(room.height() - 80, fontMetrics().height() * 20));
    move(parentWidget()->mapToGlobal(QPoint((room.width() - width()) / 2, 40)));
    m_field->setText(typed);
    search(typed);
    open();
    m_field->setFocus();
}

QList<CommandPalette::Entry> CommandPalette::entries() const
{
    QList<Entry> all;
    const QList<QAction *> &actions = m_actions.actions();
    for (const QAction *action : actions) {
        if (action->isEnabled())
            all << Entry{QStringLiteral(">"), action->objectName(), QString(action->text()).remove(QLatin1Char('&')),
                         action->shortcut().toString(QKeySequence::NativeText)};
    }
    const QStringList environments = m_models.console.environments();
    for (const QString &id : environments) {
        const EnvironmentSpec &spec = *m_models.console.state(id)->environment;
        all << Entry{QStringLiteral("@"), id, spec.name.isEmpty() ? id : spec.name, items::tierTitle(spec.tier)};
    }
    const items::DeploymentModel &releases = m_models.console.deployments;
    for (int row = 0; row < releases.rowCount(); ++row) {
        all << Entry{QStringLiteral("#"), releases.rowAt(row).id,
                     releases.index(row, items::DeploymentModel::Release).data().toString(),
                     releases.index(row, items::DeploymentModel::State).data().toString()};
    }
    const QList<QPair<QString, QString>> keys = m_keys ? m_keys() : QList<QPair<QString, QString>>();
    for (const auto &[id, text] : keys)
        all << Entry{QStringLiteral("#"), id, text, tr("setting"), true};
    return all;
}

void CommandPalette::search(const QString &typed)
{
    const QString prefix = typed.left(1);
    const bool prefixed = prefix == QLatin1String(">") || prefix == QLatin1String("@") || prefix == QLatin1String("#");
    const QString wanted = (prefixed ? typed.mid(1) : typed).trimmed();
    struct Hit {
        int score;
        Entry entry;
    };
    std::vector<Hit> hits;
    for (const Entry &entry : entries()) {
        if (prefixed && entry.kind != prefix)
            continue;
        const int score = fuzzyScore(wanted, entry.text);
        const auto recent = m_recent.indexOf(entry.kind + entry.id);
        if (score >= 0)
            hits.push_back({score + (recent >= 0 ? 12 - int(std::min<qsizetype>(recent, 10)) : 0), entry});
    }
    std::ranges::stable_sort(hits, std::greater<>(), &Hit::score);
    m_found->clear();
    for (const Hit &hit : hits) {
        QString text = hit.entry.kind + QLatin1Char(' ') + hit.entry.text;
        if (!hit.entry.hint.isEmpty())
            text += QStringLiteral("   ") + hit.entry.hint;
        auto *item = new QStandardItem(text);
        item->setSizeHint(QSize(0, std::max(24, fontMetrics().height() + 6)));
        item->setData(hit.entry.kind, KindRole);
        item->setData(hit.entry.id, EntryRole);
        item->setData(hit.entry.isKey, IsKeyRole);
        item->setData(items::joined({hit.entry.text, hit.entry.hint}), Qt::AccessibleTextRole);
        m_found->appendRow(item);
    }
    m_list->setCurrentIndex(m_found->index(0, 0));
}

void CommandPalette::run()
{
    const QModelIndex chosen = m_list->currentIndex();
    if (!chosen.isValid())
        return;
    const QString kind = chosen.data(KindRole).toString(), id = chosen.data(EntryRole).toString();
    m_recent.removeAll(kind + id);
    m_recent.prepend(kind + id);
    accept();
    if (kind == QLatin1String("@")) {
        emit environmentChosen(id);
    } else if (chosen.data(IsKeyRole).toBool()) {
        emit keyChosen(id);
    } else if (kind == QLatin1String("#")) {
        emit releaseChosen(id);
    } else if (QAction *action = m_actions.action(id)) {
        action->trigger();
    }
}

bool CommandPalette::eventFilter(QObject *watched, QEvent *event)
{
    if (watched != m_field || event->type() != QEvent::KeyPress)
        return QDialog::eventFilter(watched, event);
    const int key = static_cast<QKeyEvent *>(event)->key();
    if (key == Qt::Key_Return || key == Qt::Key_Enter) {
        run();
        return true;
    }
    const int step = key == Qt::Key_Down ? 1
        : key == Qt::Key_Up              ? -1
        : key == Qt::Key_PageDown        ? 8
        : key == Qt::Key_PageUp          ? -8
                                         : 0;
    if (step == 0)
        return QDialog::eventFilter(watched, event);
    const int row = std::clamp(m_list->currentIndex().row() + step, 0, std::max(0, m_found->rowCount() - 1));
    m_list->setCurrentIndex(m_found->index(row, 0));
    return true;
}

} // namespace taffrail::ui
