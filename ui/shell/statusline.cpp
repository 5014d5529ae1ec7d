// SPDX-License-Identifier: GPL-3.0-or-later
#include "statusline.h"

#include "text.h"
#include "widgets.h"
#include "windowmodels.h"

#include <QLabel>
#include <QStatusBar>
#include <QTimer>
#include <QToolButton>

namespace taffrail::ui {

namespace {

constexpr int silenceMs = 5000;

} // namespace

StatusLine::StatusLine(WindowModels &models, QStatusBar *bar)
    : QObject(bar),
      m_models(models),
      m_connections(textButton({}, bar)),
      m_poll(plainLabel({}, bar)),
      m_event(plainLabel({}, bar)),
      m_clock(plainLabel({}, bar)),
      m_zone(textButton({}, bar)),
      m_silence(new QTimer(this))
{
    m_connections->setAutoRaise(true);
    m_zone->setAutoRaise(true);
    m_event->setObjectName(QStringLiteral("latestEvent"));
    m_event->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_clock->setObjectName(QStringLiteral("clock"));
    bar->setSizeGripEnabled(false);
    bar->addWidget(plainLabel(models.desk() ? tr("Guarded") : tr("Read-only"), bar));
    bar->addWidget(m_connections);
    bar->addWidget(m_poll);
    bar->addWidget(m_event, 1);
    bar->addPermanentWidget(m_clock);
    bar->addPermanentWidget(m_zone);
    connect(m_connections, &QToolButton::clicked, this, &StatusLine::connectionsRequested);
    connect(m_zone, &QToolButton::clicked, &models.time, &TimeFormat::toggle);
    connect(&models.time, &TimeFormat::changed, this, &StatusLine::updateClock);
    connect(&models.console.links, &items::LinkModel::countsChanged, this, &StatusLine::updateConnections);
    connect(&models, &WindowModels::nextPollChanged, this, &StatusLine::updateClock);
    connect(&models.console.activity, &QAbstractItemModel::rowsInserted, this,
            [this](const QModelIndex &, int, int last) {
                const items::Activity &newest = m_models.console.activity.activityAt(last);
                announce(newest.text, newest.status);
            });
    m_silence->setSingleShot(true);
    m_silence->setInterval(silenceMs);
    connect(m_silence, &QTimer::timeout, this, &StatusLine::speak);
    auto *second = new QTimer(this);
    second->setTimerType(Qt::CoarseTimer);
    connect(second, &QTimer::timeout, this, &StatusLine::updateClock);
    second->start(1000);
    updateConnections();
    updateClock();
}

void StatusLine::announce(const QString &event, Status severity)
{
    m_shown = event;
    m_event->setToolTip(plainToolTip(event));
    fitEvent();
    if (!m_waiting.isEmpty() && severity < m_waitingSeverity)
        return;
    m_waiting = event;
    m_waitingSeverity = severity;
    if (!m_silence->isActive())
        speak();
}

void StatusLine::fitEvent()
{
    m_event->setText(m_event->fontMetrics().elidedText(m_shown, Qt::ElideRight, m_event->width()));
}

void StatusLine::speak()
{
    if (m_waiting.isEmpty())
        return;
    m_event->setAccessibleName(tr("Latest event: %1").arg(m_waiting));
    m_waiting.clear();
    m_silence->start();
}

void StatusLine::updateConnections()
{
    const items::LinkModel &links = m_models.console.links;
    const QString text = tr("Connections %1 of %2").arg(links.upCount()).arg(links.totalCount());
    m_connections->setText(text);
    m_connections->setAccessibleName(text);
}

void StatusLine::updateClock()
{
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const QDateTime next = m_models.nextPoll();
    m_poll->setText(!next.isValid()   ? QString()
                        : next <= now ? tr("Reading now")
                                      : tr("Next poll %1").arg(ageText(std::chrono::seconds(now.secsTo(next)))));
    m_clock->setText(m_models.time.clock(now));
    fitEvent(); // the room may have changed
    const QString zone = m_models.time.isLocal() ? tr("Local time") : tr("UTC");
    m_zone->setText(zone);
    m_zone->setAccessibleName(tr("Time zone: %1. Switch").arg(zone));
}

} // namespace taffrail::ui
