// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgbackrestinfo.h"

#include "backupjson.h"
#include "backuptool.h"
#include "text.h"

#include <QRegularExpression>

#include <algorithm>
#include <set>

namespace taffrail::sources {

namespace {

using nlohmann::json;

/// The code behind a status in words (reference: status codes of `info`).
int codeOf(const QString &status)
{
    static const QList<std::pair<QString, int>> words{
        {QStringLiteral("missing stanza path"), 1},        {QStringLiteral("no valid backups"), 2},
        {QStringLiteral("missing stanza data"), 3},        {QStringLiteral("mixed"), 4},
        {QStringLiteral("different across repos"), 4},     {QStringLiteral("database mismatch across repos"), 5},
        {QStringLiteral("requested backup not found"), 6},
    };
    for (const auto &[text, code] : words) {
        if (status.contains(text))
            return code;
    }
    return status.startsWith(QLatin1String("ok")) ? 0 : 99;
}

json statusOf(const QString &status)
{
    static const QRegularExpression reason(QStringLiteral("\\((.*)\\)"));
    const QString words = reason.match(status).captured(1);
    return {{"code", codeOf(status)}, {"message", (words.isEmpty() ? status : words).toStdString()}};
}

/// Collects the lines of the text into what the JSON form would have said.
class TextReader {
public:
    explicit TextReader(const QTimeZone &zone) : m_zone(zone) {}

    void add(const QString &line)
    {
        static const QRegularExpression backup(QStringLiteral("^(full|diff|incr) backup: (\\S+)"));
        static const QRegularExpression times(QStringLiteral("^timestamp start/stop: (\\S+ \\S+) / (\\S+ \\S+)"));
        static const QRegularExpression wal(QStringLiteral("^wal start/stop: (\\S+) / (\\S+)"));
        static const QRegularExpression status(QStringLiteral("^repo(\\d+): (ok|error|mixed|other)(.*)$"));
        static const QRegularExpression place(QStringLiteral("^repo(\\d+): backup"));
        if (line.startsWith(QLatin1String("stanza: "))) {
            begin(line.mid(8));
        } else if (m_stanzas.empty()) {
            return;
        } else if (line.startsWith(QLatin1String("status: "))) {
            m_stanzas.back()["status"] = statusOf(line.mid(8));
            m_stanzas.back()["status"]["lock"]["backup"]["held"] = line.contains(QLatin1String("running"));
        } else if (line.startsWith(QLatin1String("cipher: "))) {
            m_stanzas.back()["cipher"] = line.mid(8).toStdString();
        } else if (line.startsWith(QLatin1String("db ("))) {
            m_isPrior = line.contains(QLatin1String("prior"));
        } else if (const auto match = backup.match(line); match.hasMatch()) {
            m_backup = {{"type", match.captured(1).toStdString()}, {"label", match.captured(2).toStdString()}};
        } else if (const auto time = times.match(line); time.hasMatch()) {
            m_backup["timestamp"] = {{"start", secondsOf(time.captured(1))}, {"stop", secondsOf(time.captured(2))}};
        } else if (const auto segments = wal.match(line); segments.hasMatch()) {
            m_backup["archive"]
                = {{"start", segments.captured(1).toStdString()}, {"stop", segments.captured(2).toStdString()}};
        } else if (line.startsWith(QLatin1String("error(s) detected during backup"))
                   || line.startsWith(QLatin1String("error list:"))) {
            if (!m_stanzas.back()["backup"].empty())
                m_stanzas.back()["backup"].back()["error"] = true;
            m_backup["error"] = true;
        } else if (const auto told = status.match(line); told.hasMatch()) {
            m_stanzas.back()["repo"].push_back({{"key", told.captured(1).toInt()},
                                                {"cipher", ""},
                                                {"status", statusOf(told.captured(2) + told.captured(3))}});
        } else if (const auto lies = place.match(line); lies.hasMatch()) {
            addBackup(lies.captured(1).toInt());
        }
    }

    json take()
    {
        finish();
        return std::move(m_stanzas);
    }

private:
    qint64 secondsOf(const QString &text) const
    {
        const QDateTime time = timeInZone(text, m_zone);
        return time.isValid() ? time.toSecsSinceEpoch() : 0;
    }

    void begin(const QString &name)
    {
        finish();
        m_isPrior = false;
        m_stanzas.push_back(
            {{"name", name.toStdString()}, {"backup", json::array()}, {"repo", json::array()}, {"db", json::array()}});
    }

    void addBackup(int repository)
    {
        json backup = m_backup;
        // The ids are not told: the current database comes after every prior one.
        backup["database"] = {{"id", m_isPrior ? 1 : 2}, {"repo-key", repository}};
        m_stanzas.back()["backup"].push_back(std::move(backup));
        m_repositories.insert(repository);
    }

    /// Repositories are named one by one only where they differ.
    void finish()
    {
        if (m_stanzas.empty())
            return;
        json &stanza = m_stanzas.back();
        const bool isTold = !stanza["repo"].empty();
        for (const int repository : m_repositories) {
            if (!isTold)
                stanza["repo"].push_back({{"key", repository},
                                          {"cipher", stanza.value("cipher", std::string())},
                                          {"status", {{"code", 0}, {"message", "ok"}}}});
            stanza["db"].push_back({{"id", 2}, {"repo-key", repository}});
        }
        m_repositories.clear();
    }

    QTimeZone m_zone;
    json m_stanzas = json::array();
    json m_backup = json::object();
    std::set<int> m_repositories;
    bool m_isPrior = false;
};

} // namespace

bool isPgbackrestInfoText(const QByteArray &text)
{
    const QByteArray head = text.left(20'000);
    return head.contains("No stanzas exist")
        || (head.contains("stanza: ")
            && (head.contains("cipher: ") || head.contains("db (") || head.contains(" backup: "))
            && !head.contains("archiveId: ") && !head.contains(", status: "));
}

QByteArray pgbackrestInfoJson(const QByteArray &text, const QTimeZone &zone)
{
    TextReader reader(zone);
    for (const QByteArray &line : text.split('\n'))
        reader.add(sanitizedLine(line, 400).trimmed());
    return QByteArray::fromStdString(reader.take().dump(-1, ' ', false, json::error_handler_t::replace));
}

} // namespace taffrail::sources
