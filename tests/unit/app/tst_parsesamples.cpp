// SPDX-License-Identifier: GPL-3.0-or-later
#include "capturedreply.h"
#include "text.h"

#include <nlohmann/json.hpp>

#include <QDir>
#include <QTest>

using namespace taffrail;
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

/// What `taffrail parse backups/TOOL` says of one case, with the options that its .cmd.json tells.
Result<Value> parsed(const QString &stem)
{
    const json command = jsonOf(stem + QStringLiteral(".cmd.json"));
    const sources::Source *source = capturedSource(PaneKind::Backups, textOf(command, "tool"));
    if (!source)
        return failure(ErrorKind::NotFound, {}, stem, QStringLiteral("no source for this tool"));
    QVariantMap options{{QStringLiteral("command"), textOf(command, "command")}};
    if (command.contains("max_age_s"))
        options.insert(QStringLiteral("max_age_s"), command["max_age_s"].get<qint64>());
    if (command.contains("live_system_identifier"))
        options.insert(QStringLiteral("live_system_identifier"), textOf(command, "live_system_identifier"));
    QMap<QString, QByteArray> parts{
        {QString::fromLatin1(source->parts.front()), contentOf(stem + QStringLiteral(".out"))}};
    if (const QByteArray log = contentOf(stem + QStringLiteral(".pglog")); !log.isEmpty())
        parts.insert(QStringLiteral("log"), log);
    const QString at = textOf(command, command.contains("as_of_utc") ? "as_of_utc" : "captured_at_utc");
    SourceEntry entry;
    return parseCaptured(*source, options, parts, contentOf(stem + QStringLiteral(".err")),
                         command.value("exit_code", -1), fromRfc3339(at), entry);
}

} // namespace

/// Every captured case of a backup tool must be read as its expected.json says, by the code of `taffrail parse`.
class ParseSamplesTest : public QObject {
    Q_OBJECT

private slots:
    void sample_data()
    {
        QTest::addColumn<QString>("stem");
        const QStringList files = QDir(folder).entryList({QStringLiteral("*.expected.json")}, QDir::Files, QDir::Name);
        QVERIFY(files.size() >= 70);
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
        // Neither the queries nor the log of a restored server tell what type of backup it came from.
        const bool isTypeTold = textOf(expected, "tool") != QLatin1String("drill");
        if (isTypeTold)
            QCOMPARE(said.type ? backupTypeWord(*said.type) : QString(), textOf(expected, "type"));
        QCOMPARE(said.count.value_or(-1), expected["count"].is_number() ? expected["count"].get<int>() : -1);
        if (expected.contains("time_is_start"))
            QCOMPARE(said.timeIsStart, expected["time_is_start"].get<bool>());
        if (expected.contains("unarchived_bytes"))
            QCOMPARE(set.archive->unarchivedBytes, expected["unarchived_bytes"].get<qint64>());
        const QString notes = set.notes.join(QLatin1Char(' '));
        for (const json &missing : expected.value("missing_wal", json::array())) {
            const QString name = QString::fromStdString(missing.get<std::string>());
            const bool isTold = notes.contains(name)
                || std::any_of(set.backups.begin(), set.backups.end(),
                               [&](const Backup &backup) { return backup.detail.contains(name); });
            QVERIFY2(isTold, qPrintable(name));
        }
        for (const json &file : expected.value("error_list", json::array()))
            QVERIFY(set.backups.front().detail.contains(QString::fromStdString(file.get<std::string>())));
        for (const json &key : expected.value("failed_keys", json::array()))
            QVERIFY(notes.contains(QString::fromStdString(key.get<std::string>())));
        if (expected.contains("repositories"))
            QCOMPARE(qint64(set.locations.size()), expected["repositories"].get<qint64>());
        if (expected.contains("recovered_to_utc"))
            QVERIFY(notes.contains(textOf(expected, "recovered_to_utc").chopped(1)));
    }

    /// Output of something else, from a command that ended well: no part of any tool may call it good.
    void somethingElse()
    {
        for (const sources::Source *source : sources::allSources()) {
            if (source->pane != PaneKind::Backups)
                continue;
            for (const char *part : source->parts) {
                for (const char *text : {"<html><body>Sign in</body></html>", "\x01\x02\xff\xfe{", "{\"a\":1}",
                                         "{\"a\":", "[1]", "null"}) {
                    SourceEntry entry;
                    const auto value = parseCaptured(*source, {}, {{QString::fromLatin1(part), text}}, {}, 0,
                                                     QDateTime::currentDateTimeUtc(), entry);
                    const auto *set = value ? std::get_if<BackupSet>(&*value) : nullptr;
                    QVERIFY2(!set || !set->assessment.ok,
                             qPrintable(QStringLiteral("%1.%2: %3")
                                            .arg(QString::fromLatin1(source->name), QString::fromLatin1(part),
                                                 QString::fromLatin1(text))));
                }
            }
        }
    }
};

QTEST_GUILESS_MAIN(ParseSamplesTest)
#include "tst_parsesamples.moc"
