// SPDX-License-Identifier: GPL-3.0-or-later
#include "restartlook.h"

#include "stepscript.h"

namespace taffrail::executors {

namespace {

constexpr char tag[] = "RESTART\t";

QString unitOf(const RollbackPolicy &policy)
{
    return policy.restart.startsWith(QLatin1String("unit:")) ? policy.restart.mid(5) : QString();
}

} // namespace

QByteArray restartLook(const RollbackPolicy &policy)
{
    const QString unit = unitOf(policy);
    if (unit.isEmpty())
        return {};
    QByteArray text = QByteArray("printf '") + tag + "%s\\n' \"$(systemctl show -p LoadState --value -- "
        + sources::shellQuoted(unit) + " 2>/dev/null)\"\n";
    if (policy.sudo)
        text += maySudo() + "tf_may_sudo " + restartOf(unit) + " || printf '" + tag + "asks\\n'\n";
    return text;
}

Result<QStringList> restartWarnings(const HostSwitch &part, const QByteArrayList &lines)
{
    const QString unit = unitOf(part.policy);
    QStringList warnings;
    for (const QByteArray &line : lines) {
        if (!line.startsWith(tag))
            continue;
        const QByteArray word = line.mid(qsizetype(sizeof tag) - 1).trimmed();
        if (word == "asks")
            return failure(ErrorKind::Denied, QStringLiteral("plan"), part.host,
                           QStringLiteral("sudo would ask for a password to restart %1").arg(unit),
                           QStringLiteral("Allow it in sudoers: NOPASSWD: /usr/bin/systemctl restart %1").arg(unit));
        if (word != "loaded")
            warnings << QStringLiteral("%1 does not know the unit %2").arg(part.host, unit);
    }
    return warnings;
}

} // namespace taffrail::executors
