// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "text.h"
#include "webanswer.h"
#include "webhistory.h"

#include <QRegularExpression>

#include <algorithm>
#include <map>

/// Deployments of a GitHub repository: GET /repos/O/R/deployments, and the statuses of the newest of them.
namespace taffrail::sources {

namespace {

using fields::Json;

constexpr int mostStatuses = 5; // requests a refresh: with a token GitHub answers 5000 an hour
constexpr int perPage = 30;

/// One deployment with what is known of how it went.
struct Deployment {
    qint64 id = 0;
    QString sha, ref, task, environment, creator, description;
    bool isProduction = false;
    QDateTime createdAt;
    bool hasStatus = false; ///< its statuses were asked and read
    QString state; ///< the newest status; "" = it has none yet
    QString stateWords;
    QDateTime stateAt;
    QString trouble; ///< why its statuses are not known
};

QString optionOf(const SourceEntry &entry, const char *name)
{
    return entry.options.value(QLatin1String(name)).toString();
}

bool isRepository(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}\\z"));
    return shape.match(text).hasMatch() && !text.contains(QLatin1String(".."));
}

Request asking(const SourceEntry &entry, const char *name, const QString &path, const QString &query)
{
    HttpGet get = webRequest(entry, below(serviceUrl(entry, "https://api.github.com"), path, query));
    get.headers = {{"Accept", "application/vnd.github+json"}, {"X-GitHub-Api-Version", "2022-11-28"}};
    const QString shown = get.url.toDisplayString(QUrl::RemoveUserInfo | QUrl::RemoveQuery);
    return {QLatin1String(name), shown, get, Lane::Fast};
}

std::vector<Deployment> readDeployments(const Json &body)
{
    std::vector<Deployment> found;
    const auto add = [&](const Json &item) {
        const auto id = fields::number(item, "id");
        if (!id || *id <= 0 || !fields::at(item, {"sha"}).is_string())
            return;
        Deployment each;
        each.id = *id;
        each.sha = fields::text(item, "sha");
        each.ref = fields::text(item, "ref");
        each.task = fields::text(item, "task");
        each.environment = fields::text(item, "environment");
        each.description = redacted(fields::text(item, "description"));
        each.creator = fields::text(fields::at(item, {"creator"}), "login");
        each.isProduction = fields::isTrue(item, "production_environment");
        each.createdAt = fields::time(item, "created_at");
        found.push_back(each);
    };
    if (body.is_array()) {
        for (const Json &item : body)
            add(item);
    } else {
        add(body);
    }
    std::ranges::stable_sort(found, [](const Deployment &a, const Deployment &b) {
        return a.createdAt != b.createdAt && a.createdAt.isValid() && b.createdAt.isValid() ? a.createdAt > b.createdAt
                                                                                            : a.id > b.id;
    });
    return found;
}

/// The number behind ".../deployments/"; 0 = none.
qint64 idInUrl(const QString &url)
{
    static const QRegularExpression shape(QStringLiteral("/deployments/(\\d{1,18})(?:/|\\z)"));
    return shape.match(url).captured(1).toLongLong();
}

void readStatuses(const Json &body, qint64 asked, std::map<qint64, Deployment *> &byId)
{
    if (asked != 0 && byId.contains(asked))
        byId[asked]->hasStatus = true;
    if (!body.is_array())
        return;
    for (const Json &item : body) {
        const qint64 named = idInUrl(fields::text(item, "deployment_url", 500));
        const auto found = byId.find(named != 0 ? named : asked);
        if (found == byId.end())
            continue;
        Deployment &deployment = *found->second;
        deployment.hasStatus = true;
        const QDateTime at = fields::time(item, "created_at");
        if (!deployment.state.isEmpty() && !(at > deployment.stateAt))
            continue;
        deployment.state = fields::text(item, "state", 40).toLower();
        deployment.stateWords = redacted(fields::text(item, "description"));
        deployment.stateAt = at;
    }
}

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const QString repository = optionOf(entry, "repository");
    if (!isRepository(repository) || !serviceUrl(entry, "https://api.github.com").isValid())
        return {};
    const QString path = QStringLiteral("/repos/") + repository + QStringLiteral("/deployments");
    const QString environment = optionOf(entry, "environment");
    if (soFar.empty()) {
        QString query = QStringLiteral("per_page=%1").arg(perPage);
        if (!environment.isEmpty())
            query += QStringLiteral("&environment=") + QString::fromLatin1(QUrl::toPercentEncoding(environment));
        return {asking(entry, "deployments", path, query)};
    }
    if (!repliesNamed(soFar, QStringLiteral("statuses")).empty())
        return {};
    const auto lists = repliesNamed(soFar, QStringLiteral("deployments"));
    if (lists.empty())
        return {};
    const Result<WebAnswer> answer = webAnswer(QStringLiteral("GitHub"), *lists.front(), lists.front()->at);
    if (!answer)
        return {};
    std::vector<Request> asked;
    for (const Deployment &each : readDeployments(answer->body)) {
        if (int(asked.size()) < mostStatuses && (environment.isEmpty() || each.environment == environment))
            asked.push_back(asking(entry, "statuses", path + QStringLiteral("/%1/statuses").arg(each.id),
                                   QStringLiteral("per_page=%1").arg(perPage)));
    }
    return asked;
}

/// Which environment is meant; an error when the answer holds several.
Result<QString> environmentOf(const SourceEntry &entry, const std::vector<Deployment> &all, QStringList &notes)
{
    const QString named = optionOf(entry, "environment");
    if (!named.isEmpty())
        return named;
    QStringList names, production;
    for (const Deployment &each : all) {
        if (!names.contains(each.environment))
            names << each.environment;
        if (each.isProduction && !production.contains(each.environment))
            production << each.environment;
    }
    if (names.size() <= 1)
        return names.value(0);
    if (production.size() == 1) {
        notes << QStringLiteral("of %1 environments %2 is shown: it calls itself production")
                     .arg(names.size())
                     .arg(production.first());
        return production.first();
    }
    return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id,
                   QStringLiteral("the repository has several environments: %1").arg(names.join(QStringLiteral(", "))),
                   QStringLiteral("Name one in \"environment\"."));
}

ReleaseStatus statusOf(const Deployment &each, qint64 live, const QDateTime &now)
{
    const QDateTime since = each.stateAt.isValid() ? each.stateAt : each.createdAt;
    const bool isYoung = !since.isValid() || since.secsTo(now) < webDeploySeconds;
    if (each.id == live)
        return ReleaseStatus::Live;
    if (!each.hasStatus || each.state == QLatin1String("success") || each.state == QLatin1String("inactive"))
        return ReleaseStatus::Superseded;
    if (each.state == QLatin1String("failure") || each.state == QLatin1String("error"))
        return ReleaseStatus::Failed;
    return isYoung ? ReleaseStatus::Running : ReleaseStatus::Unfinished;
}

Release releaseOf(const Deployment &each, qint64 live, const QDateTime &now)
{
    static const QRegularExpression commit(QStringLiteral("\\A[0-9a-f]{7,64}\\z"));
    Release release;
    release.id = QString::number(each.id);
    release.revision = each.sha;
    release.version = each.ref == each.sha ? QString() : each.ref;
    release.branch = commit.match(each.ref).hasMatch() ? QString() : each.ref;
    release.deployedAt = each.createdAt;
    release.deployedBy = each.creator;
    release.status = statusOf(each, live, now);
    release.confidence = each.hasStatus ? Confidence::Logged : Confidence::Inferred;
    if (!each.trouble.isEmpty())
        release.note = QStringLiteral("how it went was not read: %1").arg(each.trouble);
    else if (!each.hasStatus)
        release.note = QStringLiteral("how it went was not asked");
    else if (each.state.isEmpty())
        release.note = QStringLiteral("created, without a status for %1").arg(agoText(each.createdAt, now));
    else if (release.status == ReleaseStatus::Unfinished)
        release.note = QStringLiteral("%1 for %2: left behind").arg(each.state, agoText(each.stateAt, now));
    else
        release.note = each.state;
    addWords(release.note, each.stateWords);
    addWords(release.note, each.description);
    if (!each.task.isEmpty() && each.task != QLatin1String("deploy"))
        addWords(release.note, QStringLiteral("task %1").arg(each.task));
    return release;
}

/// The one whose success came last; 0 = none.
qint64 liveOf(const std::vector<Deployment> &all)
{
    const Deployment *live = nullptr;
    for (const Deployment &each : all) {
        if (each.state == QLatin1String("success") && (!live || each.stateAt > live->stateAt))
            live = &each;
    }
    return live ? live->id : 0;
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    const auto lists = repliesNamed(replies, QStringLiteral("deployments"));
    if (lists.empty())
        return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id,
                       QStringLiteral("there is no answer: \"repository\" must be OWNER/NAME"));
    const QString service = QStringLiteral("GitHub");
    const Result<WebAnswer> list = webAnswer(service, *lists.front(), context.now);
    if (!list)
        return failure(list.error());
    std::vector<Deployment> all = readDeployments(list->body);
    if (all.empty() && !(list->body.is_array() && list->body.empty()))
        return failure(ErrorKind::BadData, QStringLiteral("ask GitHub"), entry.id,
                       QStringLiteral("the answer is no list of deployments"));
    Told told;
    const Result<QString> environment = environmentOf(entry, all, told.notes);
    if (!environment)
        return failure(environment.error());
    std::erase_if(all, [&](const Deployment &each) { return each.environment != *environment; });
    std::map<qint64, Deployment *> byId;
    for (Deployment &each : all)
        byId[each.id] = &each;
    for (const Reply *reply : repliesNamed(replies, QStringLiteral("statuses"))) {
        const Result<WebAnswer> answer = webAnswer(service, *reply, context.now);
        const qint64 asked = idInUrl(reply->subject);
        if (answer)
            readStatuses(answer->body, asked, byId);
        else if (const auto found = byId.find(asked); found != byId.end())
            found->second->trouble = answer.error().text;
    }
    const qint64 live = liveOf(all);
    told.app = optionOf(entry, "repository").section(QLatin1Char('/'), 1);
    bool isKnown = live != 0;
    for (const Deployment &each : all) {
        told.releases.push_back(releaseOf(each, live, context.now));
        // A newer one of unknown outcome may be what is live.
        if (!each.hasStatus && (live == 0 || each.stateAt > byId[live]->stateAt || each.id > live))
            isKnown = false;
    }
    if (isKnown) {
        told.host.live = QString::number(live);
    } else if (!all.empty()) {
        told.notes << (live == 0
                           ? QStringLiteral("no deployment to %1 is known to have succeeded").arg(*environment)
                           : QStringLiteral("what is live is not known: a newer deployment's outcome was not read"));
        for (Release &release : told.releases) {
            if (release.status == ReleaseStatus::Live)
                release.status = ReleaseStatus::Superseded;
        }
    }
    judgeByRevision(told);
    if (list->hasMore)
        told.notes << QStringLiteral("only the newest %1 deployments are read").arg(perPage);
    if (all.empty())
        told.notes << QStringLiteral("there is no deployment");
    return historyOfPlace("github", entry, std::move(told));
}

} // namespace

const Source githubSource{
    PaneKind::Deployments,
    "github",
    "GitHub deployments",
    false,
    false,
    {
        {"app", "string", false, "Name of the application; default: the name of the repository"},
        {"repository", "string", true, "OWNER/NAME", R"("pattern":"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$")"},
        {"environment", "string", false, "GitHub environment; needed when the repository has several"},
        {"token", "string", false,
         "Reference of a token that may read deployments: env:NAME, file:PATH, command:… (60 requests an hour without)",
         R"("pattern":"^(env|file|command|keychain):.+")"},
        {"url", "string", false, "Address of the interface; default: https://api.github.com",
         R"("pattern":"^https?://")"},
        {"via", "string", false, "host to go through"},
        {"ca_file", "string", false, "PEM file on this machine with the authorities to trust instead of the system's",
         R"("pattern":"^/")"},
    },
    {"deployments", "statuses"},
    requests,
    parse,
    nullptr,
    "a token that may read deployments",
};

} // namespace taffrail::sources
