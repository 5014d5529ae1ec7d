// SPDX-License-Identifier: GPL-3.0-or-later
// The whole program against real servers on which something goes wrong: each fault shows up in the right pane, in
// words, and the rest of the board stays true.
#include "labfixture.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace taffrail::tests;

namespace {

struct Outcome {
    int exitCode = -1;
    QByteArray out, err;
    QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
};

QStringList words(const char *text)
{
    return QString::fromLatin1(text).split(QLatin1Char(' '), Qt::SkipEmptyParts);
}

} // namespace

class TestBoardFaults : public QObject {
    Q_OBJECT

    LabFixture m_lab;
    QTemporaryDir m_home;

    Outcome taffrail(const QStringList &arguments, int limit = 60'000)
    {
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("XDG_STATE_HOME"), m_home.path());
        environment.insert(QStringLiteral("XDG_CONFIG_HOME"), m_home.path());
        environment.remove(QStringLiteral("DISPLAY")); // no window system is needed
        environment.remove(QStringLiteral("QT_QPA_PLATFORM"));
        process.setProcessEnvironment(environment);
        process.setStandardInputFile(QProcess::nullDevice());
        process.start(QStringLiteral(TAFFRAIL_BINARY), arguments);
        Outcome outcome;
        if (process.waitForFinished(limit) && process.exitStatus() == QProcess::NormalExit)
            outcome.exitCode = process.exitCode();
        else
            process.kill();
        outcome.out = process.readAllStandardOutput();
        outcome.err = process.readAllStandardError();
        return outcome;
    }

    QJsonObject board(const QString &environment)
    {
        const Outcome outcome
            = taffrail({QStringLiteral("status"), environment, QStringLiteral("--json"), QStringLiteral("--values"),
                        QStringLiteral("--inventory"), m_lab.inventory()});
        m_complaint = outcome.err;
        return outcome.json().value(QLatin1String("environments")).toArray().at(0).toObject();
    }

    static QStringList codes(const QJsonObject &environment)
    {
        QStringList list;
        for (const auto &finding : environment.value(QLatin1String("findings")).toArray())
            list << finding.toObject().value(QLatin1String("code")).toString();
        return list;
    }

    static QJsonObject pane(const QJsonObject &environment, const QString &name)
    {
        return environment.value(QLatin1String("panes")).toObject().value(name).toObject();
    }

    static QStringList errorKinds(const QJsonObject &environment, const QString &name)
    {
        QStringList kinds;
        for (const auto &each : pane(environment, name).value(QLatin1String("observations")).toArray()) {
            const QJsonObject error = each.toObject().value(QLatin1String("error")).toObject();
            if (!error.isEmpty())
                kinds << error.value(QLatin1String("kind")).toString();
        }
        return kinds;
    }

    QByteArray m_complaint;

private slots:
    void initTestCase() { QVERIFY2(m_lab.up(), qPrintable(m_lab.problem())); }
    void cleanupTestCase() { QVERIFY(m_lab.down()); }

    void theBoardShowsTheLabsTruth()
    {
        const Outcome outcome
            = taffrail({QStringLiteral("status"), QStringLiteral("--json"), QStringLiteral("--values"),
                        QStringLiteral("--inventory"), m_lab.inventory()});
        QVERIFY2(!outcome.out.isEmpty(), outcome.err.constData());
        QHash<QString, QJsonObject> by;
        for (const auto &each : outcome.json().value(QLatin1String("environments")).toArray())
            by.insert(each.toObject().value(QLatin1String("id")).toString(), each.toObject());
        QCOMPARE(by.size(), 7);
        QCOMPARE(outcome.exitCode, 2); // something is critical

        const QJsonObject shop = by.value(QStringLiteral("shop-production"));
        QVERIFY(pane(shop, QStringLiteral("deployments"))
                    .value(QLatin1String("summary"))
                    .toString()
                    .contains(m_lab.liveRelease(QStringLiteral("shop-web1"))));
        QCOMPARE(errorKinds(shop, QStringLiteral("deployments")), QStringList());
        QCOMPARE(errorKinds(shop, QStringLiteral("migrations")), QStringList());
        QCOMPARE(errorKinds(shop, QStringLiteral("backups")), QStringList());
        QCOMPARE(errorKinds(shop, QStringLiteral("health")), QStringList());
        QCOMPARE(pane(shop, QStringLiteral("migrations")).value(QLatin1String("status")).toString(),
                 QStringLiteral("ok"));
        QCOMPARE(shop.value(QLatin1String("status")).toString(), QStringLiteral("warning")); // well but for one warning
        QVERIFY(codes(by.value(QStringLiteral("shop-staging"))).contains(QStringLiteral("migration.pending")));
        const QStringList ledger = codes(by.value(QStringLiteral("ledger-production")));
        QVERIFY(ledger.contains(QStringLiteral("backup.stale")));
        QVERIFY(ledger.contains(QStringLiteral("backup.flawed-newest")));
        QVERIFY(ledger.contains(QStringLiteral("migration.pending")));
        QVERIFY(codes(by.value(QStringLiteral("ledger-staging"))).contains(QStringLiteral("database.offline")));
        QVERIFY(codes(by.value(QStringLiteral("legacy-production"))).contains(QStringLiteral("host.offline")));
        QCOMPARE(by.value(QStringLiteral("legacy-production")).value(QLatin1String("status")).toString(),
                 QStringLiteral("offline"));
    }

    void faults_data()
    {
        QTest::addColumn<QString>("where"); // "" = the fault's default
        QTest::addColumn<QString>("environment");
        QTest::addColumn<QStringList>("findings"); // codes that must be there
        QTest::addColumn<QString>("hurtPane"); // pane whose observations fail, or ""
        QTest::addColumn<QString>("kind"); // of that failure
        QTest::addColumn<QStringList>("wellPanes"); // panes that must read without any error
        const QString shop = QStringLiteral("shop-production");
        const auto row = [&](const char *fault, const char *findings, const char *hurt, const char *kind,
                             const char *well, const QString &environment = {}) {
            QTest::newRow(fault) << QString() << (environment.isEmpty() ? shop : environment) << words(findings)
                                 << QString::fromLatin1(hurt) << QString::fromLatin1(kind) << words(well);
        };
        // clang-format off
        row("app-down",         "http.status",                   "", "", "deployments migrations backups");
        row("app-red",          "http.status",                   "", "", "deployments migrations backups");
        row("cert-expired",     "tls.expiry",                    "", "", "deployments migrations backups");
        row("dangling-current", "deploy.dangling",               "", "", "deployments migrations backups health");
        row("mixed-hosts",      "deploy.mixed",                  "", "", "deployments migrations backups health");
        row("stale-link",       "deploy.out-of-band",            "", "", "deployments migrations backups health");
        row("db-full",          "",                              "migrations", "busy",         "deployments");
        row("db-hang",          "",                              "migrations", "unreachable",  "deployments");
        row("db-no-rights",     "migration.unreadable database.rights", "", "", "deployments");
        row("db-password",      "database.offline",              "migrations", "auth-refused", "deployments");
        row("db-refuse",        "database.offline",              "migrations", "unreachable",  "deployments");
        row("db-standby",       "",                              "", "", "deployments migrations health");
        row("dump-missing",     "backup.none",                   "", "", "deployments migrations health", QStringLiteral("ledger-production"));
        row("host-down",        "host.offline deploy.host-unreadable", "", "", "migrations backups");
        row("host-silent",      "host.offline deploy.host-unreadable", "", "", "migrations backups");
        row("key-changed",      "host.offline deploy.host-unreadable", "", "", "migrations backups");
        row("login-refused",    "host.offline deploy.host-unreadable", "", "", "migrations backups");
        row("lock-held",        "migration.unreadable",          "", "",                       "deployments backups");
        row("repo-missing",     "backup.repo-error",             "", "", "deployments migrations health");
        row("shell-banner",     "",                              "", "", "deployments migrations backups health");
        row("slow-wire",        "",                              "", "", "deployments migrations backups health");
        row("wal-stuck",        "backup.archiver-failing",       "", "", "deployments migrations health");
        // clang-format on
    }

    void faults()
    {
        QFETCH(QString, where);
        QFETCH(QString, environment);
        QFETCH(QStringList, findings);
        QFETCH(QString, hurtPane);
        QFETCH(QString, kind);
        QFETCH(QStringList, wellPanes);
        const QString fault = QString::fromLatin1(QTest::currentDataTag());
        QVERIFY2(m_lab.breakThing(fault, where), qPrintable(m_lab.problem()));
        const QJsonObject seen = board(environment);
        const bool mended = m_lab.mendThing(fault);
        const QByteArray shown = QJsonDocument(seen).toJson().left(6000);
        QVERIFY2(!seen.isEmpty(), m_complaint.constData());
        for (const QString &code : findings)
            QVERIFY2(codes(seen).contains(code),
                     qPrintable(code + QStringLiteral(" not in ") + codes(seen).join(QLatin1Char(' '))));
        if (!hurtPane.isEmpty()) {
            const QStringList kinds = errorKinds(seen, hurtPane);
            QVERIFY2(!kinds.isEmpty(), shown.constData());
            if (!kind.isEmpty())
                QVERIFY2(kinds.contains(kind), qPrintable(kinds.join(QLatin1Char(' '))));
            const QString status = pane(seen, hurtPane).value(QLatin1String("status")).toString();
            QVERIFY2(status != QLatin1String("ok") && status != QLatin1String("none"), qPrintable(status));
        }
        for (const QString &name : wellPanes)
            QVERIFY2(errorKinds(seen, name).isEmpty(),
                     qPrintable(name + QLatin1Char(' ') + errorKinds(seen, name).join(QLatin1Char(' '))));
        QVERIFY2(mended, qPrintable(m_lab.problem()));
    }

    void aRoleWithoutRightsIsToldWithItsGrant()
    {
        const QString shop = QStringLiteral("shop-production");
        QVERIFY2(m_lab.breakThing(QStringLiteral("db-no-rights")), qPrintable(m_lab.problem()));
        const Outcome health = taffrail({QStringLiteral("health"), shop, QStringLiteral("--json"),
                                         QStringLiteral("--inventory"), m_lab.inventory()});
        const Outcome text
            = taffrail({QStringLiteral("health"), shop, QStringLiteral("--inventory"), m_lab.inventory()});
        QVERIFY2(m_lab.mendThing(QStringLiteral("db-no-rights")), qPrintable(m_lab.problem()));
        QJsonObject rights;
        for (const auto &each : health.json().value(QLatin1String("findings")).toArray()) {
            if (each.toObject().value(QLatin1String("code")) == QLatin1String("database.rights"))
                rights = each.toObject();
        }
        QCOMPARE(rights.value(QLatin1String("severity")).toString(), QStringLiteral("notice"));
        QCOMPARE(rights.value(QLatin1String("subject")).toString(), QStringLiteral("main"));
        const QJsonObject evidence = rights.value(QLatin1String("evidence")).toObject();
        QCOMPARE(evidence.value(QLatin1String("statements")).toString(),
                 QStringLiteral("GRANT pg_monitor TO \"taffrail\";"));
        QVERIFY2(evidence.value(QLatin1String("where")).toString().startsWith(QStringLiteral("main at 127.")),
                 qPrintable(evidence.value(QLatin1String("where")).toString()));
        QVERIFY2(text.out.contains("GRANT pg_monitor TO \"taffrail\";"), text.out.constData());
        // Given back, and nothing is left to say.
        const Outcome again = taffrail({QStringLiteral("health"), shop, QStringLiteral("--json"),
                                        QStringLiteral("--inventory"), m_lab.inventory()});
        QVERIFY(!again.out.contains("database.rights"));
    }

    void noSecretIsPrinted()
    {
        QFile file(m_lab.cluster(QStringLiteral("shop")).passwordFile);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray secret = file.readAll().trimmed();
        QVERIFY(secret.size() > 6);
        for (const char *verb : {"status", "migrations", "health", "backups"}) {
            const Outcome outcome
                = taffrail({QString::fromLatin1(verb), QStringLiteral("shop-production"), QStringLiteral("--json"),
                            QStringLiteral("--inventory"), m_lab.inventory()});
            QVERIFY(!outcome.out.isEmpty());
            QVERIFY(!outcome.out.contains(secret) && !outcome.err.contains(secret));
        }
    }

    void checkIsOneLineForNagios()
    {
        const Outcome outcome = taffrail({QStringLiteral("check"), QStringLiteral("shop-production"),
                                          QStringLiteral("--inventory"), m_lab.inventory()});
        QCOMPARE(outcome.exitCode, 1);
        QCOMPARE(outcome.out.count('\n'), 1);
        QVERIFY2(QRegularExpression(QStringLiteral("^TAFFRAIL WARNING - shop-production: .+\\|deployments=\\d"))
                     .match(QString::fromUtf8(outcome.out))
                     .hasMatch(),
                 outcome.out.constData());
    }

    void mistakesOfThePersonAreTold()
    {
        const Outcome unknown = taffrail(
            {QStringLiteral("status"), QStringLiteral("nowhere"), QStringLiteral("--inventory"), m_lab.inventory()});
        QCOMPARE(unknown.exitCode, 64);
        QVERIFY(unknown.err.contains("shop-production"));
        QFile file(m_home.filePath(QStringLiteral("bad.json")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{\n  \"version\": 1,\n  \"environments\": [ { \"id\": \"a\", \"colour\": 1 } ]\n}\n");
        file.close();
        const Outcome bad = taffrail({QStringLiteral("inventory"), QStringLiteral("check"), file.fileName()});
        QCOMPARE(bad.exitCode, 65);
        QVERIFY2(bad.err.contains("bad.json:3:") && bad.err.contains("colour"), bad.err.constData());
    }
};

QTEST_GUILESS_MAIN(TestBoardFaults)
#include "tst_boardfaults.moc"
