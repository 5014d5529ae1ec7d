// SPDX-License-Identifier: GPL-3.0-or-later
#include "secretreference.h"
#include "secret.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <sys/stat.h>

using namespace taffrail;
using namespace taffrail::inventory;
using namespace std::chrono_literals;

class TestSecretReference : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString write(const char *name, const QByteArray &text, mode_t mode = 0600) const
    {
        const QString path = m_folder.filePath(QString::fromLatin1(name));
        QFile::remove(path);
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            return {};
        file.close();
        ::chmod(path.toUtf8().constData(), mode);
        return path;
    }

private slots:
    void cleanup() { qunsetenv("TAFFRAIL_TEST_SECRET"); }

    void forms_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("good");
        for (const char *good : {"env:A", "env:_a1", "file:/x", "file:~/x y", "command:/bin/pass show x",
                                 "keychain:taffrail/main", "keychain:a/b/c", "prompt"})
            QTest::newRow(good) << QString::fromLatin1(good) << true;
        for (const char *bad :
             {"", "hunter2", "env:", "env:A B", "env:A=B", "file:x", "file:", "command:pass", "command:", "keychain:x",
              "keychain:/x", "keychain:x/", "prompt:", "prompt\n", "env:A\n", "ENV:A"})
            QTest::newRow(bad) << QString::fromLatin1(bad) << false;
    }

    void forms()
    {
        QFETCH(QString, text);
        QTEST(isSecretReference(text), "good");
        QFETCH(bool, good);
        if (good)
            return;
        const auto secret = resolveSecret(text);
        QVERIFY(!secret);
        QCOMPARE(secret.error().kind, ErrorKind::BadConfig);
        QVERIFY(!sentence(secret.error()).contains(QStringLiteral("hunter2"))); // it may be the secret itself
    }

    void environmentVariable()
    {
        const auto absent = resolveSecret(QStringLiteral("env:TAFFRAIL_TEST_SECRET"));
        QVERIFY(!absent);
        QCOMPARE(absent.error().kind, ErrorKind::NotFound);
        qputenv("TAFFRAIL_TEST_SECRET", "s3cret \xff");
        QCOMPARE(resolveSecret(QStringLiteral("env:TAFFRAIL_TEST_SECRET")).value_or(QByteArray()),
                 QByteArray("s3cret \xff"));
        qputenv("TAFFRAIL_TEST_SECRET", "");
        QVERIFY(!resolveSecret(QStringLiteral("env:TAFFRAIL_TEST_SECRET")));
    }

    void files_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<int>("mode");
        QTest::addColumn<QByteArray>("secret"); // empty = refused
        QTest::addColumn<ErrorKind>("kind");
        const auto row
            = [](const char *name, const QByteArray &content, int mode, const QByteArray &secret,
                 ErrorKind kind = ErrorKind::Internal) { QTest::newRow(name) << content << mode << secret << kind; };
        row("one newline is cut", "abc\n", 0600, "abc");
        row("only one", "abc\n\n", 0600, "abc\n");
        row("CRLF", "abc\r\n", 0600, "abc");
        row("none", " a b ", 0400, " a b ");
        row("readable by the group", "abc", 0640, {}, ErrorKind::BadConfig);
        row("readable by all", "abc", 0604, {}, ErrorKind::BadConfig);
        row("empty", "\n", 0600, {}, ErrorKind::BadData);
        row("NUL inside", QByteArray("a\0b", 3), 0600, {}, ErrorKind::BadData);
        row("too large", QByteArray(65'537, 'x'), 0600, {}, ErrorKind::TooLarge);
        row("as large as may be", QByteArray(65'536, 'x'), 0600, QByteArray(65'536, 'x'));
    }

    void files()
    {
        QFETCH(QByteArray, content);
        QFETCH(int, mode);
        QFETCH(QByteArray, secret);
        const auto got = resolveSecret(QStringLiteral("file:") + write("secret", content, mode_t(mode)));
        QCOMPARE(got.value_or(QByteArray()), secret);
        if (!got) {
            QTEST(got.error().kind, "kind");
            QVERIFY(!sentence(got.error()).contains(QStringLiteral("abc")));
        }
    }

    void filesOfAnotherKind()
    {
        const QString path = write("secret", "abc");
        const QString link = m_folder.filePath(QStringLiteral("link"));
        const QString pipe = m_folder.filePath(QStringLiteral("pipe"));
        QVERIFY(QFile::link(path, link));
        QCOMPARE(::mkfifo(pipe.toUtf8().constData(), 0600), 0);
        QCOMPARE(resolveSecret(QStringLiteral("file:") + link).error().kind, ErrorKind::BadConfig);
        QCOMPARE(resolveSecret(QStringLiteral("file:") + pipe).error().kind, ErrorKind::BadConfig);
        QCOMPARE(resolveSecret(QStringLiteral("file:") + m_folder.path()).error().kind, ErrorKind::BadConfig);
        QCOMPARE(resolveSecret(QStringLiteral("file:/nonexistent/x")).error().kind, ErrorKind::NotFound);
    }

    void commands_data()
    {
        QTest::addColumn<QByteArray>("script");
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<QByteArray>("secret"); // empty = refused
        QTest::addColumn<ErrorKind>("kind");
        const auto row = [](const char *name, const QByteArray &script, const char *arguments, const QByteArray &secret,
                            ErrorKind kind = ErrorKind::Internal) {
            QTest::newRow(name) << script << QString::fromLatin1(arguments) << secret << kind;
        };
        row("prints it", "echo abc", "", "abc");
        row("words without a shell", "printf '%s|' \"$@\"", " a \"b c\" $HOME ; *", "a|b c|$HOME|;|*|");
        row("reduced environment", "echo \"[$TAFFRAIL_TEST_SECRET][$HOME]\"", "", "[][" + qgetenv("HOME") + "]");
        row("no input", "cat; echo x", "", "x");
        row("chatters on its error stream", "yes | head -c 300000 >&2; echo abc", "", "abc");
        row("error stream closed early", "exec 2>&-; echo abc", "", "abc");
        row("fails", "echo abc; echo 'no such entry' >&2; exit 3", "", {}, ErrorKind::ToolFailed);
        row("is killed", "kill -9 $$", "", {}, ErrorKind::ToolFailed);
        row("prints nothing", "true", "", {}, ErrorKind::BadData);
        row("prints too much", "yes", "", {}, ErrorKind::TooLarge);
        row("hangs", "sleep 1000", "", {}, ErrorKind::Timeout);
        row("closes its output and hangs", "exec >&-; sleep 1000", "", {}, ErrorKind::Timeout);
    }

    void commands()
    {
        QFETCH(QByteArray, script);
        QFETCH(QString, arguments);
        QFETCH(QByteArray, secret);
        QFETCH(ErrorKind, kind);
        qputenv("TAFFRAIL_TEST_SECRET", "hidden");
        const QString program = write("program", "#!/bin/sh\n" + script + '\n', 0700);
        const auto got = resolveSecret(QStringLiteral("command:") + program + arguments,
                                       kind == ErrorKind::Timeout ? 300ms : 20'000ms);
        QVERIFY2(got.has_value() != secret.isEmpty(), got ? "" : qPrintable(sentence(got.error())));
        QCOMPARE(got.value_or(QByteArray()), secret);
        if (!got) {
            QCOMPARE(got.error().kind, kind);
            QVERIFY(!sentence(got.error()).contains(QStringLiteral("abc")));
        }
        if (script.contains("no such entry"))
            QVERIFY(got.error().text.contains(QStringLiteral("no such entry")));
    }

    void commandEndsWithItsChildren()
    {
        const QString pidFile = m_folder.filePath(QStringLiteral("pid"));
        const QString program
            = write("program", "#!/bin/sh\nsleep 1000 &\necho $! > '" + pidFile.toUtf8() + "'\nwait\n", 0700);
        const auto got = resolveSecret(QStringLiteral("command:") + program, 700ms);
        QVERIFY(!got);
        QFile file(pidFile);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const pid_t pid = file.readAll().trimmed().toInt();
        QVERIFY(pid > 0);
        QTRY_VERIFY(::kill(pid, 0) != 0 || !QFile::exists(QStringLiteral("/proc/%1/exe").arg(pid)));
    }

    void absentCommand()
    {
        QCOMPARE(resolveSecret(QStringLiteral("command:/nonexistent/pass show x")).error().kind, ErrorKind::NotFound);
        QVERIFY(!sentence(resolveSecret(QStringLiteral("command:/nonexistent/pass topsecret")).error())
                     .contains(QStringLiteral("topsecret")));
    }

    void promptIsTheCallersBusiness()
    {
        QCOMPARE(resolveSecret(QStringLiteral("prompt")).error().kind, ErrorKind::AnswerNeeded);
    }

    void keychainWithoutAServiceSaysWhy()
    {
        const QByteArray bus = qgetenv("DBUS_SESSION_BUS_ADDRESS");
        qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
        const auto got = resolveSecret(QStringLiteral("keychain:taffrail/test"), 5'000ms);
        bus.isNull() ? qunsetenv("DBUS_SESSION_BUS_ADDRESS") : qputenv("DBUS_SESSION_BUS_ADDRESS", bus);
        QVERIFY(!got);
        QVERIFY2(got.error().kind == ErrorKind::Unsupported, qPrintable(sentence(got.error())));
        QVERIFY(got.error().text.size() > 30); // the cause, in the keychain's words
        QVERIFY(got.error().hint.contains(QStringLiteral("prompt")));
    }

    void wipeClearsTheBytes()
    {
        QByteArray secret("0123456789 0123456789 0123456789");
        secret.detach();
        const char *place = secret.constData();
        QByteArray keeper = secret; // shared: must stay intact
        wipe(secret);
        QCOMPARE(keeper, QByteArray("0123456789 0123456789 0123456789"));
        QVERIFY(secret.isNull());
        QVERIFY(place == keeper.constData());
        wipe(keeper);
        QVERIFY(keeper.isNull());
    }
};

QTEST_GUILESS_MAIN(TestSecretReference)
#include "tst_secretreference.moc"
