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
trap 'exit 143' TERM
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
        const QByteArray restart = sudoPrefix(policy) + "systemctl restart -- " + unit;
        // systemctl says yes to a service that dies at once; so it is asked again.
        script.step(QStringLiteral("restart %1").arg(policy.restart.mid(5)),
                    "timeout -k 5 " + limit + ' ' + restart + " </dev/null; tf_code=$?\n" + late + failed
                        + "sleep 1\nsystemctl is-active --quiet -- " + unit + " || tf_fail "
                        + QByteArray::number(stepexit::restartFailed) + " \"the unit is $(systemctl is-active -- "
                        + unit + ") after its restart\"\n",
                    QString::fromUtf8(restart + " && systemctl is-active -- " + unit));
        return;
    }
    const QByteArray command = sources::shellQuoted(policy.restart);
    script.step(QStringLiteral("restart"),
                "(cd -- " + sources::shellQuoted(folder) + " && exec timeout -k 5 " + limit + " sh -c " + command
                    + " </dev/null); tf_code=$?\n" + late + failed,
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
