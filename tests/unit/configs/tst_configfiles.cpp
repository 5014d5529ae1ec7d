// SPDX-License-Identifier: GPL-3.0-or-later
#include "configfiles.h"
#include "configsecrets.h"
#include "probe.h"

#include "../deployments/posixshell.h"

#include <QTemporaryDir>
#include <QtTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace taffrail;
using namespace taffrail::sources;

namespace {

void put(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), qint64(bytes.size()));
}

SourceEntry entryFor(const QVariant &path)
{
    SourceEntry entry;
    entry.id = entry.source = QStringLiteral("dotenv");
    entry.hosts = {QStringLiteral("web1")};
    entry.options.insert(QStringLiteral("path"), path);
    return entry;
}

QByteArray scriptFor(const SourceEntry &entry, MaskForm form = MaskForm::Lines)
{
    return std::get<ShellPart>(fileRequests(entry, form).at(0).what).script;
}

Reply replyOf(const QByteArray &out, int exitCode = 0)
{
    return tests::replyFrom(QStringLiteral("web1"), {exitCode, out, {}}, QStringLiteral("files"));
}

std::vector<ReadFile> filesRead(const SourceEntry &entry, MaskForm form = MaskForm::Lines)
{
    return filesOf(replyOf(tests::runShell(scriptFor(entry, form)).out));
}

/// "name: kind" of every file in order, "ok" where there is no error.
QStringList summary(const std::vector<ReadFile> &files, const QString &folder)
{
    QStringList list;
    for (const ReadFile &each : files)
        list << each.file.path.mid(folder.size() + 1) + QStringLiteral(": ")
                + (each.file.error ? errorKindWord(each.file.error->kind) : QStringLiteral("ok"));
    return list;
}

/// KEY=VALUE lines, for the tests of what is common to all formats.
ParsedConfig parseLines(const QByteArray &bytes, const SourceEntry &)
{
    ParsedConfig parsed;
    int line = 0;
    for (const QByteArray &each : bytes.split('\n')) {
        ++line;
        const qsizetype at = each.indexOf('=');
        if (at < 0)
            continue;
        ConfigEntry entry;
        entry.key = QString::fromUtf8(each.left(at));
        entry.value = QString::fromUtf8(each.mid(at + 1));
        entry.line = line;
        parsed.entries.push_back(entry);
    }
    return parsed;
}

const ConfigSet *setOf(const Result<Value> &value)
{
    return value ? std::get_if<ConfigSet>(&*value) : nullptr;
}

} // namespace

class ConfigFiles : public QObject {
    Q_OBJECT
private slots:
    void readsAFile()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("it's a $(file)\n\"x\" -- .env"));
        put(path, "PORT=80\nDB_PASSWORD=hunter2hunter2\nlast");
        QVERIFY(chmod(QFile::encodeName(path).constData(), 0640) == 0);
        for (const QStringList &shell : tests::shells()) {
            const std::vector<ReadFile> files = filesOf(replyOf(tests::runShell(scriptFor(entryFor(path)), shell).out));
            QCOMPARE(files.size(), size_t(1));
            QVERIFY2(!files[0].file.error, qPrintable(files[0].file.error ? files[0].file.error->text : QString()));
            QCOMPARE(files[0].bytes, QByteArray("PORT=80\nDB_PASSWORD=TFMASK_none_\nlast"));
            QCOMPARE(files[0].file.name, QString());
            QCOMPARE(files[0].file.sizeBytes, qint64(39));
            QCOMPARE(files[0].file.mode, QStringLiteral("0640"));
            QVERIFY(files[0].file.owner.contains(QLatin1Char(':')));
            QVERIFY(qAbs(files[0].file.modifiedAt.secsTo(QDateTime::currentDateTimeUtc())) < 3600);
        }
    }

    void saysWhyAFileIsNotRead()
    {
        QTemporaryDir folder;
        const auto at = [&](const char *name) { return folder.filePath(QString::fromLatin1(name)); };
        QVERIFY(QDir(folder.path()).mkdir(QStringLiteral("dir")));
        QVERIFY(symlink("loop", QFile::encodeName(at("loop")).constData()) == 0);
        QVERIFY(symlink("nowhere", QFile::encodeName(at("dangling")).constData()) == 0);
        put(at("good"), "a=1\n");
        QVERIFY(symlink("good", QFile::encodeName(at("link")).constData()) == 0);
        QVERIFY(mkfifo(QFile::encodeName(at("fifo")).constData(), 0600) == 0);
        put(at("binary"), QByteArray("a=1\npassword=\0PLANT\n", 20));
        put(at("empty"), {});
        QFile large(at("large"));
        QVERIFY(large.open(QIODevice::WriteOnly) && large.resize(100'000'000));
        put(at("denied"), "password=PLANT\n");
        QVERIFY(chmod(QFile::encodeName(at("denied")).constData(), 0) == 0);
        QVERIFY(chmod(QFile::encodeName(folder.path()).constData(), 0755) == 0);
        QStringList paths;
        for (const char *name :
             {"absent", "dir", "loop", "dangling", "good", "link", "fifo", "binary", "empty", "large", "denied"})
            paths << at(name);
        paths << at("*.nothing");
        // An account without rights, so that "denied" is: root reads everything.
        QStringList shell{QStringLiteral("/bin/sh")};
        if (geteuid() == 0)
            shell = QStringList{QStringLiteral("setpriv"), QStringLiteral("--reuid=65534"),
                                QStringLiteral("--regid=65534"), QStringLiteral("--clear-groups"),
                                QStringLiteral("/bin/sh")};
        const QByteArray out = tests::runShell(scriptFor(entryFor(paths)), shell).out;
        QVERIFY(!out.contains("PLANT"));
        QCOMPARE(summary(filesOf(replyOf(out)), folder.path()),
                 (QStringList{QStringLiteral("*.nothing: not-found"), QStringLiteral("absent: not-found"),
                              QStringLiteral("binary: unsupported"), QStringLiteral("dangling: not-found"),
                              QStringLiteral("denied: denied"), QStringLiteral("dir: unsupported"),
                              QStringLiteral("empty: ok"), QStringLiteral("fifo: unsupported"),
                              QStringLiteral("good: ok"), QStringLiteral("large: too-large"),
                              QStringLiteral("link: ok"), QStringLiteral("loop: not-found")}));
    }

    void globsAndNames()
    {
        QTemporaryDir folder;
        for (const char *name : {"a b.conf", "c.conf", "x.txt"})
            put(folder.filePath(QString::fromLatin1(name)), "a=1\n");
        std::vector<ReadFile> files = filesRead(entryFor(folder.filePath(QStringLiteral("*.conf"))));
        QCOMPARE(summary(files, folder.path()),
                 (QStringList{QStringLiteral("a b.conf: ok"), QStringLiteral("c.conf: ok")}));
        QCOMPARE(files[0].file.name, QStringLiteral("a b.conf"));
        files = filesRead(
            entryFor(QStringList{folder.filePath(QStringLiteral("c.conf")), folder.filePath(QStringLiteral("x.txt"))}));
        QCOMPARE(files[1].file.name, QStringLiteral("x.txt"));
    }

    void tooManyFilesAreSaid()
    {
        QTemporaryDir folder;
        for (int i = 0; i < 203; ++i)
            put(folder.filePath(QStringLiteral("%1.conf").arg(i)), {});
        const std::vector<ReadFile> files = filesRead(entryFor(folder.filePath(QStringLiteral("*.conf"))));
        QCOMPARE(files.size(), size_t(201));
        QCOMPARE(summary(files, folder.path()).first(), QStringLiteral("*.conf: too-large"));
    }

    void aFileThatChangesIsSaid()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("busy"));
        put(path, "a=1\n");
        // The file changes at the very moment when it is read: the call that reads it appends to it.
        QByteArray script = scriptFor(entryFor(path));
        script.replace("tf_mask() {", "tf_mask() { echo b=2 >>" + shellQuoted(path) + "; ");
        QCOMPARE(summary(filesOf(replyOf(tests::runShell(script).out)), folder.path()),
                 QStringList{QStringLiteral("busy: busy")});
    }

    /// A host that has nothing but busybox.
    void busyboxIsEnough()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("x.env"));
        put(path, "TOKEN=a secret of some length\nA=1\n");
        const QString tools = folder.filePath(QStringLiteral("bin"));
        QVERIFY(QDir().mkpath(tools));
        const QString busybox = QStandardPaths::findExecutable(QStringLiteral("busybox"));
        for (const char *tool : {"awk", "head", "tail", "tr", "wc", "stat", "ls", "timeout", "true"})
            QVERIFY(QFile::link(busybox, tools + QLatin1Char('/') + QString::fromLatin1(tool)));
        SourceEntry entry = entryFor(path);
        entry.options.insert(QStringLiteral("compare_key"), QString(64, QLatin1Char('a')));
        const QByteArray script = "PATH=" + shellQuoted(tools) + "\n" + scriptFor(entry);
        const std::vector<ReadFile> alone
            = filesOf(replyOf(tests::runShell(script, {busybox, QStringLiteral("sh")}).out));
        const std::vector<ReadFile> usual = filesRead(entry);
        QCOMPARE(alone.size(), size_t(1));
        QVERIFY(!alone[0].file.error);
        QVERIFY(alone[0].bytes.contains("TFMASK_") && !alone[0].bytes.contains("none"));
        QCOMPARE(alone[0].bytes, usual.at(0).bytes);
        QCOMPARE(alone[0].file, usual.at(0).file);
    }

    void withoutAwkNothingIsRead()
    {
        QTemporaryDir folder;
        put(folder.filePath(QStringLiteral("x")), "password=PLANT\n");
        const QString tool = folder.filePath(QStringLiteral("awk"));
        put(tool, "#!/bin/sh\nexec cat\n");
        QVERIFY(chmod(QFile::encodeName(tool).constData(), 0755) == 0);
        const QByteArray script = "PATH=" + shellQuoted(folder.path()) + ":$PATH\n"
            + scriptFor(entryFor(folder.filePath(QStringLiteral("x"))));
        const QByteArray out = tests::runShell(script).out;
        QVERIFY(!out.contains("PLANT"));
        const std::vector<ReadFile> files = filesOf(replyOf(out));
        QCOMPARE(files.size(), size_t(1));
        QCOMPARE(files[0].file.error->kind, ErrorKind::Unsupported);
    }

    /// Wherever a reply is cut, no file in it looks whole that isn't.
    void cutRepliesAreErrors()
    {
        QTemporaryDir folder;
        put(folder.filePath(QStringLiteral("a")), "a=1\nb=2\n");
        put(folder.filePath(QStringLiteral("b")), "c=3\nd=4");
        const QByteArray out = tests::runShell(scriptFor(entryFor(folder.filePath(QStringLiteral("?"))))).out;
        const std::vector<ReadFile> whole = filesOf(replyOf(out));
        QCOMPARE(whole.size(), size_t(2));
        for (qsizetype size = 6; size < out.size(); ++size) {
            bool isTold = false;
            for (const ReadFile &each : filesOf(replyOf(out.left(size)))) {
                isTold |= each.file.error.has_value();
                QVERIFY(each.file.error || each.bytes == whole[0].bytes || each.bytes == whole[1].bytes);
            }
            QVERIFY2(isTold, qPrintable(QString::number(size)));
        }
    }

    void bareContentIsOneFile()
    {
        const std::vector<ReadFile> files = filesOf(replyOf("A=1\n|x\n"));
        QCOMPARE(files.size(), size_t(1));
        QCOMPARE(files[0].file.path, QStringLiteral("captured"));
        QCOMPARE(files[0].bytes, QByteArray("A=1\n|x\n"));
    }

    void commandOutputIsMasked()
    {
        const SourceEntry entry = entryFor({});
        std::vector<ReadFile> files
            = filesOf(replyOf(tests::runShell(maskedCommandScript(entry, "printf 'A=1\\npassword=PLANT\\n'",
                                                                  QStringLiteral("env"), MaskForm::Lines))
                                  .out));
        QCOMPARE(files.size(), size_t(1));
        QCOMPARE(files[0].bytes, QByteArray("A=1\npassword=TFMASK_none_\n"));
        files = filesOf(replyOf(
            tests::runShell(maskedCommandScript(entry, "echo x; (exit 3)", QStringLiteral("env"), MaskForm::Lines))
                .out));
        QCOMPARE(files.at(0).file.error->kind, ErrorKind::ToolFailed);
        QVERIFY(files.at(0).bytes.isEmpty());
    }

    /// The way it takes on a host: inside of a probe, whose arguments every account there can read.
    void throughTheProbe()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("x"));
        put(path, "password=a long enough secret\n");
        SourceEntry entry = entryFor(path);
        entry.options.insert(QStringLiteral("compare_key"), QString(64, QLatin1Char('d')));
        const QByteArray nonce(32, '0');
        ShellPart part = std::get<ShellPart>(fileRequests(entry, MaskForm::Lines).at(0).what);
        part.script
            += "tr '\\000' ' ' </proc/$$/cmdline >" + shellQuoted(folder.filePath(QStringLiteral("arguments"))) + '\n';
        QProcess shell;
        shell.start(QStringLiteral("/bin/sh"), {QStringLiteral("-s")});
        shell.write(assembleProbe(nonce, {{"files", part}}).script);
        shell.closeWriteChannel();
        QVERIFY(shell.waitForFinished(60'000));
        const ProbeAnswer answer = parseProbe(nonce, shell.readAllStandardOutput(), shell.readAllStandardError());
        QVERIFY(answer.complete);
        const std::vector<ReadFile> files = filesOf(replyOf(answer.sections.value("files").out));
        QCOMPARE(files.size(), size_t(1));
        QVERIFY(files[0].bytes.startsWith("password=TFMASK_") && !files[0].bytes.contains("none"));
        QFile arguments(folder.filePath(QStringLiteral("arguments")));
        QVERIFY(arguments.open(QIODevice::ReadOnly));
        const QByteArray seen = arguments.readAll();
        QVERIFY(seen.contains("sh") && !seen.contains("dddd"));
    }

    void theKeyIsInNoArgument()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("x"));
        put(path, "password=a long enough secret\n");
        SourceEntry entry = entryFor(path);
        entry.options.insert(QStringLiteral("compare_key"), QString(64, QLatin1Char('d')));
        const QByteArray script = scriptFor(entry);
        QCOMPARE(script.count(QByteArray(64, 'd')), 1);
        QVERIFY(script.contains("\nTF_KEY=" + QByteArray(64, 'd') + "\n"));
        entry.options.insert(QStringLiteral("compare_key"), QStringLiteral("x; rm -rf /"));
        QVERIFY(!scriptFor(entry).contains("rm -rf"));
        QVERIFY(scriptFor(entry).size() < 120'000);
    }

    void duplicatesAreFolded()
    {
        SourceEntry entry = entryFor(QStringLiteral("/x"));
        const auto value = configSetOf(entry, {replyOf("a=1\nb=2\na=3\nb=2\npassword=x\npassword=y\n")}, parseLines);
        const ConfigSet *set = setOf(value);
        QVERIFY(set);
        QCOMPARE(set->entries.size(), size_t(3));
        QCOMPARE(set->entries[0].key, QStringLiteral("a"));
        QCOMPARE(set->entries[0].value, QStringLiteral("3"));
        QCOMPARE(set->entries[0].note,
                 QStringLiteral("set twice (also in line 1) with different values, the last one counts"));
        QCOMPARE(set->entries[1].note,
                 QStringLiteral("set twice (also in line 2) with the same value, the last one counts"));
        QCOMPARE(set->entries[2].value, maskMark.toString());
        QCOMPARE(set->entries[2].note, QStringLiteral("set twice (also in line 5), the last one counts"));
        QVERIFY(set->files.at(0).text.isEmpty());
        entry.options.insert(QStringLiteral("compare_key"), QString(64, QLatin1Char('a')));
        const auto asked = configSetOf(entry, {replyOf("a=1\npassword=x\n")}, parseLines);
        QCOMPARE(setOf(asked)->files.at(0).text, QStringLiteral("a=1\npassword=%1\n").arg(maskMark));
    }

    void pairsAreSettled()
    {
        const auto value = configSetOf(
            entryFor(QStringLiteral("/x")),
            {replyOf(
                "e[0].value=PLANT\ne[0].name=DB_PASSWORD\ne[1].name=PORT\ne[1].value=80\nname=TOKEN\nvalue=PLANT\n")},
            parseLines);
        QStringList values;
        for (const ConfigEntry &each : setOf(value)->entries)
            values << each.value;
        const QString mark = maskMark.toString();
        QCOMPARE(values,
                 (QStringList{mark, QStringLiteral("DB_PASSWORD"), QStringLiteral("PORT"), QStringLiteral("80"),
                              QStringLiteral("TOKEN"), mark}));
    }

    void hostsThatFailAreFiles()
    {
        const SourceEntry entry = entryFor(QStringLiteral("/x"));
        Reply down;
        down.name = QStringLiteral("files");
        down.subject = QStringLiteral("web2");
        down.result = failure(ErrorKind::Unreachable, QStringLiteral("connect"), QStringLiteral("web2"),
                              QStringLiteral("no route"));
        const auto one = configSetOf(entry, {replyOf("a=1\n"), down}, parseLines);
        QVERIFY(setOf(one));
        QCOMPARE(setOf(one)->files.size(), size_t(2));
        QCOMPARE(setOf(one)->files[1].error->kind, ErrorKind::Unreachable);
        const auto none = configSetOf(entry, {down}, parseLines);
        QVERIFY(!none);
        QCOMPARE(none.error().kind, ErrorKind::Unreachable);
    }
};

QTEST_GUILESS_MAIN(ConfigFiles)
#include "tst_configfiles.moc"
