// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "text.h"
#include "webanswer.h"
#include "webhistory.h"

#include <QRegularExpression>

#include <algorithm>

/// An Argo CD application: GET /api/v1/applications/NAME, the same object that "kubectl get app -o json" prints.
namespace taffrail::sources {

namespace {

using fields::Json;

constexpr int defaultKeeps = 10; // spec.revisionHistoryLimit
constexpr size_t mostHistory = 2000;

QString optionOf(const SourceEntry &entry, const char *name)
{
    return entry.options.value(QLatin1String(name)).toString();
}

bool isName(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\\z"));
    return shape.match(text).hasMatch();
}

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const QUrl base = serviceUrl(entry, "");
    const QString name = optionOf(entry, "application"), space = optionOf(entry, "namespace");
    if (!soFar.empty() || !base.isValid() || !isName(name))
        return {};
    const QString query = isName(space) ? QStringLiteral("appNamespace=") + space : QString();
    HttpGet get = webRequest(entry, below(base, QStringLiteral("/api/v1/applications/") + name, query));
    get.maxBytes = 16 * 1024 * 1024; // it names every resource
    const QString shown = get.url.toDisplayString(QUrl::RemoveUserInfo | QUrl::RemoveQuery);
    return {{QString(), shown, get, Lane::Fast}};
}

/// Commit, chart version, or several of them joined, of a history entry or a sync.
QString revisionOf(const Json &item)
{
    const QString one = fields::text(item, "revision");
    const Json &several = fields::at(item, {"revisions"});
    if (!one.isEmpty() || !several.is_array())
        return one;
    QStringList all;
    for (const Json &each : several) {
        if (all.size() < 20)
            all << fields::textOf(each, 100);
    }
    return all.join(QLatin1Char('+'));
}

QString initiatorOf(const Json &by)
{
    const QString name = fields::text(by, "username");
    return !name.isEmpty() ? name : fields::isTrue(by, "automated") ? QStringLiteral("auto-sync") : QString();
}

/// What a history entry was made from, in words: chart and branch.
void readSource(const Json &item, Release &release)
{
    const Json *source = &fields::at(item, {"source"});
    const Json &several = fields::at(item, {"sources"});
    if (!source->is_object() && several.is_array() && !several.empty())
        source = &several.front();
    const QString chart = fields::text(*source, "chart"), target = fields::text(*source, "targetRevision");
    release.branch = chart.isEmpty() ? target : QString();
    release.version = chart.isEmpty() ? target : release.revision;
    if (!chart.isEmpty())
        addWords(release.note, QStringLiteral("chart %1").arg(chart));
    const Json &images = fields::at(*source, {"kustomize", "images"});
    if (images.is_array()) {
        for (const Json &image : images)
            addWords(release.note, fields::textOf(image, 300));
    }
    const Json &parameters = fields::at(*source, {"helm", "parameters"});
    if (parameters.is_array()) {
        for (const Json &parameter : parameters) {
            if (fields::text(parameter, "name").endsWith(QLatin1String("image.tag")))
                release.version = fields::text(parameter, "value");
        }
    }
}

class Reader {
public:
    Reader(const Json &app, const QDateTime &now) : m_app(app), m_now(now) {}

    Told read()
    {
        m_told.app = fields::text(fields::at(m_app, {"metadata"}), "name", 253);
        const auto keeps = fields::number(fields::at(m_app, {"spec"}), "revisionHistoryLimit");
        m_told.keepReleases = int(std::clamp<qint64>(keeps.value_or(defaultKeeps), 0, 100'000));
        readHistory();
        judgeByRevision(m_told);
        readOperation();
        readState();
        return std::move(m_told);
    }

private:
    void readHistory()
    {
        const Json &history = fields::at(m_app, {"status", "history"});
        if (!history.is_array())
            return;
        for (const Json &item : history) {
            const auto id = fields::number(item, "id");
            if (!id || m_told.releases.size() >= mostHistory)
                continue;
            Release release;
            release.id = QString::number(*id);
            release.revision = revisionOf(item);
            release.deployedAt = fields::time(item, "deployedAt");
            release.deployedBy = initiatorOf(fields::at(item, {"initiatedBy"}));
            release.status = ReleaseStatus::Superseded;
            readSource(item, release);
            m_told.releases.insert(m_told.releases.begin(), release);
        }
        std::ranges::stable_sort(m_told.releases, std::greater<>(),
                                 [](const Release &release) { return release.id.toLongLong(); });
        int rank = 0;
        for (Release &release : m_told.releases) {
            if (m_told.keepReleases > 0)
                release.deploysUntilPruned = std::max(1, m_told.keepReleases - rank++);
        }
        if (m_told.releases.empty()) {
            m_told.notes << QStringLiteral("it has no history: nothing was ever synced");
            return;
        }
        m_told.releases.front().status = ReleaseStatus::Live;
        m_told.host.live = m_told.releases.front().id;
        m_told.host.revision = m_told.releases.front().revision;
    }

    // The operation that runs, or the last one: only one that ended well is in the history.
    void readOperation()
    {
        const Json &state = fields::at(m_app, {"status", "operationState"});
        const QString phase = fields::text(state, "phase", 40);
        const QDateTime started = fields::time(state, "startedAt"), finished = fields::time(state, "finishedAt");
        const Json &operation = fields::at(state, {"operation"});
        QString revision = revisionOf(fields::at(operation, {"sync"}));
        if (revision.isEmpty())
            revision = revisionOf(fields::at(state, {"syncResult"}));
        const QString by = initiatorOf(fields::at(operation, {"initiatedBy"}));
        const QString message = redacted(fields::text(state, "message", 300));
        const bool isUnderWay = phase == QLatin1String("Running") || phase == QLatin1String("Terminating");
        if (isUnderWay) {
            m_told.locked = HeldLock{by.isEmpty() ? QStringLiteral("Argo CD") : by, started,
                                     QStringLiteral("sync to %1 is %2").arg(revision.left(12), phase.toLower())};
            add(revision, by, started, ReleaseStatus::Running, QStringLiteral("sync under way: %1").arg(message));
        } else if (fields::at(m_app, {"operation"}).is_object()) {
            const QString who = initiatorOf(fields::at(m_app, {"operation", "initiatedBy"}));
            m_told.locked = HeldLock{
                who.isEmpty() ? QStringLiteral("Argo CD") : who, {}, QStringLiteral("an operation is asked for")};
        } else if (phase == QLatin1String("Failed") || phase == QLatin1String("Error")) {
            const QDateTime newest = m_told.releases.empty() ? QDateTime() : m_told.releases.front().deployedAt;
            if (!newest.isValid() || !finished.isValid() || finished >= newest)
                add(revision, by, started, ReleaseStatus::Failed, QStringLiteral("sync failed: %1").arg(message));
        }
    }

    void add(const QString &revision, const QString &by, const QDateTime &at, ReleaseStatus status, const QString &note)
    {
        Release release;
        release.id = QStringLiteral("operation");
        release.revision = revision;
        release.deployedAt = at;
        release.deployedBy = by;
        release.status = status;
        release.note = note;
        DeployEvent event;
        event.release = release.id;
        event.from = m_told.host.live;
        event.kind = release.kind;
        event.outcome = status;
        event.actor = by;
        event.at = at;
        event.raw = note;
        m_told.releases.insert(m_told.releases.begin(), release);
        m_told.events.insert(m_told.events.begin(), event);
    }

    void readState()
    {
        const auto note = [&](const QString &words) { m_told.notes << words; };
        const Json &sync = fields::at(m_app, {"status", "sync"});
        const QString word = fields::text(sync, "status", 40), wanted = revisionOf(sync);
        if (word == QLatin1String("OutOfSync"))
            note(QStringLiteral("out of sync: the cluster differs from %1").arg(wanted.left(12)));
        else if (word != QLatin1String("Synced"))
            note(QStringLiteral("whether it is in sync is not known"));
        const QString health = fields::textOf(fields::at(m_app, {"status", "health", "status"}), 40);
        const QString why = redacted(fields::textOf(fields::at(m_app, {"status", "health", "message"}), 300));
        if (health != QLatin1String("Healthy"))
            note(QStringLiteral("health: %1%2")
                     .arg(health.isEmpty() ? QStringLiteral("not known") : health,
                          why.isEmpty() ? QString() : QStringLiteral(": ") + why));
        const Json &automated = fields::at(m_app, {"spec", "syncPolicy", "automated"});
        const Json &enabled = fields::at(automated, {"enabled"});
        if (automated.is_object() && !(enabled.is_boolean() && !enabled.get<bool>()))
            note(QStringLiteral("auto-sync is on: Argo CD refuses a rollback until it is off"));
        if (fields::at(m_app, {"metadata", "deletionTimestamp"}).is_string())
            note(QStringLiteral("it is being deleted"));
        const Json &conditions = fields::at(m_app, {"status", "conditions"});
        if (conditions.is_array()) {
            for (const Json &condition : conditions) {
                if (m_told.notes.size() < 20 && fields::text(condition, "type").endsWith(QLatin1String("Error")))
                    note(redacted(fields::text(condition, "message", 300)));
            }
        }
        QStringList images;
        const Json &summary = fields::at(m_app, {"status", "summary", "images"});
        if (summary.is_array()) {
            for (const Json &image : summary) {
                if (images.size() < 10)
                    images << fields::textOf(image, 200);
            }
        }
        const auto live = std::ranges::find(m_told.releases, m_told.host.live, &Release::id);
        if (!images.isEmpty() && live != m_told.releases.end())
            addWords(live->note, QStringLiteral("images: %1").arg(images.join(QStringLiteral(", "))));
    }

    const Json &m_app;
    const QDateTime m_now;
    Told m_told;
};

bool isApplication(const Json &value)
{
    return value.is_object() && fields::at(value, {"spec"}).is_object() && fields::at(value, {"metadata"}).is_object()
        && (fields::text(value, "kind").isEmpty() || fields::text(value, "kind") == QLatin1String("Application"));
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    const auto wrong = [&](ErrorKind kind, const QString &text, const QString &hint = {}) {
        return failure(kind, QStringLiteral("ask Argo CD"), entry.id, text, hint);
    };
    if (replies.empty())
        return wrong(ErrorKind::BadConfig,
                     QStringLiteral("there is no answer: \"url\" and \"application\" are needed"));
    const Result<WebAnswer> answer = webAnswer(QStringLiteral("Argo CD"), replies.front(), context.now);
    if (!answer)
        return failure(answer.error());
    const QString name = optionOf(entry, "application");
    std::vector<const Json *> found;
    const auto consider = [&](const Json &value) {
        if (isApplication(value)
            && (name.isEmpty() || fields::text(fields::at(value, {"metadata"}), "name", 253) == name))
            found.push_back(&value);
    };
    const Json &items = answer->body.is_array() ? answer->body : fields::at(answer->body, {"items"});
    if (items.is_array()) {
        for (const Json &item : items)
            consider(item);
    } else {
        consider(answer->body);
    }
    if (found.size() > 1)
        return wrong(ErrorKind::BadConfig, QStringLiteral("the answer holds several applications"),
                     QStringLiteral("Name one in \"application\"."));
    if (found.empty())
        return wrong(isApplication(answer->body) || items.is_array() ? ErrorKind::NotFound : ErrorKind::BadData,
                     name.isEmpty() ? QStringLiteral("the answer holds no application of Argo CD")
                                    : QStringLiteral("the answer holds no application %1").arg(name));
    return historyOfPlace("argocd", entry, Reader(*found.front(), context.now).read());
}

} // namespace

const Source argocdSource{
    PaneKind::Deployments,
    "argocd",
    "Argo CD application",
    false,
    false,
    {
        {"app", "string", false, "Name of the application here; default: its name in Argo CD"},
        {"url", "string", true, "Address of the Argo CD server", R"("pattern":"^https?://")"},
        {"application", "string", true, "Name of the Argo CD application",
         R"("pattern":"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")"},
        {"namespace", "string", false, "Namespace of the application; default: that of Argo CD",
         R"("pattern":"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")"},
        {"token", "string", false, "Reference of a token that may get the application: env:NAME, file:PATH, command:…",
         R"("pattern":"^(env|file|command|keychain):.+")"},
        {"via", "string", false, "host to go through"},
        {"ca_file", "string", false, "PEM file on this machine with the authorities to trust instead of the system's",
         R"("pattern":"^/")"},
    },
    {""},
    requests,
    parse,
    nullptr,
    "a token that may get applications",
};

} // namespace taffrail::sources
