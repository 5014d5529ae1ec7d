// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "text.h"
#include "webanswer.h"
#include "webhistory.h"

#include <QRegularExpression>

#include <algorithm>

/// Deployments of a GitLab project: GET /projects/ID/deployments.
namespace taffrail::sources {

namespace {

using fields::Json;

constexpr int perPage = 50;

/// One deployment, as the interface gives it.
struct Deployment {
    qint64 id = 0;
    QString iid, ref, sha, status, user, environment, job, title;
    QDateTime createdAt, startedAt, finishedAt;
    qint64 wantedApprovals = 0;
};

QString optionOf(const SourceEntry &entry, const char *name)
{
    return entry.options.value(QLatin1String(name)).toString();
}

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const QString project = optionOf(entry, "project");
    const QUrl base = serviceUrl(entry, "https://gitlab.com");
    if (!soFar.empty() || project.isEmpty() || !base.isValid())
        return {};
    QString query = QStringLiteral("order_by=id&sort=desc&per_page=%1").arg(perPage);
    if (const QString environment = optionOf(entry, "environment"); !environment.isEmpty())
        query += QStringLiteral("&environment=") + QString::fromLatin1(QUrl::toPercentEncoding(environment));
    const QString path = QStringLiteral("/api/v4/projects/") + QString::fromLatin1(QUrl::toPercentEncoding(project))
        + QStringLiteral("/deployments");
    HttpGet get = webRequest(entry, below(base, path, query));
    get.secretField = "PRIVATE-TOKEN";
    get.secretPrefix.clear();
    const QString shown = get.url.toDisplayString(QUrl::RemoveUserInfo | QUrl::RemoveQuery);
    return {{QString(), shown, get, Lane::Fast}};
}

std::optional<Deployment> deploymentOf(const Json &item)
{
    const auto id = fields::number(item, "id");
    Deployment each;
    each.status = fields::text(item, "status", 40).toLower();
    if (!id || *id <= 0 || each.status.isEmpty())
        return std::nullopt;
    each.id = *id;
    each.iid = fields::text(item, "iid", 40);
    each.ref = fields::text(item, "ref");
    each.sha = fields::text(item, "sha");
    each.user = fields::text(fields::at(item, {"user"}), "username");
    each.environment = fields::text(fields::at(item, {"environment"}), "name");
    const Json &job = fields::at(item, {"deployable"});
    each.job = fields::text(job, "name");
    each.title = fields::text(fields::at(job, {"commit"}), "title");
    each.createdAt = fields::time(item, "created_at");
    each.startedAt = fields::time(job, "started_at");
    each.finishedAt = fields::time(job, "finished_at");
    each.wantedApprovals = fields::number(item, "pending_approval_count").value_or(0);
    return each;
}

void readStatus(const Deployment &each, qint64 live, const QDateTime &now, Release &release)
{
    const QString &word = each.status;
    const bool isYoung = !each.createdAt.isValid() || each.createdAt.secsTo(now) < webDeploySeconds;
    release.note = QStringLiteral("GitLab says: %1").arg(word);
    if (word == QLatin1String("success")) {
        release.status = each.id == live ? ReleaseStatus::Live : ReleaseStatus::Superseded;
        release.note.clear();
    } else if (word == QLatin1String("failed")) {
        release.status = ReleaseStatus::Failed;
        release.note = QStringLiteral("its job failed");
    } else if (word == QLatin1String("running") || word == QLatin1String("created")) {
        release.status = isYoung ? ReleaseStatus::Running : ReleaseStatus::Unfinished;
        if (!isYoung)
            release.note = QStringLiteral("%1 for %2: left behind").arg(word, agoText(each.createdAt, now));
    } else {
        release.status = ReleaseStatus::Unfinished;
        if (word == QLatin1String("blocked"))
            release.note = QStringLiteral("waits for %1 approvals").arg(each.wantedApprovals);
        else if (word == QLatin1String("canceled"))
            release.note = QStringLiteral("was cancelled");
    }
}

Release releaseOf(const Deployment &each, qint64 live, const QDateTime &now)
{
    Release release;
    release.id = QString::number(each.id);
    release.version = each.ref;
    release.branch = each.ref;
    release.revision = each.sha;
    release.deployedAt = each.startedAt.isValid() ? each.startedAt : each.createdAt;
    release.deployedBy = each.user;
    readStatus(each, live, now, release);
    if (!each.iid.isEmpty())
        addWords(release.note, QStringLiteral("deployment #%1").arg(each.iid));
    if (!each.job.isEmpty())
        addWords(release.note, QStringLiteral("job %1").arg(each.job));
    if (each.finishedAt.isValid())
        addWords(release.note, QStringLiteral("finished %1").arg(rfc3339(each.finishedAt)));
    addWords(release.note, redacted(each.title));
    return release;
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &context)
{
    if (replies.empty())
        return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id,
                       QStringLiteral("there is no answer: \"project\" must name a project"));
    const Result<WebAnswer> answer = webAnswer(QStringLiteral("GitLab"), replies.front(), context.now);
    if (!answer)
        return failure(answer.error());
    std::vector<Deployment> all;
    int strange = 0;
    const auto add = [&](const Json &item) {
        if (const auto each = deploymentOf(item))
            all.push_back(*each);
        else
            ++strange;
    };
    if (answer->body.is_array()) {
        for (const Json &item : answer->body)
            add(item);
    } else {
        add(answer->body);
    }
    if (all.empty() && strange > 0)
        return failure(ErrorKind::BadData, QStringLiteral("ask GitLab"), entry.id,
                       QStringLiteral("the answer is no list of deployments"));
    QStringList environments;
    for (const Deployment &each : all) {
        if (!environments.contains(each.environment))
            environments << each.environment;
    }
    const QString named = optionOf(entry, "environment");
    if (named.isEmpty() && environments.size() > 1)
        return failure(
            ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id,
            QStringLiteral("the project has several environments: %1").arg(environments.join(QStringLiteral(", "))),
            QStringLiteral("Name one in \"environment\"."));
    std::erase_if(all, [&](const Deployment &each) {
        return !named.isEmpty() && !each.environment.isEmpty() && each.environment != named;
    });
    std::ranges::stable_sort(all, std::greater<>(), &Deployment::id);
    const auto newest = std::ranges::find(all, QStringLiteral("success"), &Deployment::status);
    const qint64 live = newest == all.end() ? 0 : newest->id;
    Told told;
    told.app = optionOf(entry, "project").section(QLatin1Char('/'), -1);
    for (const Deployment &each : all)
        told.releases.push_back(releaseOf(each, live, context.now));
    if (live != 0)
        told.host.live = QString::number(live);
    else
        told.notes << (all.empty() ? QStringLiteral("there is no deployment")
                                   : QStringLiteral("no deployment is known to have succeeded"));
    judgeByRevision(told);
    if (strange > 0)
        told.notes << QStringLiteral("%1 records cannot be read").arg(strange);
    if (answer->hasMore)
        told.notes << QStringLiteral("only the newest %1 deployments are read").arg(perPage);
    return historyOfPlace("gitlab", entry, std::move(told));
}

} // namespace

const Source gitlabSource{
    PaneKind::Deployments,
    "gitlab",
    "GitLab deployments",
    false,
    false,
    {
        {"app", "string", false, "Name of the application; default: the name of the project"},
        {"project", "string", true, "Number or GROUP/NAME of the project", R"("pattern":"^[A-Za-z0-9_./-]+$")"},
        {"environment", "string", false, "GitLab environment; needed when the project has several"},
        {"token", "string", false, "Reference of a token with the scope read_api: env:NAME, file:PATH, command:…",
         R"("pattern":"^(env|file|command|keychain):.+")"},
        {"url", "string", false, "Address of GitLab; default: https://gitlab.com", R"("pattern":"^https?://")"},
        {"via", "string", false, "host to go through"},
        {"ca_file", "string", false, "PEM file on this machine with the authorities to trust instead of the system's",
         R"("pattern":"^/")"},
    },
    {""},
    requests,
    parse,
    nullptr,
    "a token with read_api",
};

} // namespace taffrail::sources
