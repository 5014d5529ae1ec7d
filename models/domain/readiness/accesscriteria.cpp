// SPDX-License-Identifier: GPL-3.0-or-later
// Who gets in: SSH, updates, roles and rules of the databases.
#include "readinesssupport.h"

#include "rulesupport.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::readiness {

namespace {

using rules::counted;

/// The inventory itself names each host's key. known_hosts of one computer protects that computer alone.
ReadinessResult hostKeysPinned(const ReadinessFacts &all)
{
    Judgement judgement;
    for (const HostSpec &host : all.facts.environment.hosts) {
        if (host.local)
            continue;
        const Link *link = all.facts.snapshot.link(host.id, false);
        if (link && link->error
            && (link->error->kind == ErrorKind::HostKeyChanged || link->error->kind == ErrorKind::HostKeyRevoked))
            judgement.fail(QStringLiteral("%1: %2").arg(host.id, link->error->text));
        else if (host.ssh.hostKey.isEmpty())
            judgement.fail(
                QStringLiteral("%1: no key in the inventory; only this computer's known_hosts tells who it is")
                    .arg(host.id));
        else
            judgement.pass(QStringLiteral("%1: %2").arg(host.id, host.ssh.hostKey));
    }
    judgement.fix(QStringLiteral("\"host_key\": \"SHA256:…\" in the host's ssh, as `ssh-keygen -lf "
                                 "/etc/ssh/ssh_host_ed25519_key.pub` prints it on the host"));
    return judgement.isEmpty() ? notApplicable(QStringLiteral("no host is reached over SSH"))
                               : judgement.result(ReadinessVerdict::Unknown);
}

bool isYes(const QString &value)
{
    return value == QLatin1String("yes");
}

void judgeSshd(Judgement &judgement, const HostPosture &posture)
{
    const auto value = [&](const char *key) { return posture.value(QStringLiteral("sshd.") + QLatin1String(key)); };
    if (value("present") == QLatin1String("false")) {
        judgement.note(QStringLiteral("%1: no sshd").arg(posture.host));
        return;
    }
    QStringList open;
    if (isYes(value("passwordauthentication")))
        open << QStringLiteral("PasswordAuthentication yes");
    // Keyboard-interactive asks PAM for the password; without PAM it has nobody to ask.
    if (isYes(value("kbdinteractiveauthentication")) && isYes(value("usepam")))
        open << QStringLiteral("KbdInteractiveAuthentication yes");
    if (isYes(value("permitemptypasswords")) && isYes(value("passwordauthentication")))
        open << QStringLiteral("PermitEmptyPasswords yes");
    for (const ConfigEntry *entry : posture.below(QStringLiteral("sshd_match")))
        open << entry->value;
    const QString source = value("source");
    if (!open.isEmpty())
        judgement.fail(QStringLiteral("%1: %2 (%3)").arg(posture.host, open.join(QStringLiteral(", ")), source));
    else if (value("passwordauthentication").isEmpty() || value("kbdinteractiveauthentication").isEmpty())
        judgement.unknown(QStringLiteral("%1: sshd's settings could not be read").arg(posture.host));
    else
        judgement.pass(QStringLiteral("%1: keys only (%2)").arg(posture.host, source));
}

/// sshd takes no password, neither by default nor for anybody by a Match block.
ReadinessResult noPasswordLogin(const ReadinessFacts &facts)
{
    Judgement judgement;
    forEachHost(facts.facts, judgement, "sshd", [&](const HostPosture &posture) { judgeSshd(judgement, posture); });
    judgement.fix(judgement.has(ReadinessVerdict::Fail)
                      ? QStringLiteral("PasswordAuthentication no and KbdInteractiveAuthentication no in "
                                       "/etc/ssh/sshd_config.d/, before what says otherwise; then reload sshd")
                      : QStringLiteral("Let Taffrail's user read /etc/ssh/sshd_config and what it includes"));
    return judgement.result(ReadinessVerdict::NotApplicable);
}

/// root signs in with a key at most.
ReadinessResult noRootPassword(const ReadinessFacts &facts)
{
    Judgement judgement;
    forEachHost(facts.facts, judgement, "sshd", [&](const HostPosture &posture) {
        if (posture.value(QStringLiteral("sshd.present")) == QLatin1String("false"))
            return;
        const QString value = posture.value(QStringLiteral("sshd.permitrootlogin"));
        const QString line = QStringLiteral("%1: PermitRootLogin %2").arg(posture.host, value);
        if (value.isEmpty())
            judgement.unknown(QStringLiteral("%1: sshd's settings could not be read").arg(posture.host));
        else if (value == QLatin1String("yes"))
            judgement.fail(line);
        else
            judgement.pass(line);
    });
    judgement.fix(
        QStringLiteral("PermitRootLogin no (or prohibit-password) in sshd_config; sign in as a person and use sudo"));
    return judgement.result(ReadinessVerdict::NotApplicable);
}

/// The distribution's own tool installs security updates by itself.
ReadinessResult unattendedUpdates(const ReadinessFacts &facts)
{
    Judgement judgement;
    forEachHost(facts.facts, judgement, "updates", [&](const HostPosture &posture) {
        const QString tool = posture.value(QStringLiteral("updates.tool"));
        const ConfigEntry *enabled = posture.entry(QStringLiteral("updates.enabled"));
        if (tool.isEmpty() || !enabled)
            judgement.unknown(QStringLiteral("%1: how it gets updates is not known here").arg(posture.host));
        else if (enabled->value == QLatin1String("true"))
            judgement.pass(QStringLiteral("%1: %2 is on").arg(posture.host, tool));
        else
            judgement.fail(QStringLiteral("%1: %2").arg(posture.host, enabled->note));
    });
    judgement.fix(
        QStringLiteral("apt-get install unattended-upgrades && dpkg-reconfigure -plow unattended-upgrades (Debian, "
                       "Ubuntu); dnf-automatic with apply_updates = yes (RHEL, Fedora)"));
    return judgement.result(ReadinessVerdict::Unknown);
}

/// The only superuser that can sign in is the one that the cluster was made with, and nobody works as it.
ReadinessResult rolesWithoutSuperuser(const ReadinessFacts &facts)
{
    const QString fix
        = QStringLiteral("ALTER ROLE … NOSUPERUSER NOBYPASSRLS; give the role what it needs by GRANT, and let the "
                         "app sign in as a role of its own");
    return forDatabases(facts, "roles", fix, [](Judgement &judgement, const DatabasePosture &posture) {
        const QString app = posture.value(QStringLiteral("roles.app"));
        const auto powerful = posture.below(QStringLiteral("roles.powerful"));
        for (const ConfigEntry *entry : powerful)
            judgement.fail(QStringLiteral("%1: role %2 can sign in and is %3")
                               .arg(posture.host, keySegments(entry->key).value(2), entry->value));
        if (const ConfigEntry *used = posture.entry(QStringLiteral("roles.bootstrap_sessions"));
            used && used->value.toInt() > 0)
            judgement.fail(QStringLiteral("%1: %2 of the superuser %3 at this look: %4")
                               .arg(posture.host, counted(used->value.toInt(), "session"),
                                    posture.value(QStringLiteral("roles.bootstrap")), used->note));
        if (powerful.empty() && app.isEmpty())
            judgement.pass(QStringLiteral("%1: no other superuser can sign in").arg(posture.host));
        else if (powerful.empty())
            judgement.pass(QStringLiteral("%1: no other superuser can sign in; the database belongs to %2")
                               .arg(posture.host, app));
    });
}

/// pg_hba.conf lets nobody in from another machine without a proof.
ReadinessResult hbaWithoutTrust(const ReadinessFacts &facts)
{
    const QString fix
        = QStringLiteral("scram-sha-256 in place of trust, password and ident, then SELECT pg_reload_conf()");
    ReadinessResult result = forDatabases(facts, "hba", fix, [](Judgement &judgement, const DatabasePosture &posture) {
        bool isBad = false;
        for (const ConfigEntry *entry : posture.below(QStringLiteral("hba.weak"))) {
            isBad = true;
            judgement.fail(QStringLiteral("%1: %2").arg(posture.host, entry->value));
        }
        for (const ConfigEntry *entry : posture.below(QStringLiteral("hba.noted")))
            judgement.note(QStringLiteral("%1: %2").arg(posture.host, entry->value));
        if (!isBad)
            judgement.pass(
                QStringLiteral("%1: no line of pg_hba.conf lets others in without a proof").arg(posture.host));
    });
    if (result.verdict == ReadinessVerdict::Unknown)
        result.fix = QStringLiteral(
            "GRANT SELECT ON pg_hba_file_rules TO the role that Taffrail signs in as; GRANT EXECUTE ON "
            "FUNCTION pg_hba_file_rules() TO it");
    return result;
}

/// What travels between machines is encrypted, and our own way there proves whom it reaches.
void judgeEncryption(Judgement &judgement, const EnvironmentSpec &environment, const DatabasePosture &posture)
{
    const bool isOn = posture.value(QStringLiteral("tls.on")) == QLatin1String("on");
    const bool isLocal = posture.value(QStringLiteral("tls.loopback_only")) == QLatin1String("true");
    const int plain = posture.value(QStringLiteral("tls.plain_sessions")).toInt();
    if (isLocal && plain == 0) {
        judgement.pass(QStringLiteral("%1: listens on this machine alone (ssl %2)")
                           .arg(posture.host, posture.value(QStringLiteral("tls.on"))));
        return;
    }
    if (!isOn)
        judgement.fail(QStringLiteral("%1: ssl is off, and it listens for other machines").arg(posture.host));
    if (plain > 0)
        judgement.fail(QStringLiteral("%1: %2 from other machines not encrypted at this look")
                           .arg(posture.host, counted(plain, "session")));
    const DatabaseSpec *spec = environment.database(posture.host);
    static const QRegularExpression mode(QStringLiteral("\\bsslmode\\s*=\\s*'?([a-z-]+)"));
    const QString ours = spec ? mode.match(spec->dsn).captured(1) : QString();
    const bool isProven = ours == QLatin1String("verify-full") || ours == QLatin1String("verify-ca");
    if (isOn && !isProven && spec && spec->via.isEmpty())
        judgement.fail(
            QStringLiteral("%1: the inventory's own connection has sslmode=%2, which proves nothing of the server")
                .arg(posture.host, ours.isEmpty() ? QStringLiteral("prefer (default)") : ours));
    if (isOn && plain == 0)
        judgement.pass(QStringLiteral("%1: ssl is on, no plain session from other machines at this look%2")
                           .arg(posture.host, ours.isEmpty() ? QString() : QStringLiteral(", sslmode=%1").arg(ours)));
}

ReadinessResult encryptedConnections(const ReadinessFacts &facts)
{
    const QString fix
        = QStringLiteral("ssl = on with a certificate, hostssl in pg_hba.conf, sslmode=verify-full in every "
                         "connection string");
    return forDatabases(facts, "tls", fix, [&](Judgement &judgement, const DatabasePosture &posture) {
        judgeEncryption(judgement, facts.facts.environment, posture);
        if (posture.value(QStringLiteral("tls.sees_sessions")) == QLatin1String("false")
            && !judgement.has(ReadinessVerdict::Fail)
            && posture.value(QStringLiteral("tls.loopback_only")) != QLatin1String("true"))
            judgement.unknown(QStringLiteral("%1: sessions of other roles are hidden; GRANT pg_monitor shows them")
                                  .arg(posture.host));
    });
}

/// A hint: statements whose text carries values. Drivers that write them in on the client's side look the same.
ReadinessResult parameterised(const ReadinessFacts &facts)
{
    const QString fix
        = QStringLiteral("Pass values as parameters ($1), on the server's side (psycopg 3, prepared statements); "
                         "never join them into SQL");
    return forDatabases(facts, "statements", fix, [](Judgement &judgement, const DatabasePosture &posture) {
        const auto number = [&](const char *key) {
            return posture.value(QStringLiteral("statements.") + QLatin1String(key)).toInt();
        };
        const int literal = number("with_literals"), seen = number("sampled");
        if (number("recorded_with_literals") > 0)
            judgement.fail(QStringLiteral("%1: %2 recorded by pg_stat_statements with literal values")
                               .arg(posture.host, counted(number("recorded_with_literals"), "statement")));
        if (literal > 0)
            judgement.fail(QStringLiteral("%1: %2 of %3 sessions last sent a statement with literal text values in it")
                               .arg(posture.host, QString::number(literal), QString::number(seen)));
        if (number("hidden") > 0)
            judgement.unknown(
                QStringLiteral("%1: texts of other roles are hidden; GRANT pg_monitor shows them").arg(posture.host));
        else if (seen == 0)
            judgement.unknown(QStringLiteral("%1: no session of an app was there to look at").arg(posture.host));
        else if (literal == 0)
            judgement.pass(QStringLiteral("%1: none of %2 sessions last sent literal text values")
                               .arg(posture.host, QString::number(seen)));
    });
}

} // namespace

const std::vector<Criterion> &accessCriteria()
{
    static const std::vector<Criterion> table{
        {"ssh.host-keys-pinned", "Security", "SSH host keys are pinned", hostKeysPinned},
        {"ssh.password-login", "Security", "No password login over SSH", noPasswordLogin},
        {"ssh.root-password", "Security", "root does not sign in with a password", noRootPassword},
        {"updates.unattended", "Security", "Security updates install themselves", unattendedUpdates},
        {"db.roles", "Security", "No database role is superuser without need", rolesWithoutSuperuser},
        {"db.hba", "Security", "pg_hba.conf trusts nobody from outside", hbaWithoutTrust},
        {"db.encrypted", "Security", "Database connections are encrypted and verified", encryptedConnections},
        {"db.parameterised", "Security", "Statements carry parameters, not values (hint)", parameterised},
    };
    return table;
}

} // namespace taffrail::readiness
