// SPDX-License-Identifier: GPL-3.0-or-later
// A profile that a real nix-env changes, in a store of its own.
#include "registry.h"

#include <QDir>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtTest>

using namespace taffrail;

class TestNixProfile : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        for (const char *name : {"a", "b", "c"}) {
            QVERIFY(QDir(m_folder.path()).mkpath(QLatin1String(name)));
            QFile file(m_folder.filePath(QLatin1String(name) + QStringLiteral("/x")));
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(name) > 0);
        }
        QVERIFY(QDir(m_folder.path()).mkpath(QStringLiteral("nix/store")));
        QVERIFY(QDir(m_folder.path()).mkpath(QStringLiteral("nix/state/profiles")));
        for (const char *name : {"a", "b", "c"})
            set(name);
    }

    void setAndRolledBack()
    {
        DeploymentHistory now = history();
        QCOMPARE(now.live, QStringLiteral("3"));
        QCOMPARE(now.releases.size(), size_t(3));
        QCOMPARE(now.events.front().kind, ReleaseKind::Deploy);
        QCOMPARE(nix("nix-env", {QStringLiteral("-p"), profile(), QStringLiteral("--rollback")}), QByteArray());
        now = history();
        QCOMPARE(now.live, QStringLiteral("2"));
        QCOMPARE(now.events.front().kind, ReleaseKind::Rollback);
        QCOMPARE(now.events.front().from, QStringLiteral("3"));
        QVERIFY(now.hosts.front().switchedAt.isValid());
        // The same, as Nix itself lists it.
        const auto listed
            = parse(nix("nix-env", {QStringLiteral("-p"), profile(), QStringLiteral("--list-generations")}));
        QVERIFY(listed);
        QCOMPARE(std::get<DeploymentHistory>(*listed).live, QStringLiteral("2"));
        // The next one counts on from the highest.
        set("a");
        QCOMPARE(history().live, QStringLiteral("4"));
    }

    void collected()
    {
        nix("nix-env", {QStringLiteral("-p"), profile(), QStringLiteral("--delete-generations"), QStringLiteral("3")});
        const DeploymentHistory now = history();
        QCOMPARE(now.releases.size(), size_t(3));
        QVERIFY(std::ranges::none_of(now.releases, [](const Release &each) { return each.id == QLatin1String("3"); }));
    }

private:
    QString profile() const { return m_folder.filePath(QStringLiteral("nix/state/profiles/shop")); }
    void set(const char *name)
    {
        const QByteArray store
            = nix("nix-store", {QStringLiteral("--add"), m_folder.filePath(QLatin1String(name))}).trimmed();
        QVERIFY(store.startsWith(m_folder.path().toUtf8()));
        nix("nix-env", {QStringLiteral("-p"), profile(), QStringLiteral("--set"), QString::fromUtf8(store)});
    }
    QByteArray nix(const char *program, const QStringList &words)
    {
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const char *kind : {"store", "state", "log"})
            environment.insert(QStringLiteral("NIX_") + QString::fromLatin1(kind).toUpper() + QStringLiteral("_DIR"),
                               m_folder.filePath(QStringLiteral("nix/") + QLatin1String(kind)));
        environment.insert(QStringLiteral("NIX_CONFIG"), QStringLiteral("build-users-group =\nsandbox = false"));
        environment.insert(QStringLiteral("NIX_REMOTE"), QString());
        environment.insert(QStringLiteral("HOME"), m_folder.path());
        process.setProcessEnvironment(environment);
        process.start(QLatin1String(program), words);
        process.waitForFinished(30'000);
        return process.readAllStandardOutput();
    }
    SourceEntry entry() const
    {
        SourceEntry found;
        found.hosts = QStringList{QStringLiteral("web1")};
        found.options = {{QStringLiteral("profile"), profile()}};
        return found;
    }
    Result<Value> parse(const QByteArray &out) const
    {
        sources::Reply reply;
        reply.subject = QStringLiteral("web1");
        reply.result = std::variant<sources::ShellReply, sources::SqlReply, sources::HttpReply, sources::TlsReply>(
            sources::ShellReply{0, out, {}});
        return sources::nixSource.parse(entry(), {reply}, {});
    }
    DeploymentHistory history() const
    {
        QProcess process;
        process.start(QStringLiteral("/bin/sh"), {QStringLiteral("-s")});
        process.write(std::get<sources::ShellPart>(sources::nixSource.requests(entry(), {}).front().what).script);
        process.closeWriteChannel();
        process.waitForFinished(30'000);
        const Result<Value> value = parse(process.readAllStandardOutput());
        return value ? std::get<DeploymentHistory>(*value) : DeploymentHistory();
    }

    QTemporaryDir m_folder;
};

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (QStandardPaths::findExecutable(QStringLiteral("nix-env")).isEmpty()) {
        std::fprintf(stderr, "SKIPPED: there is no nix-env\n");
        return 77;
    }
    TestNixProfile test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_nixprofile.moc"
