// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry.h"
#include "text.h"

#include <nlohmann/json.hpp>

#include <QDir>
#include <QTest>

using namespace taffrail;
using namespace taffrail::sources;
using nlohmann::json;

namespace {

const QString folder = QStringLiteral(TAFFRAIL_SOURCE_DIR "/tests/unit/backups/data/");

QByteArray contentOf(const QString &name)
{
    QFile file(folder + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

json jsonOf(const QString &name)
{
    return json::parse(contentOf(name).toStdString(), nullptr, false);
}

QString textOf(const json &object, const char *key)
{
    return object.contains(key) && object[key].is_string() ? QString::fromStdString(object[key].get<std::string>())
                                                           : QString();
}

const Source &sourceOf(const QString &stem)
{
    return stem.startsWith(QStringLiteral("pgbr-")) ? pgbackrestSource
        : stem.startsWith(QStringLiteral("dump-"))  ? pgdumpSource
                                                    : archiverSource;
}

Result<Value> parsed(const QString &stem)
{
    const json command = jsonOf(stem + QStringLiteral(".cmd.json"));
    SourceEntry entry;
    entry.options.insert(QStringLiteral("command"), textOf(command, "command"));
    Reply reply;
    reply.name = QString::fromLatin1(sourceOf(stem).parts.front());
    reply.at = fromRfc3339(textOf(command, "captured_at_utc"));
    reply.result = ShellReply{command.value("exit_code", -1), contentOf(stem + QStringLiteral(".out")),
                              contentOf(stem + QStringLiteral(".err"))};
    return sourceOf(stem).parse(entry, {reply}, {reply.at, {}});
}

} // namespace

/// Every captured case must be read as its expected.json says.
class BackupSamplesTest : public QObject {
    Q_OBJECT

private slots:
    void sample_data()
    {
        QTest::addColumn<QString>("stem");
        const QStringList files = QDir(folder).entryList({QStringLiteral("*.expected.json")}, QDir::Files, QDir::Name);
        QVERIFY(files.size() >= 30);
        for (const QString &file : files) {
            const QString stem = file.left(file.size() - int(qstrlen(".expected.json")));
            QTest::newRow(qPrintable(stem)) << stem;
        }
    }

    void sample()
    {
        QFETCH(QString, stem);
        const json expected = jsonOf(stem + QStringLiteral(".expected.json"));
        QVERIFY(expected.is_object());
        const Result<Value> value = parsed(stem);
        QVERIFY2(value, value ? "" : qPrintable(value.error().text));
        const BackupSet &set = std::get<BackupSet>(*value);
        const BackupAssessment &said = set.assessment;
        QCOMPARE(said.problem, textOf(expected, "problem"));
        QCOMPARE(said.ok, expected["ok"].get<bool>());
        QCOMPARE(rfc3339(said.latestFinishedAt), textOf(expected, "latest_finished_utc"));
        QCOMPARE(said.type ? backupTypeWord(*said.type) : QString(), textOf(expected, "type"));
        QCOMPARE(said.count.value_or(-1), expected["count"].is_number() ? expected["count"].get<int>() : -1);
        if (expected.contains("time_is_start"))
            QCOMPARE(said.timeIsStart, expected["time_is_start"].get<bool>());
        if (expected.contains("unarchived_bytes"))
            QCOMPARE(set.archive->unarchivedBytes, expected["unarchived_bytes"].get<qint64>());
        for (const json &missing : expected.value("missing_wal", json::array()))
            QVERIFY(set.notes.join(QLatin1Char(' ')).contains(QString::fromStdString(missing.get<std::string>())));
        for (const json &file : expected.value("error_list", json::array()))
            QVERIFY(set.backups.front().detail.contains(QString::fromStdString(file.get<std::string>())));
    }
};

QTEST_GUILESS_MAIN(BackupSamplesTest)
#include "tst_backupsamples.moc"
