// SPDX-License-Identifier: GPL-3.0-or-later
#include "linkedreleases.h"

#include "restartlook.h"
#include "text.h"

#include <QDir>
#include <QRegularExpression>

namespace taffrail::executors {

namespace {

using sources::shellQuoted;

constexpr int mostCommits = 50;

tl::unexpected<Error> refused(const HostSwitch &part, ErrorKind kind, const QString &text, const QString &hint = {})
{
    return failure(kind, QStringLiteral("plan"), part.host, text, hint);
}

bool isCommit(const QString &revision)
{
    static const QRegularExpression shape(QStringLiteral("\\A[0-9a-f]{7,64}\\z"));
    return shape.match(revision).hasMatch();
}

// One record a line, "KEY<tab>…"; names lose their control characters, so that none forges a record.
constexpr char lookText[] = R"sh(cd -- "$A" 2>/dev/null || { echo GONE; exit 0; }
[ -d "releases/$NEW/." ] || echo NOTARGET
printf 'LINK\t%s\n' "$(printf %s "$(readlink current)" | tr '\000-\037\177' '?')"
[ -w . ] || echo READONLY
tf_restart
[ -z "$SINCE" ] || [ ! -d shared ] || find shared -maxdepth 4 -type f -size -2048k ! -path '*/log/*' ! -path '*/logs/*' ! -path '*/tmp/*' ! -path '*/cache/*' ! -path '*/sessions/*' ! -name '*.log' ! -name '*.pid' -newermt "$SINCE" -printf 'CONFIG\t%T@\t%P\n' 2>/dev/null | head -n 40 | tr '\000-\010\013-\037\177' '?'
if [ -n "$OLDREV" ] && [ -d "$REPO" ] && command -v git >/dev/null; then
commits() { git --git-dir="$REPO" log --max-count="$MOST" --format="$1%x09%H%x09%an%x09%s" "$2" 2>/dev/null </dev/null | tr '\000-\010\013-\037\177' '?'; }
commits LOST "$NEWREV..$OLDREV"; commits GAINED "$OLDREV..$NEWREV"
fi
)sh";

constexpr char checkText[] = R"sh(cd -- "$A" || tf_fail 91 'the folder of the application is gone'
[ -d "releases/$TO/." ] || tf_fail 92 "release $TO is gone"
live=$(readlink current); live=${live%/}; live=${live##*/}
[ "$live" = "$FROM" ] || [ "$live" = "$TO" ] || tf_fail 93 "release $live is live, not $FROM"
echo "live: $live"
)sh";

// A rename is one act: whoever reads "current" sees the old release or the new one.
constexpr char switchText[] = R"sh(link=$(readlink current); link=${link%/}; live=${link##*/}
if [ "$live" = "$TO" ]; then echo 'it is live already'
else
[ "$live" = "$FROM" ] || tf_fail 93 "release $live is live, not $FROM"
case $link in */*) link=${link%/*}/$TO ;; *) link=releases/$TO ;; esac
next=.current.taffrail.$$
ln -s -- "$link" "$next" && mv -Tf -- "$next" current || { tf_code=$?; rm -f -- "$next"; tf_fail "$tf_code" 'current could not be switched'; }
fi
)sh";

constexpr char proofText[] = R"sh(live=$(readlink current); live=${live%/}; live=${live##*/}
[ "$live" = "$TO" ] && [ -e current/. ] || tf_fail 94 "release $live is live, not $TO"
echo "live: $live, revision $(head -c 64 current/REVISION 2>/dev/null)"
)sh";

PlannedChange commitChange(const QByteArrayList &fields)
{
    const QString words
        = sanitizedLine(fields.value(2), 60) + QStringLiteral(": ") + sanitizedLine(fields.mid(3).join('\t'), 160);
    const bool isLost = fields.first() == "LOST";
    return {QStringLiteral("commit"), sanitizedLine(fields.value(1).left(12)), isLost ? words : QString(),
            isLost ? QString() : words};
}

} // namespace

QByteArray linkedLook(const HostSwitch &part, const QString &path, const QString &repository)
{
    const bool hasCommits = isCommit(part.from.revision) && isCommit(part.to.revision);
    const auto set
        = [](const char *name, const QString &value) { return QByteArray(name) + '=' + shellQuoted(value) + '\n'; };
    const QString since = part.to.deployedAt.isValid()
        ? part.to.deployedAt.toUTC().toString(QStringLiteral("yyyy-MM-dd hh:mm:ss")) + QStringLiteral(" UTC")
        : QString();
    return set("A", path) + set("NEW", part.to.id) + set("SINCE", since) + set("REPO", repository)
        + "tf_restart() {\n:\n" + restartLook(part.policy) + "}\n"
        + set("OLDREV", hasCommits ? part.from.revision : QString())
        + set("NEWREV", hasCommits ? part.to.revision : QString()) + "MOST=" + QByteArray::number(mostCommits) + '\n'
        + lookText;
}

Result<HostSteps> linkedFindings(const HostSwitch &part, const QString &path, const sources::ShellReply &looked)
{
    HostSteps found;
    const QByteArrayList lines = looked.out.split('\n');
    if (lines.contains("GONE"))
        return refused(part, ErrorKind::NotFound, QStringLiteral("%1 is gone or cannot be entered").arg(path));
    if (!looked.out.contains("LINK\t"))
        return refused(part, ErrorKind::BadData, QStringLiteral("the look at the host was not answered"));
    if (lines.contains("NOTARGET"))
        return refused(part, ErrorKind::NotFound, QStringLiteral("release %1 is gone").arg(part.to.id));
    if (lines.contains("READONLY"))
        return refused(part, ErrorKind::Denied, QStringLiteral("%1 cannot be written").arg(path),
                       QStringLiteral("Sign in as the user who deploys."));
    const Result<QStringList> restart = restartWarnings(part, lines);
    if (!restart)
        return failure(restart.error());
    found.warnings = *restart;
    for (const QByteArray &line : lines) {
        const QByteArrayList fields = line.split('\t');
        if (fields.first() == "LOST" || fields.first() == "GAINED")
            found.changes.push_back(commitChange(fields));
        else if (fields.first() == "CONFIG" && fields.size() >= 3)
            found.changes.push_back(
                {QStringLiteral("config"),
                 part.host + QStringLiteral(":shared/") + sanitizedLine(fields.mid(2).join('\t'), 200),
                 {},
                 QStringLiteral("changed after %1 was deployed: it will run with today's file").arg(part.to.id)});
    }
    if (part.policy.restart.isEmpty())
        found.warnings << QStringLiteral(
            "no restart is configured: what runs keeps its release until something restarts it");
    return found;
}

QByteArray linkedVariables(const HostSwitch &part, const QString &path)
{
    return "A=" + shellQuoted(path) + "\nFROM=" + shellQuoted(part.from.id) + "\nTO=" + shellQuoted(part.to.id) + '\n';
}

void addLinkedCheck(StepScript &script, const HostSwitch &part, const QString &path)
{
    script.step(QStringLiteral("check that %1 is live and %2 is there").arg(part.from.id, part.to.id), checkText,
                QStringLiteral("readlink %1/current → %2; test -d releases/%3").arg(path, part.from.id, part.to.id));
}

void addLinkedSwitch(StepScript &script, const HostSwitch &part)
{
    script.step(QStringLiteral("switch current to %1").arg(part.to.id), switchText,
                QStringLiteral("ln -s …/releases/%1 .current.new && mv -Tf .current.new current").arg(part.to.id));
}

void addLinkedProof(StepScript &script, const HostSwitch &, const QString &path, const QByteArray &further)
{
    script.step(QStringLiteral("read back what is live"), proofText + further,
                QStringLiteral("readlink %1/current").arg(path));
}

Result<CarriedPlace> linkedPlace(const HostSwitch &part, const QString &root, const QString &path)
{
    const QString clean = QDir::cleanPath(path), folder = QDir::cleanPath(root);
    const QString live = folder + QStringLiteral("/current");
    if (clean != live && !clean.startsWith(live + QLatin1Char('/')))
        return refused(part, ErrorKind::BadConfig,
                       QStringLiteral("%1 does not lie in %2, so the target's files are not known").arg(clean, live),
                       QStringLiteral("Name the files of the migrations below \"current\"."));
    return CarriedPlace{{}, folder + QStringLiteral("/releases/") + part.to.id + clean.mid(live.size()), {}};
}

} // namespace taffrail::executors
