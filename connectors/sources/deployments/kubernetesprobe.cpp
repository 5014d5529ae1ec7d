// SPDX-License-Identifier: GPL-3.0-or-later
#include "kubernetesprobe.h"

#include "told.h"

#include <QRegularExpression>

namespace taffrail::sources::kubernetes {

namespace {

// A selector of labels alone may find more than the workload's own; the owner's id decides.
constexpr char body[] = R"sh(tf_probe() {
command -v "${P%% *}" >/dev/null 2>&1 || { echo NOTOOL; return; }
tf_part workload K get "$W" -o json
[ "$tf_code" = 0 ] || { echo; echo DONE; return; }
s=$(K get "$W" -o go-template='{{range $k,$v := .spec.selector.matchLabels}}{{$k}}={{$v}},{{end}}' 2>/dev/null </dev/null); s=${s%,}
if [ -n "$s" ]; then tf_part revisions K get "$R" -l "$s" -o json; else tf_part revisions K get "$R" -o json; fi
printf '\nDONE\n'
}
tf_probe
)sh";

QString optionOf(const SourceEntry &entry, const char *name)
{
    return entry.options.value(QLatin1String(name)).toString();
}

QString kindOf(const QString &word)
{
    const QString plain = word.section(QLatin1Char('.'), 0, 0).toLower();
    if (plain == QLatin1String("deployment") || plain == QLatin1String("deployments")
        || plain == QLatin1String("deploy"))
        return QStringLiteral("deployment");
    if (plain == QLatin1String("statefulset") || plain == QLatin1String("statefulsets")
        || plain == QLatin1String("sts"))
        return QStringLiteral("statefulset");
    if (plain == QLatin1String("daemonset") || plain == QLatin1String("daemonsets") || plain == QLatin1String("ds"))
        return QStringLiteral("daemonset");
    return {};
}

bool isName(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\\z"));
    return shape.match(text).hasMatch();
}

} // namespace

Result<Settings> settingsOf(const SourceEntry &entry, bool isAsked)
{
    const auto wrong = [&](const QString &text) {
        return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id, text);
    };
    Settings settings;
    const QString workload = optionOf(entry, "workload");
    const qsizetype slash = workload.indexOf(QLatin1Char('/'));
    settings.kind = slash < 0 ? QString() : kindOf(workload.left(slash));
    settings.name = workload.mid(slash + 1);
    if (slash >= 0 && settings.kind.isEmpty())
        return wrong(QStringLiteral("\"workload\" is no deployment, statefulset or daemonset"));
    if (!workload.isEmpty() && !isName(settings.name))
        return wrong(QStringLiteral("\"workload\" does not end with a name of Kubernetes"));
    if (isAsked && settings.name.isEmpty())
        return wrong(QStringLiteral("\"workload\" is missing"));
    if (isAsked && settings.kind.isEmpty())
        settings.kind = QStringLiteral("deployment");
    settings.space = optionOf(entry, "namespace");
    if (!settings.space.isEmpty() && !isName(settings.space))
        return wrong(QStringLiteral("\"namespace\" is no name of Kubernetes"));
    settings.context = optionOf(entry, "context");
    settings.kubeconfig = optionOf(entry, "kubeconfig");
    settings.program = optionOf(entry, "program");
    if (settings.program.isEmpty())
        settings.program = QStringLiteral("kubectl");
    if (!isPlainWord(settings.program))
        return wrong(QStringLiteral("\"program\" is not one plain word"));
    settings.sudo = entry.options.value(QStringLiteral("sudo")).toBool();
    return settings;
}

QByteArray kubectl(const Settings &settings, int seconds)
{
    QByteArray words = (settings.sudo ? "sudo -n -- " : "command ") + shellQuoted(settings.program);
    const auto add = [&](const char *flag, const QString &value) {
        if (!value.isEmpty())
            words += ' ' + shellQuoted(QLatin1String(flag) + value);
    };
    add("--kubeconfig=", settings.kubeconfig);
    add("--context=", settings.context);
    add("--namespace=", settings.space);
    return "K() { " + words + " --request-timeout=" + QByteArray::number(seconds) + "s \"$@\"; }\n";
}

QByteArray probeScript(const Settings &settings)
{
    return partFunction() + kubectl(settings, 6) + "P=" + shellQuoted(settings.program)
        + "\nW=" + shellQuoted(settings.workload())
        + "\nR=" + (settings.kind == QLatin1String("deployment") ? "replicasets" : "controllerrevisions") + '\n' + body;
}

QString tagOf(const QString &image)
{
    const QString name = image.section(QLatin1Char('@'), 0, 0);
    const qsizetype colon = name.lastIndexOf(QLatin1Char(':'));
    return colon > name.lastIndexOf(QLatin1Char('/')) && colon >= 0 ? name.mid(colon + 1) : QString();
}

Rollout rolloutOf(const Workload &workload)
{
    if (workload.generation < 0 || workload.replicas < 0)
        return Rollout::Unknown;
    if (workload.observed < workload.generation)
        return Rollout::Running;
    if (workload.progress == QLatin1String("False"))
        return Rollout::Failed;
    const bool isDone = workload.updated == workload.replicas && workload.available >= workload.replicas
        && workload.present == workload.updated;
    return isDone ? Rollout::Done : Rollout::Running;
}

QString rolloutWords(const Workload &workload)
{
    const QString pods = QStringLiteral("%1 of %2 pods are new, %3 available")
                             .arg(workload.updated)
                             .arg(workload.replicas)
                             .arg(workload.available);
    QString why = workload.failure;
    if (why.isEmpty() && workload.progress == QLatin1String("False"))
        why = workload.progressWords.isEmpty() ? workload.progressReason : workload.progressWords;
    switch (rolloutOf(workload)) {
    case Rollout::Done: return workload.replicas == 0 ? QStringLiteral("it is scaled to 0: nothing runs") : QString();
    case Rollout::Failed:
        return QStringLiteral("its rollout failed: %1%2")
            .arg(pods, why.isEmpty() ? QString() : QStringLiteral(": ") + why);
    case Rollout::Running:
        return workload.observed < workload.generation
            ? QStringLiteral("the controller has not seen the newest change yet")
            : QStringLiteral("its rollout is under way: %1%2")
                  .arg(pods, why.isEmpty() ? QString() : QStringLiteral(": ") + why);
    case Rollout::Unknown: break;
    }
    return QStringLiteral("how far it is rolled out is not known");
}

} // namespace taffrail::sources::kubernetes
