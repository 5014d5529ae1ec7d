// SPDX-License-Identifier: GPL-3.0-or-later
#include "shortcuttable.h"

#include "actionregistry.h"
#include "flowlayout.h"
#include "text.h"
#include "widgets.h"

#include <QHeaderView>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QStyledItemDelegate>
#include <QTableWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace taffrail::ui {

namespace {

enum Column { Text, Keys, Origin, ColumnCount };

QString written(const QList<QKeySequence> &sequences)
{
    QStringList texts;
    for (const QKeySequence &sequence : sequences)
        texts << sequence.toString(QKeySequence::NativeText);
    return texts.isEmpty() ? ShortcutTable::tr("none") : texts.join(QStringLiteral(", "));
}

/// Records the key of one row.
class KeyDelegate : public QStyledItemDelegate {
public:
    explicit KeyDelegate(ShortcutTable &table) : QStyledItemDelegate(&table), m_table(table) {}

    QWidget *createEditor(QWidget *parent, const QStyleOptionViewItem &, const QModelIndex &index) const override
    {
        auto *edit = new QKeySequenceEdit(parent);
        edit->setAccessibleName(
            ShortcutTable::tr("New shortcut of %1: press the key").arg(index.siblingAtColumn(Text).data().toString()));
        connect(edit, &QKeySequenceEdit::editingFinished, this, [this, edit] {
            edit->disconnect(this); // leaving it finishes once more
            auto *self = const_cast<KeyDelegate *>(this);
            emit self->commitData(edit);
            emit self->closeEditor(edit);
        });
        return edit;
    }

    void setEditorData(QWidget *, const QModelIndex &) const override {}

    void setModelData(QWidget *editor, QAbstractItemModel *, const QModelIndex &index) const override
    {
        const QKeySequence sequence = static_cast<QKeySequenceEdit *>(editor)->keySequence();
        if (!sequence.isEmpty())
            m_table.setShortcut(index.siblingAtColumn(Text).data(Qt::UserRole).toString(), QKeySequence(sequence[0]));
    }

private:
    ShortcutTable &m_table;
};

} // namespace

ShortcutTable::ShortcutTable(ActionRegistry &actions, QWidget *parent)
    : QWidget(parent),
      m_actions(actions),
      m_table(new QTableWidget(0, ColumnCount, this)),
      m_message(plainTextBlock({}, this))
{
    m_table->setObjectName(QStringLiteral("shortcuts"));
    m_table->setAccessibleName(tr("Shortcuts"));
    m_table->setHorizontalHeaderLabels({tr("Action"), tr("Shortcut"), tr("Origin")});
    m_table->setTabKeyNavigation(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed);
    m_table->setItemDelegateForColumn(Keys, new KeyDelegate(*this));
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->verticalHeader()->setDefaultSectionSize(std::max(24, fontMetrics().height() + 6));
    m_table->horizontalHeader()->setSectionResizeMode(Text, QHeaderView::Stretch);
    m_table->horizontalHeader()->setSectionResizeMode(Keys, QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setSectionResizeMode(Origin, QHeaderView::ResizeToContents);
    m_message->setMinimumHeight(2 * fontMetrics().height());
    m_message->setAlignment(Qt::AlignLeft | Qt::AlignTop);

    auto *buttons = new FlowLayout(Qt::AlignLeft, 6);
    const auto add = [&](const QString &text, const auto &act) {
        QToolButton *button = textButton(text, this);
        connect(button, &QToolButton::clicked, this, act);
        buttons->addWidget(button);
    };
    add(tr("Record shortcut"), [this] {
        if (QTableWidgetItem *item = m_table->item(m_table->currentRow(), Keys)) {
            m_table->setFocus(Qt::OtherFocusReason);
            m_table->editItem(item);
        }
    });
    add(tr("Take shortcut away"), [this] { setShortcut(currentAction(), {}); });
    add(tr("Reset to default"), [this] { resetCurrent(); });
    add(tr("Reset all"), [this] {
        load({});
        say(tr("All actions have their default shortcuts."));
    });
    add(tr("Export shortcuts\u2026"), [this] { emit exportRequested(); });
    add(tr("Import shortcuts\u2026"), [this] { emit importRequested(); });
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_table, 1);
    column->addWidget(m_message);
    column->addLayout(buttons);
    load({});
    say(tr("F2 records a shortcut for the chosen action: press the key that it should have."));
}

void ShortcutTable::load(const Shortcuts &changed)
{
    m_shortcuts.clear();
    for (const QAction *action : m_actions.actions()) {
        const QString id = action->objectName();
        m_shortcuts.insert(id, changed.contains(id) ? changed.value(id) : m_actions.defaultShortcuts(id));
    }
    fill();
}

void ShortcutTable::fill()
{
    const QList<QAction *> &actions = m_actions.actions();
    m_table->setRowCount(int(actions.size()));
    for (int row = 0; row < actions.size(); ++row) {
        const QString id = actions[row]->objectName();
        const bool isDefault = m_shortcuts.value(id) == m_actions.defaultShortcuts(id);
        const QStringList texts{actions[row]->text().remove(QLatin1Char('&')), written(m_shortcuts.value(id)),
                                isDefault ? tr("default") : tr("set by you")};
        for (int column = 0; column < ColumnCount; ++column) {
            QTableWidgetItem *item = m_table->item(row, column);
            if (!item) {
                item = new QTableWidgetItem;
                item->setData(Qt::UserRole, id);
                item->setFlags(Qt::ItemIsSelectable | Qt::ItemIsEnabled
                               | (column == Keys ? Qt::ItemIsEditable : Qt::NoItemFlags));
                m_table->setItem(row, column, item);
            }
            item->setText(texts[column]);
        }
    }
    if (m_table->currentRow() < 0 && m_table->rowCount() > 0)
        m_table->setCurrentCell(0, Keys);
    emit editedChanged();
}

ShortcutTable::Shortcuts ShortcutTable::edited() const
{
    Shortcuts changed;
    for (auto item = m_shortcuts.cbegin(); item != m_shortcuts.cend(); ++item) {
        if (item.value() != m_actions.defaultShortcuts(item.key()))
            changed.insert(item.key(), item.value());
    }
    return changed;
}

QString ShortcutTable::currentAction() const
{
    const QTableWidgetItem *item = m_table->item(m_table->currentRow(), Text);
    return item ? item->data(Qt::UserRole).toString() : QString();
}

QString ShortcutTable::setShortcut(const QString &action, const QKeySequence &sequence)
{
    if (!m_shortcuts.contains(action))
        return tr("There is no such action.");
    const QString why = sequence.isEmpty() ? QString() : m_actions.refusal(action, sequence, m_shortcuts);
    if (why.isEmpty()) {
        m_shortcuts[action] = sequence.isEmpty() ? QList<QKeySequence>() : QList<QKeySequence>{sequence};
        fill();
        say(tr("%1: %2").arg(m_actions.action(action)->text().remove(QLatin1Char('&')), written(m_shortcuts[action])));
    } else {
        say(why);
    }
    return why;
}

void ShortcutTable::resetCurrent()
{
    const QString action = currentAction();
    const QList<QKeySequence> defaults = m_actions.defaultShortcuts(action);
    for (const QKeySequence &sequence : defaults) {
        const QString why = m_actions.refusal(action, sequence, m_shortcuts);
        if (!why.isEmpty())
            return say(why);
    }
    m_shortcuts[action] = defaults;
    fill();
    say({});
}

void ShortcutTable::say(const QString &text)
{
    m_message->setText(text);
    m_message->setAccessibleName(text);
}

QString ShortcutTable::message() const
{
    return m_message->text();
}

QByteArray ShortcutTable::exported() const
{
    QJsonObject all;
    for (auto item = m_shortcuts.cbegin(); item != m_shortcuts.cend(); ++item) {
        QJsonArray texts;
        for (const QKeySequence &sequence : item.value())
            texts.append(sequence.toString(QKeySequence::PortableText));
        all.insert(item.key(), texts);
    }
    return QJsonDocument(QJsonObject{{QStringLiteral("version"), 1}, {QStringLiteral("shortcuts"), all}}).toJson();
}

Result<QStringList> ShortcutTable::import(const QByteArray &text)
{
    const QJsonObject root = QJsonDocument::fromJson(text).object();
    const QJsonValue list = root.value(QStringLiteral("shortcuts"));
    if (root.value(QStringLiteral("version")).toInt() != 1 || !list.isObject()) {
        return failure(ErrorKind::BadData, tr("import"), tr("shortcuts"), tr("it is no file of exported shortcuts"),
                       tr("Export the shortcuts once to see the form"));
    }
    QStringList told;
    Shortcuts wanted, given;
    const QJsonObject actions = list.toObject();
    for (auto item = actions.begin(); item != actions.end(); ++item) {
        if (!m_actions.action(item.key())) {
            told << tr("There is no action %1.").arg(sanitizedLine(item.key().toUtf8(), 60));
            continue;
        }
        QList<QKeySequence> &sequences = wanted[item.key()];
        const QJsonArray texts = item.value().toArray();
        for (const auto &each : texts) {
            const auto sequence = QKeySequence::fromString(each.toString(), QKeySequence::PortableText);
            const QString why = m_actions.refusal(item.key(), sequence, given);
            if (why.isEmpty()) {
                sequences << sequence;
                given[item.key()] << sequence;
            } else {
                told << why;
            }
        }
    }
    load(wanted);
    say(told.isEmpty() ? tr("The shortcuts were read. Apply makes them count.") : told.join(QLatin1Char('\n')));
    return told;
}

} // namespace taffrail::ui
