// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgerrors.h"

#include "text.h"

#include <QRegularExpression>

#include <array>
#include <cerrno>
#include <cstring>

namespace taffrail::pg {

namespace {

struct Reading {
    ErrorKind kind = ErrorKind::ToolFailed;
    QString text; ///< "" = the server's own words
    QString hint;
};

QString utf8(const QByteArray &bytes)
{
    return sanitizedLine(bytes, 120);
}

/// The server's words of the last "FATAL:  28P01: words" in libpq's message; else the message without the part that
/// says where it connected to (its port may be that of our own tunnel).
QByteArray serverWords(const QByteArray &message)
{
    static const QRegularExpression verbose(QStringLiteral(":  (?=[A-Z]*[0-9])[0-9A-Z]{5}: ([^\\n]*)"));
    QRegularExpressionMatchIterator found = verbose.globalMatch(QString::fromUtf8(message));
    QString words;
    while (found.hasNext())
        words = found.next().captured(1);
    if (!words.isEmpty())
        return words.toUtf8();
    static const QRegularExpression place(
        QStringLiteral("^.{0,40}\"[^\"\\n]*\"(?: \\([^)\\n]*\\))?,[^:\\n]{0,40}\\d+[^:\\n]{0,20}: "),
        QRegularExpression::MultilineOption);
    QString rest = QString::fromUtf8(message).trimmed();
    rest.remove(place);
    // After a failed try with TLS libpq adds the failure without it; the last line is the one that decided.
    return rest.toUtf8();
}

Reading readingOfLogin(const QByteArray &state, const ConnectFailure &failed)
{
    const QString user = utf8(failed.user);
    const QString database = utf8(failed.database);
    if (state == "28P01")
        return {ErrorKind::AuthRefused, QStringLiteral("the password of \"%1\" was not accepted").arg(user),
                QStringLiteral("Check the entry's \"password\" reference or the passfile.")};
    if (state.startsWith("28"))
        return {ErrorKind::AuthRefused,
                {},
                QStringLiteral("Check pg_hba.conf on the server: it must let \"%1\" into \"%2\" from here.")
                    .arg(user, database)};
    if (state == "3D000")
        return {ErrorKind::NotFound, QStringLiteral("there is no database \"%1\"").arg(database),
                QStringLiteral("Check dbname in the dsn.")};
    if (state == "42501")
        return {ErrorKind::Denied,
                {},
                QStringLiteral("Run on the server: GRANT CONNECT ON DATABASE %1 TO %2;")
                    .arg(utf8(quotedIdentifier(failed.database)), utf8(quotedIdentifier(failed.user)))};
    if (state == "53300")
        return {ErrorKind::Busy, {}, QStringLiteral("All connection slots are taken: the server is up and saturated.")};
    if (state == "57P03")
        return {ErrorKind::Busy,
                {},
                QStringLiteral("The server is starting, stopping or recovering; it is asked again by itself.")};
    if (state == "57P01" || state == "57P02")
        return {ErrorKind::ConnectionLost, {}, {}};
    if (state == "08P01" || state == "0A000" || state == "42704")
        return {ErrorKind::Unsupported,
                {},
                QStringLiteral("The other side did not take the session settings. A pooler in between? Point the dsn "
                               "at PostgreSQL itself.")};
    return {};
}

/// The words that the C library has for an error number are in libpq's message, in whatever language this process runs.
bool mentions(const QByteArray &message, int number)
{
    return message.contains(strerror(number));
}

Reading readingOfNetwork(const ConnectFailure &failed)
{
    const QString place = failed.host.startsWith('/')
        ? QStringLiteral("%1/.s.PGSQL.%2").arg(utf8(failed.host), utf8(failed.port))
        : QStringLiteral("%1:%2").arg(utf8(failed.host), utf8(failed.port));
    if (mentions(failed.message, ECONNREFUSED))
        return {ErrorKind::Unreachable, QStringLiteral("%1 refused the connection").arg(place),
                QStringLiteral("Is PostgreSQL running there, and is this its port?")};
    if (mentions(failed.message, ENOENT))
        return {ErrorKind::Unreachable, QStringLiteral("there is no socket %1").arg(place),
                QStringLiteral("Is PostgreSQL running on this machine? For another one, write host= in the dsn.")};
    if (mentions(failed.message, ETIMEDOUT))
        return {ErrorKind::Unreachable, QStringLiteral("%1 does not answer").arg(place), {}};
    for (const int number : {EHOSTUNREACH, ENETUNREACH, EACCES, EPERM}) {
        if (mentions(failed.message, number))
            return {ErrorKind::Unreachable,
                    QStringLiteral("%1: %2").arg(place, QString::fromLocal8Bit(strerror(number))),
                    {}};
    }
    return {ErrorKind::ConnectionLost, {}, {}};
}

Reading readingOfTls(const ConnectFailure &failed)
{
    Reading reading{ErrorKind::CertificateRefused, {}, {}};
    if (failed.message.contains("certificate verify failed"))
        reading.hint
            = QStringLiteral("Set sslrootcert in the dsn to the authority that signed the server's certificate.");
    else if (failed.verifiesName)
        reading.hint
            = QStringLiteral("sslmode=verify-full wants a certificate for the name %1.").arg(utf8(failed.host));
    return reading;
}

QString limitText(std::chrono::milliseconds limit)
{
    return durationText(limit);
}

/// The relation as the statement names it, with its schema where it gives one.
QByteArray qualifiedIn(const QByteArray &sql, const QString &relation)
{
    const QRegularExpression named(QStringLiteral("([A-Za-z_][A-Za-z0-9_$]*|\"[^\"]+\")\\s*\\.\\s*\"?%1\"?")
                                       .arg(QRegularExpression::escape(relation)));
    const auto found = named.match(QString::fromUtf8(sql)); // clazy:exclude=use-static-qregularexpression
    const QByteArray plain = quotedIdentifier(relation.toUtf8());
    if (!found.hasMatch())
        return plain;
    const QString schema = found.captured(1);
    return (schema.startsWith(QLatin1Char('"')) ? schema.toUtf8() : quotedIdentifier(schema.toLower().toUtf8())) + '.'
        + plain;
}

/// "permission denied for table x": the kind and name, then the GRANT. The server has no field for the name, and in
/// another language than English the hint is the general one.
QString grantHint(const StatementContext &context, const QString &words)
{
    const QByteArray user = quotedIdentifier(context.user);
    const auto run = [](const QByteArray &statement) {
        return QStringLiteral("Run on the server: %1").arg(sanitizedLine(statement));
    };
    static const QRegularExpression denied(QStringLiteral("permission denied for (\\w+(?: \\w+)?) \"?([^\"\\s]+)\"?$"));
    const QRegularExpressionMatch found = denied.match(words);
    const QString kind = found.captured(1);
    const QString name = found.captured(2);
    if (words.contains(QLatin1String("pg_monitor")) || words.contains(QLatin1String("pg_read_all"))
        || (kind == QLatin1String("function") && name.startsWith(QLatin1String("pg_"))))
        return run("GRANT pg_monitor TO " + user + ';');
    if (kind == QLatin1String("schema"))
        return run("GRANT USAGE ON SCHEMA " + quotedIdentifier(name.toUtf8()) + " TO " + user + ';');
    if (kind == QLatin1String("sequence"))
        return run("GRANT SELECT ON SEQUENCE " + qualifiedIn(context.sql, name) + " TO " + user + ';');
    if (kind == QLatin1String("function"))
        return run("GRANT EXECUTE ON FUNCTION " + qualifiedIn(context.sql, name) + " TO " + user + ';');
    if (found.hasMatch())
        return run("GRANT SELECT ON " + qualifiedIn(context.sql, name) + " TO " + user + ';');
    return QStringLiteral("Grant the missing right to %1 on the server.").arg(sanitizedLine(user));
}

Reading readingOfStatement(const QByteArray &state, const StatementContext &context, const QByteArray &words)
{
    if (state == "57014" && words.contains("user request"))
        return {ErrorKind::Cancelled, QStringLiteral("%1 was cancelled on the server").arg(statementName(context)), {}};
    if (state == "57014")
        return {ErrorKind::Timeout,
                QStringLiteral("%1 took longer than the %2 that it may take")
                    .arg(statementName(context), limitText(context.statementTimeout)),
                {}};
    if (state == "55P03")
        return {ErrorKind::Busy,
                QStringLiteral("%1 waited %2 for a lock").arg(statementName(context), limitText(context.lockTimeout)),
                QStringLiteral("Someone holds the table, most likely a migration.")};
    if (state == "42501")
        return {ErrorKind::Denied, {}, grantHint(context, QString::fromUtf8(words))};
    if (state == "25006")
        return {ErrorKind::Denied, {}, QStringLiteral("Taffrail only reads; this statement would write.")};
    if (state.startsWith("57P"))
        return {ErrorKind::ConnectionLost, {}, {}};
    if (state.startsWith("53"))
        return {ErrorKind::Busy, {}, {}};
    if (state == "0A000")
        return {ErrorKind::Unsupported, {}, {}};
    static constexpr std::array absent{"42P01", "42703", "42883", "3F000", "42704", "42P02"};
    for (const char *each : absent) {
        if (state == each)
            return {ErrorKind::NotFound, {}, {}};
    }
    return {};
}

} // namespace

QByteArray sqlStateIn(const QByteArray &message)
{
    static const QRegularExpression verbose(QStringLiteral(":  (?=[A-Z]*[0-9])([0-9A-Z]{5}): "));
    QRegularExpressionMatchIterator found = verbose.globalMatch(QString::fromUtf8(message));
    QByteArray state;
    while (found.hasNext())
        state = found.next().captured(1).toLatin1();
    return state;
}

Error connectError(const QString &subject, const ConnectFailure &failed)
{
    const QByteArray state = sqlStateIn(failed.message);
    Reading reading;
    QString step = QStringLiteral("connect");
    if (!state.isEmpty()) {
        step = QStringLiteral("sign in");
        reading = readingOfLogin(state, failed);
    } else if (failed.needsPassword) {
        step = QStringLiteral("sign in");
        reading = {
            ErrorKind::AnswerNeeded,
            QStringLiteral("the server wants a password for \"%1\" and there is none").arg(utf8(failed.user)),
            QStringLiteral("Add \"password\": \"env:NAME\" or \"file:PATH\" to the entry, or a line to the passfile.")};
    } else if (failed.phase == CONNECTION_SSL_STARTUP) {
        step = QStringLiteral("tls");
        reading = readingOfTls(failed);
    } else if (failed.phase == CONNECTION_STARTED || failed.phase == CONNECTION_NEEDED
               || failed.phase == CONNECTION_MADE) {
        reading = readingOfNetwork(failed);
    } else if (mentions(failed.message, ECONNREFUSED)) {
        reading = readingOfNetwork(failed); // libpq's second try, without TLS, found the server gone
    } else {
        reading = {ErrorKind::ConnectionLost, {}, {}};
    }
    const QString words = reading.text.isEmpty() ? redacted(sanitizedLine(serverWords(failed.message))) : reading.text;
    return {reading.kind, step, subject, words.isEmpty() ? QStringLiteral("the connection was closed") : words,
            reading.hint};
}

Error statementError(const StatementContext &context, const PGresult *result)
{
    const QByteArray state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    QByteArray words = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (words.isEmpty())
        words = QByteArray(PQresultErrorMessage(result)).trimmed();
    const Reading reading = readingOfStatement(state, context, words);
    const QString text = reading.text.isEmpty()
        ? QStringLiteral("%1: %2").arg(statementName(context), redacted(sanitizedLine(words)))
        : reading.text;
    return {reading.kind, QStringLiteral("query"), context.subject, text, reading.hint};
}

Error lostError(const QString &subject, const QByteArray &message)
{
    const QByteArray words = serverWords(message).trimmed();
    return {ErrorKind::ConnectionLost,
            QStringLiteral("query"),
            subject,
            words.isEmpty() ? QStringLiteral("the server closed the connection") : redacted(sanitizedLine(words)),
            {}};
}

QByteArray quotedIdentifier(const QByteArray &name)
{
    QByteArray quoted = name;
    quoted.replace('"', "\"\"");
    return '"' + quoted + '"';
}

QString statementName(const StatementContext &context)
{
    const QString sql = redacted(sanitizedLine(context.sql.simplified(), 60));
    return QStringLiteral("statement %1 of %2 (%3)")
        .arg(QString::number(context.number), QString::number(context.count), sql);
}

} // namespace taffrail::pg
