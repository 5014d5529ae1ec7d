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

enum PaletteRole { KindRole = Qt::UserRole + 100, EntryRole };

} // namespace

int fuzzyScore(const QString &typed, const QString &text)
{
    int score = 0, run = 0;
    qsizetype at = 0;
    for (const QChar wanted : typed) {
        if (wanted.isSpace()) {
            run = 0;
            continue;
        }
        const auto found = text.indexOf(wanted, at, Qt::CaseInsensitive);
        if (found < 0)
            return -1;
        const bool wordStart = found == 0 || !text[found - 1].isLetterOrNumber();
        run = found == at && at > 0 ? run + 1 : 0;
        score += 10 + (wordStart ? 15 : 0) + 8 * run - int(std::min<qsizetype>(found - at, 9));
        at = found + 1;
    }
    return score;
}

CommandPalette::CommandPalette(WindowModels &models, ActionRegistry &actions, QWidget *parent)
    : QDialog(parent, Qt::Dialog | Qt::FramelessWindowHint), m_models(models), m_actions(actions),
      m_field(new QLineEdit(this)), m_list(new QListView(this)), m_found(new QStandardItemModel(this))
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
    resize(std::min(room.width() - 40, fontMetrics().averageCharWidth() * 80), std::min(room.height() - 80, fontMetrics().height() * 20));
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
            all << Entry {QStringLiteral(">"), action->objectName(), QString(action->text()).remove(QLatin1Char('&')),
                          action->shortcut().toString(QKeySequence::NativeText)};
    }
    const QStringList environments = m_models.console.environments();
    for (const QString &id : environments) {
        const EnvironmentSpec &spec = *m_models.console.state(id)->environment;
        all << Entry {QStringLiteral("@"), id, spec.name.isEmpty() ? id : spec.name, items::tierTitle(spec.tier)};
    }
    const items::DeploymentModel &releases = m_models.console.deployments;
    for (int row = 0; row < releases.rowCount(); ++row) {
        all << Entry {QStringLiteral("#"), releases.rowAt(row).id,
                      releases.index(row, items::DeploymentModel::Release).data().toString(),
                      releases.index(row, items::DeploymentModel::State).data().toString()};
    }
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
        item->setData(hit.entry.kind, KindRole);
        item->setData(hit.entry.id, EntryRole);
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
    const int step = key == Qt::Key_Down ? 1 : key == Qt::Key_Up ? -1 : key == Qt::Key_PageDown ? 8 : key == Qt::Key_PageUp ? -8 : 0;
    if (step == 0)
        return QDialog::eventFilter(watched, event);
    const int row = std::clamp(m_list->currentIndex().row() + step, 0, std::max(0, m_found->rowCount() - 1));
    m_list->setCurrentIndex(m_found->index(row, 0));
    return true;
}

} // namespace taffrail::ui
