// SPDX-License-Identifier: GPL-3.0-or-later
#include "databaseset.h"
#include "masktokens.h"
#include "registry.h"

#include "configsecrets.h"

#include <QHash>

namespace taffrail::sources {

namespace {

/// Secrets are masked by the server itself: only values of text can be some.
QByteArray settingsSql()
{
    const QByteArray secret = "(vartype = 'string' and (" + sqlNamesSecret("name") + " or " + sqlLooksSecret("setting")
        + ") and name not in ('password_encryption', 'ssl_key_file', 'krb_server_keyfile'))";
    return "select name, case when " + secret + " then " + sqlToken("setting", "$1", "$2")
        + " else setting end as setting, unit, vartype, context, source, sourcefile, sourceline, pending_restart, "
        + secret + " as masked from pg_settings order by name";
}

/// What ALTER ROLE and ALTER DATABASE have set, one row a setting. This database is "current", whatever its name.
QByteArray roleSettingsSql()
{
    const QByteArray value = "substr(each, strpos(each, '=') + 1)", name = "split_part(each, '=', 1)";
    const QByteArray secret = "(" + sqlNamesSecret(name) + " or " + sqlLooksSecret(value) + ")";
    return "select r.rolname as role, s.setrole = 0 as for_all_roles, d.datname as database,"
           " d.datname = current_database() as is_current, "
        + name + " as name, case when " + secret + " then " + sqlToken(value, "$1", "$2") + " else " + value
        + " end as setting, " + secret
        + " as masked"
          " from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole"
          " left join pg_database d on d.oid = s.setdatabase, unnest(s.setconfig) as each order by 1, 3, 5";
}

constexpr char rightsSql[]
    = "select current_setting('server_version') as version, current_setting('server_version_num') as version_num,"
      " pg_has_role(current_user, 'pg_read_all_settings', 'MEMBER') as sees_all, quote_ident(current_user) as role";

std::vector<Request> settingsRequests(const SourceEntry &entry, const Replies &soFar)
{
    if (!soFar.empty())
        return {};
    const SqlKeyPads pads = sqlKeyPads(entry);
    return {
        {QStringLiteral("settings"), entry.database, SqlQuery{settingsSql(), {pads.inner, pads.outer}}, Lane::Slow},
        {QStringLiteral("roles"), entry.database, SqlQuery{roleSettingsSql(), {pads.inner, pads.outer}}, Lane::Slow},
        {QStringLiteral("rights"), entry.database, SqlQuery{rightsSql, {}}, Lane::Slow},
    };
}

ConfigType typeOf(const QString &word, const QString &value)
{
    if (value.startsWith(QLatin1String("TFMASK_")))
        return ConfigType::Text;
    if (word == QLatin1String("bool"))
        return ConfigType::Boolean;
    if (word == QLatin1String("integer"))
        return ConfigType::Integer;
    return word == QLatin1String("real") ? ConfigType::Number : ConfigType::Text;
}

/// What every session has for itself; not a setting of the server.
bool isOfSession(const QString &name)
{
    static const QStringList names{QStringLiteral("transaction_isolation"),
                                   QStringLiteral("transaction_read_only"),
                                   QStringLiteral("transaction_deferrable"),
                                   QStringLiteral("session_authorization"),
                                   QStringLiteral("role"),
                                   QStringLiteral("seed"),
                                   QStringLiteral("is_superuser"),
                                   QStringLiteral("in_hot_standby")};
    return names.contains(name);
}

bool isTrue(const QString &cell)
{
    return cell == QLatin1String("t") || cell == QLatin1String("true") || cell == QLatin1String("on");
}

/// The second lock, for an answer that did not come from settingsSql() alone.
void settleText(ConfigEntry &entry, bool wasMasked)
{
    const bool isToken = entry.value.startsWith(QLatin1String("TFMASK_"));
    const bool isPlain = entry.type != ConfigType::Text || entry.key == QLatin1String("password_encryption")
        || entry.key == QLatin1String("ssl_key_file") || entry.key == QLatin1String("krb_server_keyfile");
    if (!isToken && !entry.value.isEmpty() && (wasMasked || (!isPlain && isSecretSetting(entry.key, entry.value))))
        entry.value = QStringLiteral("TFMASK_none_");
    if (!isPlain)
        settleSecrets(entry);
}

/// What every session of this program sets for itself, in every environment alike.
bool isSetByEverySession(const QString &name)
{
    static const QStringList names{QStringLiteral("application_name"),
                                   QStringLiteral("client_connection_check_interval"),
                                   QStringLiteral("client_encoding"),
                                   QStringLiteral("default_transaction_read_only"),
                                   QStringLiteral("idle_in_transaction_session_timeout"),
                                   QStringLiteral("lock_timeout"),
                                   QStringLiteral("search_path"),
                                   QStringLiteral("statement_timeout")};
    return names.contains(name);
}

void readSettings(DatabaseSet &set, const SqlReply &rows)
{
    QStringList ours;
    for (size_t row = 0; row < rows.rows.size(); ++row) {
        const QString name = cellOf(rows, row, "name"), source = cellOf(rows, row, "source");
        if (name.isEmpty() || isOfSession(name))
            continue;
        if (source == QLatin1String("client") || source == QLatin1String("session")) {
            if (!isSetByEverySession(name))
                ours << name;
            continue;
        }
        ConfigEntry entry;
        entry.key = name; // "pgaudit.log" is a name of two parts, as the server writes it
        entry.value = cellOf(rows, row, "setting");
        entry.unit = cellOf(rows, row, "unit");
        entry.type = typeOf(cellOf(rows, row, "vartype"), entry.value);
        QStringList notes;
        if (isTrue(cellOf(rows, row, "pending_restart")))
            notes << QStringLiteral("pending restart");
        if (!isNullCell(rows, row, "sourcefile"))
            notes << QStringLiteral("%1:%2").arg(cellOf(rows, row, "sourcefile"), cellOf(rows, row, "sourceline"));
        else if (!source.isEmpty() && source != QLatin1String("default"))
            notes << source;
        entry.note = notes.join(QStringLiteral(", "));
        settleText(entry, isTrue(cellOf(rows, row, "masked")));
        set.parsed.entries.push_back(std::move(entry));
    }
    if (!ours.isEmpty())
        addNote(set.parsed,
                QStringLiteral("not compared, because the connection itself sets them: %1")
                    .arg(ours.join(QStringLiteral(", "))));
}

void readRoleSettings(DatabaseSet &set, const SqlReply &rows)
{
    for (size_t row = 0; row < rows.rows.size(); ++row) {
        const QString name = cellOf(rows, row, "name");
        if (name.isEmpty())
            continue;
        QString key;
        if (!isTrue(cellOf(rows, row, "for_all_roles")))
            key = joinKey(joinKey(key, QStringLiteral("role")),
                          isNullCell(rows, row, "role") ? QStringLiteral("unknown") : cellOf(rows, row, "role"));
        if (!isNullCell(rows, row, "database"))
            key = joinKey(joinKey(key, QStringLiteral("database")),
                          isTrue(cellOf(rows, row, "is_current")) ? QStringLiteral("current")
                                                                  : cellOf(rows, row, "database"));
        ConfigEntry entry;
        entry.key = (key.isEmpty() ? QStringLiteral("role.all") : key) + QLatin1Char('.') + name;
        entry.value = cellOf(rows, row, "setting");
        if (isTrue(cellOf(rows, row, "is_current")))
            entry.note = QStringLiteral("database %1").arg(cellOf(rows, row, "database"));
        settleText(entry, isTrue(cellOf(rows, row, "masked")));
        set.parsed.entries.push_back(std::move(entry));
    }
}

Result<Value> parseSettings(const SourceEntry &entry, const Replies &replies, const Context &)
{
    DatabaseSet set{entry, replies, {}, {}};
    if (const SqlReply *rows = set.rows(QStringLiteral("settings"))) {
        if (rows->column("name") < 0 || rows->column("setting") < 0)
            addError(set.parsed, 0, QStringLiteral("the columns \"name\" and \"setting\" are expected"));
        readSettings(set, *rows);
    }
    if (const SqlReply *rows = set.rows(QStringLiteral("roles")))
        readRoleSettings(set, *rows);
    const SqlReply *rights = set.rows(QStringLiteral("rights"));
    if (rights && !rights->rows.empty() && !isTrue(cellOf(*rights, 0, "sees_all"))) {
        const QString grant = QStringLiteral("GRANT pg_read_all_settings TO %1;").arg(cellOf(*rights, 0, "role"));
        addNote(set.parsed,
                QStringLiteral("this role does not see all settings, nor where they are set: %1").arg(grant));
        // What it does not see is not missing: it is not known.
        set.failures.push_back({ErrorKind::Denied, QStringLiteral("read pg_settings"), entry.database,
                                QStringLiteral("some settings are hidden from this role"), grant});
    }
    return finishedSet(std::move(set));
}

} // namespace

const Source pgSettingsSource{
    PaneKind::Configs,
    "pg_settings",
    "PostgreSQL settings",
    false,
    true,
    {},
    {"settings", "roles", "rights"},
    settingsRequests,
    parseSettings,
    nullptr,
    "pg_read_all_settings for the settings that only superusers see",
};

} // namespace taffrail::sources
