// SPDX-License-Identifier: GPL-3.0-or-later
#include "aptlook.h"
#include "debianversion.h"
#include "restartlook.h"
#include "stepscript.h"
#include "text.h"

#include <QDir>
#include <QUuid>

#include <algorithm>

namespace taffrail::executors {

namespace {

using namespace apt;
using sources::shellQuoted;
using PackageSettings = sources::apt::Settings;

tl::unexpected<Error> refused(const HostSwitch &part, ErrorKind kind, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("plan"), part.host, text, hint);
}

Result<PackageSettings> settingsOf(const HostSwitch &part)
{
    Result<PackageSettings> settings = sources::apt::settingsOf(part.entry);
    if (!settings)
        return settings;
    if (!sources::isDebianVersion(part.to.id) || !sources::isDebianVersion(part.from.id) || part.to.id == part.from.id)
        return refused(part, ErrorKind::BadData, QStringLiteral("a release is not named by a version of Debian"));
    return settings;
}

Result<sources::ShellPart> look(const HostSwitch &part)
{
    const Result<PackageSettings> settings = settingsOf(part);
    if (!settings)
        return failure(settings.error());
    return sources::ShellPart{lookScript(*settings, part), std::chrono::milliseconds(20'000), 256 * 1024};
}

// tf_apt's output goes to the log as it comes; what is looked for in it is apt's own word that a lock was held.
constexpr char functions[] = R"sh(export DEBIAN_FRONTEND=noninteractive
tf_stage=all
tf_ask() { dpkg-query -W -f "$2" -- "$1" 2>/dev/null; }
tf_inPlace() { for p in $W; do [ "$(tf_ask "$p" '${Version} ${db:Status-Status}')" = "$1 installed" ] || return 1; done; }
tf_apt() {
exec 5>&1
tf_said=$( { { S apt-get $OPTIONS $RUN "$@" </dev/null; echo "code=$?" >&4; } 2>&1 | awk '{ print; fflush() } /^E: (Could not get lock|Unable to (acquire|lock))/ { busy=1 } END { exit busy }' >&5 || echo busy; } 4>&1 )
exec 5>&-
case $tf_said in *code=0*) return 0 ;; *busy*) tf_fail 98 'another program holds the lock of dpkg or apt' ;; esac
tf_said=${tf_said##*code=}
return "${tf_said%%[!0-9]*}"
}
)sh";

constexpr char checkText[] = R"sh(command -v apt-get >/dev/null || tf_fail 97 'there is no apt-get'
live=$(tf_ask "$N" '${Version}') state=$(tf_ask "$N" '${db:Status-Status}')
case $state in ''|not-installed|config-files) tf_fail 91 "package $N is not installed" ;; esac
if [ "$live" = "$TO" ]; then
tf_stage=finish
tf_inPlace "$TO" && tf_stage=done
elif [ "$live" != "$FROM" ]; then tf_fail 93 "version $live is live, not $FROM"
fi
echo "live: $N $live ($state)"
if [ "$tf_stage" != done ]; then
if [ -n "$SUDO" ]; then tf_may_sudo apt-get $OPTIONS $RUN install $SPEC || tf_fail 96 'sudo would ask for a password'
elif [ "$(id -u)" != 0 ]; then tf_fail 96 'this needs root'; fi
if [ -n "$PLANNED" ]; then
now=$(apt-get -s -o Debug::NoLocking=true $OPTIONS install $SPEC </dev/null 2>/dev/null) || tf_fail 92 "apt cannot put $SPEC in place"
printf '%s\n' "$now" | sed -n 's/^Remv \([^ ]*\).*/\1/p;s/^Inst \([^ ]*\) (\([^ )]*\).*/\1=\2/p;s/^Inst \([^ ]*\) \[[^]]*\] (\([^ )]*\).*/\1=\2/p' | while read -r each; do
case " $PLANNED " in *" $each "*) ;; *) echo "apt would now also change $each, which was not planned"; exit 1 ;; esac
done || tf_fail 93 'the plan is not what would happen'
fi
fi
)sh";

constexpr char downloadText[] = R"sh(if [ "$tf_stage" = all ]; then
tf_apt install --download-only $SPEC || tf_fail 92 "$SPEC could not be fetched"
else echo 'nothing to fetch'
fi
)sh";

// A run that was killed leaves notes that make apt refuse; dpkg itself takes them up.
constexpr char installText[] = R"sh(if [ "$tf_stage" != done ]; then
if [ -n "$(ls -A /var/lib/dpkg/updates 2>/dev/null | grep '^[0-9]')" ]; then
echo 'dpkg was interrupted: it first ends what it had begun'
S dpkg --force-confdef --force-confold --configure -a </dev/null
fi
tf_apt install $SPEC || tf_fail "$?" "apt-get failed; $N is $(tf_ask "$N" '${Version}, ${db:Status-Status}')"
else echo 'it is installed already'
fi
)sh";

// apt's own memory may be older than the packages: only dpkg is asked.
constexpr char proofText[]
    = R"sh(for p in $W; do tf_ask "$p" 'live: ${Package} ${Version} (${db:Status-Status})\n'; done
tf_inPlace "$TO" || tf_fail 94 "$W: not all are $TO"
)sh";

StepScript switching(const HostSwitch &part, const PackageSettings &settings, const Looked &looked)
{
    const auto set
        = [](const char *name, const QString &value) { return QByteArray(name) + '=' + shellQuoted(value) + '\n'; };
    const QString words = wantedWords(settings, part.to.id).join(QLatin1Char(' '));
    QStringList planned;
    if (looked.live == part.from.id) {
        for (const Planned &each : looked.planned)
            planned << each.package + QLatin1Char('=') + each.after;
    }
    StepScript script;
    script.prelude(set("N", settings.package) + set("W", settings.packages().join(QLatin1Char(' ')))
                   + set("SPEC", words) + set("FROM", part.from.id) + set("TO", part.to.id)
                   + set("PLANNED", planned.join(QLatin1Char(' '))) + "OPTIONS='" + aptOptions + "'\nRUN='"
                   + aptRunOptions + "'\n" + maySudo()
                   + set("SUDO", part.policy.sudo ? QStringLiteral("yes") : QString()) + "S() { "
                   + (part.policy.sudo ? "sudo -n \"$@\"" : "\"$@\"") + "; }\n" + functions);
    const QString tool = (part.policy.sudo ? QStringLiteral("sudo -n apt-get ") : QStringLiteral("apt-get "))
        + QLatin1String(aptOptions) + QStringLiteral(" --no-remove install ");
    script.step(
        QStringLiteral("check that %1 %2 is live").arg(settings.package, part.from.id), checkText,
        QStringLiteral("dpkg-query -W %1 → %2; apt-get -s install %3").arg(settings.package, part.from.id, words));
    script.step(QStringLiteral("fetch %1").arg(words), downloadText, tool + QStringLiteral("--download-only ") + words);
    script.step(QStringLiteral("install %1").arg(words), installText, tool + words);
    addRestart(script, part.policy, QStringLiteral("/"));
    script.step(
        QStringLiteral("read back what is live"), proofText,
        QStringLiteral("dpkg-query -W %1 → %2, installed").arg(settings.packages().join(QLatin1Char(' ')), part.to.id));
    return script;
}

std::optional<Error> obstacle(const HostSwitch &part, const PackageSettings &settings, const Looked &looked,
                              bool isBack)
{
    const auto error = [&](ErrorKind kind, const QString &text, const QString &hint = {}) {
        return refused(part, kind, text, hint).value();
    };
    if (looked.live != part.from.id && !isBack)
        return error(ErrorKind::NotFound, QStringLiteral("%1 is at %2 now").arg(settings.package, looked.live));
    if (looked.asksForPassword)
        return error(ErrorKind::Denied, QStringLiteral("sudo would ask for a password to run apt-get"),
                     QStringLiteral("Allow the command in sudoers with NOPASSWD."));
    if (looked.isNotRoot)
        return error(ErrorKind::Denied, QStringLiteral("packages can be changed by root only"),
                     QStringLiteral("Say \"sudo\": true in \"rollback\"."));
    if (!looked.held.isEmpty())
        return error(ErrorKind::Unsupported,
                     QStringLiteral("%1 is on hold").arg(looked.held.join(QStringLiteral(", "))),
                     QStringLiteral("apt-mark unhold %1").arg(looked.held.join(QLatin1Char(' '))));
    if (!looked.removed.isEmpty())
        return error(
            ErrorKind::Unsupported,
            QStringLiteral("apt would remove other packages: %1").arg(looked.removed.join(QStringLiteral(", "))));
    if (looked.simulated != 0)
        return error(ErrorKind::NotFound,
                     QStringLiteral("apt cannot put %1 in place: %2").arg(part.to.id, looked.trouble),
                     QStringLiteral("Is that version still in the repository? Try apt-get update there."));
    if (!looked.missingFiles.isEmpty())
        return error(ErrorKind::NotFound,
                     QStringLiteral("the package lists name files that are gone: %1")
                         .arg(looked.missingFiles.join(QStringLiteral(", "))));
    const bool isPlanned = std::ranges::any_of(looked.planned, [&](const Planned &each) {
        return each.package.section(QLatin1Char(':'), 0, 0) == settings.package && each.after == part.to.id;
    });
    if (!isPlanned && !isBack)
        return error(ErrorKind::BadData,
                     QStringLiteral("apt sees nothing to do for %1: what it remembers is older than the packages")
                         .arg(settings.package),
                     QStringLiteral("Run apt-get update there, and look again."));
    return std::nullopt;
}

std::vector<PlannedChange> changesOf(const HostSwitch &part, const Looked &looked)
{
    std::vector<PlannedChange> changes;
    for (const Planned &each : looked.planned)
        changes.push_back(
            {QStringLiteral("package"), part.host + QLatin1Char(':') + each.package, each.before, each.after});
    for (const QString &file : looked.changedFiles)
        changes.push_back({QStringLiteral("config"),
                           part.host + QLatin1Char(':') + file,
                           {},
                           QStringLiteral("was changed on the host: it stays as it is")});
    return changes;
}

Result<HostSteps> steps(const HostSwitch &part, const sources::ShellReply &reply)
{
    const Result<PackageSettings> settings = settingsOf(part);
    if (!settings)
        return failure(settings.error());
    const Result<Looked> looked = readLook(*settings, part, reply);
    if (!looked)
        return failure(looked.error());
    const bool isBack = looked->live == part.to.id; // the way back, planned while its target is live
    if (const std::optional<Error> error = obstacle(part, *settings, *looked, isBack))
        return failure(*error);
    const Result<QStringList> restart = restartWarnings(part, reply.out.split('\n'));
    if (!restart)
        return failure(restart.error());
    HostSteps found;
    found.warnings = *restart;
    const QStringList own = settings->packages();
    const auto others = std::ranges::count_if(looked->planned, [&](const Planned &each) {
        return !own.contains(each.package.section(QLatin1Char(':'), 0, 0));
    });
    if (others > 0)
        found.warnings << QStringLiteral("apt changes %1 further packages with it").arg(others);
    if (!looked->holder.isEmpty())
        found.warnings << QStringLiteral("dpkg's lock is held now: %1").arg(looked->holder);
    if (looked->upgradesItself && !isBack && sources::compareDebianVersions(part.to.id, looked->candidate) < 0)
        found.warnings << QStringLiteral("unattended-upgrades brings %1 back unless %2 is put on hold afterwards")
                              .arg(looked->candidate, settings->package);
    if (part.policy.restart.isEmpty())
        found.warnings << QStringLiteral(
            "no restart is configured: what runs keeps its version unless the package restarts it");
    found.changes = changesOf(part, *looked);
    const StepScript script = switching(part, *settings, *looked);
    found.steps = script.steps();
    found.script = script.text();
    return found;
}

// The files of a package that is not installed lie in its archive: apt's cache has it, or it is fetched.
Result<CarriedPlace> carried(const HostSwitch &part, const QString &path)
{
    const Result<PackageSettings> settings = settingsOf(part);
    if (!settings)
        return failure(settings.error());
    const QString clean = QDir::cleanPath(path);
    if (!clean.startsWith(QLatin1Char('/')) || clean == QLatin1String("/"))
        return refused(part, ErrorKind::BadConfig,
                       QStringLiteral("%1 is no absolute path of a folder").arg(sanitized(path)));
    const QString folder = QStringLiteral("/tmp/.taffrail-") + QUuid::createUuid().toString(QUuid::WithoutBraces);
    QString cached = part.to.id;
    cached.replace(QLatin1Char(':'), QStringLiteral("%3a"));
    const QByteArray before = "tf_folder=" + shellQuoted(folder) + "\ntf_version=" + shellQuoted(part.to.id)
        + "\ntf_cached=" + shellQuoted(cached)
        + "\n(umask 077; mkdir -- \"$tf_folder\" \"$tf_folder/files\") && for tf_package in "
        + settings->packages().join(QLatin1Char(' ')).toLatin1() + R"sh(; do
tf_archive=
for tf_file in /var/cache/apt/archives/"$tf_package"_"$tf_cached"_*.deb; do [ ! -f "$tf_file" ] || tf_archive=$tf_file; done
[ -n "$tf_archive" ] || { (cd -- "$tf_folder" && apt-get -q download "$tf_package=$tf_version" >/dev/null 2>&1 </dev/null); for tf_file in "$tf_folder/$tf_package"_*.deb; do [ ! -f "$tf_file" ] || tf_archive=$tf_file; done; }
[ "$(dpkg-deb -f "$tf_archive" Version 2>/dev/null)" = "$tf_version" ] && dpkg-deb -x "$tf_archive" "$tf_folder/files"
done
)sh";
    return CarriedPlace{before, folder + QStringLiteral("/files") + clean, "rm -rf -- " + shellQuoted(folder) + '\n'};
}

} // namespace

const Executor aptExecutor{"apt", "Debian package: install the version", look, steps, carried};

} // namespace taffrail::executors
