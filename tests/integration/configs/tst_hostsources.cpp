// SPDX-License-Identifier: GPL-3.0-or-later
#include "configtable.h"
#include "dockerfixture.h"
#include "sourceruns.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;

/// The sources of a host, run on this machine by each shell that it has.
class HostSourcesTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;

    static ConfigSet read(const Source &source, const QVariantMap &options = {},
                          const QStringList &shell = {QStringLiteral("/bin/sh")})
    {
        SourceEntry entry = entryWith(options);
        entry.source = QLatin1String(source.name);
        const Replies replies = runParts(source, entry, text("web1"), shell);
        const Result<Value> value = source.parse(entry, replies, {});
        if (!value)
            qInfo().noquote() << sentence(value.error());
        return value ? std::get<ConfigSet>(*value) : ConfigSet();
    }
    static QString valueOf(const ConfigSet &set, const char *key)
    {
        const ConfigEntry *entry = find(set.entries, text(key));
        return entry ? entry->value : QStringLiteral("(missing)");
    }
    static QByteArray outputOf(const QString &program, const QStringList &arguments)
    {
        QProcess process;
        process.start(program, arguments);
        process.waitForFinished(30'000);
        return process.readAllStandardOutput().trimmed();
    }
    QString write(const char *name, const QByteArray &bytes)
    {
        QFile file(m_folder.filePath(text(name)));
        if (file.open(QIODevice::WriteOnly))
            file.write(bytes);
        return file.fileName();
    }

private slots:
    void packagesOfThisMachine_data()
    {
        QTest::addColumn<QStringList>("shell");
        for (const char *shell : {"/bin/sh", "bash --posix", "busybox sh"})
            QTest::newRow(shell) << text(shell).split(QLatin1Char(' '));
    }

    void packagesOfThisMachine()
    {
        QFETCH(QStringList, shell);
        const ConfigSet set = read(packagesSource, {}, shell);
        const QByteArray version
            = outputOf(text("dpkg-query"), {text("-W"), text("-f"), text("${Version}"), text("bash")});
        const QByteArray architecture = outputOf(text("dpkg"), {text("--print-architecture")});
        QCOMPARE(valueOf(set, "bash:" + architecture), QString::fromLatin1(version));
        QVERIFY(set.entries.size() > 100);
        QCOMPARE(set.files.size(), size_t(0));
    }

    void runtimesOfThisMachine_data() { packagesOfThisMachine_data(); }
    void runtimesOfThisMachine()
    {
        QFETCH(QStringList, shell);
        const ConfigSet set = read(runtimeSource, {}, shell);
        QCOMPARE(valueOf(set, "kernel"), QString::fromLatin1(outputOf(text("uname"), {text("-r")})));
        QVERIFY2(valueOf(set, "openssl").startsWith(text("3.")), qPrintable(valueOf(set, "openssl")));
        QVERIFY(valueOf(set, "libc").contains(QLatin1Char('.')));
        QVERIFY(!valueOf(set, "os.id").isEmpty());
        QCOMPARE(valueOf(set, "cobol"), text("(missing)"));
        QCOMPARE(set.files.size(), size_t(0));
    }

    void jobsOfThisMachine_data() { packagesOfThisMachine_data(); }
    void jobsOfThisMachine()
    {
        QFETCH(QStringList, shell);
        const ConfigSet set = read(cronSource, {}, shell);
        QCOMPARE(set.files.size(), size_t(1));
        QVERIFY2(!set.files.front().error, set.files.front().error ? qPrintable(set.files.front().error->text) : "");
    }

    void lockFilesComeMaskedByShapeAlone()
    {
        const QString path
            = write("yarn.lock",
                    "# yarn lockfile v1\n\ncookie@1:\n  version \"0.5.0\"\n\ntax@1:\n  version \"1.0.0\"\n"
                    "  resolved \"https://ci:hunter2hunter2@npm.example.test/p.zip\"\n");
        const QVariantMap options{{text("path"), path}, {text("compare_key"), QString(64, QLatin1Char('a'))}};
        SourceEntry entry = entryWith(options);
        for (const Reply &reply : runParts(lockfileSource, entry, text("web1")))
            QVERIFY2(!reply.as<ShellReply>()->out.contains("hunter2"), reply.as<ShellReply>()->out.constData());
        const ConfigSet set = read(lockfileSource, options);
        QCOMPARE(valueOf(set, "cookie"), text("0.5.0"));
        QVERIFY(find(set.entries, text("tax"))->secret);
    }

    void certificates()
    {
        const QString key = m_folder.filePath(text("key.pem")), cert = m_folder.filePath(text("cert.pem"));
        const QString root = m_folder.filePath(text("root.pem")), rootKey = m_folder.filePath(text("rootkey.pem"));
        outputOf(text("openssl"),
                 {text("req"), text("-x509"), text("-newkey"), text("ec"), text("-pkeyopt"),
                  text("ec_paramgen_curve:P-256"), text("-nodes"), text("-keyout"), rootKey, text("-out"), root,
                  text("-subj"), text("/CN=Test Root"), text("-days"), text("30")});
        outputOf(text("openssl"),
                 {text("req"), text("-x509"), text("-newkey"), text("rsa:2048"), text("-nodes"), text("-keyout"), key,
                  text("-out"), cert, text("-CA"), root, text("-CAkey"), rootKey, text("-subj"),
                  text("/CN=shop.example.test"), text("-addext"),
                  text("subjectAltName=DNS:shop.example.test,DNS:*.shop.example.test,IP:10.0.0.1"), text("-days"),
                  text("20")});
        const auto bytesOf = [](const QString &path) {
            QFile file(path);
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        };
        const QByteArray secret = bytesOf(key);
        QVERIFY(secret.contains("PRIVATE KEY"));
        const QString all = write("fullchain.pem", bytesOf(cert) + bytesOf(root) + secret);
        SourceEntry entry = entryWith({{text("path"), all}, {text("compare_key"), QString(64, QLatin1Char('a'))}});
        const Replies replies = runParts(certificatesSource, entry, text("web1"));
        for (const QByteArray &line : secret.split('\n')) {
            if (line.size() > 20 && !line.startsWith("-----"))
                QVERIFY2(!replies.front().as<ShellReply>()->out.contains(line), "the private key left the host");
        }
        const ConfigSet set
            = read(certificatesSource, {{text("path"), all}, {text("compare_key"), QString(64, QLatin1Char('a'))}});
        QCOMPARE(valueOf(set, "certificate[0].subject"), text("CN=shop.example.test"));
        QCOMPARE(valueOf(set, "certificate[0].names"), text("*.shop.example.test, 10.0.0.1, shop.example.test"));
        QCOMPARE(valueOf(set, "certificate[0].public"), text("RSA 2048 bits"));
        QCOMPARE(valueOf(set, "certificate[1].public"), text("EC 256 bits"));
        QCOMPARE(valueOf(set, "certificate[1].signature"), text("ecdsa-with-SHA256"));
        QCOMPARE(find(set.entries, text("certificate[0].not_after"))->type, ConfigType::Time);
        QCOMPARE(valueOf(set, "chain"), text("complete, with its root"));
        QVERIFY(find(set.entries, text("private_key")) && find(set.entries, text("private_key"))->secret);
        const QByteArray fingerprint = outputOf(
            text("openssl"), {text("x509"), text("-in"), cert, text("-noout"), text("-fingerprint"), text("-sha256")});
        QCOMPARE(valueOf(set, "certificate[0].sha256"),
                 QString::fromLatin1(fingerprint.mid(fingerprint.indexOf('=') + 1)).remove(QLatin1Char(':')).toLower());
        QCOMPARE(
            valueOf(read(certificatesSource, {{text("path"), write("swapped.pem", bytesOf(root) + bytesOf(cert))}}),
                    "chain"),
            text("certificate[0] ends it, and more follow"));
        QCOMPARE(valueOf(read(certificatesSource, {{text("path"), cert}}), "chain"),
                 text("alone: the file holds no issuer"));
        const ConfigSet cut
            = read(certificatesSource, {{text("path"), write("cut.pem", bytesOf(root) + bytesOf(cert).left(300))}});
        QVERIFY(cut.files.front().error);
        QCOMPARE(valueOf(cut, "certificate[0].subject"), text("CN=Test Root"));
    }

    void certificates_withoutPrivateKeysAlone()
    {
        const ConfigSet set = read(certificatesSource, {{text("path"), text("/etc/ssl/certs/ISRG_Root_X1.pem")}});
        if (!set.files.front().error)
            QCOMPARE(valueOf(set, "chain"), text("self-signed"));
    }

    void containersOfARealEngine()
    {
        if (DockerFixture::obstacle())
            return; // said by the first line of main()
        DockerFixture engine;
        QVERIFY(engine.start());
        engine.addImage(text("1.0.0"), {text("LABEL team=a"), text("USER 1000:1000")});
        engine.runContainer(
            text("shop-web"),
            {text("-e"), text("PORT=80=81"), text("-e"), text("DB_PASSWORD=hunter2hunter2"), text("-e"), text("EMPTY="),
             text("--memory=64m"), text("--restart=on-failure:3"), text("--cap-add=NET_ADMIN"),
             text("--cap-drop=MKNOD"), text("-v"), text("/etc:/host-etc:ro"), text("--read-only"), text("--label"),
             text("com.docker.compose.service=web"), text("--label"), text("com.docker.compose.container-number=1")},
            text("shop:1.0.0"),
            {text("sh"), text("-c"), text("sleep 1000"), text("x"), text("--password=hunter2hunter2")});
        engine.runContainer(text("other"), {}, text("shop:1.0.0"));
        const QVariantMap options{{text("engine"), engine.engine()}, {text("name"), text("shop-*")}};
        SourceEntry entry = entryWith(options);
        for (const Reply &reply : runParts(containerSource, entry, text("web1")))
            QVERIFY2(!reply.as<ShellReply>()->out.contains("hunter2"), reply.as<ShellReply>()->out.constData());
        for (const QString &shell : {text("/bin/sh"), text("bash --posix"), text("busybox sh")}) {
            const ConfigSet set = read(containerSource, options, shell.split(QLatin1Char(' ')));
            for (const ConfigFile &file : set.files)
                QVERIFY2(!file.error, file.error ? qPrintable(file.error->text) : "");
            QVERIFY2(valueOf(set, "web.image") == text("shop:1.0.0"),
                     replyOf(runParts(containerSource, entry, text("web1")), text("files"), text("web1"))
                         ->as<ShellReply>()
                         ->out.constData());
            QCOMPARE(valueOf(set, "web.digest"),
                     engine.docker({text("image"), text("inspect"), text("-f"), text("{{.Id}}"), text("shop:1.0.0")}));
            QCOMPARE(valueOf(set, "web.env.PORT"), text("80=81"));
            QCOMPARE(valueOf(set, "web.env.EMPTY"), QString());
            QCOMPARE(valueOf(set, "web.env.DB_PASSWORD"), maskMark.toString());
            QCOMPARE(valueOf(set, "web.env.APP_VERSION"), text("1.0.0"));
            QCOMPARE(valueOf(set, "web.labels.team"), text("a"));
            QCOMPARE(valueOf(set, "web.user"), text("1000:1000"));
            QCOMPARE(valueOf(set, "web.memory"), text("67108864"));
            QCOMPARE(valueOf(set, "web.restart"), text("on-failure:3"));
            QVERIFY2(valueOf(set, "web.cap_add").contains(text("NET_ADMIN")), qPrintable(valueOf(set, "web.cap_add")));
            QCOMPARE(valueOf(set, "web.mounts.\"/host-etc\""), text("(missing)"));
            QCOMPARE(valueOf(set, "web.mounts./host-etc"), text("bind /etc ro"));
            QCOMPARE(valueOf(set, "web.read_only"), text("true"));
            QCOMPARE(valueOf(set, "web.command_secret.arguments"), maskMark.toString());
            for (const ConfigEntry &each : set.entries)
                QVERIFY2(!each.key.startsWith(text("other")), qPrintable(each.key));
        }
        QCOMPARE(valueOf(read(containerSource, {{text("engine"), engine.engine()}}), "other.image"),
                 text("shop:1.0.0"));
        engine.stop();
        const ConfigSet none = read(containerSource, options);
        QVERIFY(none.files.empty() || none.files.front().error);
    }
};

int main(int argc, char **argv)
{
    if (const char *obstacle = DockerFixture::obstacle())
        qInfo("without containers: %s", obstacle);
    QCoreApplication application(argc, argv);
    HostSourcesTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_hostsources.moc"
