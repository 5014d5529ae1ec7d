// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"

#include "jsonfields.h"
#include "text.h"
#include "told.h"
#include "toolparts.h"

#include <QRegularExpression>

#include <algorithm>

/// Generations of a Nix profile, from its links alone: Nix need not be asked, nor be root.
namespace taffrail::sources {

namespace {

using fields::Json;

constexpr size_t mostGenerations = 5000;
constexpr char systemProfile[] = "/nix/var/nix/profiles/system";

// A profile may be a link to the profile that has the generations. /proc/locks names who holds its lock.
constexpr char body[] = R"sh(tf_probe() {
i=0
while [ "$i" -lt 5 ] && t=$(readlink -- "$P"); do
case $t in *-[0-9]*-link) break ;; /*) P=$t ;; *) P=${P%/*}/$t ;; esac; i=$((i+1)); done
[ -L "$P" ] || [ -e "$P" ] || { if [ -d "${P%/*}" ] && [ ! -x "${P%/*}" ]; then echo NORIGHT; else echo NOPROFILE; fi; return; }
printf 'PROFILE\t%s\nLIVE\t%s\t%s\n' "$P" "$(readlink -- "$P")" "$(stat -c %Y -- "$P" 2>/dev/null)"
for l in "$P"-*-link; do
[ -L "$l" ] || continue
e=no; [ -e "$l" ] && e=yes
printf 'GEN\t%s\t%s\t%s\t%s\t%s\n' "${l##*/}" "$(stat -c %Y -- "$l" 2>/dev/null)" "$(readlink -- "$l")" "$e" "$(head -c 80 "$l/nixos-version" 2>/dev/null | tr '\000-\037\177' ' ')"
done
[ ! -e /run/current-system ] || printf 'SYSTEM\t%s\t%s\n' "$(readlink /run/current-system)" "$(readlink /run/booted-system)"
n=$(stat -c %i -- "$P.lock" 2>/dev/null)
[ -z "$n" ] || for p in $(awk -v i="$n" '{ split($6,a,":"); if (a[3]==i) print $5 }' /proc/locks 2>/dev/null | head -n 3); do
printf 'LOCK\t%s\t%s\t%s\n' "$p" "$(stat -c %Y "/proc/$p" 2>/dev/null)" "$(tr '\000-\037\177' ' ' <"/proc/$p/cmdline" 2>/dev/null | head -c 200)"; done
stat -f -c 'FREE	%a	%S' /nix/store 2>/dev/null
echo DONE
}
tf_probe
)sh";

/// One generation of the profile.
struct Generation {
    qint64 number = -1;
    QDateTime at;
    QString store, version, revision, note;
    bool isThere = true, isLive = false;
};

struct Facts {
    QString profile, live; ///< `live`: where the profile points
    std::vector<Generation> generations;
    QDateTime switchedAt;
    QString current, booted; ///< store paths of a NixOS
    qint64 freeBytes = -1;
    std::optional<HeldLock> lock;
    QStringList notes;
};

QString profileOf(const SourceEntry &entry)
{
    return entry.options.value(QStringLiteral("profile"), QLatin1String(systemProfile)).toString();
}

std::vector<Request> requests(const SourceEntry &entry, const Replies &soFar)
{
    const QString profile = profileOf(entry);
    if (!soFar.empty() || !profile.startsWith(QLatin1Char('/')))
        return {};
    std::vector<Request> asked;
    const ShellPart part{"P=" + shellQuoted(profile) + '\n' + body, std::chrono::milliseconds(8'000), 1024 * 1024};
    for (const QString &host : entry.hosts)
        asked.push_back({{}, host, part, Lane::Fast});
    return asked;
}

QDateTime secondsFrom(const QByteArray &text)
{
    bool isNumber = false;
    const qint64 at = text.toLongLong(&isNumber);
    return isNumber && at > 1 && at < 100'000'000'000 ? QDateTime::fromSecsSinceEpoch(at, Qt::UTC) : QDateTime();
}

qint64 numberInLink(const QString &link)
{
    static const QRegularExpression shape(QStringLiteral("-(\\d{1,18})-link\\z"));
    const auto match = shape.match(link);
    return match.hasMatch() ? match.captured(1).toLongLong() : -1;
}

void readLine(const QByteArray &line, Facts &facts)
{
    const QByteArrayList cells = line.split('\t');
    const auto cell = [&](int index) { return sanitizedLine(cells.value(index), 300); };
    const QByteArray &key = cells.first();
    if (key == "PROFILE") {
        facts.profile = cell(1);
    } else if (key == "LIVE") {
        facts.live = cell(1);
        facts.switchedAt = secondsFrom(cells.value(2));
    } else if (key == "GEN") {
        Generation each;
        each.number = numberInLink(cell(1));
        each.at = secondsFrom(cells.value(2));
        each.store = cell(3);
        each.isThere = cells.value(4) == "yes";
        each.version = cell(5).trimmed();
        if (each.number >= 0 && facts.generations.size() < mostGenerations)
            facts.generations.push_back(each);
    } else if (key == "SYSTEM") {
        facts.current = cell(1);
        facts.booted = cell(2);
    } else if (key == "LOCK" && !facts.lock) {
        facts.lock = HeldLock{redacted(QStringLiteral("process %1: %2").arg(cell(1), cell(3).trimmed())),
                              secondsFrom(cells.value(2)), QStringLiteral("the lock of the profile")};
    } else if (key == "FREE") {
        bool hasBlocks = false, hasSize = false;
        const qint64 blocks = cells.value(1).toLongLong(&hasBlocks), size = cells.value(2).toLongLong(&hasSize);
        if (hasBlocks && hasSize && blocks >= 0 && size > 0 && blocks < (1LL << 62) / size)
            facts.freeBytes = blocks * size;
    }
}

QDateTime timeFrom(const QString &text)
{
    if (const QDateTime plain = fromRfc3339(text); plain.isValid())
        return plain.toUTC();
    QDateTime local = QDateTime::fromString(text.left(19), QStringLiteral("yyyy-MM-dd HH:mm:ss"));
    local.setTimeSpec(Qt::UTC);
    return local;
}

/// "nix-env --list-generations" and the table of "nixos-rebuild list-generations"; false = it is neither.
bool readTable(const QByteArray &text, Facts &facts)
{
    static const QRegularExpression row(
        QStringLiteral("\\A\\s*(\\d{1,18})\\s+(current\\s+)?(\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d)(.*)\\z"));
    for (const QByteArray &line : text.split('\n')) {
        const auto match = row.match(sanitizedLine(line, 400));
        if (!match.hasMatch() || facts.generations.size() >= mostGenerations)
            continue;
        Generation each;
        each.number = match.captured(1).toLongLong();
        each.at = timeFrom(match.captured(3));
        const QString rest = match.captured(4).simplified();
        each.isLive = !match.captured(2).isEmpty() || rest.startsWith(QLatin1String("(current)"));
        if (!rest.startsWith(QLatin1Char('(')))
            each.version = rest.section(QLatin1Char(' '), 0, 0);
        facts.generations.push_back(each);
    }
    if (!facts.generations.empty())
        facts.notes << QStringLiteral("read from Nix's own list: its times are the host's local ones, and whether the "
                                      "stores still exist is not told");
    return !facts.generations.empty();
}

/// "nixos-rebuild list-generations --json"
bool readJson(const QByteArray &text, Facts &facts)
{
    const fields::Documents read = fields::documents(text);
    if (!read.trouble.isEmpty() || !read.values.front().is_array())
        return false;
    for (const Json &item : read.values.front()) {
        Generation each;
        each.number = fields::number(item, "generation").value_or(-1);
        each.at = timeFrom(fields::text(item, "date", 60));
        each.version = fields::text(item, "nixosVersion");
        each.revision = fields::text(item, "configurationRevision");
        each.isLive = fields::isTrue(item, "current");
        const QString kernel = fields::text(item, "kernelVersion");
        if (!kernel.isEmpty())
            each.note = QStringLiteral("kernel %1").arg(kernel);
        if (each.number >= 0 && facts.generations.size() < mostGenerations)
            facts.generations.push_back(each);
    }
    return !facts.generations.empty();
}

Result<Facts> readFacts(const QString &host, const QString &profile, const ShellReply &reply)
{
    const auto wrong = [&](ErrorKind kind, const QString &text) {
        return failure(kind, QStringLiteral("read profile"), host, text);
    };
    if (reply.exitCode == 124 || reply.exitCode == 137 || reply.exitCode == 143)
        return wrong(ErrorKind::Timeout, QStringLiteral("the host did not answer in time"));
    Facts facts;
    const QByteArrayList lines = reply.out.split('\n');
    if (lines.contains("NOPROFILE"))
        return wrong(ErrorKind::NotFound, QStringLiteral("there is no profile %1").arg(profile));
    if (lines.contains("NORIGHT"))
        return wrong(ErrorKind::Denied, QStringLiteral("the folder of %1 may not be entered").arg(profile));
    if (std::ranges::any_of(lines, [](const QByteArray &line) { return line.startsWith("PROFILE\t"); })) {
        if (!lines.contains("DONE"))
            return wrong(ErrorKind::BadData, QStringLiteral("the answer is not complete"));
        for (const QByteArray &line : lines)
            readLine(line, facts);
    } else if (reply.exitCode != 0) {
        return failure(toolError(QStringLiteral("nix"), host,
                                 {{}, reply.exitCode, reply.out, redacted(sanitizedLine(reply.err, 600)), true}));
    } else if (!readJson(reply.out, facts) && !readTable(reply.out, facts)) {
        return wrong(ErrorKind::BadData, QStringLiteral("the answer holds no generation of a profile"));
    }
    std::ranges::stable_sort(facts.generations, std::greater<>(), &Generation::number);
    return facts;
}

Release releaseOf(const QString &host, const Generation &each, const Facts &facts)
{
    Release release;
    release.id = QString::number(each.number);
    release.version = each.version;
    release.revision = !each.revision.isEmpty() ? each.revision : each.store;
    release.deployedAt = each.at;
    release.confidence = Confidence::Inferred;
    release.note = each.note;
    if (each.isThere)
        release.presentOn << host;
    else
        addWords(release.note, QStringLiteral("its files were collected as garbage"));
    if (!each.isThere)
        release.status = ReleaseStatus::Removed;
    if (!facts.booted.isEmpty() && each.store == facts.booted && facts.booted != facts.current)
        addWords(release.note, QStringLiteral("the machine was booted with it"));
    return release;
}

Told toldOf(const QString &host, const QString &profile, const Facts &facts)
{
    Told told;
    told.app = profile.section(QLatin1Char('/'), -1);
    told.notes = facts.notes;
    told.locked = facts.lock;
    told.host.freeBytes = facts.freeBytes;
    told.host.switchedAt = facts.switchedAt;
    const qint64 pointed = numberInLink(facts.live);
    const Generation *live = nullptr;
    for (const Generation &each : facts.generations) {
        told.releases.push_back(releaseOf(host, each, facts));
        if (each.isLive || (pointed >= 0 && each.number == pointed)) {
            live = &each;
            told.releases.back().status = ReleaseStatus::Live;
        }
        if (!facts.current.isEmpty() && each.store == facts.current && told.host.running.isEmpty())
            told.host.running = told.releases.back().id;
    }
    if (live) {
        told.host.live = QString::number(live->number);
        told.host.revision = told.releases[size_t(live - facts.generations.data())].revision;
        told.host.dangling = !live->isThere;
        // Several generations may be the same store.
        if (live->store == facts.current)
            told.host.running = told.host.live;
    } else if (pointed >= 0) {
        told.host.live = QString::number(pointed);
        told.host.dangling = true;
    } else {
        told.notes << QStringLiteral("where the profile points is no generation");
    }
    if (!facts.current.isEmpty() && live && live->store != facts.current
        && facts.profile == QLatin1String(systemProfile))
        told.notes << QStringLiteral("the running system is not the live generation: it was not switched to, or it was "
                                     "tried without the profile");
    QString before;
    for (auto each = facts.generations.rbegin(); each != facts.generations.rend(); ++each) {
        DeployEvent event;
        event.release = QString::number(each->number);
        event.from = before;
        event.kind = ReleaseKind::Deploy;
        event.confidence = Confidence::Inferred;
        event.at = each->at;
        event.outcome = live && live->number == each->number ? ReleaseStatus::Live : ReleaseStatus::Superseded;
        told.events.insert(told.events.begin(), event);
        before = event.release;
    }
    // Nix writes nothing about a rollback: a profile that is behind its newest generation was taken back.
    if (live && live->number < facts.generations.front().number) {
        DeployEvent event;
        event.release = QString::number(live->number);
        event.from = QString::number(facts.generations.front().number);
        event.kind = ReleaseKind::Rollback;
        event.confidence = Confidence::Reconciled;
        event.at = facts.switchedAt;
        event.notBefore = facts.generations.front().at;
        event.outcome = ReleaseStatus::Live;
        event.raw = QStringLiteral("the profile is behind its newest generation");
        told.events.insert(told.events.begin(), event);
        for (Release &release : told.releases) {
            if (release.id == event.from && release.status == ReleaseStatus::Available)
                release.status = ReleaseStatus::RolledBack;
            if (release.id == event.release)
                release.kind = ReleaseKind::Rollback;
        }
    }
    return told;
}

Result<Value> parse(const SourceEntry &entry, const Replies &replies, const Context &)
{
    const QString profile = profileOf(entry);
    return historyOfHosts("nix", entry, replies, [&](const QString &host, const ShellReply &reply) -> Result<Told> {
        const Result<Facts> facts = readFacts(host, profile, reply);
        if (!facts)
            return failure(facts.error());
        return toldOf(host, profile, *facts);
    });
}

} // namespace

const Source nixSource{
    PaneKind::Deployments,
    "nix",
    "Nix profile or NixOS system",
    true,
    false,
    {
        {"app", "string", false, "Name of the application; default: the name of the profile"},
        {"profile", "string", false, "Path of the profile; default: /nix/var/nix/profiles/system", R"("pattern":"^/")"},
    },
    {""},
    requests,
    parse,
    nullptr,
    "read and enter the profile's folder",
};

} // namespace taffrail::sources
