// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostlists.h"

#include "registry.h"

#include "text.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources {

namespace {

// Each tool has five seconds of its own, six at once. Some print their version to standard error, some warnings.
// What a wrapper finds absent (127) is absent.
constexpr char script[] = R"sh(t=$(printf '\t')
if command -v timeout >/dev/null 2>&1 && timeout 1 true 2>/dev/null; then l() { timeout 5 "$@"; }; else l() { "$@"; }; fi
one() { n=$1; shift; command -v "$1" >/dev/null 2>&1 || return 0
o=$(l "$@" 2>/dev/null </dev/null); r=$?
[ -n "$o" ] || [ "$r" = 124 ] || { o=$(l "$@" 2>&1 </dev/null); r=$?; }
[ "$r" != 127 ] || return 0
printf '%s\t%s\t%s\n' "$n" "$r" "$(printf '%s\n' "$o" | head -n 3 | cut -c1-200 | tr '\t\r\n' '   ')"; }
many() { i=0; while read -r a b; do one "$a" $b & i=$((i + 1)); [ $((i % 6)) != 0 ] || wait; done; wait; }
printf 'kernel\t0\t%s\n' "$(uname -r)"
printf 'kernel.machine\t0\t%s\n' "$(uname -m)"
printf 'kernel.name\t0\t%s\n' "$(uname -s)"
for f in /etc/os-release /usr/lib/os-release; do if [ -r "$f" ]; then
sed -n "s/^\(ID\|VERSION_ID\|VERSION_CODENAME\|PRETTY_NAME\|VARIANT_ID\|BUILD_ID\)=/OS$t\1$t/p" "$f"; break; fi; done
[ ! -r /etc/debian_version ] || printf 'OS\tDEBIAN_VERSION\t%s\n' "$(head -n 1 /etc/debian_version)"
[ ! -r /etc/alpine-release ] || printf 'OS\tALPINE_RELEASE\t%s\n' "$(head -n 1 /etc/alpine-release)"
g=$(getconf GNU_LIBC_VERSION 2>/dev/null) && [ -n "$g" ] && printf 'libc\t0\t%s\n' "$g" || { g=$(ldd --version 2>&1 | head -n 2 | tr '\n' ' '); [ -z "$g" ] || printf 'libc\t0\t%s\n' "$g"; }
[ -r /etc/timezone ] && printf 'timezone\t0\t%s\n' "$(head -n 1 /etc/timezone)"
many <<'E' 2>/dev/null
openssl openssl version
openssh ssh -V
python3 python3 -V
python2 python2 -V
ruby ruby -v
bundler bundle -v
node node -v
npm npm -v
yarn yarn -v
pnpm pnpm -v
java java -version
php php -v
composer composer --no-ansi -V
go go version
rustc rustc -V
cargo cargo -V
perl perl -e printf("%vd",$^V)
dotnet dotnet --version
erlang erl -noshell -eval io:put_chars(erlang:system_info(otp_release)),halt().
elixir elixir --short-version
gcc gcc -dumpfullversion
psql psql -V
mysql mysql -V
sqlite3 sqlite3 -version
redis redis-server -v
nginx nginx -v
apache apache2 -v
httpd httpd -v
haproxy haproxy -v
docker docker -v
containerd containerd -v
podman podman -v
compose docker-compose --version
kubectl kubectl version --client
helm helm version --short
systemd systemctl --version
git git --version
curl curl -V
ansible ansible --version
terraform terraform version
tofu tofu version
gunicorn gunicorn --version
uwsgi uwsgi --version
supervisor supervisord -v
pgbackrest pgbackrest version
sudo sudo -V
bash bash --version
E
for p in /usr/lib/postgresql/*/bin/postgres; do [ -x "$p" ] || continue; v=${p#/usr/lib/postgresql/}; printf 'postgres.%s\t0\t%s\n' "${v%%/*}" "$(l "$p" -V 2>/dev/null </dev/null)"; done
printf 'DONE\t0\t\n'
)sh";

QString unquoted(QString text)
{
    text = text.trimmed();
    if (text.size() > 1 && (text.startsWith(QLatin1Char('"')) || text.startsWith(QLatin1Char('\'')))
        && text.endsWith(text.at(0)))
        text = text.mid(1, text.size() - 2);
    return text;
}

/// The first thing that looks like a version: digits with a point in them, else a plain number that stands alone.
QString versionIn(const QString &text)
{
    static const QRegularExpression dotted(
        QStringLiteral("(?:(?<![\\w.])[vV]?|(?<=go)|(?<=[_=/-]))(\\d+(?:\\.\\d+)+[\\w.+~:-]*)")),
        plain(QStringLiteral("(?:\\A|\\s|version )(\\d+)(?:\\s|\\z)"));
    for (const QRegularExpression *shape : {&dotted, &plain}) {
        const QRegularExpressionMatch match = shape->match(text);
        if (match.hasMatch()) {
            QString version = match.captured(1);
            while (version.endsWith(QLatin1Char('.')) || version.endsWith(QLatin1Char('-'))
                   || version.endsWith(QLatin1Char(':')))
                version.chop(1);
            return version;
        }
    }
    return {};
}

void addTool(ParsedConfig &parsed, const QString &name, int code, const QString &printed, int line)
{
    const QString said = sanitizedLine(printed.toUtf8(), 200).trimmed();
    const QString key = name; // ours, but for the version of a PostgreSQL
    if (code == 124 || code == 137 || code == 143) {
        addEntry(parsed, key, QStringLiteral("(no answer in 5 s)"), line, ConfigType::Text,
                 QStringLiteral("its version is not known"));
        addNote(parsed, QStringLiteral("%1 did not answer in 5 s").arg(name));
        return;
    }
    const bool isWhole = name.startsWith(QLatin1String("kernel")) || name == QLatin1String("timezone");
    const QString version = isWhole ? said : versionIn(printed);
    if (version.isEmpty())
        addEntry(parsed, key, code == 0 && !said.isEmpty() ? said : QStringLiteral("(present, without a version)"),
                 line, ConfigType::Text,
                 code == 0 ? QString() : redacted(QStringLiteral("exit code %1: %2").arg(code).arg(said)));
    else
        addEntry(parsed, key, version, line, ConfigType::Text, said == version ? QString() : redacted(said));
}

std::vector<Request> runtimeRequests(const SourceEntry &entry, const Replies &soFar)
{
    std::vector<Request> requests;
    for (const QString &host : soFar.empty() ? entry.hosts : QStringList())
        requests.push_back(
            {QStringLiteral("runtimes"), host, ShellPart{script, std::chrono::seconds(45), 256 * 1024}, Lane::Slow});
    return requests;
}

Result<Value> parseRuntimeReplies(const SourceEntry &entry, const Replies &replies, const Context &)
{
    return configSetOfShell(entry, replies, parseRuntimes, settleShapes);
}

} // namespace

ParsedConfig parseRuntimes(const QByteArray &bytes, const SourceEntry &)
{
    ParsedConfig parsed;
    bool isDone = false;
    int number = 0;
    for (const QByteArray &line : linesWithoutReturn(bytes)) {
        ++number;
        const QByteArrayList words = line.split('\t');
        if (line.trimmed().isEmpty())
            continue;
        bool isNumber = false;
        const int code = words.value(1).toInt(&isNumber);
        const QString name = exactText(words.at(0));
        if (name == QLatin1String("DONE"))
            isDone = true;
        else if (name == QLatin1String("OS") && words.size() >= 3)
            addEntry(parsed, QStringLiteral("os.") + exactText(words.at(1)).toLower(),
                     unquoted(exactText(words.at(2))));
        else if (!isNumber || words.size() < 3 || name.isEmpty())
            addError(parsed, number, QStringLiteral("a tool, its exit code and its words are expected"));
        else
            addTool(parsed, name, code, exactText(words.at(2)), 0);
    }
    if (!isDone)
        addError(parsed, 0,
                 parsed.entries.empty() ? QStringLiteral("the answer is empty") : QStringLiteral("the answer is cut"));
    std::stable_sort(parsed.entries.begin(), parsed.entries.end(),
                     [](const ConfigEntry &left, const ConfigEntry &right) { return left.key < right.key; });
    return parsed;
}

const Source runtimeSource{
    PaneKind::Configs,
    "runtime",
    "Runtimes and tools",
    true,
    false,
    {},
    {"runtimes"},
    runtimeRequests,
    parseRuntimeReplies,
    nullptr,
    "run each runtime with --version",
};

} // namespace taffrail::sources
