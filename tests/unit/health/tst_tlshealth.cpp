// SPDX-License-Identifier: GPL-3.0-or-later
#include "certificate.h"
#include "healthcheckprobe.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;

namespace {

const QString endpoint = QStringLiteral("shop.example.test:443");

std::vector<QByteArray> sampleChain()
{
    std::vector<QByteArray> chain;
    for (const char *file : {"tls-leaf-12d.pem", "tls-ca.pem"}) {
        for (const QByteArray &der : derOfPem(captured(QString::fromLatin1(file))))
            chain.push_back(der);
    }
    return chain;
}

/// A self-signed certificate from `from` to `to` (days from the sample time) with a key of `bits`.
QByteArray made(int from, int to, int bits, const char *hash, const char *names)
{
    EVP_PKEY *key = EVP_RSA_gen(static_cast<unsigned int>(bits));
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
    const time_t base = time_t(sampleTime().toSecsSinceEpoch());
    ASN1_TIME_adj(X509_getm_notBefore(certificate), base, from, 0);
    ASN1_TIME_adj(X509_getm_notAfter(certificate), base, to, 0);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char *>("shop.example.test"),
                               -1, -1, 0);
    X509_NAME *issuer = X509_NAME_new();
    X509_NAME_add_entry_by_txt(issuer, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char *>("Some CA"), -1, -1,
                               0);
    X509_set_issuer_name(certificate, issuer);
    X509_set_pubkey(certificate, key);
    if (X509_EXTENSION *extension
        = names ? X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names) : nullptr) {
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }
    X509_sign(certificate, key, EVP_get_digestbyname(hash));
    unsigned char *bytes = nullptr;
    const int size = i2d_X509(certificate, &bytes);
    const QByteArray der(reinterpret_cast<const char *>(bytes), size);
    OPENSSL_free(bytes);
    X509_NAME_free(issuer);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return der;
}

HealthReport reportOf(const std::vector<QByteArray> &chain, const QDateTime &now, const QVariantMap &options = {},
                      const QString &error = {}, const QString &protocol = QStringLiteral("TLSv1.3"))
{
    SourceEntry entry;
    entry.options = options;
    if (!entry.options.contains(QStringLiteral("endpoint")))
        entry.options.insert(QStringLiteral("endpoint"), endpoint);
    TlsReply reply;
    reply.chainDer = chain;
    reply.verifyError = error;
    reply.protocol = protocol;
    const Result<Value> value = tlsSource.parse(entry, {answer(QString(), endpoint, reply)}, {now, {}});
    return value ? std::get<HealthReport>(*value) : HealthReport();
}

} // namespace

class TlsHealthTest : public QObject {
    Q_OBJECT

private slots:
    void readsTheFacts()
    {
        const std::optional<Certificate> leaf = readCertificate(sampleChain()[0]);
        QVERIFY(leaf);
        QCOMPARE(leaf->serial, QStringLiteral("6625DE6D9266D017885E2BF573BEB712DAB2E458"));
        QCOMPARE(leaf->notBefore, QDateTime(QDate(2026, 11, 20), QTime(16, 6, 54), Qt::UTC));
        QCOMPARE(leaf->notAfter, QDateTime(QDate(2026, 12, 2), QTime(16, 6, 54), Qt::UTC));
        QCOMPARE(leaf->issuer, QStringLiteral("CN=Test Root"));
        QCOMPARE(leaf->dnsNames,
                 (QStringList{QStringLiteral("shop.example.test"), QStringLiteral("*.api.example.test")}));
        QCOMPARE(leaf->keyType, QStringLiteral("RSA"));
        QCOMPARE(leaf->keyBits, 2048);
        QCOMPARE(leaf->signatureHash, QStringLiteral("SHA256"));
        QVERIFY(!leaf->isSelfSigned);
    }

    void names_data()
    {
        QTest::addColumn<QString>("host");
        QTest::addColumn<bool>("matches");
        QTest::newRow("exact") << "shop.example.test" << true;
        QTest::newRow("case and dot") << "SHOP.Example.test." << true;
        QTest::newRow("one label") << "x.api.example.test" << true;
        QTest::newRow("two labels") << "a.b.api.example.test" << false;
        QTest::newRow("no label") << "api.example.test" << false;
        QTest::newRow("other") << "example.test" << false;
        QTest::newRow("address") << "127.0.0.1" << true;
        QTest::newRow("other address") << "127.0.0.2" << false;
        QTest::newRow("empty") << "" << false;
    }

    void names()
    {
        QFETCH(QString, host);
        QFETCH(bool, matches);
        QCOMPARE(matchesName(*readCertificate(sampleChain()[0]), host), matches);
    }

    void theCommonNameIsNoName()
    {
        const std::optional<Certificate> certificate = readCertificate(made(-1, 100, 2048, "SHA256", nullptr));
        QVERIFY(certificate);
        QVERIFY(!matchesName(*certificate, QStringLiteral("shop.example.test")));
    }

    void expiry_data()
    {
        QTest::addColumn<int>("from");
        QTest::addColumn<int>("to");
        QTest::addColumn<QString>("status");
        QTest::newRow("a year") << -100 << 265 << "ok";
        QTest::newRow("three weeks") << -300 << 20 << "warning";
        QTest::newRow("a week") << -300 << 6 << "critical";
        QTest::newRow("expired") << -300 << -1 << "critical";
        QTest::newRow("90 days, fresh") << -10 << 80 << "ok";
        QTest::newRow("90 days, a third left") << -61 << 29 << "warning";
        QTest::newRow("90 days, six left") << -84 << 6 << "critical";
        QTest::newRow("6 days, four left") << -2 << 4 << "ok";
    }

    void expiry()
    {
        QFETCH(int, from);
        QFETCH(int, to);
        QFETCH(QString, status);
        QCOMPARE(statusOf(reportOf({made(from, to, 2048, "SHA256", "DNS:shop.example.test")}, sampleTime()),
                          "tls.expiry", endpoint),
                 status);
    }

    void theEarliestOfTheChainCounts()
    {
        const HealthReport report = reportOf(
            {made(-300, 300, 2048, "SHA256", "DNS:shop.example.test"), made(-300, 3, 2048, "SHA256", nullptr)},
            sampleTime());
        QCOMPARE(statusOf(report, "tls.expiry", endpoint), QStringLiteral("critical"));
        QVERIFY(said(report, "tls.expiry", endpoint).contains(QStringLiteral("in its chain")));
    }

    void notYetValid()
    {
        QCOMPARE(statusOf(reportOf(sampleChain(), sampleTime().addDays(-2)), "tls.not_yet_valid", endpoint),
                 QStringLiteral("critical"));
        QCOMPARE(statusOf(reportOf(sampleChain(), sampleTime().addDays(1)), "tls.not_yet_valid", endpoint),
                 QStringLiteral("ok"));
    }

    void chain()
    {
        const std::vector<QByteArray> leafOnly{sampleChain()[0]};
        const QString missing = QStringLiteral("unable to get local issuer certificate");
        const QDateTime now = sampleTime().addDays(1);
        QVERIFY(said(reportOf(leafOnly, now, {}, missing), "tls.chain", endpoint)
                    .startsWith(QStringLiteral("critical: the certificate of CN=Test Root is not sent")));
        QVERIFY(said(reportOf(sampleChain(), now, {}, QStringLiteral("self-signed certificate in certificate chain")),
                     "tls.chain", endpoint)
                    .startsWith(QStringLiteral("critical: not trusted")));
        QCOMPARE(statusOf(reportOf(leafOnly, now, {{QStringLiteral("trust"), QStringLiteral("any")}}, missing),
                          "tls.chain", endpoint),
                 QStringLiteral("notice"));
        QCOMPARE(statusOf(reportOf(sampleChain(), now), "tls.chain", endpoint), QStringLiteral("ok"));
    }

    void strength()
    {
        QCOMPARE(statusOf(reportOf(sampleChain(), sampleTime()), "tls.strength", endpoint), QStringLiteral("ok"));
        QCOMPARE(statusOf(reportOf({made(-1, 300, 1024, "SHA256", nullptr)}, sampleTime()), "tls.strength", endpoint),
                 QStringLiteral("warning"));
        QCOMPARE(statusOf(reportOf({made(-1, 300, 2048, "SHA1", nullptr)}, sampleTime()), "tls.strength", endpoint),
                 QStringLiteral("critical"));
        QCOMPARE(statusOf(reportOf(sampleChain(), sampleTime(), {}, {}, QStringLiteral("TLSv1.1")), "tls.strength",
                          endpoint),
                 QStringLiteral("warning"));
    }

    void endpoints_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("host");
        QTest::addColumn<int>("port");
        QTest::newRow("both") << "a.test:8443"
                              << "a.test" << 8443;
        QTest::newRow("host") << "a.test"
                              << "a.test" << 443;
        QTest::newRow("v6") << "[::1]:8443"
                            << "::1" << 8443;
        QTest::newRow("bare v6") << "fe80::1"
                                 << "fe80::1" << 443;
    }

    void endpoints()
    {
        QFETCH(QString, text);
        SourceEntry entry;
        entry.options.insert(QStringLiteral("endpoint"), text);
        const std::vector<Request> requests = tlsSource.requests(entry, {});
        QCOMPARE(requests.size(), size_t(1));
        const TlsProbe &probe = std::get<TlsProbe>(requests[0].what);
        QTEST(probe.host, "host");
        QTEST(probe.port, "port");
    }

    void survivesGarbage()
    {
        QVERIFY(!readCertificate(QByteArray()));
        QVERIFY(!readCertificate(QByteArray(2000, '\xff')));
        const QByteArray der = sampleChain()[0];
        for (qsizetype cut = 0; cut < der.size(); cut += 3)
            (void)readCertificate(der.left(cut));
        for (qsizetype at = 0; at < der.size(); ++at) {
            QByteArray flipped = der;
            flipped[at] = char(flipped[at] ^ 0x55);
            (void)reportOf({flipped}, sampleTime());
        }
        SourceEntry entry;
        QVERIFY(!tlsSource.parse(entry, {answer(QString(), endpoint, TlsReply{})}, {sampleTime(), {}}));
        QVERIFY(!tlsSource.parse(entry, {}, {}));
    }
};

QTEST_GUILESS_MAIN(TlsHealthTest)
#include "tst_tlshealth.moc"
