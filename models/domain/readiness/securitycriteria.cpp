// SPDX-License-Identifier: GPL-3.0-or-later
// Secrets, files, certificates, the web front.
#include "readinesssupport.h"

#include "rulesupport.h"

#include <QUrl>

#include <algorithm>
#include <map>

namespace taffrail::readiness {

namespace {

using rules::counted;

/// Secret shapes in the live release's own files. What a release only links to is not its code.
ReadinessResult noSecretsInCode(const ReadinessFacts &facts)
{
    Judgement judgement;
    bool hasApps = false;
    forEachHost(facts.facts, judgement, "code", [&](const HostPosture &posture) {
        for (const ConfigEntry *entry : posture.below(QStringLiteral("code"))) {
            const QStringList segments = keySegments(entry->key);
            if (segments.size() != 3)
                continue;
            hasApps = true;
            const QString place = QStringLiteral("%1:%2").arg(posture.host, segments[1]);
            if (segments[2] == QLatin1String("secret_files") && entry->value.toInt() > 0)
                judgement.fail(QStringLiteral("%1: what looks like secrets stands in %2 (%3)")
                                   .arg(place, counted(entry->value.toInt(), "file"), entry->note));
            else if (segments[2] == QLatin1String("secret_files"))
                judgement.pass(QStringLiteral("%1: nothing that looks like a secret in %2 of the release")
                                   .arg(place,
                                        counted(posture
                                                    .value(joinKey(joinKey(QStringLiteral("code"), segments[1]),
                                                                   QStringLiteral("scanned")))
                                                    .toInt(),
                                                "file")));
            else if (segments[2] == QLatin1String("problem"))
                judgement.unknown(QStringLiteral("%1: %2").arg(place, entry->value));
        }
    });
    judgement.fix(
        judgement.has(ReadinessVerdict::Fail)
            ? QStringLiteral("Move them into the app's environment or a file outside of the release, and change "
                             "each secret: it is in the repository's history")
            : QStringLiteral("Let Taffrail's user read the release directory"));
    if (!hasApps && !judgement.has(ReadinessVerdict::Unknown))
        return unknownBecause(QStringLiteral("no deployments entry names a directory on a host that could be searched"),
                              QStringLiteral("Name the app's directory: \"path\" in its deployments entry"));
    return judgement.result(ReadinessVerdict::Unknown);
}

struct KnownFile {
    QString mode, owner;
    int secrets = -1; ///< -1 = its content was not read
};

/// What the posture and the config sources know of files, by "host:path".
std::map<QString, KnownFile> knownFiles(const Facts &facts, Judgement &judgement)
{
    std::map<QString, KnownFile> files;
    forEachHost(facts, judgement, "files", [&](const HostPosture &posture) {
        for (const ConfigEntry *entry : posture.below(QStringLiteral("files"))) {
            const QStringList segments = keySegments(entry->key);
            if (segments.size() != 3)
                continue;
            KnownFile &file = files[QStringLiteral("%1:%2").arg(posture.host, segments[1])];
            if (segments[2] == QLatin1String("mode"))
                file.mode = entry->value;
            else if (segments[2] == QLatin1String("owner"))
                file.owner = entry->value;
            else if (segments[2] == QLatin1String("secrets"))
                file.secrets = entry->value.toInt();
        }
    });
    rules::forEach<ConfigSet>(facts, [&](const Observation &, const ConfigSet &set) {
        for (const ConfigFile &read : set.files) {
            if (read.mode.isEmpty() || read.path.isEmpty())
                continue;
            KnownFile &file = files[QStringLiteral("%1:%2").arg(read.host, read.path)];
            file.mode = read.mode;
            file.owner = read.owner;
            const auto secrets = std::ranges::count_if(set.entries, [&](const ConfigEntry &entry) {
                return entry.secret && entry.host == read.host && entry.file == read.path;
            });
            file.secrets = std::max(file.secrets, read.error && secrets == 0 ? -1 : int(secrets));
        }
    });
    return files;
}

void judgeFile(Judgement &judgement, const QString &place, const KnownFile &file)
{
    bool isOctal = false;
    const int mode = file.mode.toInt(&isOctal, 8);
    if (!isOctal) {
        judgement.unknown(QStringLiteral("%1: its mode is not known").arg(place));
        return;
    }
    const QString words = QStringLiteral("%1 is %2 %3").arg(place, file.mode, file.owner);
    const QString holds
        = file.secrets > 0 ? QStringLiteral(" and holds %1").arg(counted(file.secrets, "secret")) : QString();
    const bool ownGroup = file.owner.section(QLatin1Char(':'), 0, 0) == file.owner.section(QLatin1Char(':'), 1);
    if (mode & 0002)
        judgement.fail(words + holds + QStringLiteral(", and everybody may change it"));
    else if ((mode & 0020) && !ownGroup)
        judgement.fail(words + holds + QStringLiteral(", and its group may change it"));
    else if ((mode & 0004) && file.secrets > 0)
        judgement.fail(words + holds + QStringLiteral(", and everybody may read it"));
    else if ((mode & 0004) && file.secrets < 0)
        judgement.unknown(words + QStringLiteral(": what it holds was not read"));
    else
        judgement.pass(words + holds);
}

/// Files that hold secrets are read by their owner and group alone; none is written by others.
ReadinessResult configProtected(const ReadinessFacts &facts)
{
    Judgement judgement;
    const auto files = knownFiles(facts.facts, judgement);
    for (const auto &[place, file] : files)
        judgeFile(judgement, place, file);
    judgement.fix(
        judgement.has(ReadinessVerdict::Fail)
            ? QStringLiteral("chmod 0640 (or 0600) the files, with the app's own group; change secrets that others "
                             "could read")
            : QStringLiteral("Let Taffrail's user look at the files that the configs entries name"));
    if (files.empty() && !judgement.has(ReadinessVerdict::Unknown))
        return unknownBecause(QStringLiteral("the inventory names no config files, and the releases link to none"),
                              QStringLiteral("Add configs entries with the paths of the app's config files"));
    return judgement.result(ReadinessVerdict::Unknown);
}

/// The last lines of each log, searched for secret shapes.
ReadinessResult logsWithoutSecrets(const ReadinessFacts &facts)
{
    Judgement judgement;
    bool sampled = false;
    forEachHost(facts.facts, judgement, "logs", [&](const HostPosture &posture) {
        for (const ConfigEntry *entry : posture.below(QStringLiteral("logs"))) {
            const QStringList segments = keySegments(entry->key);
            if (segments.size() != 3 || segments[2] != QLatin1String("secrets"))
                continue;
            const QString lines
                = posture.value(joinKey(joinKey(QStringLiteral("logs"), segments[1]), QStringLiteral("lines")));
            const QString place = QStringLiteral("%1:%2").arg(posture.host, segments[1]);
            const int secrets = entry->value.toInt();
            sampled = sampled || lines.toInt() > 0;
            if (secrets > 0)
                judgement.fail(QStringLiteral("%1: %2 of the last %3 show what looks like a secret")
                                   .arg(place, QString::number(secrets), lines));
            else if (lines.toInt() > 0)
                judgement.pass(QStringLiteral("%1: none in the last %2").arg(place, counted(lines.toInt(), "line")));
        }
        for (const ConfigEntry *entry : posture.below(QStringLiteral("logs_unread")))
            judgement.unknown(
                QStringLiteral("%1:%2: %3").arg(posture.host, keySegments(entry->key).value(1), entry->value));
    });
    judgement.fix(
        judgement.has(ReadinessVerdict::Fail)
            ? QStringLiteral("Filter these fields in the app's logger, change the secrets, and remove the lines")
            : QStringLiteral("Name the app's units in a host health entry (\"units\") and add Taffrail's user to "
                             "the group systemd-journal, or keep logs in the app's shared/log"));
    if (!sampled && !judgement.has(ReadinessVerdict::Unknown))
        judgement.unknown(QStringLiteral("no log of the app was found to sample"));
    return judgement.result(ReadinessVerdict::Unknown);
}

/// Whether anything is served over HTTP here as far as it is known.
bool hasEndpoints(const Facts &facts)
{
    return !writtenEntries(facts, PaneKind::Health, "http").empty()
        || !writtenEntries(facts, PaneKind::Health, "tls").empty();
}

ReadinessResult noEndpoint()
{
    return unknownBecause(QStringLiteral("the inventory names no HTTP endpoint"),
                          QStringLiteral("Add health entries of the sources http and tls"));
}

/// Every tls entry: trusted, the right name, valid, and renewed before its warning time.
ReadinessResult tlsValid(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    Judgement judgement;
    QStringList probed;
    for (const SourceEntry *entry : writtenEntries(facts, PaneKind::Health, "tls")) {
        const QString endpoint = entry->options.value(QStringLiteral("endpoint")).toString();
        probed << endpoint.section(QLatin1Char(':'), 0, 0);
        const Observation *observation = facts.snapshot.observation(entry->id);
        const auto *report = observation ? valueAs<HealthReport>(*observation) : nullptr;
        if (!report) {
            judgement.unknown(QStringLiteral("%1: %2").arg(endpoint, reasonOf(observation)));
            continue;
        }
        judgement.seen(*observation);
        for (const HealthCheck &check : report->checks) {
            const QString line = QStringLiteral("%1: %2").arg(endpoint, check.text);
            if (check.status == Status::Unknown)
                judgement.unknown(line);
            else if (check.status >= Status::Warning)
                judgement.fail(line);
            else if (check.code == QLatin1String("tls.expiry"))
                judgement.pass(line);
        }
    }
    for (const SourceEntry *entry : writtenEntries(facts, PaneKind::Health, "http")) {
        const QUrl url(entry->options.value(QStringLiteral("url")).toString());
        if (url.scheme() == QLatin1String("https") && !probed.contains(url.host()))
            judgement.unknown(QStringLiteral("%1: no tls entry looks at its certificate").arg(url.host()));
    }
    judgement.fix(judgement.has(ReadinessVerdict::Fail) ? QStringLiteral(
                      "Renew or mend the certificate, and let a timer renew it (certbot renew, acme.sh)")
                                                        : QStringLiteral("Add a tls health entry for the endpoint"));
    if (judgement.isEmpty())
        return hasEndpoints(facts) ? unknownBecause(QStringLiteral("no endpoint speaks TLS: nothing to look at"),
                                                    QStringLiteral("Serve the endpoint over HTTPS"))
                                   : noEndpoint();
    return judgement.result(ReadinessVerdict::Unknown);
}

void judgePlain(Judgement &judgement, const HostPosture &endpoint, const QUrl &url)
{
    const QString state = endpoint.value(QStringLiteral("plain.state"));
    const QString detail = endpoint.entry(QStringLiteral("plain.state"))
        ? endpoint.entry(QStringLiteral("plain.state"))->note
        : QString();
    if (state == QLatin1String("refused"))
        judgement.pass(QStringLiteral("%1: nothing answers over plain HTTP (port 80)").arg(url.host()));
    else if (state == QLatin1String("redirects"))
        judgement.pass(QStringLiteral("%1: plain HTTP sends on to https").arg(url.host()));
    else if (state == QLatin1String("serves"))
        judgement.fail(QStringLiteral("%1: answers over plain HTTP as well (%2)").arg(url.host(), detail));
    else
        judgement.unknown(QStringLiteral("%1: plain HTTP: %2")
                              .arg(url.host(), detail.isEmpty() ? QStringLiteral("not asked yet") : detail));
}

/// Plain HTTP leads to HTTPS or nowhere, by asking port 80, and by what nginx is told on the hosts.
ReadinessResult httpsEnforced(const ReadinessFacts &all)
{
    const Facts &facts = all.facts;
    Judgement judgement;
    QStringList asked;
    for (const HostPosture &endpoint : endpointPostures(facts)) {
        const QUrl url(endpoint.host);
        if (url.scheme() == QLatin1String("http")) {
            judgement.fail(QStringLiteral("%1: the endpoint itself is plain HTTP").arg(url.host()));
            continue;
        }
        if (asked.contains(url.host()))
            continue;
        asked << url.host();
        if (endpoint.observation && endpoint.set)
            judgement.seen(*endpoint.observation);
        if (endpoint.set)
            judgePlain(judgement, endpoint, url);
        else
            judgement.unknown(QStringLiteral("%1: %2").arg(url.host(), endpoint.why));
    }
    for (const HostPosture &posture : hostPostures(facts)) {
        // Where nginx ends no TLS itself, something in front does: then plain is how that reaches it.
        const bool endsTls = posture.value(QStringLiteral("nginx.terminates_tls")) == QLatin1String("true");
        const QString plain = posture.value(QStringLiteral("nginx.plain_serving"));
        const QString line
            = QStringLiteral("%1: nginx serves %2 without TLS and without sending on").arg(posture.host, plain);
        if (!plain.isEmpty())
            endsTls ? judgement.fail(line) : judgement.note(line);
    }
    judgement.fix(judgement.has(ReadinessVerdict::Fail)
                      ? QStringLiteral("Let the plain server do nothing but `return 308 https://$host$request_uri;`")
                      : QStringLiteral("Let Taffrail reach port 80 of the endpoint, or close it"));
    return judgement.isEmpty() ? noEndpoint() : judgement.result(ReadinessVerdict::Unknown);
}

constexpr qint64 shortestHsts = 180 * 86400; // half a year: what the browsers' preload lists and scanners call enough

void judgeHeaders(Judgement &judgement, const HostPosture &endpoint, const QUrl &url)
{
    const auto header
        = [&](const char *name) { return endpoint.entry(QStringLiteral("page.header.") + QLatin1String(name)); };
    QStringList lacking, there;
    const ConfigEntry *hsts = header("strict-transport-security");
    const QString age = hsts ? hsts->value.section(QLatin1String("max-age="), 1)
                                   .section(QLatin1Char(';'), 0, 0)
                                   .remove(QLatin1Char('"'))
                                   .trimmed()
                             : QString();
    if (url.scheme() == QLatin1String("https")) {
        if (!hsts)
            lacking << QStringLiteral("Strict-Transport-Security");
        else if (age.toLongLong() < shortestHsts)
            lacking << QStringLiteral("Strict-Transport-Security for half a year (it says max-age=%1)").arg(age);
        else
            there << QStringLiteral("Strict-Transport-Security");
    }
    const ConfigEntry *type = header("x-content-type-options");
    (type && type->value.trimmed().compare(QLatin1String("nosniff"), Qt::CaseInsensitive) == 0 ? there : lacking)
        << QStringLiteral("X-Content-Type-Options: nosniff");
    // A page can be put into a frame and run scripts; an answer to programs cannot.
    if (endpoint.value(QStringLiteral("page.content_type")).startsWith(QLatin1String("text/html"))) {
        const ConfigEntry *policy = header("content-security-policy");
        (policy ? there : lacking) << QStringLiteral("Content-Security-Policy");
        const bool framed
            = header("x-frame-options") || (policy && policy->value.contains(QLatin1String("frame-ancestors")));
        (framed ? there : lacking) << QStringLiteral("X-Frame-Options or frame-ancestors");
    }
    if (lacking.isEmpty())
        judgement.pass(QStringLiteral("%1 sends %2").arg(url.host(), there.join(QStringLiteral(", "))));
    else
        judgement.fail(QStringLiteral("%1 lacks %2").arg(url.host(), lacking.join(QStringLiteral(", "))));
}

/// The headers of the answer itself, as they arrive through whatever stands in front.
ReadinessResult securityHeaders(const ReadinessFacts &all)
{
    Judgement judgement;
    for (const HostPosture &endpoint : endpointPostures(all.facts)) {
        const QUrl url(endpoint.host);
        if (endpoint.observation && endpoint.set)
            judgement.seen(*endpoint.observation);
        const QString trouble = endpoint.trouble(QStringLiteral("page"));
        if (trouble.isEmpty())
            judgeHeaders(judgement, endpoint, url);
        else
            judgement.unknown(QStringLiteral("%1: %2").arg(url.host(), trouble));
    }
    judgement.fix(QStringLiteral("nginx: add_header Strict-Transport-Security \"max-age=31536000\" always; add_header "
                                 "X-Content-Type-Options nosniff always;"));
    return judgement.isEmpty() ? noEndpoint() : judgement.result(ReadinessVerdict::Unknown);
}

/// limit_req or limit_conn somewhere in what each nginx reads.
ReadinessResult rateLimits(const ReadinessFacts &facts)
{
    Judgement judgement;
    bool hasNginx = false;
    forEachHost(facts.facts, judgement, "nginx", [&](const HostPosture &posture) {
        if (posture.value(QStringLiteral("nginx.running")) != QLatin1String("true"))
            return;
        hasNginx = true;
        const QString limits = QStringList{posture.value(QStringLiteral("nginx.limit_req")),
                                           posture.value(QStringLiteral("nginx.limit_conn"))}
                                   .join(QLatin1Char(' '))
                                   .trimmed();
        if (limits.isEmpty())
            judgement.fail(QStringLiteral("%1: nginx has neither limit_req nor limit_conn").arg(posture.host));
        else
            judgement.pass(QStringLiteral("%1: nginx limits by %2").arg(posture.host, limits));
    });
    judgement.fix(
        judgement.has(ReadinessVerdict::Fail)
            ? QStringLiteral("limit_req_zone $binary_remote_addr zone=perip:10m rate=20r/s; and in the server: "
                             "limit_req zone=perip burst=40 nodelay;")
            : QStringLiteral("Let Taffrail's user read nginx's configuration"));
    if (!hasNginx && !judgement.has(ReadinessVerdict::Unknown))
        return unknownBecause(
            QStringLiteral("no nginx runs on these hosts; limits of another front cannot be seen"),
            QStringLiteral("Switch this off with the reason in \"readiness\".\"off\" where another front limits"));
    return judgement.result(ReadinessVerdict::Unknown);
}

} // namespace

const std::vector<Criterion> &securityCriteria()
{
    static const std::vector<Criterion> table{
        {"secrets.in-code", "Security", "No secrets in the released code", noSecretsInCode},
        {"config.protected", "Security", "Config files are read and written only by who needs them", configProtected},
        {"logs.no-secrets", "Security", "Logs show no secrets (sampled)", logsWithoutSecrets},
        {"tls.valid", "Security", "TLS certificates are valid and renewed in time", tlsValid},
        {"https.enforced", "Security", "Plain HTTP leads to HTTPS or nowhere", httpsEnforced},
        {"https.headers", "Security", "Answers carry the security headers", securityHeaders},
        {"web.rate-limit", "Security", "Requests are limited per client", rateLimits},
    };
    return table;
}

} // namespace taffrail::readiness
