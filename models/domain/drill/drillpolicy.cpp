// SPDX-License-Identifier: GPL-3.0-or-later
#include "drillpolicy.h"

#include "text.h"

#include <QRegularExpression>

namespace taffrail {

namespace {

std::optional<double> percentOf(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A([0-9]{1,4}(?:\\.[0-9]{1,4})?)%\\z"));
    const auto match = shape.match(text);
    return match.hasMatch() ? std::optional<double>(match.captured(1).toDouble()) : std::nullopt;
}

/// A number as it was written, or text.
QString wordOfValue(const QVariant &value)
{
    return value.toString();
}

/// "orders", "public.orders" → "public"."orders": the session that asks the live database looks in no schema by itself.
QString quotedName(const QString &name)
{
    QStringList parts;
    const QString whole = name.contains(QLatin1Char('.')) ? name : QStringLiteral("public.") + name;
    for (QString part : whole.split(QLatin1Char('.')))
        parts << QLatin1Char('"') + part.replace(QLatin1Char('"'), QStringLiteral("\"\"")) + QLatin1Char('"');
    return parts.join(QLatin1Char('.'));
}

void readChecks(const QVariantMap &drill, DrillPolicy &policy, QStringList &problems)
{
    for (const QVariant &each : drill.value(QStringLiteral("checks")).toList()) {
        const QVariantMap map = each.toMap();
        DrillCheck check;
        check.name = map.value(QStringLiteral("name")).toString();
        check.sql = map.value(QStringLiteral("sql")).toString();
        check.minimum = wordOfValue(map.value(QStringLiteral("min")));
        check.maximum = wordOfValue(map.value(QStringLiteral("max")));
        check.equals = wordOfValue(map.value(QStringLiteral("equals")));
        if (const QString within = map.value(QStringLiteral("within")).toString(); !within.isEmpty()) {
            check.within = percentOf(within);
            if (!check.within)
                problems
                    << QStringLiteral("the check \"%1\" has no per cent in \"within\": %2").arg(check.name, within);
        }
        policy.checks.push_back(std::move(check));
    }
    const QString tolerance = drill.value(QStringLiteral("tolerance"), QStringLiteral("10%")).toString();
    const auto within = percentOf(tolerance);
    if (!within)
        problems << QStringLiteral("\"tolerance\" is no per cent: %1").arg(tolerance);
    for (const QString &table : drill.value(QStringLiteral("tables")).toStringList()) {
        DrillCheck check;
        check.name = QStringLiteral("rows of %1").arg(table);
        check.sql = QStringLiteral("select count(*) from %1").arg(quotedName(table));
        check.within = within.value_or(0);
        policy.checks.push_back(std::move(check));
    }
}

/// The value of a keyword in a libpq string without quotes and blanks in it; "" when it is not there.
QString dsnWord(const QString &dsn, const char *key)
{
    const QRegularExpression shape(
        QStringLiteral("(?:\\A|\\s)%1\\s*=\\s*('(?:[^'\\\\]|\\\\.)*'|[^\\s']+)").arg(QLatin1String(key)));
    QString value = shape.match(dsn).captured(1);
    if (value.startsWith(QLatin1Char('\''))) {
        value = value.mid(1, value.size() - 2);
        value.replace(QRegularExpression(QStringLiteral("\\\\(.)")), QStringLiteral("\\1"));
    }
    return value;
}

void readDuration(const QVariantMap &drill, const char *key, std::chrono::seconds &into, QStringList &problems)
{
    const QString text = drill.value(QLatin1String(key)).toString();
    if (text.isEmpty())
        return;
    const auto duration = parseDuration(text);
    if (duration && *duration >= std::chrono::seconds(1))
        into = std::chrono::duration_cast<std::chrono::seconds>(*duration);
    else
        problems << QStringLiteral("\"%1\" is no duration: %2").arg(QLatin1String(key), text);
}

} // namespace

bool isPlainPath(const QString &path)
{
    static const QRegularExpression shape(QStringLiteral("\\A(/[A-Za-z0-9._@+-]+)+\\z"));
    static const QRegularExpression dots(QStringLiteral("/\\.\\.?(/|\\z)"));
    return shape.match(path).hasMatch() && !dots.match(path).hasMatch();
}

DrillPolicy drillPolicyOf(const EnvironmentSpec &environment, const SourceEntry &entry, QStringList &problems)
{
    const QVariantMap drill = entry.options.value(QStringLiteral("drill")).toMap();
    const auto text = [&drill](const char *key) { return drill.value(QLatin1String(key)).toString(); };
    DrillPolicy policy;
    policy.host = text("host");
    if (policy.host.isEmpty() && !entry.hosts.isEmpty())
        policy.host = entry.hosts.first();
    if (!text("folder").isEmpty())
        policy.folder = text("folder");
    policy.binaries = text("binaries");
    policy.user = text("user");
    if (policy.user.isEmpty())
        policy.user = entry.options.value(QStringLiteral("user")).toString();
    policy.database = text("database");
    if (const DatabaseSpec *database = environment.database(entry.database); database && policy.database.isEmpty())
        policy.database = dsnWord(database->dsn, "dbname");
    if (policy.database.isEmpty())
        policy.database = QStringLiteral("postgres");
    if (!text("role").isEmpty())
        policy.roles << text("role");
    for (const QString &role : {QStringLiteral("postgres"), policy.user}) {
        if (!role.isEmpty() && !policy.roles.contains(role))
            policy.roles << role;
    }
    policy.preload = text("preload");
    policy.restoreCommand = text("restore_command");
    readChecks(drill, policy, problems);
    readDuration(drill, "limit", policy.limit, problems);
    readDuration(drill, "check_limit", policy.checkLimit, problems);
    std::chrono::seconds every{0};
    readDuration(drill, "every", every, problems);
    if (every.count() > 0)
        policy.every = every;
    return policy;
}

} // namespace taffrail
