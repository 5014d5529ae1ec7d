// SPDX-License-Identifier: GPL-3.0-or-later
#include "configtable.h"
#include "lockfiletexts.h"
#include "lockformats.h"
#include "registry.h"

#include <QTest>

using namespace taffrail;
using namespace taffrail::sources;
using namespace taffrail::tests;

namespace {

const QVariantMap plainVersions{{QStringLiteral("integrity"), false}};

} // namespace

class LockFilesTest : public QObject {
    Q_OBJECT

    static ParsedConfig parse(const QByteArray &bytes, const QVariantMap &options = plainVersions)
    {
        return parseLockfile(bytes, entryWith(options));
    }

private slots:
    void formats_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QStringList>("expected");
        const auto row = [](const char *name, const char *bytes, const QStringList &expected) {
            QTest::newRow(name) << QByteArray(bytes) << expected;
        };
        row("Gemfile.lock", gemfile,
            {text("dependencies.cart=any"), text("dependencies.rack=< 4, >= 2"), text("dependencies.tax=any"),
             text("metadata.ruby=3.2.2p53"), text("metadata.bundler=2.4.19"), text("cart=0.1.0 (path components/cart)"),
             text("inner=2.0.0.pre1 (from https://gems.example.test/)"), text("nokogiri@arm64-darwin=1.15.4"),
             text("nokogiri@x86_64-linux=1.15.4"), text("rack=3.0.8"), text("rails-html-sanitizer=1.6.0"),
             text("tax=1.4.0 (git https://github.com/shop/tax.git @ 0123456789abcdef0123456789abcdef01234567)"),
             text("metadata.platforms=arm64-darwin-22, x86_64-linux")});
        row("requirements.txt", requirements,
            {text("options.editable[0]=git+ssh://git@example.test/tax.git@v1#egg=tax"),
             text("options.requirement[0]=base.txt"),
             text("options.extra-index-url[0]=https://mirror.example.test/simple"), text("options.pre=true"),
             text("flask-login=0.6.3"), text("requests=<3,>=2.31"), text("requests.extras=security,socks"),
             text("requests.marker=python_version < \"3.9\""),
             text("numpy=1.24.4 ; python_version < \"3.9\" | 2.0.0 ; python_version >= \"3.9\""), text("django===4.*"),
             text("zope-interface====6.0.0+local"), text("pip=@ https://example.test/pip-24.0-py3-none-any.whl"),
             text("my-lib=git+https://example.test/a.git@abc#egg=My.Lib&subdirectory=x"), text("attrs=any")});
        row("poetry.lock", poetry,
            {text("metadata.lock-version=2.0"), text("metadata.python-versions=^3.11"),
             text("metadata.content-hash=cc"), text("tax=0.3.0 (git https://github.com/shop/tax.git @ 0123abcd)"),
             text("zope-interface=6.1")});
        row("Cargo.lock", cargo,
            {text("metadata.version=3"), text("rand=0.8.5"), text("rand@0.7=0.7.3"), text("shop=0.1.0 (path)"),
             text("tax=0.2.0 (git+https://github.com/shop/tax#0123abcd)")});
        row("yarn.lock 1", yarnOne,
            {text("@babel/core=7.8.3"), text("cookie=0.5.0"),
             text("\"cookie@0.4\"=0.4.0 (from https://mirror.example.test)"),
             text("tax=1.0.0 (https://codeload.github.com/shop/tax/tar.gz/0123abcd)")});
        row("yarn.lock Berry", yarnBerry,
            {text("metadata.version=6"), text("lodash=4.17.21"), text("shop=0.0.0-use.local (shop@workspace:.)")});
        row("pnpm-lock.yaml 9", pnpmNine,
            {text("metadata.lockfileVersion=9.0"), text("dependencies.react-dom=18.2.0"),
             text("dependencies.@types/node=20.1.0"), text("importers.apps/web.lodash=4.17.21"),
             text("@types/node=20.1.0"), text("lodash=4.17.21"),
             text("react-dom=18.2.0 (from https://mirror.example.test/react-dom.tgz)")});
        row("pnpm-lock.yaml 5", pnpmFive,
            {text("metadata.lockfileVersion=5.4"), text("dependencies.lodash=4.17.21"), text("@babel/core=7.12.3"),
             text("lodash=4.17.21")});
        row("pnpm-lock.yaml 6", pnpmSix,
            {text("metadata.lockfileVersion=6.0"), text("@babel/core=7.12.3"), text("lodash=4.17.21")});
        row("composer.lock", composer,
            {text("metadata.content-hash=aa"), text("metadata.minimum-stability=stable"),
             text("metadata.platform.php=>=8.1"), text("monolog/monolog=3.5.0"), text("phpunit/phpunit=10.5.1"),
             text("shop/tax=dev-main @ 0123")});
        row("Pipfile.lock", pipfile,
            {text("metadata.content-hash=aa"), text("metadata.python_version=3.11"),
             text("metadata.sources[0]=https://pypi.org/simple"), text("flask=3.0.0"),
             text("tax=git https://github.com/shop/tax.git @ 0123"), text("develop.pytest=7.4.3")});
        row("go.sum", goSum, {text("\"github.com/pkg/errors\"=v0.9.1"), text("\"golang.org/x/net\"=v0.17.0")});
        row("go.mod", goMod,
            {text("metadata.module=example.test/shop"), text("metadata.go=1.21"), text("metadata.toolchain=go1.21.4"),
             text("\"github.com/pkg/errors\"=v0.9.1"), text("\"golang.org/x/net\"=v0.17.0"),
             text("\"example.test/a\"=v1.0.0"), text("replace.\"example.test/a\"=../a"),
             text("replace.\"example.test/b v1.0.0\"=example.test/c v1.2.0"),
             text("exclude[0]=example.test/d v1.1.0")});
    }

    void formats()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QStringList, expected);
        const ParsedConfig parsed = parse(bytes);
        QVERIFY2(!parsed.error, parsed.error ? qPrintable(parsed.error->text) : "");
        QStringList seen = tableOf(parsed);
        expected.replaceInStrings(text("rand@0.7="), text("\"rand@0.7\"="));
        seen.sort();
        expected.sort();
        QCOMPARE(seen.join(QLatin1Char('\n')), expected.join(QLatin1Char('\n')));
        // Line ends of another system change nothing.
        QByteArray crlf = bytes;
        crlf.replace("\r\n", "\n").replace("\n", "\r\n");
        QStringList again = tableOf(parse(crlf));
        again.sort();
        QCOMPARE(again, seen);
    }

    void npm_data()
    {
        QTest::addColumn<QString>("file");
        for (const char *file : {"package-lock-v1.json", "package-lock-v2.json", "package-lock-v3.json"})
            QTest::newRow(file) << text(file);
    }

    /// Written by npm; express 4.18.2 brings debug 2.6.9 beside the project's own.
    void npm()
    {
        QFETCH(QString, file);
        const QByteArray bytes = dataFile(file.toLatin1().constData());
        const ParsedConfig parsed = parse(bytes, {});
        QVERIFY(!parsed.error);
        QCOMPARE(valueOf(parsed, "debug"), text("4.3.4"));
        QCOMPARE(valueOf(parsed, "debug@2"), text("2.6.9"));
        QCOMPARE(valueOf(parsed, "cookie"), text("0.5.0"));
        QCOMPARE(valueOf(parsed, "express"), text("4.18.2"));
        QCOMPARE(find(parsed.entries, text("js-tokens"))->note, text("dev"));
        QVERIFY(valueOf(parsed, "cookie.integrity").startsWith(text("sha512-")));
        QVERIFY(
            bytes.split('\n').at(find(parsed.entries, text("cookie"))->line - 1).contains("\"cookie\"")
            || bytes.split('\n').at(find(parsed.entries, text("cookie"))->line - 1).contains("node_modules/cookie"));
        // All three versions say the same.
        QStringList mine, reference;
        for (const ConfigEntry &entry : parsed.entries) {
            if (!entry.key.startsWith(text("metadata.")))
                mine << entry.key + entry.value;
        }
        for (const ConfigEntry &entry : parse(dataFile("package-lock-v3.json"), {}).entries) {
            if (!entry.key.startsWith(text("metadata.")))
                reference << entry.key + entry.value;
        }
        QCOMPARE(mine, reference);
    }

    void npmOddities()
    {
        const ParsedConfig parsed = parse(oddNpm);
        QCOMPARE(valueOf(parsed, "a"), text("1.0.1"));
        QVERIFY(parsed.notes.join(QLatin1Char(' ')).contains(text("set twice")));
        QCOMPARE(valueOf(parsed, "b"), text("2.0.0 (link to packages/b)"));
        QCOMPARE(valueOf(parsed, "c"), text("3.0.0 (as other)"));
        QCOMPARE(valueOf(parsed, "d"), text("1.0.0"));
        QCOMPARE(valueOf(parsed, "d@2"), text("2.1.0, 2.0.0"));
        QVERIFY(parsed.error && parsed.error->text.startsWith(text("line 7: ")));
    }

    void integrityIsCompared()
    {
        QByteArray other = yarnOne;
        other.replace("sha512-xyz==", "sha512-zyx==");
        QVERIFY(tableOf(parse(yarnOne, {})) != tableOf(parse(other, {})));
        QCOMPARE(valueOf(parse(cargo, {}), "rand.integrity"), text("aa"));
        QCOMPARE(valueOf(parse(gemfile, {}), "rack.integrity"), text("sha256=aa11"));
        // Hashes have no order.
        QByteArray swapped = requirements;
        swapped.replace("sha256:bb", "sha256:xx").replace("sha256:aa", "sha256:bb").replace("sha256:xx", "sha256:aa");
        QCOMPARE(tableOf(parse(swapped, {})), tableOf(parse(requirements, {})));
        QVERIFY(valueOf(parse(requirements, {}), "flask-login.integrity").startsWith(text("2 hashes, together ")));
    }

    void errorsNameTheLine_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("format");
        QTest::addColumn<int>("line");
        QTest::addColumn<int>("kept");
        const auto row = [](const char *name, const char *format, const QByteArray &bytes, int line, int kept) {
            QTest::newRow(name) << bytes << text(format) << line << kept;
        };
        row("conflict marks", "", "a==1\n<<<<<<< HEAD\nb==1\n=======\nb==2\n>>>>>>> x\n", 2, 0);
        row("requirements", "requirements", "a==1\n!!!\nb==2\n", 2, 2);
        row("cargo", "cargo", "[[package]]\nname = \"a\"\nversion = \"1\"\nsource = \"x\"\n\n[[package]]\nname = \n", 7,
            1);
        row("poetry without a name", "poetry", "[[package]]\nversion = \"1\"\n[[package]]\nname=\"b\"\nversion=\"2\"\n",
            1, 1);
        row("npm cut", "npm",
            "{\"lockfileVersion\": 3, \"packages\": {\n\"node_modules/a\": {\"version\": \"1\"},\n\"node_modules/b\": "
            "{",
            3, 2);
        row("not npm", "npm", "[1, 2]", 1, 0);
        row("go.sum", "gosum", "a v1 h1:x\nb v2\n", 2, 1);
        row("go.mod", "gomod", "module a\nrequire (\nb v1\n", 2, 2);
        row("pnpm", "pnpm", "lockfileVersion: '9.0'\npackages:\n  a@1: {resolution: {integrity: x}\n", 4, 0);
        row("yarn", "yarn", "# yarn lockfile v1\na@1:\n  version \"1\"\nb@2\n", 4, 1);
        row("gemfile", "gemfile", "GEM\n  remote: https://rubygems.org/\n  specs:\n    rack (1)\n    oops\n", 5, 1);
        row("composer", "composer", "{\"packages\": [{\"name\": \"a\"}]}", 1, 0);
    }

    void errorsNameTheLine()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, format);
        QFETCH(int, line);
        QFETCH(int, kept);
        const ParsedConfig parsed = parse(bytes, {{text("format"), format}, {text("integrity"), false}});
        QVERIFY(parsed.error);
        QCOMPARE(parsed.error->kind, ErrorKind::BadData);
        QVERIFY2(parsed.error->text.startsWith(QStringLiteral("line %1: ").arg(line)), qPrintable(parsed.error->text));
        QCOMPARE(parsed.entries.size(), size_t(kept));
    }

    void theFormatIsTold()
    {
        QCOMPARE(lockFormatOfName(text("/srv/shop/package-lock.json")), LockFormat::Npm);
        QCOMPARE(lockFormatOfName(text("/srv/requirements-dev.txt")), LockFormat::Requirements);
        QVERIFY(!lockFormatOfName(text("/srv/shop/LICENSE")));
        QVERIFY(parse("x", {{text("format"), text("made-up")}}).error);
        // One pattern can name files of several formats: the name of the pattern says nothing then.
        const QVariantMap list{{text("path"), QStringList{text("/a/Gemfile.lock"), text("/a/go.sum")}}};
        QCOMPARE(valueOf(parse(goSum, list), "golang.org/x/net"), text("(missing)"));
        QCOMPARE(valueOf(parse(goSum, list), "\"golang.org/x/net\""), text("v0.17.0"));
    }

    void packagesAreNoSecretsButUrlsCanHoldSome()
    {
        const QByteArray lock
            = "# yarn lockfile v1\n\ncookie@1:\n  version \"0.5.0\"\n\npassport@1:\n  version \"0.7.0\"\n"
              "  resolved \"https://ci:hunter2hunter2@npm.example.test/p.zip?token=tok-1234567890\"\n";
        const Result<Value> value = lockfileSource.parse(entryWith(plainVersions), {shellReply(lock)}, {});
        QVERIFY(value);
        const ConfigSet &set = std::get<ConfigSet>(*value);
        QCOMPARE(find(set.entries, text("cookie"))->value, text("0.5.0"));
        QVERIFY(!find(set.entries, text("cookie"))->secret);
        const ConfigEntry *masked = find(set.entries, text("passport"));
        QVERIFY(masked && masked->secret);
        QVERIFY2(!masked->value.contains(text("hunter2")) && !masked->value.contains(text("tok-")),
                 qPrintable(masked->value));
    }

    void versionsHaveAnOrder_data()
    {
        QTest::addColumn<QString>("lower");
        QTest::addColumn<QString>("higher");
        for (const auto &[lower, higher] : std::initializer_list<std::pair<const char *, const char *>>{
                 {"1.9.0", "1.10.0"}, {"1.0.0-rc.1", "1.0.0"}, {"1.0", "1.0.1"}, {"0.9", "1.0"}, {"1.0.0rc1", "1.0.0"}})
            QTest::addRow("%s < %s", lower, higher) << text(lower) << text(higher);
    }

    void versionsHaveAnOrder()
    {
        QFETCH(QString, lower);
        QFETCH(QString, higher);
        QCOMPARE(compareVersions(lower, higher), -1);
        QCOMPARE(compareVersions(higher, lower), 1);
        QCOMPARE(compareVersions(lower, lower), 0);
    }

    void hostileTexts()
    {
        QByteArray deep(100'000, '[');
        for (const char *format : {"requirements", "poetry", "pipfile", "gemfile", "npm", "yarn", "pnpm", "composer",
                                   "gosum", "gomod", "cargo"}) {
            const QVariantMap options{{text("format"), text(format)}};
            for (const QByteArray &bytes :
                 {QByteArray(), QByteArray("\xff\xfe\x00\x01", 4), QByteArray("\xef\xbb\xbf"), deep,
                  QByteArray("{\"packages\":") + QByteArray(5000, '{'), QByteArray(200'000, 'a'),
                  QByteArray("\\\n\\\n\\"), QByteArray("a: &a [*a, *a]\nb: *a\nlockfileVersion: 1\npackages: *a\n")})
                parse(bytes, options);
        }
        const ParsedConfig one = parse("a==1\xE9\n", {{text("format"), text("gosum")}});
        QVERIFY(one.error);
        QVERIFY(exactText("a\xE9z") != exactText("a\xE8z"));
        QCOMPARE(exactText("a\xE9z"), text("a\\xE9z"));
        QCOMPARE(exactText("gr\xC3\xBC\xC3"), text("gr\xC3\xBC\\xC3"));
    }
};

QTEST_GUILESS_MAIN(LockFilesTest)
#include "tst_lockfiles.moc"
