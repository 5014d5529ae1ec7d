// SPDX-License-Identifier: GPL-3.0-or-later
#include "identity.h"
#include "agentclient.h"
#include "keyfile.h"
#include "knownhosts.h"
#include "sshwire.h"

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QDeadlineTimer>
#include <QTest>

#include <libssh/libssh.h>

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <optional>
#include <thread>

using namespace taffrail;
using namespace taffrail::ssh;

namespace {

const QString none;

bool run(const QString &program, const QStringList &arguments, const QString &socket = {})
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    if (!socket.isEmpty())
        environment.insert(QStringLiteral("SSH_AUTH_SOCK"), socket);
    process.setProcessEnvironment(environment);
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments);
    const bool done = process.waitForFinished(10'000) && process.exitCode() == 0;
    if (!done)
        qWarning() << program << arguments << process.readAll();
    return done;
}

/// A real ssh-agent in the foreground, ended with the object.
class RealAgent {
public:
    explicit RealAgent(const QString &folder) : socket(folder + QStringLiteral("/agent.sock"))
    {
        process.start(QStringLiteral("ssh-agent"), {QStringLiteral("-D"), QStringLiteral("-a"), socket});
        const bool ready = process.waitForStarted() && QTest::qWaitFor([&] { return QFile::exists(socket); });
        if (!ready)
            qFatal("ssh-agent does not start");
    }
    ~RealAgent()
    {
        resume();
        process.terminate();
        process.waitForFinished();
    }
    Q_DISABLE_COPY_MOVE(RealAgent)
    bool add(const QString &key) const { return run(QStringLiteral("ssh-add"), {QStringLiteral("-q"), key}, socket); }
    /// ssh-add -x reads its passphrase from a terminal only, so the message (22 lock, 23 unlock) is sent by hand.
    bool lock(bool on) const
    {
        const auto answer = askAgent(socket, char(on ? 22 : 23) + wireString("secret"), std::chrono::seconds(5));
        return answer && quint8(answer->at(0)) == 6;
    }
    void stop() const { ::kill(pid_t(process.processId()), SIGSTOP); }
    void resume() const { ::kill(pid_t(process.processId()), SIGCONT); }

    QString socket;
    QProcess process;
};

QByteArray pubBlob(const QString &path)
{
    return publicBlobOf(readPublicFile(path + QStringLiteral(".pub")));
}

} // namespace

class TestIdentity : public QObject {
    Q_OBJECT

    std::optional<QTemporaryDir> m_folder;

    QString path(const char *name) const { return m_folder->filePath(QString::fromLatin1(name)); }
    QString makeKey(const char *name, const char *passphrase = "",
                    const QStringList &more = {QStringLiteral("-t"), QStringLiteral("ed25519")}) const
    {
        const bool made
            = run(QStringLiteral("ssh-keygen"),
                  QStringList{QStringLiteral("-q"), QStringLiteral("-N"), QString::fromLatin1(passphrase),
                              QStringLiteral("-C"), QString::fromLatin1(name), QStringLiteral("-f"), path(name)}
                      + more);
        return made ? path(name) : QString();
    }
    bool certify(const QString &key, const char *validity, bool hostCertificate = false) const
    {
        if (!QFile::exists(path("ca")) && makeKey("ca").isEmpty())
            return false;
        QStringList arguments{QStringLiteral("-q"),     QStringLiteral("-s"), path("ca"),
                              QStringLiteral("-I"),     QStringLiteral("me"), QStringLiteral("-n"),
                              QStringLiteral("deploy"), QStringLiteral("-V"), QString::fromLatin1(validity)};
        if (hostCertificate)
            arguments << QStringLiteral("-h");
        return run(QStringLiteral("ssh-keygen"), arguments << key + QStringLiteral(".pub"));
    }
    static ResolvedHost host(const QStringList &files, const QString &agent = {})
    {
        ResolvedHost host;
        host.alias = QStringLiteral("web1");
        host.identityFiles = files;
        host.identityAgent = agent;
        return host;
    }
    static SshSpec specOf(const QString &file)
    {
        SshSpec spec;
        spec.identityFile = file;
        return spec;
    }

private slots:
    void initTestCase() { ssh_init(); }
    void init() { m_folder.emplace(); }

    void plainKey_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("ed25519") << QStringList{QStringLiteral("-t"), QStringLiteral("ed25519")};
        QTest::newRow("rsa") << QStringList{QStringLiteral("-t"), QStringLiteral("rsa"), QStringLiteral("-b"),
                                            QStringLiteral("2048")};
        QTest::newRow("rsa in PEM") << QStringList{QStringLiteral("-t"), QStringLiteral("rsa"),
                                                   QStringLiteral("-b"), QStringLiteral("2048"),
                                                   QStringLiteral("-m"), QStringLiteral("PEM")};
        QTest::newRow("ecdsa") << QStringList{QStringLiteral("-t"), QStringLiteral("ecdsa")};
    }

    void plainKey()
    {
        QFETCH(QStringList, arguments);
        const QString key = makeKey("key", "", arguments);
        const QByteArray blob = pubBlob(key);
        QVERIFY(QFile::remove(key + QStringLiteral(".pub")));
        const auto identity = Identities().choose(host({}), specOf(key), {});
        QVERIFY2(identity.has_value(), identity ? "" : qPrintable(sentence(identity.error())));
        QVERIFY(!identity->isAgent());
        QVERIFY(ssh_key_is_private(identity->key.get()) != 0);
        QCOMPARE(identity->fingerprint, fingerprintOf(blob));
        QVERIFY(!identity->certificateExpires.isValid());
        QVERIFY(!QFile::exists(key + QStringLiteral(".pub"))); // nothing is written beside the key
    }

    void fileIsRefused_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<ErrorKind>("kind");
        QTest::addColumn<QString>("words");
        QTest::newRow("readable by the group")
            << QStringLiteral("0640") << ErrorKind::BadConfig << QStringLiteral("chmod 600");
        QTest::newRow("readable by all") << QStringLiteral("0604") << ErrorKind::BadConfig
                                         << QStringLiteral("chmod 600");
        QTest::newRow("symbolic link") << QStringLiteral("link") << ErrorKind::BadConfig
                                       << QStringLiteral("symbolic link");
        QTest::newRow("absent") << QStringLiteral("absent") << ErrorKind::NotFound << QStringLiteral("No such file");
        QTest::newRow("folder") << QStringLiteral("folder") << ErrorKind::BadConfig << QStringLiteral("regular");
        QTest::newRow("pipe") << QStringLiteral("pipe") << ErrorKind::BadConfig << QStringLiteral("regular");
        QTest::newRow("empty") << QStringLiteral("empty") << ErrorKind::BadConfig
                               << QStringLiteral("not a private key");
        QTest::newRow("cut") << QStringLiteral("cut") << ErrorKind::BadConfig << QStringLiteral("not a private key");
        QTest::newRow("garbage") << QStringLiteral("garbage") << ErrorKind::BadConfig
                                 << QStringLiteral("not a private key");
        QTest::newRow("huge") << QStringLiteral("huge") << ErrorKind::BadConfig << QStringLiteral("too large");
    }

    void fileIsRefused()
    {
        QFETCH(QString, what);
        QFETCH(ErrorKind, kind);
        QFETCH(QString, words);
        QString key = makeKey("key");
        QFile::remove(key + QStringLiteral(".pub"));
        const auto put = [&](const QByteArray &bytes) {
            QFile file(key);
            return file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write(bytes) == bytes.size();
        };
        if (what.startsWith(QLatin1Char('0')))
            QCOMPARE(::chmod(key.toUtf8().constData(), mode_t(what.toUInt(nullptr, 8))), 0);
        else if (what == QLatin1String("link")) {
            QVERIFY(QFile::link(key, path("link")));
            key = path("link");
        } else if (what == QLatin1String("absent"))
            key = path("absent");
        else if (what == QLatin1String("folder"))
            key = m_folder->path();
        else if (what == QLatin1String("pipe")) {
            key = path("pipe");
            QCOMPARE(::mkfifo(key.toUtf8().constData(), 0600), 0);
        } else if (what == QLatin1String("cut"))
            QCOMPARE(::truncate(key.toUtf8().constData(), 150), 0);
        else
            QVERIFY(put(what == QLatin1String("huge")          ? QByteArray(600'000, 'x')
                            : what == QLatin1String("garbage") ? QByteArray(900, '\x9b')
                                                               : QByteArray()));
        const auto identity = Identities().choose(host({}), specOf(key), {});
        QVERIFY(!identity);
        QCOMPARE(identity.error().kind, kind);
        QVERIFY2(sentence(identity.error()).contains(words), qPrintable(sentence(identity.error())));
    }

    void passphrase_data()
    {
        QTest::addColumn<QStringList>("answers");
        QTest::addColumn<bool>("good");
        QTest::addColumn<ErrorKind>("kind");
        const QString right = QStringLiteral("right one");
        const QString wrong = QStringLiteral("wrong");
        QTest::newRow("at once") << QStringList{right} << true << ErrorKind::Internal;
        QTest::newRow("at the third try")
            << QStringList{wrong, QStringLiteral(""), right} << true << ErrorKind::Internal;
        QTest::newRow("three times wrong") << QStringList{wrong, wrong, wrong} << false << ErrorKind::AuthRefused;
        QTest::newRow("refused") << QStringList{wrong, none} << false << ErrorKind::AnswerNeeded;
    }

    void passphrase()
    {
        QFETCH(QStringList, answers);
        QFETCH(bool, good);
        const QString key = makeKey("key", "right one");
        QStringList left = answers;
        int lastAttempt = 0;
        const AskPassphrase ask = [&](const QString &subject, const QString &, int attempt) {
            [&] {
                QVERIFY(subject.contains(key));
                QCOMPARE(attempt, ++lastAttempt);
                QVERIFY(!left.isEmpty());
            }();
            const QString answer = left.takeFirst();
            return answer.isNull() ? QByteArray() : QByteArray(answer.toUtf8().constData());
        };
        Identities identities;
        const auto identity = identities.choose(host({key}), {}, ask);
        QCOMPARE(identity.has_value(), good);
        QVERIFY(left.isEmpty());
        if (!good) {
            QTEST(identity.error().kind, "kind");
            return;
        }
        QVERIFY(identities.choose(host({key}), {}, ask).has_value()); // kept: not asked again
    }

    void passphraseWithNobodyThere()
    {
        const auto identity = Identities().choose(host({makeKey("key", "secret")}), {}, {});
        QVERIFY(!identity);
        QCOMPARE(identity.error().kind, ErrorKind::AnswerNeeded);
        QVERIFY(identity.error().hint.contains(QStringLiteral("ssh-add")));
    }

    void manyHostsAskOnce_data()
    {
        QTest::addColumn<bool>("answered");
        QTest::newRow("answered") << true;
        QTest::newRow("refused") << false;
    }

    void manyHostsAskOnce()
    {
        QFETCH(bool, answered);
        const QString key = makeKey("key", "secret");
        Identities identities;
        std::atomic<int> asked{0}, arrived{0}, good{0};
        const AskPassphrase ask = [&](const QString &, const QString &, int) {
            ++asked;
            while (arrived < 6) // all hosts are waiting by then, or about to
                std::this_thread::yield();
            for (const QDeadlineTimer settle(100); !settle.hasExpired();)
                std::this_thread::yield();
            return answered ? QByteArray("secret", 6) : QByteArray();
        };
        std::vector<std::thread> hosts;
        for (int i = 0; i < 6; ++i) {
            hosts.emplace_back([&] {
                ++arrived;
                good += identities.choose(host({key}), {}, ask).has_value() ? 1 : 0;
            });
        }
        for (std::thread &thread : hosts)
            thread.join();
        QCOMPARE(asked.load(), 1);
        QCOMPARE(good.load(), answered ? 6 : 0);
    }

    void certificate_data()
    {
        QTest::addColumn<QByteArray>("validity");
        QTest::addColumn<bool>("ofHost");
        QTest::addColumn<QString>("words"); // "" = good
        QTest::newRow("valid") << QByteArray("-1h:+2h") << false << QString();
        QTest::newRow("for ever") << QByteArray("always:forever") << false << QString();
        QTest::newRow("expired") << QByteArray("-2h:-1h") << false << QStringLiteral("expired at");
        QTest::newRow("not yet valid") << QByteArray("+1h:+2h") << false << QStringLiteral("not valid before");
        QTest::newRow("a host's") << QByteArray("-1h:+2h") << true << QStringLiteral("a host's");
    }

    void certificate()
    {
        QFETCH(QByteArray, validity);
        QFETCH(bool, ofHost);
        QFETCH(QString, words);
        const QString key = makeKey("key");
        QVERIFY(certify(key, validity.constData(), ofHost));
        const auto identity = Identities().choose(host({key}), {}, {});
        QCOMPARE(identity.has_value(), words.isEmpty());
        if (!identity) {
            QCOMPARE(identity.error().kind, ErrorKind::BadConfig);
            QVERIFY2(identity.error().text.contains(words), qPrintable(identity.error().text));
            return;
        }
        QVERIFY(QByteArray(ssh_key_type_to_char(ssh_key_type(identity->key.get()))).startsWith("ssh-ed25519"));
        if (validity.endsWith("+2h"))
            QVERIFY(identity->certificateExpires > QDateTime::currentDateTimeUtc().addSecs(3'600));
        else
            QVERIFY(!identity->certificateExpires.isValid());
    }

    void explicitCertificateOfAnotherKeyIsPassedOver()
    {
        const QString key = makeKey("key");
        const QString other = makeKey("other");
        QVERIFY(certify(other, "-2h:-1h"));
        ResolvedHost resolved = host({key});
        resolved.certificateFiles = {other + QStringLiteral("-cert.pub")};
        QVERIFY(Identities().choose(resolved, {}, {}).has_value());
    }

    void certificateBytesAreParsedSafely()
    {
        const QString key = makeKey("key");
        QVERIFY(certify(key, "-1h:+2h"));
        const QByteArray blob = publicBlobOf(readPublicFile(key + QStringLiteral("-cert.pub")));
        const auto parsed = parseCertificate(blob);
        QVERIFY(parsed.has_value());
        QCOMPARE(parsed->plainBlob, pubBlob(key));
        for (qsizetype size = 0; size < blob.size(); ++size)
            (void)parseCertificate(blob.left(size)); // must not read past the end
        QVERIFY(!parseCertificate(blob.left(60)).has_value());
        QVERIFY(!parseCertificate(pubBlob(key)).has_value());
    }

    void agentHoldsTheEncryptedKey()
    {
        const RealAgent agent(m_folder->path());
        const QString key = makeKey("key");
        QVERIFY(agent.add(makeKey("other")));
        QVERIFY(agent.add(key));
        QVERIFY(run(QStringLiteral("ssh-keygen"),
                    {QStringLiteral("-q"), QStringLiteral("-p"), QStringLiteral("-P"), QString(), QStringLiteral("-N"),
                     QStringLiteral("secret"), QStringLiteral("-f"), key}));
        const auto identity = Identities().choose(host({key}, agent.socket), {}, {}); // nobody to ask, none needed
        QVERIFY(identity && identity->isAgent());
        QCOMPARE(identity->agentKey->blob, pubBlob(key));
        QVERIFY(QFile::remove(key)); // only the public half left
        const auto second = Identities().choose(host({key}, agent.socket), {}, {});
        QVERIFY(second && second->isAgent());
        const auto named = Identities().choose(host({}, agent.socket), specOf(key + QStringLiteral(".pub")), {});
        QVERIFY(named && named->agentKey->blob == pubBlob(key));
    }

    void withoutConfigurationTheAgentGoesFirst()
    {
        const RealAgent agent(m_folder->path());
        const QString inAgent = makeKey("agentkey");
        const QString file = makeKey("file");
        QVERIFY(agent.add(inAgent));
        ResolvedHost resolved = host({}, agent.socket);
        resolved.defaultIdentityFiles = {path("absent"), file};
        const auto first = Identities().choose(resolved, {}, {});
        QVERIFY(first && first->isAgent());
        QCOMPARE(first->fingerprint, fingerprintOf(pubBlob(inAgent)));
        resolved.identitiesOnly = true;
        const auto only = Identities().choose(resolved, {}, {});
        QVERIFY(only && !only->isAgent());
        QCOMPARE(only->fingerprint, fingerprintOf(pubBlob(file)));
    }

    void lockedAgent()
    {
        const RealAgent agent(m_folder->path());
        const QString key = makeKey("key");
        QVERIFY(agent.add(key));
        QVERIFY(agent.lock(true));
        const auto identity = Identities().choose(host({}, agent.socket), {}, {});
        QVERIFY(!identity);
        QCOMPARE(identity.error().kind, ErrorKind::NotFound);
        QVERIFY(sentence(identity.error()).contains(QStringLiteral("locked")));
        // locked between choice and signature
        QVERIFY(agent.lock(false));
        const auto keys = listAgentKeys(agent.socket);
        QVERIFY(keys && keys->size() == 1);
        const auto filter = AgentFilter::start(agent.socket, keys->front());
        QVERIFY(filter.has_value());
        QVERIFY(agent.lock(true));
        const auto answer
            = askAgent((*filter)->path(),
                       char(AgentSignRequest) + wireString(keys->front().blob) + wireString("data") + wireNumber(0),
                       std::chrono::seconds(5));
        QVERIFY(answer && quint8(answer->at(0)) == AgentFailure);
        QVERIFY((*filter)->problem().contains(QStringLiteral("refused to sign")));
    }

    void stoppedAgentEndsInTime()
    {
        const RealAgent agent(m_folder->path());
        const QString file = makeKey("file");
        agent.stop();
        const auto keys = listAgentKeys(agent.socket, std::chrono::milliseconds(200));
        QVERIFY(!keys);
        QCOMPARE(keys.error().kind, ErrorKind::Timeout);
        // a key file that needs no agent is not held up by it
        QVERIFY(Identities().choose(host({file}, agent.socket), {}, {}).has_value());
        const auto filter = AgentFilter::start(agent.socket, {pubBlob(file), {}}, std::chrono::milliseconds(200));
        QVERIFY(filter.has_value());
        const auto answer = askAgent(
            (*filter)->path(), char(AgentSignRequest) + wireString(pubBlob(file)) + wireString("data") + wireNumber(0),
            std::chrono::seconds(5));
        QVERIFY(answer && quint8(answer->at(0)) == AgentFailure);
        QVERIFY((*filter)->problem().contains(QStringLiteral("no answer within")));
    }

    void noAgent()
    {
        const auto keys = listAgentKeys(path("absent"));
        QVERIFY(!keys);
        QCOMPARE(keys.error().kind, ErrorKind::NotFound);
        QVERIFY(!Identities().choose(host({}, path("absent")), {}, {}).has_value());
        QVERIFY(!listAgentKeys(QString(300, QLatin1Char('x'))));
    }

    void filterShowsOneKeyAndSignsWithItOnly()
    {
        const RealAgent agent(m_folder->path());
        const QString chosen = makeKey("chosen");
        const QString other = makeKey("other");
        QVERIFY(agent.add(other) && agent.add(chosen));
        auto filter = AgentFilter::start(agent.socket, {pubBlob(chosen), QStringLiteral("me")});
        QVERIFY(filter.has_value());
        const QString socket = (*filter)->path();
        struct stat status {};
        QCOMPARE(::stat(QFileInfo(socket).path().toUtf8().constData(), &status), 0);
        QCOMPARE(int(status.st_mode & 0777), 0700);
        const auto keys = listAgentKeys(socket);
        QVERIFY(keys && keys->size() == 1 && keys->front().blob == pubBlob(chosen));
        const auto signRequest = [](const QByteArray &blob) {
            return char(AgentSignRequest) + wireString(blob) + wireString("data") + wireNumber(0);
        };
        const auto good = askAgent(socket, signRequest(pubBlob(chosen)), std::chrono::seconds(5));
        QVERIFY(good && quint8(good->at(0)) == AgentSignResponse);
        const auto bad = askAgent(socket, signRequest(pubBlob(other)), std::chrono::seconds(5));
        QVERIFY(bad && quint8(bad->at(0)) == AgentFailure);
        const auto removeAll = askAgent(socket, QByteArray(1, char(19)), std::chrono::seconds(5));
        QVERIFY(removeAll && quint8(removeAll->at(0)) == AgentFailure);
        QCOMPARE(listAgentKeys(agent.socket)->size(), 2U);
        QCOMPARE((*filter)->signatures(), 1);
        filter->reset();
        QVERIFY(!QFile::exists(QFileInfo(socket).path()));
    }

    void filterIsDestroyedWhileTheAgentIsSilent()
    {
        const RealAgent agent(m_folder->path());
        const QString key = makeKey("key");
        agent.stop();
        auto filter = AgentFilter::start(agent.socket, {pubBlob(key), {}}, std::chrono::minutes(10));
        QVERIFY(filter.has_value());
        std::thread client([&, socket = (*filter)->path()] {
            (void)askAgent(socket,
                           char(AgentSignRequest) + wireString(pubBlob(key)) + wireString("data") + wireNumber(0),
                           std::chrono::minutes(10));
        });
        filter->reset(); // must not wait for the ten minutes, whether or not the request has arrived
        client.join();
    }
};

QTEST_GUILESS_MAIN(TestIdentity)
#include "tst_identity.moc"
