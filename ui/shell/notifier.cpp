// SPDX-License-Identifier: GPL-3.0-or-later
#include "notifier.h"

#include "text.h"
#include "rollbackwords.h"
#include "words.h"

#include <QApplication>
#include <QTimer>

#ifdef TAFFRAIL_HAS_DBUS
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#endif

#include <algorithm>

namespace taffrail::ui {

namespace {

constexpr int longestLine = 160;
constexpr size_t mostLines = 4;
const QString runKey = QStringLiteral("run "); // no environment's id has a blank

QString line(const QString &text)
{
    return sanitizedLine(redacted(text).toUtf8(), longestLine);
}

QString liveRelease(const EnvironmentState &state)
{
    QStringList names;
    for (const Observation *observation : items::observationsOf(state, PaneKind::Deployments)) {
        const auto *history = valueAs<DeploymentHistory>(*observation);
        if (history && !history->live.isEmpty())
            names << history->live;
    }
    return names.join(QStringLiteral(", "));
}

QString titleOfRun(const RollbackRun &run)
{
    const RollbackPlan &plan = run.plan;
    return line(QStringLiteral("%1 %2: %3 \u2014 %4")
                    .arg(items::tierTitle(plan.tier).toUpper(),
                         plan.environmentName.isEmpty() ? plan.environment : plan.environmentName,
                         Notifier::tr("Rollback"), items::worded(run.stage).text));
}

QString bodyOfRun(const RollbackRun &run)
{
    return QStringList{line(items::moveText(run.plan)), line(run.message)}.join(QLatin1Char('\n'));
}

QString atUtc(const QDateTime &time)
{
    return time.toUTC().toString(QStringLiteral("yyyy-MM-dd HH:mm:ss'Z'"));
}

} // namespace

/// What was told of one environment, and what waits to be.
struct Notifier::Line {
    EnvironmentStatePtr state;
    std::vector<Finding> findings; // not told yet
    RollbackRunPtr run; // not told yet; a line is of an environment or of a run
    bool isEmpty() const { return findings.empty() && !run; }
    void clear()
    {
        findings.clear();
        run.reset();
    }
    uint id = 0; // of the server, 0 = none on the screen
    bool underWay = false;
    QTimer pause; // active = one was sent within the gap
};

Notifier::Notifier(QObject *parent, std::chrono::milliseconds gap) : QObject(parent), m_gap(gap) {}

Notifier::~Notifier() = default;

QString Notifier::titleOf(const EnvironmentState &state, const Finding &finding)
{
    const EnvironmentSpec &spec = *state.environment;
    return line(QStringLiteral("%1 %2: %3 \u2014 %4")
                    .arg(items::tierTitle(spec.tier).toUpper(), spec.name.isEmpty() ? spec.id : spec.name,
                         statusTitle(finding.severity), finding.title));
}

QString Notifier::bodyOf(const EnvironmentState &state, const std::vector<Finding> &findings)
{
    QStringList lines;
    for (size_t i = 1; i < findings.size() && i < mostLines; ++i)
        lines << line(statusTitle(findings[i].severity) + QStringLiteral(": ") + findings[i].title);
    if (findings.size() > mostLines)
        lines << tr("and %n more", nullptr, int(findings.size() - mostLines));
    if (!findings.empty() && findings[0].observedAt.isValid())
        lines << tr("Seen at %1").arg(atUtc(findings[0].observedAt));
    if (const QString release = liveRelease(state); !release.isEmpty())
        lines << tr("Release %1").arg(line(release));
    return lines.join(QLatin1Char('\n'));
}

void Notifier::take(const EnvironmentStatePtr &state)
{
    if (!state || !state->environment || !state->snapshot)
        return;
    const QString &environment = state->environment->id;
    const Status from = m_level == Level::All ? Status::Warning : Status::Critical;
    std::vector<Finding> fresh = m_seen[environment].take(*state, from);
    if (m_level == Level::Off || fresh.empty() || state->snapshot->remembered
        || (m_isWatched && m_isWatched(environment)))
        return;
    Line &told = lineOf(environment);
    told.state = state;
    told.findings.insert(told.findings.begin(), fresh.begin(), fresh.end());
    std::ranges::stable_sort(told.findings, std::greater<>(), &Finding::severity);
    if (!told.pause.isActive())
        send(environment);
}

void Notifier::takeRun(const RollbackRunPtr &run)
{
    const auto isUnderWay = [](RunStage stage) { return stage == RunStage::Running || stage == RunStage::Verifying; };
    const auto known = m_runs.find(run->id);
    const bool wasUnderWay = known != m_runs.end() && isUnderWay(known->second);
    m_runs[run->id] = run->stage;
    if (!wasUnderWay || isUnderWay(run->stage) || m_level == Level::Off || (m_isActive && m_isActive()))
        return;
    const QString key = runKey + run->id;
    lineOf(key).run = run;
    send(key); // there are few of these, and they are waited for
}

Notifier::Line &Notifier::lineOf(const QString &key)
{
    std::unique_ptr<Line> &told = m_lines[key];
    if (!told) {
        told = std::make_unique<Line>();
        told->pause.setSingleShot(true);
        connect(&told->pause, &QTimer::timeout, this, [this, key] { send(key); });
    }
    return *told;
}

#ifdef TAFFRAIL_HAS_DBUS
namespace {

QString service()
{
    return QStringLiteral("org.freedesktop.Notifications");
}
QString path()
{
    return QStringLiteral("/org/freedesktop/Notifications");
}

} // namespace

void Notifier::send(const QString &key)
{
    Line &told = *m_lines[key];
    if (told.isEmpty() || told.underWay)
        return;
    // Without a bus there is nobody to tell, and the library would try to start one.
    if (qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS") && qEnvironmentVariableIsEmpty("XDG_RUNTIME_DIR"))
        return told.clear();
    if (!QDBusConnection::sessionBus().isConnected())
        return told.clear();
    if (!m_asked)
        askCapabilities();
    if (m_answered)
        notify(key);
}

/// Whether the body may hold markup decides how it is written; asked once.
void Notifier::askCapabilities()
{
    m_asked = true;
    QDBusConnection bus = QDBusConnection::sessionBus();
    bus.connect(service(), path(), service(), QStringLiteral("ActionInvoked"), this,
                SLOT(actionInvoked(uint, QString)));
    bus.connect(service(), path(), service(), QStringLiteral("NotificationClosed"), this,
                SLOT(notificationClosed(uint, uint)));
    auto *watcher = new QDBusPendingCallWatcher(
        bus.asyncCall(QDBusMessage::createMethodCall(service(), path(), service(), QStringLiteral("GetCapabilities"))),
        this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        watcher->deleteLater();
        const QDBusPendingReply<QStringList> reply = *watcher;
        m_asked = !reply.isError(); // a service that is started later is asked again
        m_answered = !reply.isError();
        if (m_answered)
            m_capabilities = reply.value();
        for (const auto &[environment, told] : m_lines) {
            if (!m_answered)
                told->clear();
            else
                send(environment);
        }
    });
}

void Notifier::notify(const QString &key)
{
    Line &told = *m_lines[key];
    const bool isUrgent
        = told.run ? told.run->stage != RunStage::Succeeded : told.findings.front().severity == Status::Critical;
    const QString title = told.run ? titleOfRun(*told.run) : titleOf(*told.state, told.findings.front());
    QString body = told.run ? bodyOfRun(*told.run) : bodyOf(*told.state, told.findings);
    if (m_capabilities.contains(QLatin1String("body-markup")))
        body = body.toHtmlEscaped();
    QStringList actions;
    if (m_capabilities.contains(QLatin1String("actions")))
        actions << QStringLiteral("default") << tr("Open") << QStringLiteral("open") << tr("Open");
    QVariantMap hints{{QStringLiteral("urgency"), QVariant::fromValue(uchar(isUrgent ? 2 : 1))},
                      {QStringLiteral("desktop-entry"), QStringLiteral("io.taffrail.Taffrail")}};
    if (m_sound)
        hints.insert(QStringLiteral("sound-name"), QStringLiteral("dialog-warning"));
    else
        hints.insert(QStringLiteral("suppress-sound"), true);
    QDBusMessage call = QDBusMessage::createMethodCall(service(), path(), service(), QStringLiteral("Notify"));
    call << QStringLiteral("Taffrail") << told.id << QStringLiteral("taffrail") << title << body << actions << hints
         << -1;
    told.clear();
    told.underWay = true;
    told.pause.start(m_gap);
    if (m_sound)
        QApplication::beep();
    auto *watcher = new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(call), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher, key] {
        watcher->deleteLater();
        const QDBusPendingReply<uint> reply = *watcher;
        Line &answered = *m_lines[key];
        answered.underWay = false;
        answered.id = reply.isError() ? 0 : reply.value();
        if (!answered.pause.isActive())
            send(key);
    });
}
#else
void Notifier::send(const QString &key)
{
    m_lines[key]->clear();
}

void Notifier::askCapabilities() {}

void Notifier::notify(const QString &) {}
#endif

void Notifier::actionInvoked(uint id, const QString &action)
{
    if (action != QLatin1String("default") && action != QLatin1String("open"))
        return;
    for (const auto &[environment, told] : m_lines) {
        if (id != 0 && told->id == id) {
            if (environment.startsWith(runKey))
                emit openRunRequested(environment.mid(runKey.size()));
            else
                emit openRequested(environment);
            return;
        }
    }
}

void Notifier::notificationClosed(uint id, uint)
{
    for (const auto &[environment, told] : m_lines) {
        if (told->id == id)
            told->id = 0;
    }
}

} // namespace taffrail::ui
