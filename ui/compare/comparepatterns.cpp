// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparepatterns.h"

#include "text.h"
#include "widgets.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QVBoxLayout>

namespace taffrail::ui {

namespace {

QStringList linesIn(const QPlainTextEdit &edit)
{
    QStringList lines;
    const QStringList written = edit.toPlainText().split(QLatin1Char('\n'));
    for (const QString &line : written) {
        if (!line.trimmed().isEmpty())
            lines << line.trimmed();
    }
    lines.removeDuplicates();
    return lines;
}

} // namespace

ComparePatterns::ComparePatterns(QWidget *parent)
    : QDialog(parent),
      m_hosts(new QPlainTextEdit(this)),
      m_lists(new QPlainTextEdit(this)),
      m_trouble(plainTextBlock({}, this)),
      m_apply(new QPushButton(tr("Apply"), this))
{
    setObjectName(QStringLiteral("comparePatterns"));
    setWindowTitle(tr("What does not count as a difference"));
    setModal(false);
    auto *column = new QVBoxLayout(this);
    const auto field = [&](const QString &title, const QString &example, QPlainTextEdit *edit) {
        QLabel *label = plainTextBlock(title, this);
        label->setBuddy(edit);
        edit->setAccessibleName(title);
        edit->setPlaceholderText(example);
        edit->setTabChangesFocus(true);
        edit->setLineWrapMode(QPlainTextEdit::NoWrap);
        edit->setMinimumHeight(fontMetrics().lineSpacing() * 4 + 12);
        column->addWidget(label);
        column->addWidget(edit, 1);
        connect(edit, &QPlainTextEdit::textChanged, this, &ComparePatterns::check);
    };
    field(tr("Host names that are each environment's own: regular expressions, one per line"),
          QStringLiteral("web\\d+\\.(staging|prod)\\.example\\.com"), m_hosts);
    field(tr("Lists whose items have no order: key patterns with * and ?, one per line"),
          QStringLiteral("*.allowed_hosts"), m_lists);
    column->addWidget(m_trouble);
    auto *close = new QPushButton(tr("Close"), this);
    close->setAutoDefault(false);
    m_apply->setDefault(true);
    auto *row = new QHBoxLayout;
    row->addStretch(1);
    row->addWidget(m_apply);
    row->addWidget(close);
    column->addLayout(row);
    connect(m_apply, &QPushButton::clicked, this, &ComparePatterns::take);
    connect(close, &QPushButton::clicked, this, &QDialog::close);
    resize(fontMetrics().averageCharWidth() * 72, sizeHint().height());
}

void ComparePatterns::ask(const Normalisers &inUse)
{
    m_hosts->setPlainText(inUse.hostNames.join(QLatin1Char('\n')));
    m_lists->setPlainText(inUse.unorderedKeys.join(QLatin1Char('\n')));
    check();
    show();
    raise();
    activateWindow();
    m_hosts->setFocus();
}

void ComparePatterns::check()
{
    QStringList wrong;
    const QStringList hosts = linesIn(*m_hosts);
    for (const QString &pattern : hosts) {
        const QRegularExpression expression(pattern);
        if (!expression.isValid())
            wrong << tr("%1 is no regular expression: %2")
                         .arg(sanitizedLine(pattern.toUtf8(), 60), expression.errorString());
    }
    m_trouble->setText(wrong.join(QLatin1Char('\n')));
    m_trouble->setVisible(!wrong.isEmpty());
    m_apply->setEnabled(wrong.isEmpty());
}

void ComparePatterns::take()
{
    emit chosen(linesIn(*m_hosts), linesIn(*m_lists));
}

} // namespace taffrail::ui
