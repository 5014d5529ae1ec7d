// SPDX-License-Identifier: GPL-3.0-or-later
#include "posturescript.h"

namespace taffrail::sources {

namespace {

using namespace std::chrono_literals;

// The sshd that let us in is the one to ask: its listener is an ancestor of this shell, and its title holds its
// arguments. Only named settings are printed; SetEnv and its like may hold secrets.
constexpr char sshdText[] = R"sh(title=; pid=$PPID; n=0
while [ "${pid:-0}" -gt 1 ] 2>/dev/null && [ "$n" -lt 40 ]; do
t=$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)
case ${t%% *} in sshd:) case $t in *'[listener]'*) title=$t;; esac;; */sshd|sshd) title=$t;; esac
[ -z "$title" ] || break
pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null); n=$((n+1))
done
set -f
conf=/etc/ssh/sshd_config; want=
for w in $title; do
case $want in f) conf=$w; printf 'C %s\n' "$w";; o) printf 'O %s\n' "$w";; esac
want=
case $w in -f) want=f;; -o) want=o;; -f?*) conf=${w#-f}; printf 'C %s\n' "$conf";; -o?*) printf 'O %s\n' "${w#-o}";; esac
done
set +f
prog=$(command -v sshd 2>/dev/null || ls /usr/sbin/sshd /usr/local/sbin/sshd /sbin/sshd 2>/dev/null | head -n 1)
[ -n "$prog" ] || [ -e "$conf" ] || { printf 'none\n'; exit 0; }
want='passwordauthentication|kbdinteractiveauthentication|challengeresponseauthentication|permitrootlogin|permitemptypasswords|pubkeyauthentication|usepam|authenticationmethods'
if [ -n "$prog" ]; then "$prog" -T -f "$conf" 2>/dev/null | grep -i -E "^($want)[[:blank:]]" | sed 's/^/T /'; fi
walk() (
[ "$2" -lt 9 ] || exit 0
[ -f "$1" ] && [ -r "$1" ] || { printf 'X %s\n' "$1"; exit 0; }
printf 'F %s\n' "$1"
grep -n -i -E "^[[:blank:]]*(include|match|$want)([[:blank:]=]|\$)" "$1" | while IFS= read -r l; do
printf 'L %s\n' "$l"
w=$(printf '%s\n' "$l" | sed -n 's/^[0-9]*:[[:blank:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:blank:]=]*//p' | tr -d '"')
[ -n "$w" ] || continue
cd /etc/ssh 2>/dev/null || cd /
for g in $w; do [ -e "$g" ] || continue; case $g in /*) walk "$g" $(($2+1));; *) walk "/etc/ssh/$g" $(($2+1));; esac; done
done
printf 'E\n'
)
walk "$conf" 0
)sh";

constexpr char updatesText[]
    = R"sh(state() { s=$(systemctl is-enabled "$1" 2>/dev/null); printf '%s %s\n' "$1" "${s:-unknown}"; }
if command -v apt-config >/dev/null 2>&1; then printf 'apt\n'
printf 'package %s\n' "$(dpkg-query -W -f='${Status}' unattended-upgrades 2>/dev/null)"
apt-config dump --format '%F %v%n' APT::Periodic 2>/dev/null | grep -E '(Enable|Update-Package-Lists|Unattended-Upgrade) '
state apt-daily.timer; state apt-daily-upgrade.timer
[ -d /run/systemd/system ] && printf 'systemd\n'
[ -x /etc/cron.daily/apt-compat ] && printf 'cron\n'
elif command -v dnf >/dev/null 2>&1 || command -v yum >/dev/null 2>&1; then printf 'dnf\n'
rpm -q dnf-automatic 2>/dev/null | sed 's/^/package /'
for t in dnf-automatic.timer dnf-automatic-install.timer dnf5-automatic.timer; do state "$t"; done
grep -h -i -E '^[[:blank:]]*(apply_updates|upgrade_type)[[:blank:]]*=' /etc/dnf/automatic.conf 2>/dev/null | sed 's/^/conf /'
elif command -v apk >/dev/null 2>&1; then printf 'apk\n'
grep -l -s -E 'apk[^#]*upgrade' /etc/periodic/*/* /etc/crontabs/root 2>/dev/null | sed 's/^/job /'
fi
:
)sh";

// What counts as a secret by its shape alone, as an extended regular expression without quotes. Values in braces,
// brackets or after a dollar are places for secrets, not secrets.
constexpr char shapesText[]
    = R"sh(shapes='(AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40}|glpat-[A-Za-z0-9_-]{20}|xox[abprs]-[0-9A-Za-z-]{10}|[sr]k_live_[0-9A-Za-z]{16}|AIza[0-9A-Za-z_-]{35}|SG[.][A-Za-z0-9_-]{16,}[.][A-Za-z0-9_-]{16}|npm_[A-Za-z0-9]{36}|[a-z][a-z0-9+.-]*://[^][:blank:]/:@[]*:[^][:blank:]/@{}$<>*[]{3,}@'
pem='^[[:blank:]"'"'"']*-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----'
named='(pass(word|wd|phrase)?|secret|token|api_?key|access_?key|private_?key|secret_?key_?base|encryption_?key|credential)s?'
q="[\"']"; nq="[^\"'\$<{}%*[:blank:]]"
line="^[[:blank:]]*(export[[:blank:]]+)?[\"']?([A-Za-z0-9_.-]*[_.-])?$named([_.-](key|base|id))?[\"']?[[:blank:]]*(=>|[:=])[[:blank:]]*[\"']?[^\"'\$<{}%*[:blank:]#,;()][^\"'\$<{}%*[:blank:]]{5,}[\"']?[[:blank:]]*[,;]?[[:blank:]]*(#.*)?\$"
quoted="^[[:blank:]]*(const |let |var |static |final |self[.]|\\$)?[\"']?([A-Za-z0-9_.-]*[_.-])?$named([_.-](key|base|id))?[\"']?[[:blank:]]*(=>|[:=])[[:blank:]]*[\"'][^\"'\$<{}%*[:blank:]]{6,}[\"']"
plain='(=>|[:=])[[:blank:]]*["'"'"']?(true|false|null|string|integer|boolean|object|number|required|optional|none|nil|yes|no|[0-9.]+|change_?me|example|placeholder|your[_-]?[a-z_-]*|redacted|filtered|/[^"'"'"']*|env[(.:].*|process[.]env.*|os[.]environ.*)["'"'"']?[[:blank:]]*[,;]?[[:blank:]]*$'
printf x | grep -I -q x 2>/dev/null && bin=-I || bin=-i
cnt() { { grep $bin -E -e "$shapes" -e "$pem" -- "$1"; grep $bin -i -E -e "$line" -- "$1" | grep -v -i -E -e "$plain"; } 2>/dev/null | sort -u | grep -c . ; }
)sh";

constexpr char filesText[] = R"sh(one() { unset IFS
[ -f "$1" ] || return 0
s=$(stat -L -c '%a %U:%G %s' -- "$1" 2>/dev/null) || s='- - 0'
set -- "$1" $s
if [ ! -r "$1" ]; then c=-1; elif [ "${4:-0}" -gt 1048576 ]; then c=-1; else c=$(cnt "$1"); fi
printf 'F %s %s %s %s\n' "$2" "$3" "$c" "$1"
}
)sh";

// Only the release's own files: what it links to is not part of it. Names of other people's code are left out.
constexpr char codeText[] = R"sh(scan() (
cd -- "$1/current" 2>/dev/null || cd -- "$1" 2>/dev/null || { printf 'P cannot be entered\n'; exit 0; }
p=$(pwd -P); c=$(stat -c %i . 2>/dev/null); [ -d .git ] && printf 'G\n'
list() { find . -xdev \( -name node_modules -o -name .git -o -name vendor -o -name .venv -o -name venv -o -name site-packages -o -name __pycache__ -o -name test -o -name tests -o -name spec \) -prune -o -type f -size -513k ! -name '*.pyc' ! -name '*.so' ! -name '*.so.*' ! -name '*.png' ! -name '*.jpg' ! -name '*.gz' ! -name '*.zip' ! -name '*.jar' ! -name '*.map' ! -name '*.min.js' ! -name '*.md' "$@" 2>/dev/null; }
printf 'N %s\n' "$(list -print | head -n 20000 | grep -c .)"
list ! -readable -print 2>/dev/null | head -n 5 | sed 's/^/U /'
export bin shapes pem line quoted plain
# The expressions hold braces, which find would take for its own: they go through the environment.
{ list -exec sh -c 'grep $bin -l -E -e "$shapes" -e "$pem" -- "$@" 2>/dev/null; :' sh {} + || printf '//some directories\n'
list \( -name '.env*' -o -name '*.env' -o -name '*.yml' -o -name '*.yaml' -o -name '*.ini' -o -name '*.conf' -o -name '*.cfg' -o -name '*.properties' -o -name '*.toml' -o -name '*.json' \) ! -name '*.example' ! -name '*.sample' ! -name '*.dist' ! -name '*.template' ! -name 'package-lock.json' -exec sh -c 'grep $bin -l -i -E -e "$line" -- "$@" 2>/dev/null; :' sh {} + | while IFS= read -r f; do grep $bin -i -E -e "$line" -- "$f" | grep -q -v -i -E -e "$plain" && printf '%s\n' "$f"; done
list \( -name '*.py' -o -name '*.rb' -o -name '*.php' -o -name '*.js' -o -name '*.ts' -o -name '*.go' -o -name '*.java' -o -name '*.sh' \) -exec sh -c 'grep $bin -l -i -E -e "$quoted" -- "$@" 2>/dev/null; :' sh {} + | while IFS= read -r f; do grep $bin -i -E -e "$quoted" -- "$f" | grep -q -v -i -E -e "$plain" && printf '%s\n' "$f"; done
} 2>/dev/null | sort -u | head -n 200 | sed 's:^//:U :;t
s/^/S /'
for f in .env .env.production .env.staging .env.local config/database.yml config/secrets.yml config/master.key config/application.yml config/settings.local.yml config/local.yml config/credentials.json settings_local.py local_settings.py appsettings.Production.json application-production.yml application-production.properties wp-config.php config/parameters.yml; do
[ -f "$f" ] || continue
if [ -h "$f" ]; then printf 'K %s\n' "$f"; continue; fi
d=$(cd -- "$(dirname -- "$f")" 2>/dev/null && pwd -P); case $d/ in "$p"/*) printf 'I %s\n' "$f";; *) printf 'K %s\n' "$f";; esac
done
find . -maxdepth 3 -type l 2>/dev/null | head -n 40 | while IFS= read -r f; do [ -f "$f" ] && printf 'K %s\n' "${f#./}"; done
)
links() ( cd -- "$1/current" 2>/dev/null || exit 0; find . -maxdepth 3 -type l 2>/dev/null | head -n 40 | while IFS= read -r f; do case $f in *.log|*.pid|*.sock) continue;; esac; [ -f "$f" ] && { t=$(readlink -f -- "$f"); case $t in */shared/*|/etc/*) one "$t";; esac; }; done )
)sh";

constexpr char logsText[]
    = R"sh(leak='(AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_-]{20}|xox[abprs]-[0-9A-Za-z-]{10}|[sr]k_live_[0-9A-Za-z]{16}|-----BEGIN [A-Z0-9 ]*PRIVATE KEY|[a-z][a-z0-9+.-]*://[^][:blank:]/:@[]*:[^][:blank:]/@{}$<>*[]{3,}@|[Aa]uthorization["'"'"']?[:=][[:blank:]]*["'"'"']?(Bearer|Basic|Token)[[:blank:]]+[A-Za-z0-9._~+/=-]{12}|eyJ[A-Za-z0-9_-]{10,}[.]eyJ[A-Za-z0-9_-]{10}'
field='(^|[?&[:blank:]"'"'"'{,:])([a-z0-9]+[_-])*(password|passwd|secret|token|api_?key|access_?key)["'"'"']?[[:blank:]]*(=>?|:[[:blank:]]*["'"'"'])[[:blank:]]*["'"'"']?[^][:blank:]"'"'"'*&<{},[]{6}'
tell() { t=$(cat); n=$(printf '%s\n' "$t" | grep -c .); h=$(printf '%s\n' "$t" | { grep -E -e "$leak"; :; } | grep -c .)
k=$(printf '%s\n' "$t" | grep -v -E -e "$leak" | grep -i -E -e "$field" | grep -c -v -i -E 'filtered|redacted|xxxxx|masked|hidden')
printf 'L %s %s %s\n' "$n" "$((h+k))" "$1"; }
file() { [ -f "$1" ] || return 0
if [ -r "$1" ]; then tail -n 1000 -- "$1" 2>/dev/null | tail -c 300000 | tr -d '\0' | tell "$1"; else printf 'X %s no right to read it\n' "$1"; fi; }
unit() { command -v journalctl >/dev/null 2>&1 || { printf 'X %s no journal\n' "$1"; return 0; }
o=$(journalctl -q --no-pager -u "$1" -n 1000 -o cat 2>&1 | tail -c 300000 | tr -d '\0')
case $o in *'insufficient permissions'*|*'not seeing messages'*) printf 'X %s no right to read the journal\n' "$1";; *) printf '%s\n' "$o" | tell "unit $1";; esac; }
)sh";

// Each nginx of this host, by the arguments in its master's title; those of containers read other files than ours.
// What is printed are named directives only, each with the blocks that it stands in.
constexpr char nginxHead[] = R"sh(ours=$(readlink /proc/self/ns/mnt 2>/dev/null)
pids=$(grep -l -x nginx /proc/[0-9]*/comm 2>/dev/null | sed 's:/proc/::;s:/comm::')
tok='function q(s){gsub(/[\t\r\n]/," ",s);return s}
function push(){if(has){w[++n]=tok};tok="";has=0;v=0}
function stmt(  d,s,i){if(n){d=w[1];s="";
if(d=="include"){print "I\t" q(w[2])}
else if(d=="return"||d=="rewrite"){s=(d=="return")?w[2]:"rewrite";i=(d=="return"&&n>2)?w[3]:w[3];if(d=="return"&&n==2&&w[2]~/^http/){s="302";i=w[2]};print "S\t" d "\t" q(s) "\t" (i~/^https:/?"https":"other")}
else if(d=="add_header"){print "S\t" d "\t" q(tolower(w[2]))}
else if(d~/^(listen|server_name|limit_req|limit_conn|limit_req_zone|limit_conn_zone|ssl|ssl_protocols|server_tokens|stub_status|health_check|server|root|proxy_pass|fastcgi_pass|uwsgi_pass|try_files)$/){for(i=2;i<=n;i++)s=s "\t" q(w[i]);if(d=="proxy_pass"||d=="root"||d=="try_files")s="";print "S\t" d s}}
n=0}
{L=length($0);for(i=1;i<=L;i++){c=substr($0,i,1)
if(Q!=""){if(c=="\\"){tok=tok substr($0,i,2);i++;continue};if(c==Q){Q="";continue};tok=tok c;continue}
if(c=="#"&&!has)break
if((c=="\""||c=="\047")&&!has){Q=c;has=1;continue}
if(c==" "||c=="\t"||c=="\r"){push();continue}
if(c==";"){push();stmt();continue}
if(c=="{"){if(has&&substr(tok,length(tok))=="$"){tok=tok c;v=1;continue};push();s="";for(k=1;k<=n;k++)s=s "\t" q(w[k]);print "B" s;n=0;continue}
if(c=="}"){if(v){tok=tok c;v=0;continue};push();n=0;print "E";continue}
tok=tok c;has=1}
if(Q!="")tok=tok " ";else push()}'
walk() (
[ "$2" -lt 9 ] || exit 0
[ -f "$1" ] && [ -r "$1" ] || { printf 'X\t%s\n' "$1"; exit 0; }
awk "$tok" "$1" 2>/dev/null | while IFS= read -r l; do
case $l in "I	"*) g=${l#I	}; case $g in /*) ;; *) g=$dir/$g;; esac
IFS=; for f in $g; do [ -e "$f" ] && walk "$f" $(($2+1)); done; unset IFS;;
*) printf '%s\n' "$l";; esac
done )
seen=
for p in $pids; do
t=$(tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null)
case $t in 'nginx: master'*|*/nginx\ *|nginx\ -*) ;; *) continue;; esac
case $t in 'nginx: worker'*|'nginx: cache'*) continue;; esac
ns=$(readlink "/proc/$p/ns/mnt" 2>/dev/null)
[ -z "$ns" ] || [ "$ns" = "$ours" ] || { printf 'O\n'; continue; }
grep -q -E 'docker|containerd|kubepods|libpod|/lxc' "/proc/$p/cgroup" 2>/dev/null && [ -z "$ns" ] && { printf 'O\n'; continue; }
set -f; set -- $t; set +f; conf=; prefix=; prog=
while [ $# -gt 0 ]; do case $1 in -c) conf=$2; shift;; -p) prefix=$2; shift;; */nginx|nginx) prog=$1;; esac; [ $# -gt 0 ] && shift; done
if [ -z "$conf" ]; then V=$("${prog:-nginx}" -V 2>&1 || /usr/sbin/nginx -V 2>&1); conf=$(printf '%s\n' "$V" | sed -n 's/.*--conf-path=\([^ ]*\).*/\1/p'); fi
conf=${conf:-/etc/nginx/nginx.conf}
case $conf in /*) ;; *) conf=${prefix:-/etc/nginx}/$conf;; esac
case $seen in *" $conf "*) continue;; esac; seen="$seen $conf "
dir=$(dirname -- "$conf")
printf 'N\t%s\n' "$conf"; walk "$conf" 0; printf 'Z\n'
done
:
)sh";

constexpr char haproxyText[] = R"sh(pids=$(grep -l -x haproxy /proc/[0-9]*/comm 2>/dev/null | head -n 1)
[ -n "$pids" ] || { printf 'none\n'; exit 0; }
f=/etc/haproxy/haproxy.cfg
t=$(tr '\0' ' ' <"${pids%/comm}/cmdline" 2>/dev/null); set -f; set -- $t; set +f
while [ $# -gt 0 ]; do [ "$1" = -f ] && [ -f "$2" ] && f=$2; shift; done
[ -r "$f" ] || { printf 'X %s\n' "$f"; exit 0; }
printf 'N %s\n' "$f"
awk '{sub(/#.*/,"")} $1~/^(global|defaults|frontend|backend|listen|peers|resolvers|userlist)$/{print "B",$1,$2} $1=="server"||$1=="default-server"||$1=="server-template"{c="";for(i=2;i<=NF;i++)if($i=="check"||$i=="no-check"||$i=="disabled"||$i=="track"||$i=="agent-check")c=c " " $i;print "S",$1 c}' "$f"
)sh";

constexpr char containersText[] = R"sh(found=
for d in docker podman; do
command -v "$d" >/dev/null 2>&1 || continue
found=yes
l=$("$d" ps -q --no-trunc 2>&1) || { [ "$d" = docker ] && [ -z "$DOCKER_HOST" ] && [ ! -S /var/run/docker.sock ] && ! grep -q -x dockerd /proc/[0-9]*/comm 2>/dev/null && continue; printf 'X %s %s\n' "$d" "$(printf '%s\n' "$l" | head -n 1)"; continue; }
printf 'D %s\n' "$d"
[ -n "$l" ] && printf '%s\n' "$l" | head -n 300 | xargs "$d" inspect --format 'C {{.Name}} {{.Config.Image}}' 2>/dev/null
done
[ -n "$found" ] || printf 'none\n'
)sh";

constexpr char listenText[]
    = R"sh(if command -v ss >/dev/null 2>&1; then ss -H -ltn; elif command -v netstat >/dev/null 2>&1; then netstat -ltn; else exit 127; fi
)sh";

QByteArray calls(const char *function, const QStringList &values, bool isGlob)
{
    QByteArray text;
    for (const QString &value : values) {
        if (isGlob)
            text += "g=" + shellQuoted(value) + "; IFS=; for f in $g; do " + function + " \"$f\"; done; unset IFS\n";
        else
            text += QByteArray(function) + ' ' + shellQuoted(value) + '\n';
    }
    return text;
}

QStringList optionList(const SourceEntry &entry, const char *key)
{
    return entry.options.value(QString::fromLatin1(key)).toStringList();
}

} // namespace

std::vector<PosturePart> postureParts(const SourceEntry &entry)
{
    const QStringList apps = optionList(entry, "apps");
    QByteArray code = shapesText + QByteArray(codeText);
    QByteArray logs = logsText;
    QByteArray linked;
    for (const QString &app : apps) {
        code += "printf 'A %s\\n' " + shellQuoted(app) + "; scan " + shellQuoted(app) + '\n';
        linked += "links " + shellQuoted(app) + '\n';
        logs += "a=" + shellQuoted(app)
            + "; for f in \"$a\"/shared/log/*.log \"$a\"/current/log/*.log; do file \"$f\"; done\n";
    }
    logs += calls("file", optionList(entry, "logs"), true) + calls("unit", optionList(entry, "units"), false) + ":\n";
    const QByteArray files = shapesText + QByteArray(filesText) + codeText
        + calls("one", optionList(entry, "files"), true) + linked + ":\n";
    return {
        // Not longer than what runs in the foreground: a part in the background has lost its ancestors.
        {"sshd", {sshdText, 3s, 64 * 1024}},       {"updates", {updatesText, 8s, 16 * 1024}},
        {"files", {files, 20s, 128 * 1024}},       {"code", {code + ":\n", 40s, 128 * 1024}},
        {"logs", {logs, 20s, 64 * 1024}},          {"nginx", {nginxHead, 15s, 256 * 1024}},
        {"haproxy", {haproxyText, 5s, 64 * 1024}}, {"containers", {containersText, 10s, 128 * 1024}},
        {"listen", {listenText, 3s, 128 * 1024}},
    };
}

} // namespace taffrail::sources
