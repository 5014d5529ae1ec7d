// SPDX-License-Identifier: GPL-3.0-or-later
#include "stepscript.h"

#include "executor.h"
#include "source.h"
#include "text.h"

namespace taffrail::executors {

namespace {

// The exit trap reports the step that ended the job, whatever way it ended.
constexpr char frame[] = R"sh(umask 022
export LC_ALL=C
tf_number=0
tf_report() { printf '%s\n' "$*" >>"$TF_STEPS"; } 2>/dev/null
tf_begin() { tf_number=$1; tf_report begin "$1" "$(date +%s)"; printf '== %s\n' "$2"; }
tf_end() { tf_report end "$tf_number" "$(date +%s)" "$1"; tf_number=0; }
tf_fail() { printf '%s\n' "$2"; exit "$1"; }
trap 'tf_code=$?; [ "$tf_number" = 0 ] || tf_end "$tf_code"; exit "$tf_code"' EXIT
tf_child=
trap 'tf_code=; [ -z "$tf_child" ] || { kill "$tf_child" 2>/dev/null; wait "$tf_child"; tf_code=$?; }; [ "$tf_code" = 137 ] && exit 137; exit 143' TERM
tf_within() { timeout -k 5 "$@" </dev/null & tf_child=$!; wait "$tf_child"; tf_code=$?; tf_child=; }
)sh";

// "sudo -l COMMAND" also says yes to what needs a password, when anything else needs none. So the rules are read: of
// those that match the last one counts. What they do not tell is taken for a yes.
constexpr char mayText[] = R"sh(tf_may_sudo() {
tf_want=$(sudo -n -l -- "$@" 2>/dev/null </dev/null) || return 1
tf_all=$(sudo -n -l 2>/dev/null </dev/null)
case $tf_all in *'!authenticate'*) return 0 ;; esac
tf_said=$(printf '%s\n' "$tf_all" | while read -r tf_line; do
case $tf_line in '(root'*|'(ALL'*) ;; *) continue ;; esac
tf_rest="${tf_line#*) }, "; tf_free=no
while [ -n "$tf_rest" ]; do tf_item=${tf_rest%%, *}; tf_rest=${tf_rest#*, }
while :; do
case $tf_item in NOPASSWD:*) tf_free=yes ;; PASSWD:*) tf_free=no ;; [A-Z]*': '*) ;; *) break ;; esac
tf_item=${tf_item#*: }
done
[ "$tf_item" != ALL ] || tf_item='*'
case $tf_want in $tf_item|$tf_item' '*) echo "$tf_free" ;; esac
done
done | tail -n 1)
[ "$tf_said" != no ] || sudo -n -v 2>/dev/null </dev/null
}
)sh";

} // namespace

void StepScript::step(const QString &title, const QByteArray &shell, const QString &shown)
{
    const QString line = sanitizedLine(title.toUtf8(), 300);
    m_steps.push_back({line, shown.isEmpty() ? QString::fromUtf8(shell).trimmed() : shown});
    m_body += "tf_begin " + QByteArray::number(qsizetype(m_steps.size())) + ' ' + sources::shellQuoted(line) + "\n{\n"
        + shell.trimmed() + "\n} || exit $?\ntf_end 0\n";
}

QByteArray StepScript::text() const
{
    return frame + m_prelude + m_body;
}

QByteArray sudoPrefix(const RollbackPolicy &policy)
{
    return policy.sudo ? QByteArrayLiteral("sudo -n -- ") : QByteArray();
}

QByteArray restartOf(const QString &unit)
{
    // Without "--" where it is not needed: sudoers allows a command word by word.
    return (unit.startsWith(QLatin1Char('-')) ? "systemctl restart -- " : "systemctl restart ")
        + sources::shellQuoted(unit);
}

QByteArray maySudo()
{
    return mayText;
}

void addRestart(StepScript &script, const RollbackPolicy &policy, const QString &folder)
{
    if (policy.restart.isEmpty())
        return;
    const QByteArray limit = QByteArray::number(qint64(policy.restartLimit.count()));
    const QByteArray late = "case $tf_code in 124|137) tf_fail " + QByteArray::number(stepexit::restartFailed)
        + " 'the restart did not end within " + limit + " s' ;; esac\n";
    const QByteArray failed = "[ \"$tf_code\" = 0 ] || tf_fail " + QByteArray::number(stepexit::restartFailed)
        + " \"the restart failed with exit code $tf_code\"\n";
    if (policy.restart.startsWith(QLatin1String("unit:"))) {
        const QByteArray unit = sources::shellQuoted(policy.restart.mid(5));
        const QByteArray restart = sudoPrefix(policy) + restartOf(policy.restart.mid(5));
        // Before the first step: a release that cannot be restarted is better not switched.
        if (policy.sudo)
            script.prelude(maySudo() + "tf_may_sudo " + restartOf(policy.restart.mid(5)) + " || tf_fail "
                           + QByteArray::number(stepexit::sudoAsks) + " 'sudo would ask for a password'\n");
        // systemctl says yes to a service that dies at once; so it is asked again.
        script.step(QStringLiteral("restart %1").arg(policy.restart.mid(5)),
                    "tf_within " + limit + ' ' + restart + '\n' + late + failed
                        + "sleep 1\nsystemctl is-active --quiet -- " + unit + " || tf_fail "
                        + QByteArray::number(stepexit::restartFailed) + " \"the unit is $(systemctl is-active -- "
                        + unit + ") after its restart\"\n",
                    QString::fromUtf8(restart + " && systemctl is-active -- " + unit));
        return;
    }
    const QByteArray command = sources::shellQuoted(policy.restart);
    script.step(QStringLiteral("restart"),
                "tf_within " + limit + " sh -c 'cd -- \"$1\" && exec sh -c \"$2\"' sh " + sources::shellQuoted(folder)
                    + ' ' + command + '\n' + late + failed,
                policy.restart);
}

std::vector<StepReport> stepReports(const QStringList &lines)
{
    std::vector<StepReport> reports;
    for (const QString &line : lines) {
        const QStringList words = line.split(QLatin1Char(' '), Qt::SkipEmptyParts);
        const bool begins = words.value(0) == QLatin1String("begin") && words.size() == 3;
        const bool ends = words.value(0) == QLatin1String("end") && words.size() == 4;
        bool hasNumber = false, hasTime = false;
        const StepReport report{words.value(1).toInt(&hasNumber), ends, words.value(2).toLongLong(&hasTime),
                                ends ? words.value(3).toInt() : -1};
        if ((begins || ends) && hasNumber && hasTime)
            reports.push_back(report);
    }
    return reports;
}

} // namespace taffrail::executors
