// SPDX-License-Identifier: GPL-3.0-or-later
#include "environmentpicker.h"

#include "comparechoice.h"
#include "text.h"
#include "widgets.h"
#include "words.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QScreen>
#include <QToolButton>

namespace taffrail::ui {

EnvironmentPicker::EnvironmentPicker(QWidget *parent)
    : QFrame(parent, Qt::Popup),
      m_field(new QLineEdit(this)),
      m_list(new QListWidget(this)),
      m_counts(plainLabel({}, this)),
      m_compare(textButton(tr("Compare"), this))
{
    setObjectName(QStringLiteral("environmentPicker"));
    setFrameStyle(int(QFrame::Box) | int(QFrame::Plain));
    setAccessibleName(tr("Environments to compare"));
    m_field->setAccessibleName(tr("Find an environment"));
    m_field->setPlaceholderText(tr("Find an environment"));
    m_field->setMinimumHeight(24);
    m_list->setAccessibleName(tr("Environments; Space ticks one"));
    auto *column = new QVBoxLayout(this);
    auto *bottom = new QHBoxLayout;
    bottom->addWidget(m_counts, 1);
    bottom->addWidget(m_compare);
    column->addWidget(m_field);
    column->addWidget(m_list, 1);
    column->addLayout(bottom);
    m_field->installEventFilter(this);
    connect(m_field, &QLineEdit::textChanged, this, [this](const QString &text) {
        for (int row = 0; row < m_list->count(); ++row)
            m_list->item(row)->setHidden(!m_list->item(row)->text().contains(text, Qt::CaseInsensitive));
    });
    connect(m_list, &QListWidget::itemChanged, this, &EnvironmentPicker::showCounts);
    connect(m_compare, &QToolButton::clicked, this, [this] {
        const QStringList ids = ticked();
        hide();
        emit chosen(ids);
    });
}

void EnvironmentPicker::popUp(QWidget &anchor, const std::vector<EnvironmentSpecPtr> &offered,
                              const QStringList &chosen)
{
    m_field->clear();
    m_list->clear();
    for (const EnvironmentSpecPtr &spec : offered) {
        const QString name = sanitizedLine((spec->name.isEmpty() ? spec->id : spec->name).toUtf8());
        const QString tier = items::tierTitle(spec->tier);
        const bool says = name.contains(tier, Qt::CaseInsensitive);
        auto *item = new QListWidgetItem(says ? name : name + QStringLiteral("   ") + tier, m_list);
        item->setData(Qt::UserRole, spec->id);
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
        item->setCheckState(chosen.contains(spec->id) ? Qt::Checked : Qt::Unchecked);
        item->setSizeHint(QSize(0, std::max(24, fontMetrics().height() + 6)));
    }
    // The style draws the edge of an empty box from the colour of the window, darker: on dark nobody would see it.
    QPalette colours = palette();
    colours.setColor(QPalette::Window, colours.color(QPalette::Text));
    m_list->setPalette(colours);
    m_list->setCurrentRow(0);
    showCounts();
    const int letter = fontMetrics().averageCharWidth();
    const int rows = std::clamp(m_list->count(), 8, 16);
    resize(letter * 48, (fontMetrics().height() + 8) * (rows + 4));
    QPoint place = anchor.mapToGlobal(QPoint(0, anchor.height()));
    if (const QScreen *screen = anchor.screen()) {
        const QRect room = screen->availableGeometry();
        place.setX(std::max(room.left(), std::min(place.x(), room.right() - width())));
        place.setY(std::max(room.top(), std::min(place.y(), room.bottom() - height())));
    }
    move(place);
    show();
    m_list->setFocus(Qt::PopupFocusReason);
}

QStringList EnvironmentPicker::ticked() const
{
    QStringList ids;
    for (int row = 0; row < m_list->count(); ++row) {
        if (m_list->item(row)->checkState() == Qt::Checked)
            ids << m_list->item(row)->data(Qt::UserRole).toString();
    }
    return ids;
}

void EnvironmentPicker::showCounts()
{
    const auto count = ticked().size();
    const bool fits = count >= items::leastCompared && count <= items::mostCompared;
    m_counts->setText(tr("%1 chosen (%2 to %3)").arg(count).arg(items::leastCompared).arg(items::mostCompared));
    m_compare->setEnabled(fits);
}

bool EnvironmentPicker::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_field && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (key == Qt::Key_Down || key == Qt::Key_Return || key == Qt::Key_Enter) {
            for (int row = 0; row < m_list->count(); ++row) {
                if (!m_list->item(row)->isHidden()) {
                    m_list->setCurrentRow(row);
                    break;
                }
            }
            m_list->setFocus(Qt::OtherFocusReason);
            return true;
        }
    }
    return QFrame::eventFilter(watched, event);
}

} // namespace taffrail::ui
