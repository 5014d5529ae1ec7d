// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgfiles.h"

#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace taffrail;
using namespace taffrail::pg;

/// The passfile and the service file, read as libpq reads them.
class TestPgFiles : public QObject {
    Q_OBJECT

private slots:
    void passfileEntries_data();
    void passfileEntries();
    void passfileModes_data();
    void passfileModes();
    void serviceSections_data();
    void serviceSections();
    void serviceLookup();
};

void TestPgFiles::passfileEntries_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("password"); // "-" = none
    const auto row = [](const char *name, const QByteArray &text, const QByteArray &password) {
        QTest::newRow(name) << text << password;
    };
    row("exact", "db:5432:shop:me:secret", "secret");
    row("first wins", "db:5432:shop:me:one\ndb:5432:shop:me:two\n", "one");
    row("stars", "*:*:*:*:any", "any");
    row("a star is whole", "d*:5432:shop:me:no", "-");
    row("other host", "dc:5432:shop:me:no", "-");
    row("other port", "db:5433:shop:me:no", "-");
    row("other database", "db:5432:other:me:no", "-");
    row("other user", "db:5432:shop:you:no", "-");
    row("comment and blank", "# db:5432:shop:me:no\n\n db:5432:shop:me:no\ndb:5432:shop:me:yes", "yes");
    row("windows line ends", "db:5432:shop:me:secret\r\n", "secret");
    row("colon and backslash", "db:5432:shop:me:a\\:b\\\\c", "a:b\\c");
    row("escaped field", "d\\b:5432:shop:me:secret", "secret");
    row("colon in password", "db:5432:shop:me:a:b", "a:b");
    row("empty password", "db:5432:shop:me:", "");
    row("too few fields", "db:5432:shop:me", "-");
    row("nothing", "", "-");
    row("bytes", QByteArray("\xFF\0\x01:*\n*:*:*:*:x", 15), "x");
    row("ends in a backslash", "db:5432:shop:me:a\\", "a\\");
}

void TestPgFiles::passfileEntries()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, password);
    QCOMPARE(passfileEntry(text, {"db", "5432", "shop", "me"}).value_or("-"), password);
}

void TestPgFiles::passfileModes_data()
{
    QTest::addColumn<int>("mode");
    QTest::addColumn<bool>("good");
    QTest::newRow("600") << 0600 << true;
    QTest::newRow("400") << 0400 << true;
    QTest::newRow("640") << 0640 << false;
    QTest::newRow("604") << 0604 << false;
    QTest::newRow("644") << 0644 << false;
    QTest::newRow("620") << 0620 << false;
}

void TestPgFiles::passfileModes()
{
    QFETCH(int, mode);
    QFETCH(bool, good);
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("passfile"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("db:*:*:*:secret");
    file.close();
    QCOMPARE(chmod(QFile::encodeName(path).constData(), mode_t(mode)), 0);
    const auto entry = readPassfile(path, {"db", "5432", "shop", "me"}, QStringLiteral("main"));
    QCOMPARE(entry.has_value(), good);
    if (good) {
        QCOMPARE(entry->value(), "secret");
    } else {
        QCOMPARE(entry.error().kind, ErrorKind::BadConfig);
        QVERIFY(entry.error().hint.contains(QStringLiteral("chmod 600")));
        QVERIFY(!sentence(entry.error()).contains(QStringLiteral("secret")));
    }
    // A line for another server is no reason to refuse, nor is a file that is not there.
    QVERIFY(readPassfile(path, {"other", "5432", "shop", "me"}, {}).has_value());
    QVERIFY(!readPassfile(folder.filePath(QStringLiteral("absent")), {"db", "1", "x", "y"}, {})->has_value());
    QVERIFY(!readPassfile(folder.path(), {"db", "1", "x", "y"}, {})->has_value());
}

void TestPgFiles::serviceSections_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("found"); // "key=value …", "-" = no section, "line N" = error
    const auto row
        = [](const char *name, const QByteArray &text, const QString &found) { QTest::newRow(name) << text << found; };
    row("one", "[shop]\nhost=db\nport=1\n", QStringLiteral("host=db port=1"));
    row("second", "[other]\nhost=x\n[shop]\nhost=db\n[third]\nhost=y", QStringLiteral("host=db"));
    row("comments, blanks", "# c\n[shop]\n\n  # c\n  host=db  \n", QStringLiteral("host=db"));
    row("first key wins", "[shop]\nhost=a\nhost=b\n", QStringLiteral("host=a"));
    row("value with sign", "[shop]\noptions=-c a=b\n", QStringLiteral("options=-c a=b"));
    row("empty section", "[shop]\n", QString());
    row("not there", "[other]\nhost=x\n", QStringLiteral("-"));
    row("nothing", "", QStringLiteral("-"));
    row("no sign", "[shop]\nhost db\n", QStringLiteral("line 2"));
    row("nested", "[shop]\nservice=other\n", QStringLiteral("line 2"));
    row("ldap", "[shop]\nldap://x/y?z\n", QStringLiteral("line 2"));
    row("wrong elsewhere", "[other]\nnonsense\n[shop]\nhost=db", QStringLiteral("host=db"));
}

void TestPgFiles::serviceSections()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, found);
    const auto section = serviceSection(text, "shop", QStringLiteral("f"));
    if (!section) {
        QVERIFY2(section.error().text.contains(found), qPrintable(section.error().text));
        return;
    }
    QStringList words;
    for (const auto &[key, value] : section->value_or(Keywords{}))
        words << QString::fromUtf8(key + '=' + value);
    QCOMPARE(section->has_value() ? words.join(QLatin1Char(' ')) : QStringLiteral("-"), found);
}

void TestPgFiles::serviceLookup()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("services"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[open]\nhost=a\n[closed]\nhost=b\npassword=secret\n");
    file.close();
    qputenv("PGSERVICEFILE", path.toUtf8());
    const auto lookUp = [&](const char *service, int mode) {
        chmod(QFile::encodeName(path).constData(), mode_t(mode));
        return readService(service, QStringLiteral("main"));
    };
    QVERIFY(lookUp("open", 0644)); // nothing secret in that section
    QVERIFY(lookUp("closed", 0600));
    QCOMPARE(lookUp("closed", 0644).error().kind, ErrorKind::BadConfig);
    QCOMPARE(lookUp("open", 0664).error().kind, ErrorKind::BadConfig); // others could lead us elsewhere
    QVERIFY(lookUp("missing", 0600).error().text.contains(QStringLiteral("no service \"missing\"")));
    qunsetenv("PGSERVICEFILE");
}

QTEST_GUILESS_MAIN(TestPgFiles)
#include "tst_pgfiles.moc"
