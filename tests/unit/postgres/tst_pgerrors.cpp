// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgerrors.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::pg;

/// What libpq says when there is no connection, as kinds and words. The texts are libpq 15's under PQERRORS_VERBOSE.
class TestPgErrors : public QObject {
    Q_OBJECT

private slots:
    void connectErrors_data();
    void connectErrors();
    void states();
    void lost();
    void identifiers();
};

void TestPgErrors::connectErrors_data()
{
    QTest::addColumn<int>("phase");
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("text");
    const auto row = [](const char *name, ConnStatusType phase, const QByteArray &message, ErrorKind kind,
                        const QString &text) { QTest::newRow(name) << int(phase) << message << int(kind) << text; };
    const QByteArray at = "connection to server at \"db.test\" (10.0.0.9), port 40123 failed: ";
    row("password", CONNECTION_AWAITING_RESPONSE,
        at + "FATAL:  28P01: password authentication failed for user \"me\"\nLOCATION:  auth_failed, auth.c:333\n",
        ErrorKind::AuthRefused, QStringLiteral("the password of \"me\" was not accepted"));
    row("pg_hba", CONNECTION_AWAITING_RESPONSE, at + "FATAL:  28000: no pg_hba.conf entry for host \"10.0.0.1\"\n",
        ErrorKind::AuthRefused, QStringLiteral("no pg_hba.conf entry for host \"10.0.0.1\""));
    row("german", CONNECTION_AWAITING_RESPONSE,
        "Verbindung zum Server auf \xC2\xBB"
        "db.test\xC2\xAB, Port 5432 fehlgeschlagen: SCHWERWIEGEND:  53300: tut mir leid, schon zu viele Verbindungen\n",
        ErrorKind::Busy, QStringLiteral("tut mir leid, schon zu viele Verbindungen"));
    row("saturated", CONNECTION_AWAITING_RESPONSE, at + "FATAL:  53300: sorry, too many clients already\n",
        ErrorKind::Busy, QStringLiteral("sorry, too many clients already"));
    row("starting", CONNECTION_AWAITING_RESPONSE, at + "FATAL:  57P03: the database system is starting up\n",
        ErrorKind::Busy, QStringLiteral("the database system is starting up"));
    row("database", CONNECTION_AWAITING_RESPONSE, at + "FATAL:  3D000: database \"x\" does not exist\n",
        ErrorKind::NotFound, QStringLiteral("there is no database \"shop\""));
    row("pooler", CONNECTION_AWAITING_RESPONSE, at + "FATAL:  08P01: unsupported startup parameter: options\n",
        ErrorKind::Unsupported, QStringLiteral("unsupported startup parameter: options"));
    row("last try decides", CONNECTION_AWAITING_RESPONSE,
        at + "FATAL:  28000: no entry, SSL encryption\n" + at + "FATAL:  57P03: the database system is shutting down\n",
        ErrorKind::Busy, QStringLiteral("the database system is shutting down"));
    row("refused", CONNECTION_STARTED,
        at + "Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?\n",
        ErrorKind::Unreachable, QStringLiteral("db.test:5432 refused the connection"));
    row("no route", CONNECTION_STARTED, at + "No route to host\n", ErrorKind::Unreachable,
        QStringLiteral("db.test:5432: No route to host"));
    row("no TLS there", CONNECTION_SSL_STARTUP, at + "server does not support SSL, but SSL was required\n",
        ErrorKind::CertificateRefused, QStringLiteral("server does not support SSL, but SSL was required"));
    row("wrong name", CONNECTION_SSL_STARTUP,
        at + "server certificate for \"other\" does not match host name \"db.test\"\n", ErrorKind::CertificateRefused,
        QStringLiteral("server certificate for \"other\" does not match host name \"db.test\""));
    row("closed", CONNECTION_AWAITING_RESPONSE, at + "server closed the connection unexpectedly\n",
        ErrorKind::ConnectionLost, QStringLiteral("server closed the connection unexpectedly"));
    row("nothing said", CONNECTION_AWAITING_RESPONSE, "", ErrorKind::ConnectionLost,
        QStringLiteral("the connection was closed"));
    row("hostile", CONNECTION_AWAITING_RESPONSE, at + "FATAL:  28000: \x1B[2Jgone\n", ErrorKind::AuthRefused,
        QStringLiteral("gone"));
}

void TestPgErrors::connectErrors()
{
    QFETCH(int, phase);
    QFETCH(QByteArray, message);
    QFETCH(int, kind);
    QFETCH(QString, text);
    ConnectFailure failed;
    failed.phase = ConnStatusType(phase);
    failed.message = message;
    failed.host = "db.test";
    failed.port = "5432";
    failed.user = "me";
    failed.database = "shop";
    const Error error = connectError(QStringLiteral("main"), failed);
    QCOMPARE(error.text, text);
    QCOMPARE(int(error.kind), kind);
    QCOMPARE(error.subject, QStringLiteral("main"));
}

void TestPgErrors::states()
{
    QCOMPARE(sqlStateIn("failed: FATAL:  28P01: words"), "28P01");
    QCOMPARE(sqlStateIn("failed: FATAL: words"), QByteArray());
    QCOMPARE(sqlStateIn(""), QByteArray());
    QCOMPARE(sqlStateIn(QByteArray(100'000, ':')), QByteArray());
}

void TestPgErrors::lost()
{
    QCOMPARE(lostError(QStringLiteral("main"), "").text, QStringLiteral("the server closed the connection"));
    QCOMPARE(lostError(QStringLiteral("main"), "terminating connection").text,
             QStringLiteral("terminating connection"));
}

void TestPgErrors::identifiers()
{
    QCOMPARE(quotedIdentifier("me"), "\"me\"");
    QCOMPARE(quotedIdentifier("a\"b"), "\"a\"\"b\"");
}

QTEST_GUILESS_MAIN(TestPgErrors)
#include "tst_pgerrors.moc"
