// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "jsonfields.h"
#include "text.h"
#include "told.h"
#include "toolparts.h"

#include <QRegularExpression>

#include <algorithm>
#include <map>

/// An application of Dokku: its builds (0.38 and later), its reports, its containers and its deploy lock.
namespace taffrail::sources {

namespace {

using fields::Json;

constexpr int keptBuilds = 20;
constexpr size_t mostBuilds = 2000;

// A build that says that it runs, but whose process is gone, was abandoned.
constexpr char body[] = R"sh(tf_probe() {
command -v dokku >/dev/null 2>&1 || [ -n "$SUDO" ] || { echo NOTOOL; return; }
tf_part git D git:report "$A"
if [ "$tf_code" = 0 ]; then
tf_part ps D ps:report "$A"
tf_part builds D builds:list "$A" --format json
tf_part containers C ps -a --no-trunc --filter "label=com.dokku.app-name=$A" --format '{{.ID}}	{{.Image}}	{{.State}}	{{.Label "com.dokku.process-type"}}'
fi
for f in "/var/lib/dokku/data/apps/$A/.deploy.lock" "/home/dokku/$A/.deploy.lock"; do
[ ! -e "$f" ] || printf '\nLOCK\t%s\t%s\n' "$(stat -c '%Y	%U' "$f" 2>/dev/null)" "$(head -c 200 "$f" 2>/dev/null | tr '\000-\037\177' ' ')"; done
for f in /var/lib/dokku/data/builds/"$A"/*.json; do
grep -q '"status" *: *"running"' "$f" 2>/dev/null || continue
p=$(grep -o '"pid" *: *[0-9]*' "$f" | head -n 1 | grep -o '[0-9]*$'); [ -n "$p" ] && [ -d "/proc/$p" ] && printf '\nALIVE\t%s\n' "$p"; done
printf '\nDONE\n'
}
tf_probe
)sh";

/// One build or deploy.
struct Build {
    QString id, kind, status, source;
    qint64 pid = -1, exitCode = -1;
    QDateTime startedAt, finishedAt;
};
struct Container {
    QString id, image, state, process;
};
struct Facts {
    QString app;
    std::vector<Build> builds; ///< newest first
    bool hasBuilds = false;
    std::map<QString, QString> report; ///< keys in lower case, as in "git sha"
    std::vector<Container> containers;
    bool hasContainers = false;
    bool isCaptured = false;
    QList<qint64> alive;
    std::optional<HeldLock> lock;
    QStringList notes;

    QString said(const char *key) const
    {
        const auto found = report.find(QLatin1String(key));
        return found == report.end() ? QString() : found->second;
    }
};

QString nameOf(const SourceEntry &entry)
{
    const QString named = entry.options.value(QStringLiteral("dokku_app")).toString();
    return named.isEmpty() ? entry.options.value(QStringLiteral("app")).toString() : named;
}

bool isName(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A[a-z0-9][a-z0-9._-]{0,200}\\z"));
    return shape.match(text).hasMatch();
}

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const QString app = nameOf(entry);
    if (!soFar.empty() || !isName(app))
        return {};
    const bool sudo = entry.options.value(QStringLiteral("sudo")).toBool();
    const QByteArray way = sudo ? "sudo -n -- " : "command ";
    const ShellPart part{partFunction() + "D() { " + way + "dokku \"$@\"; }\nC() { " + way + "docker \"$@\"; }\nSUDO="
                             + (sudo ? "yes" : "") + "\nA=" + shellQuoted(app) + '\n' + body,
                         std::chrono::milliseconds(25'000), 512 * 1024};
    std::vector<Request> asked;
    for (const QString &host : entry.hosts)
        asked.push_back({{}, host, part, Lane::Fast});
    return asked;
}

bool readBuilds(const Json &value, Facts &facts)
{
    const Json *list = &value;
    if (const Json &inner = fields::at(value, {"builds"}); inner.is_array())
        list = &inner;
    const auto add = [&](const Json &item) {
        Build build;
        build.id = fields::text(item, "id", 100);
        build.status = fields::text(item, "status", 40).toLower();
        const QString app = fields::text(item, "app");
        if (build.id.isEmpty() || build.status.isEmpty() || facts.builds.size() >= mostBuilds)
            return false;
        if (!facts.app.isEmpty() && !app.isEmpty() && app != facts.app)
            return true;
        if (facts.app.isEmpty())
            facts.app = app;
        build.kind = fields::text(item, "kind", 40);
        build.source = fields::text(item, "source", 100);
        build.pid = fields::number(item, "pid").value_or(-1);
        build.exitCode = fields::number(item, "exit_code").value_or(-1);
        build.startedAt = fields::time(item, "started_at");
        build.finishedAt = fields::time(item, "finished_at");
        facts.builds.push_back(build);
        return true;
    };
    bool isKnown = list->is_array() && list->empty();
    if (list->is_array()) {
        for (const Json &item : *list)
            isKnown |= add(item);
    } else {
        isKnown = add(*list);
    }
    facts.hasBuilds |= isKnown;
    return isKnown;
}

/// "=====> shop git information" and lines "       Git sha:    1a2b3c".
bool readReport(const QByteArray &text, Facts &facts)
{
    static const QRegularExpression head(QStringLiteral("\\A=+> (\\S+) (\\S+) information\\z"));
    static const QRegularExpression line(QStringLiteral("\\A([A-Za-z][A-Za-z0-9 ._-]{0,60}?):\\s*(.*)\\z"));
    QString app;
    bool isKnown = false;
    for (const QByteArray &raw : text.split('\n')) {
        const QString plain = sanitizedLine(raw.trimmed(), 300);
        if (const auto match = head.match(plain); match.hasMatch()) {
            app = match.captured(1);
            isKnown = true;
            if (facts.app.isEmpty())
                facts.app = app;
            continue;
        }
        const auto match = line.match(plain);
        if (match.hasMatch() && isKnown && app == facts.app && facts.report.size() < 500)
            facts.report.insert_or_assign(match.captured(1).toLower(), redacted(match.captured(2).trimmed()));
    }
    return isKnown;
}

void readContainers(const QByteArray &text, Facts &facts)
{
    facts.hasContainers = true;
    for (const QByteArray &line : text.split('\n')) {
        const QByteArrayList cells = line.split('\t');
        if (cells.size() >= 3 && facts.containers.size() < 500)
            facts.containers.push_back({sanitizedLine(cells[0], 64), sanitizedLine(cells[1], 300),
                                        sanitizedLine(cells[2], 40), sanitizedLine(cells.value(3), 60)});
    }
}

void readLine(const QByteArray &line, Facts &facts)
{
    const QByteArrayList cells = line.split('\t');
    if (cells.first() == "ALIVE")
        facts.alive << cells.value(1).toLongLong();
    else if (cells.first() == "LOCK" && !facts.lock) {
        const qint64 at = cells.value(1).toLongLong();
        const QString words = redacted(sanitizedLine(cells.value(3).trimmed(), 200));
        facts.lock = HeldLock{sanitizedLine(cells.value(2), 60),
                              at > 0 ? QDateTime::fromSecsSinceEpoch(at, Qt::UTC) : QDateTime(),
                              words.isEmpty() ? QStringLiteral("Dokku's deploy lock") : words};
    }
}

Result<Facts> readFacts(const QString &host, const QString &app, const ShellReply &reply)
{
    const auto wrong
        = [&](ErrorKind kind, const QString &text) { return failure(kind, QStringLiteral("ask dokku"), host, text); };
    if (reply.out.startsWith("NOTOOL") || reply.out.contains("\nNOTOOL\n"))
        return wrong(ErrorKind::NotFound, QStringLiteral("there is no program dokku"));
    Facts facts;
    facts.app = app;
    const std::vector<ToolPart> parts = toolParts(reply);
    facts.isCaptured = parts.front().name.isEmpty();
    bool isKnown = false;
    for (const ToolPart &part : parts) {
        if (part.exitCode != 0 && (facts.isCaptured || part.name == "git"))
            return failure(toolError(QStringLiteral("dokku"), host, part));
        if (part.exitCode != 0) {
            facts.notes << (part.name == "builds"
                                ? QStringLiteral("this Dokku tells of no builds (0.38 and later do): %1").arg(part.said)
                                : sentence(toolError(QStringLiteral("dokku"), host, part)));
            continue;
        }
        if (part.name == "containers") {
            readContainers(part.out, facts);
            continue;
        }
        const QByteArray plain = part.out.trimmed();
        if (plain.startsWith('[') || plain.startsWith('{')) {
            const fields::Documents read = fields::documents(part.out);
            if (!read.trouble.isEmpty())
                return wrong(ErrorKind::BadData, read.trouble);
            for (const Json &document : read.values)
                isKnown |= readBuilds(document, facts);
        } else {
            isKnown |= readReport(part.out, facts);
        }
    }
    for (const QByteArray &line : reply.out.split('\n'))
        readLine(line, facts);
    if (!facts.isCaptured && !reply.out.contains("\nDONE"))
        return wrong(reply.exitCode == 124 || reply.exitCode == 143 ? ErrorKind::Timeout : ErrorKind::BadData,
                     QStringLiteral("the answer is not complete"));
    if (!isKnown)
        return wrong(ErrorKind::BadData, QStringLiteral("the answer holds no builds and no report of Dokku"));
    std::ranges::stable_sort(facts.builds, [](const Build &a, const Build &b) {
        return a.startedAt != b.startedAt && a.startedAt.isValid() && b.startedAt.isValid() ? a.startedAt > b.startedAt
                                                                                            : a.id > b.id;
    });
    return facts;
}

void readStatus(const Build &build, const QString &live, const Facts &facts, Release &release)
{
    if (build.status == QLatin1String("succeeded")) {
        release.status = build.id == live ? ReleaseStatus::Live : ReleaseStatus::Superseded;
    } else if (build.status == QLatin1String("failed")) {
        release.status = ReleaseStatus::Failed;
        addWords(release.note,
                 build.exitCode >= 0 ? QStringLiteral("failed with exit code %1").arg(build.exitCode)
                                     : QStringLiteral("failed"));
    } else if (build.status == QLatin1String("running")) {
        const bool isGone = !facts.isCaptured && !facts.alive.contains(build.pid);
        release.status = isGone ? ReleaseStatus::Unfinished : ReleaseStatus::Running;
        addWords(release.note,
                 isGone ? QStringLiteral("abandoned: its process %1 is gone").arg(build.pid)
                        : QStringLiteral("process %1").arg(build.pid));
    } else {
        release.status = ReleaseStatus::Unfinished;
        addWords(release.note, QStringLiteral("Dokku says: %1").arg(build.status));
    }
}

void addBuilds(const QString &host, const Facts &facts, const QString &sha, Told &told)
{
    const auto newest = std::ranges::find(facts.builds, QStringLiteral("succeeded"), &Build::status);
    const QString live = newest == facts.builds.end() ? QString() : newest->id;
    told.host.live = live;
    told.keepReleases = keptBuilds;
    int rank = 0;
    for (const Build &build : facts.builds) {
        Release release;
        release.id = build.id;
        release.deployedAt = build.startedAt;
        release.kind = build.source.startsWith(QLatin1String("ps:")) ? ReleaseKind::Redeploy : ReleaseKind::Deploy;
        release.note = build.source;
        if (!build.kind.isEmpty() && build.kind != QLatin1String("build"))
            addWords(release.note, build.kind);
        readStatus(build, live, facts, release);
        release.deploysUntilPruned = std::max(1, keptBuilds - rank++);
        if (build.id == live) {
            release.revision = sha;
            release.presentOn << host;
            told.host.revision = sha;
            told.host.switchedAt = build.finishedAt;
        }
        told.releases.push_back(release);
    }
}

Told toldOf(const QString &host, const Facts &facts)
{
    Told told;
    told.app = facts.app;
    told.notes = facts.notes;
    told.locked = facts.lock;
    static const QRegularExpression commit(QStringLiteral("\\A[0-9a-f]{7,64}\\z"));
    const QString said = facts.said("git sha");
    const QString sha = commit.match(said).hasMatch() ? said : QString();
    if (!facts.builds.empty()) {
        addBuilds(host, facts, sha, told);
    } else if (!sha.isEmpty()) {
        Release release;
        release.id = release.revision = sha;
        release.branch = facts.said("git deploy branch");
        release.status = ReleaseStatus::Live;
        release.confidence = Confidence::Inferred;
        release.presentOn << host;
        bool isNumber = false;
        const qint64 at = facts.said("git last updated at").toLongLong(&isNumber);
        if (isNumber && at > 0)
            release.deployedAt = QDateTime::fromSecsSinceEpoch(at, Qt::UTC);
        told.host.live = told.host.revision = sha;
        told.host.switchedAt = release.deployedAt;
        told.releases.push_back(release);
    }
    const QString deployed = facts.said("deployed"), running = facts.said("running");
    if (deployed == QLatin1String("false")) {
        told.notes << QStringLiteral("it was never deployed");
        told.host.live.clear();
        for (Release &release : told.releases) {
            if (release.status == ReleaseStatus::Live)
                release.status = ReleaseStatus::Unfinished;
        }
    }
    if (running == QLatin1String("true"))
        told.host.running = told.host.live;
    else if (!running.isEmpty())
        told.notes << QStringLiteral("its processes run: %1").arg(running);
    for (const auto &[key, value] : facts.report) {
        if (key.startsWith(QLatin1String("status ")) && !value.startsWith(QLatin1String("running")))
            told.notes << QStringLiteral("%1: %2").arg(key.mid(7), value);
    }
    for (const Container &container : facts.containers) {
        if (container.state != QLatin1String("running") && !container.process.isEmpty())
            told.notes << QStringLiteral("container %1 (%2) is %3")
                              .arg(container.id.left(12), container.process, container.state);
    }
    if (facts.hasContainers && facts.containers.empty() && !told.host.live.isEmpty())
        told.notes << QStringLiteral("there is no container of it");
    QString before;
    for (auto release = told.releases.rbegin(); release != told.releases.rend(); ++release) {
        DeployEvent event;
        event.release = release->id;
        event.from = before;
        event.kind = release->kind;
        event.confidence = release->confidence;
        event.at = release->deployedAt;
        event.outcome = release->status;
        event.raw = release->note;
        told.events.insert(told.events.begin(), event);
        if (release->status == ReleaseStatus::Live || release->status == ReleaseStatus::Superseded)
            before = release->id;
    }
    if (told.releases.size() > 1)
        told.notes << QStringLiteral(
            "Dokku keeps no images of former builds: a rollback is a push of the older commit");
    return told;
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &)
{
    const QString app = nameOf(entry);
    return historyOfHosts("dokku", entry, replies, [&](const QString &host, const ShellReply &reply) -> Result<Told> {
        const Result<Facts> facts = readFacts(host, app, reply);
        if (!facts)
            return failure(facts.error());
        return toldOf(host, *facts);
    });
}

} // namespace

const Source dokkuSource{
    PaneKind::Deployments,
    "dokku",
    "Dokku application",
    true,
    false,
    {
        {"app", "string", true, "Name of the application", R"("pattern":"^[a-z0-9][a-z0-9._-]*$")"},
        {"dokku_app", "string", false, "Its name in Dokku, where that is another one",
         R"("pattern":"^[a-z0-9][a-z0-9._-]*$")"},
        {"sudo", "boolean", false, "Run dokku and docker through sudo -n"},
    },
    {""},
    requests,
    parse,
    nullptr,
    "run dokku and docker (group docker, or sudo)",
};

} // namespace taffrail::sources
