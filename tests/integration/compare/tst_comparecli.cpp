// SPDX-License-Identifier: GPL-3.0-or-later
// taffrail compare, the whole program: files of this machine, read through its own shell.
#include "comparesite.h"

#include <QDateTime>
#include <QRegularExpression>
#include <QTest>

using taffrail::tests::CompareSite;
using taffrail::tests::stateOf;

namespace {

QString utf8(const char *text)
{
    return QString::fromUtf8(text);
}

const QStringList both{QStringLiteral("blue"), QStringLiteral("green")};
const QByteArray envEntry = "[{'id':'env','source':'dotenv','host':'here','path':'$ENV/.env'}]";

/// Single quotes for double ones.
QByteArray quoted(const char *text)
{
    return QByteArray(text).replace('\'', '"');
}

/// All that pdftotext finds, without blanks: a long word may be on two lines.
QByteArray textOfPdf(const QString &path)
{
    QProcess program;
    program.start(utf8("pdftotext"), {utf8("-enc"), utf8("UTF-8"), path, utf8("-")});
    program.waitForFinished(30'000);
    QByteArray text = program.readAllStandardOutput().simplified();
    return text.replace(' ', QByteArray());
}

QStringList compare(const QStringList &more)
{
    return QStringList{QStringLiteral("compare")} + both + more;
}

} // namespace

class TestCompareCli : public QObject {
    Q_OBJECT
private slots:
    void tellsKeysApart()
    {
        CompareSite site;
        site.write(utf8("blue/.env"), "SAME=1\nPOOL=40\nONLY_BLUE=x\nQUOTED=\"a b\"\nURL=http://a.example/x\n");
        site.write(utf8("green/.env"), "URL=http://a.example/x\nPOOL=20\nSAME=1\nQUOTED='a b'\nNEW=y\n");
        site.writeInventory(both, envEntry);
        const auto result = site.run(compare({utf8("--json"), utf8("--all")}));
        QCOMPARE(result.err, QByteArray());
        QCOMPARE(result.code, 1);
        const QJsonObject json = result.json();
        QCOMPARE(stateOf(json, utf8("SAME")), utf8("equal"));
        QCOMPARE(stateOf(json, utf8("POOL")), utf8("changed"));
        QCOMPARE(stateOf(json, utf8("ONLY_BLUE")), utf8("missing"));
        QCOMPARE(stateOf(json, utf8("NEW")), utf8("extra"));
        QCOMPARE(stateOf(json, utf8("QUOTED")), utf8("equal"));
        QCOMPARE(stateOf(json, utf8("URL")), utf8("equal"));
        QCOMPARE(json.value(utf8("reference")).toString(), utf8("blue"));
        const auto other = site.run(compare({utf8("--json"), utf8("--reference"), utf8("green")}));
        QCOMPARE(stateOf(other.json(), utf8("NEW")), utf8("missing"));
        const auto text = site.run(compare({}));
        QVERIFY(text.out.contains("POOL"));
        QVERIFY(!text.out.contains("QUOTED"));
    }

    void isSilentAboutEqualOnes()
    {
        CompareSite site;
        for (const QString &name : both)
            site.write(name + utf8("/.env"), "A=1\nPASSWORD=correct-horse-battery\n");
        site.writeInventory(both, envEntry);
        const auto result = site.run(compare({}));
        QCOMPARE(result.code, 0);
        QVERIFY2(result.out.contains("No unexpected difference"), result.out.constData());
        QCOMPARE(stateOf(site.run(compare({utf8("--json"), utf8("--all")})).json(), utf8("PASSWORD")),
                 utf8("secret-same"));
    }

    void keepsSecretsOutOfEveryOutput()
    {
        CompareSite site;
        const QByteArrayList secrets{"correct-horse-1-battery", "correct-horse-2-battery", "hunter2xyzzy",
                                     "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "urlPassw0rdOfTheBase"};
        site.write(utf8("blue/.env"),
                   "APP_SECRET=" + secrets[0] + "\nTOKEN=\"" + secrets[2] + "\"\nPLAIN=" + secrets[3]
                       + "\nDATABASE_URL=postgres://shop:" + secrets[4] + "@db/shop\n# old password: " + secrets[2]
                       + "\nPOOL=1\n");
        site.write(utf8("green/.env"),
                   "APP_SECRET=" + secrets[1] + "\nTOKEN=" + secrets[2] + "\nPLAIN=" + secrets[3]
                       + "\nDATABASE_URL=postgres://shop:" + secrets[4] + "@db2/shop\nPOOL=2\n");
        site.writeInventory(both,
                            "[{'id':'env','source':'dotenv','host':'here','path':'$ENV/.env'},"
                            "{'id':'text','source':'text','host':'here','path':'$ENV/.env'}]");
        QByteArray all;
        for (const char *format : {"--json", "--markdown", "--csv"})
            all += site.run(compare({utf8(format), utf8("--all")})).out;
        all += site.run(compare({utf8("--all")})).out;
        const auto files = site.run(compare(
            {utf8("--all"), utf8("--html"), site.path(utf8("r.html")), utf8("--pdf"), site.path(utf8("r.pdf"))}));
        QVERIFY2(files.code == 1, files.err.constData());
        QVERIFY(site.content(utf8("r.pdf")).startsWith("%PDF"));
        QVERIFY(site.content(utf8("r.html")).contains("APP_SECRET"));
        all += site.content(utf8("r.html"));
        const QByteArray printed = textOfPdf(site.path(utf8("r.pdf")));
        QVERIFY2(printed.contains("APP_SECRET"), printed.constData());
        all += printed;
        for (const QString &name : both) {
            QCOMPARE(site.run({utf8("compare"), name, utf8("--save-baseline")}).code, 0);
            all += site.content(utf8("state/taffrail/baselines/") + name + utf8(".json"));
        }
        all += site.run({utf8("configs"), utf8("blue")}).out;
        all += site.run({utf8("configs"), utf8("blue"), utf8("--json")}).out;
        all += site.run({utf8("status"), utf8("--json"), utf8("--values")}).out;
        QVERIFY(all.contains("APP_SECRET"));
        for (const QByteArray &secret : secrets)
            QVERIFY2(!all.contains(secret) && !printed.contains(secret), secret.constData());
        static const QRegularExpression digest(utf8("\\b[0-9a-f]{64}\\b"));
        const QJsonObject json
            = site.run(compare({utf8("--json"), utf8("--all"), utf8("--source"), utf8("env")})).json();
        QVERIFY(!QString::fromUtf8(QJsonDocument(json).toJson()).contains(digest));
        QCOMPARE(stateOf(json, utf8("APP_SECRET")), utf8("secret-differs"));
        QCOMPARE(stateOf(json, utf8("TOKEN")), utf8("secret-same"));
        QCOMPARE(stateOf(json, utf8("PLAIN")), utf8("secret-same"));
        QCOMPARE(stateOf(json, utf8("DATABASE_URL")), utf8("secret-differs")); // another host
    }

    /// A note that says nothing of what was left out takes no certainty away.
    void notesAreNoGaps()
    {
        CompareSite site;
        site.write(utf8("blue/a.json"), "{\"a\": 1, \"b\": 2}\n");
        site.write(utf8("green/a.json"), "// said\n{\"a\": 1}\n");
        site.writeInventory(both, "[{'id':'app','source':'json','host':'here','path':'$ENV/a.json'}]");
        QCOMPARE(stateOf(site.run(compare({utf8("--json"), utf8("--all")})).json(), utf8("b")), utf8("missing"));
    }

    void followsIncludesOfNginx()
    {
        CompareSite site;
        for (const QString &name : both) {
            site.write(name + utf8("/nginx.conf"), "http { include sites/*; }\n");
            site.write(name + utf8("/sites/shop"), "server { listen 80; include ../tls; }\n");
            site.write(name + utf8("/tls"), "ssl_protocols TLSv1.3;\ngzip on;\n");
        }
        site.writeInventory(both, "[{'id':'web','source':'nginx','host':'here','path':'$ENV/nginx.conf'}]");
        const QStringList words = compare({utf8("--json"), utf8("--all")});
        const QString protocols = utf8("http.server 80.ssl_protocols"), gzip = utf8("http.server 80.gzip");
        // Relative to the folder of the main file, so that it leads out of the environment's own.
        QCOMPARE(stateOf(site.run(words).json(), protocols), QString());
        for (const QString &name : both)
            site.write(name + utf8("/sites/shop"), "server { listen 80; include tls; }\n");
        QCOMPARE(stateOf(site.run(words).json(), protocols), utf8("equal"));
        site.write(utf8("green/tls"), "ssl_protocols TLSv1.2;\n");
        QCOMPARE(stateOf(site.run(words).json(), protocols), utf8("changed"));
        QCOMPARE(stateOf(site.run(words).json(), gzip), utf8("missing"));
        QVERIFY(QFile::remove(site.path(utf8("green/tls"))));
        QCOMPARE(stateOf(site.run(words).json(), gzip), utf8("unknown"));
    }

    void unreadableIsUnknownNeverMissing()
    {
        CompareSite site;
        site.write(utf8("blue/.env"), "A=1\nB=2\n");
        site.writeInventory(both, envEntry);
        const auto result = site.run(compare({utf8("--json"), utf8("--all")}));
        QCOMPARE(result.code, 3);
        QCOMPARE(stateOf(result.json(), utf8("A")), utf8("unknown"));
        site.write(utf8("green/.env"), "A=1\n\"unfinished\n"); // what stands before the mistake is there
        const QJsonObject json = site.run(compare({utf8("--json"), utf8("--all")})).json();
        QCOMPARE(stateOf(json, utf8("A")), utf8("equal"));
        QCOMPARE(stateOf(json, utf8("B")), utf8("unknown"));
    }

    void agreedDifferencesHoldUntilTheirDay()
    {
        CompareSite site;
        site.write(utf8("blue/.env"), "POOL=40\nLOG=info\n");
        site.write(utf8("green/.env"), "POOL=10\nLOG=debug\n");
        site.writeInventory(both, envEntry);
        const auto agreed = [&site](const char *until) {
            site.write(utf8("expected-differences.json"),
                       quoted("{'version':1,'expected':[{'entry':'env','key':'POOL','environments':['green'],"
                              "'reason':'smaller','author':'ada','since':'2026-01-01T00:00:00Z','until':'")
                           + until + quoted("'}]}"));
        };
        agreed("2999-01-01T00:00:00Z");
        QJsonObject json = site.run(compare({utf8("--json"), utf8("--all")})).json();
        QCOMPARE(stateOf(json, utf8("POOL")), utf8("expected"));
        QCOMPARE(stateOf(json, utf8("LOG")), utf8("changed"));
        QVERIFY(!site.run(compare({})).out.contains("POOL"));
        agreed("2026-02-01T00:00:00Z");
        const auto expired = site.run(compare({}));
        QVERIFY2(expired.out.contains("Expired"), expired.out.constData());
        QCOMPARE(stateOf(site.run(compare({utf8("--json")})).json(), utf8("POOL")), utf8("changed"));
        site.write(utf8("expected-differences.json"),
                   quoted("{'version':1,'expected':[{'entry':'env','kee':'POOL'}]}"));
        const auto broken = site.run(compare({}));
        QCOMPARE(broken.code, 65);
        QVERIFY2(broken.err.contains("kee"), broken.err.constData());
        QCOMPARE(broken.out, QByteArray());
    }

    void comparesWithWhatWasSaved()
    {
        CompareSite site;
        site.write(utf8("blue/.env"), "POOL=40\nPASSWORD=correct-horse-battery\n");
        site.writeInventory(both, envEntry);
        const auto none = site.run({utf8("compare"), utf8("blue"), utf8("--baseline")});
        QVERIFY(none.code != 0 && none.err.contains("--save-baseline"));
        QCOMPARE(site.run({utf8("compare"), utf8("blue"), utf8("--save-baseline")}).code, 0);
        QCOMPARE(site.run({utf8("compare"), utf8("blue"), utf8("--baseline")}).code, 0);
        site.write(utf8("blue/.env"), "POOL=41\nPASSWORD=correct-horse-battery\n");
        const auto changed = site.run({utf8("compare"), utf8("blue"), utf8("--baseline"), utf8("--json")});
        QCOMPARE(changed.code, 1);
        QCOMPARE(stateOf(changed.json(), utf8("POOL")), utf8("changed"));
        QCOMPARE(changed.json().value(utf8("rows")).toArray().size(), 1);
    }

    void refusesWrongWords()
    {
        CompareSite site;
        site.write(utf8("blue/.env"), "A=1\n");
        site.writeInventory(both, envEntry);
        for (const QStringList &words :
             {QStringList{utf8("compare"), utf8("blue")}, QStringList{utf8("compare"), utf8("blue"), utf8("red")},
              QStringList{utf8("compare"), utf8("blue"), utf8("blue")}, compare({utf8("--strict"), utf8("everything")}),
              compare({utf8("--json"), utf8("--csv")}), compare({utf8("--baseline")})}) {
            const auto result = site.run(words);
            QVERIFY2(result.code == 64 && !result.err.isEmpty() && result.out.isEmpty(),
                     qPrintable(words.join(QLatin1Char(' '))));
        }
    }
};

QTEST_GUILESS_MAIN(TestCompareCli)
#include "tst_comparecli.moc"
