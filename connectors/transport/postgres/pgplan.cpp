// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgplan.h"

#include "pgfiles.h"
#include "secret.h"
#include "text.h"

#include <QDir>
#include <QFile>
#include <QStringList>

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netdb.h>

#include <array>

namespace taffrail::pg {

namespace {

constexpr QLatin1String configStep("configuration");
/// Where Debian and its relatives keep the roots of the public authorities.
constexpr const char *systemRoots = "/etc/ssl/certs/ca-certificates.crt";

struct OptionsDeleter {
    void operator()(PQconninfoOption *options) const { PQconninfoFree(options); }
};
using Options = std::unique_ptr<PQconninfoOption, OptionsDeleter>;

Keywords keywordsOf(const PQconninfoOption *options)
{
    Keywords found;
    for (; options && options->keyword; ++options) {
        if (options->val && *options->val)
            found.emplace(options->keyword, options->val);
    }
    return found;
}

Result<Keywords> parsedDsn(const QString &dsn, const QString &subject)
{
    char *message = nullptr;
    const Options options(PQconninfoParse(dsn.toUtf8().constData(), &message));
    const QByteArray reason = message;
    PQfreemem(message);
    if (options)
        return keywordsOf(options.get());
    // libpq quotes pieces of the string in its message, and a piece of a mistyped password would be shown.
    const bool mayQuoteSecret
        = dsn.contains(QLatin1String("pass"), Qt::CaseInsensitive) || dsn.contains(QLatin1Char('@'));
    return failure(ErrorKind::BadConfig, configStep, subject,
                   mayQuoteSecret ? QStringLiteral("the dsn cannot be read") : sanitizedLine(reason),
                   QStringLiteral("Write it as libpq does: host=db.example.com port=5432 dbname=shop user=taffrail"));
}

QByteArray valueOf(const Keywords &keywords, const char *key)
{
    const auto found = keywords.find(key);
    return found == keywords.end() ? QByteArray() : found->second;
}

bool isNumeric(const QByteArray &host)
{
    std::array<unsigned char, sizeof(in6_addr)> buffer;
    return inet_pton(AF_INET, host.constData(), buffer.data()) == 1
        || inet_pton(AF_INET6, host.constData(), buffer.data()) == 1;
}

bool isLoopback(const Endpoint &endpoint)
{
    const QByteArray &where = endpoint.address.isEmpty() ? endpoint.host : endpoint.address;
    return where.isEmpty() || where == "localhost" || where == "::1" || (isNumeric(where) && where.startsWith("127."));
}

Result<std::vector<Endpoint>> endpointsOf(const Keywords &keywords, bool tunnelled, const QString &subject)
{
    const auto listOf = [&keywords](const char *key) { return valueOf(keywords, key).split(','); };
    const QList<QByteArray> hosts = listOf("host");
    const QList<QByteArray> addresses = listOf("hostaddr");
    const QList<QByteArray> ports = listOf("port");
    const qsizetype count = qMax(hosts.size(), addresses.size());
    const auto fits = [count](const QList<QByteArray> &list) {
        return list.size() == count || (list.size() == 1 && (count == 1 || list[0].isEmpty()));
    };
    if (!fits(hosts) || !fits(addresses) || (ports.size() != 1 && ports.size() != count))
        return failure(ErrorKind::BadConfig, configStep, subject,
                       QStringLiteral("host, hostaddr and port in the dsn do not have equally many values"));
    std::vector<Endpoint> endpoints;
    for (qsizetype i = 0; i < count; ++i) {
        Endpoint endpoint;
        endpoint.host = hosts.value(i);
        endpoint.address = addresses.value(i);
        endpoint.port = ports.size() == 1 ? ports[0] : ports[i];
        if (endpoint.port.isEmpty())
            endpoint.port = "5432";
        bool isNumber = false;
        const int port = endpoint.port.toInt(&isNumber);
        if (!isNumber || port < 1 || port > 65535)
            return failure(ErrorKind::BadConfig, configStep, subject,
                           QStringLiteral("\"%1\" is not a port").arg(sanitizedLine(endpoint.port, 40)));
        if (tunnelled && endpoint.host.isEmpty() && endpoint.address.isEmpty())
            endpoint.host = "127.0.0.1"; // the far side's own database
        if (tunnelled && endpoint.isSocketFolder())
            return failure(ErrorKind::Unsupported, configStep, subject,
                           QStringLiteral("a unix socket on another host cannot be reached through \"via\""),
                           QStringLiteral("Write host=127.0.0.1 in the dsn."));
        if (endpoint.address.isEmpty() && isNumeric(endpoint.host))
            endpoint.address = endpoint.host;
        endpoints.push_back(std::move(endpoint));
    }
    return endpoints;
}

/// Production over the network without a say in the matter gets full verification: "prefer", libpq's default, takes any
/// certificate and even none.
void hardenTls(Keywords &keywords, const std::vector<Endpoint> &endpoints, bool production)
{
    bool leavesMachine = false;
    for (const Endpoint &endpoint : endpoints)
        leavesMachine = leavesMachine || !(endpoint.isSocketFolder() || isLoopback(endpoint));
    if (production && leavesMachine && !keywords.contains("sslmode"))
        keywords["sslmode"] = "verify-full";
    const QByteArray mode = valueOf(keywords, "sslmode");
    const bool verifies = mode == "verify-full" || mode == "verify-ca";
    const bool hasOwnRoots = QFile::exists(QDir::home().filePath(QStringLiteral(".postgresql/root.crt")));
    if (verifies && !keywords.contains("sslrootcert") && !hasOwnRoots)
        keywords["sslrootcert"] = systemRoots;
}

/// Session settings go in the startup packet, so that they hold from the first statement on and cost no round trip.
QByteArray withGuards(const QByteArray &options)
{
    return options
        + " -c default_transaction_read_only=on -c idle_in_transaction_session_timeout=10000 -c search_path=pg_catalog";
}

std::optional<Error> fillPasswords(ConnectPlan &plan, const Keywords &keywords, const QString &subject)
{
    QByteArray given = valueOf(keywords, "password"); // of the service or PGPASSWORD
    if (!given.isEmpty()) {
        plan.password = makeSecret(std::move(given));
        return std::nullopt;
    }
    const QByteArray named = valueOf(keywords, "passfile");
    const QString path = named.isEmpty() ? QDir::home().filePath(QStringLiteral(".pgpass")) : QFile::decodeName(named);
    for (Endpoint &endpoint : plan.endpoints) {
        QByteArray host = endpoint.host.isEmpty() ? endpoint.address : endpoint.host;
        if (host.isEmpty() || host == "/var/run/postgresql")
            host = "localhost"; // as libpq does for its default socket
        auto found = readPassfile(path, {host, endpoint.port, plan.database, plan.user}, subject);
        if (!found)
            return found.error();
        if (found->has_value())
            endpoint.password = makeSecret(std::move(**found));
    }
    return std::nullopt;
}

Result<Keywords> mergedKeywords(const Target &target)
{
    auto keywords = parsedDsn(target.spec.dsn, target.spec.id);
    if (!keywords)
        return keywords;
    if (keywords->contains("password"))
        return failure(
            ErrorKind::BadConfig, configStep, target.spec.id,
            QStringLiteral("the dsn holds a password, and inventories do not hold secrets"),
            QStringLiteral("Take it out and add \"password\": \"env:NAME\" or \"file:PATH\", or use a passfile."));
    QByteArray service = valueOf(*keywords, "service");
    if (service.isEmpty())
        service = qgetenv("PGSERVICE");
    if (!service.isEmpty()) {
        auto section = readService(service, target.spec.id);
        if (!section)
            return section;
        keywords->merge(*section);
    }
    const bool namesHost = keywords->contains("host") || keywords->contains("hostaddr");
    const Options defaults(PQconndefaults());
    for (auto &[key, value] : keywordsOf(defaults.get())) {
        // PGHOSTADDR beside a host from the dsn would lead elsewhere; a default sslmode would hide that none was
        // chosen.
        const bool leadsElsewhere = namesHost && (key == "host" || key == "hostaddr");
        const bool isBuiltIn = key == "sslmode" && qEnvironmentVariableIsEmpty("PGSSLMODE");
        if (!leadsElsewhere && !isBuiltIn)
            keywords->try_emplace(key, value);
    }
    keywords->erase("service");
    return keywords;
}

} // namespace

SecretPtr makeSecret(QByteArray &&bytes)
{
    return {new QByteArray(std::move(bytes)), [](QByteArray *secret) {
                wipe(*secret);
                delete secret;
            }};
}

Result<ConnectPlan> readPlan(const Target &target)
{
    auto keywords = mergedKeywords(target);
    if (!keywords)
        return failure(keywords.error());
    auto endpoints = endpointsOf(*keywords, bool(target.tunnel), target.spec.id);
    if (!endpoints)
        return failure(endpoints.error());
    ConnectPlan plan;
    plan.endpoints = std::move(*endpoints);
    hardenTls(*keywords, plan.endpoints, target.production);
    plan.user = valueOf(*keywords, "user");
    plan.database = keywords->contains("dbname") ? valueOf(*keywords, "dbname") : plan.user;
    plan.verifiesName = valueOf(*keywords, "sslmode") == "verify-full";
    plan.sessionKind = valueOf(*keywords, "target_session_attrs");
    if (const int seconds = valueOf(*keywords, "connect_timeout").toInt(); seconds > 0)
        plan.connectTimeout = std::chrono::seconds(seconds);
    // A reference in the inventory goes before all files.
    if (target.spec.password.isEmpty()) {
        if (auto error = fillPasswords(plan, *keywords, target.spec.id))
            return failure(std::move(*error));
    }
    const QByteArray options = withGuards(valueOf(*keywords, "options"));
    for (const char *key : {"host", "hostaddr", "port", "password", "passfile", "options", "connect_timeout",
                            "target_session_attrs", "application_name", "client_encoding", "gssencmode", "replication"})
        keywords->erase(key);
    for (auto &[key, value] : *keywords)
        plan.parameters.emplace_back(key, value);
    const auto fixed = std::to_array<std::pair<const char *, const char *>>(
        {{"application_name", "taffrail"}, {"client_encoding", "UTF8"}, {"gssencmode", "disable"}});
    for (const auto &[key, value] : fixed)
        plan.parameters.emplace_back(key, value);
    const auto usual = std::to_array<std::pair<const char *, const char *>>({{"keepalives_idle", "5"},
                                                                             {"keepalives_interval", "2"},
                                                                             {"keepalives_count", "3"},
                                                                             {"tcp_user_timeout", "10000"}});
    for (const auto &[key, value] : usual) {
        if (!keywords->contains(key))
            plan.parameters.emplace_back(key, value);
    }
    plan.parameters.emplace_back("options", options);
    return plan;
}

Result<ConnectPlan> withAddresses(ConnectPlan plan, const QString &subject)
{
    std::vector<Endpoint> resolved;
    QStringList unknown;
    for (const Endpoint &endpoint : plan.endpoints) {
        if (!endpoint.address.isEmpty() || endpoint.host.isEmpty() || endpoint.isSocketFolder()) {
            resolved.push_back(endpoint);
            continue;
        }
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo *found = nullptr;
        const int code = getaddrinfo(endpoint.host.constData(), nullptr, &hints, &found);
        const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(code == 0 ? found : nullptr, &freeaddrinfo);
        if (code != 0)
            unknown << QStringLiteral("%1 (%2)").arg(sanitizedLine(endpoint.host, 100),
                                                     QString::fromLocal8Bit(gai_strerror(code)));
        for (const addrinfo *each = owner.get(); each; each = each->ai_next) {
            std::array<char, NI_MAXHOST> text;
            if (getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0)
                continue;
            resolved.push_back(endpoint);
            resolved.back().address = text.data();
        }
    }
    if (resolved.empty())
        return failure(ErrorKind::NameNotFound, QStringLiteral("name"), subject,
                       QStringLiteral("cannot find the host %1").arg(unknown.join(QStringLiteral(", "))),
                       QStringLiteral("Check the host in the dsn, and the network's name server."));
    plan.endpoints = std::move(resolved);
    return plan;
}

QString canonicalDsn(const QString &dsn)
{
    const auto keywords = parsedDsn(dsn, {});
    if (!keywords)
        return redacted(dsn);
    QStringList parts;
    for (const auto &[key, value] : *keywords) {
        if (!key.contains("password"))
            parts << QString::fromUtf8(key + "='" + value + '\'');
    }
    return parts.join(QLatin1Char(' '));
}

} // namespace taffrail::pg
