// SPDX-License-Identifier: GPL-3.0-or-later
#include "liquibasechangelog.h"

#include "diskmigration.h"
#include "text.h"

#include <QCryptographicHash>
#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources::migrations {

namespace {

QByteArray md5(const QByteArray &text)
{
    return QCryptographicHash::hash(text, QCryptographicHash::Md5).toHex();
}

bool isBlank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/// Only plain characters have one form: of others it is not known how they were counted.
bool isPlain(const QByteArray &text)
{
    return std::ranges::all_of(text, [](char byte) { return static_cast<unsigned char>(byte) < 128; });
}

QRegularExpression lineShape(const char *pattern)
{
    return QRegularExpression(QLatin1String(pattern), QRegularExpression::CaseInsensitiveOption);
}

/// "key:value" words behind author:id; values may stand in quotes.
std::vector<std::pair<QByteArray, QByteArray>> attributesOf(const QString &text)
{
    static const QRegularExpression word(QStringLiteral("(\\w+):(?:\"([^\"]*)\"|'([^']*)'|(\\S*))"));
    std::vector<std::pair<QByteArray, QByteArray>> attributes;
    for (auto match = word.globalMatch(text); match.hasNext();) {
        const auto one = match.next();
        const QString value = one.captured(2) + one.captured(3) + one.captured(4);
        attributes.emplace_back(one.captured(1).toLower().toLatin1(), value.toUtf8());
    }
    return attributes;
}

bool isYes(const QByteArray &value)
{
    return value.compare("true", Qt::CaseInsensitive) == 0;
}

/// Goes through the lines of a formatted SQL changelog.
class FormattedReader {
public:
    LiquibaseChangelog read(const QByteArray &content)
    {
        const QList<QByteArray> lines = content.split('\n');
        for (qsizetype i = 0; i < lines.size(); ++i)
            take(lines[i].endsWith('\r') ? lines[i].chopped(1) : lines[i], int(i) + 1);
        finish();
        return std::move(m_log);
    }

private:
    void take(const QByteArray &line, int number)
    {
        if (m_inBlock) {
            if (line.contains("*/")) {
                m_inBlock = false;
                m_rollback += line.left(line.indexOf("*/")) + '\n';
            } else {
                m_rollback += line + '\n';
            }
            return;
        }
        const QByteArray start = line.trimmed();
        if (m_isIn && start.startsWith("/*") && start.mid(2).trimmed().toLower().startsWith("liquibase rollback")) {
            m_inBlock = !start.contains("*/");
            m_hasRollback = true;
            return;
        }
        if (start.startsWith("--") && start.size() < 4000 && takeDirective(QString::fromUtf8(start)))
            return;
        if (!m_isIn)
            return;
        if (m_sql.isEmpty() && start.isEmpty())
            return;
        if (m_sql.isEmpty())
            m_set.line = number;
        m_sql += line + '\n';
    }

    bool takeDirective(const QString &line)
    {
        static const QRegularExpression head = lineShape("^--\\s*liquibase\\s+formatted\\s+sql(.*)$");
        static const QRegularExpression set = lineShape(
            "^--\\s*changeset\\s+(?:\"([^\"]*)\"|'([^']*)'|([^:\"']*?)):(?:\"([^\"]*)\"|'([^']*)'|(\\S+))(.*)$");
        static const QRegularExpression rollback = lineShape("^--\\s*rollback(?:\\s+(.*))?$");
        static const QRegularExpression valid = lineShape("^--\\s*validCheckSums?:?\\s+(.*)$");
        static const QRegularExpression comment = lineShape("^--\\s*comment:?\\s*(.*)$");
        static const QRegularExpression ignored = lineShape("^--\\s*(?:preconditions?|property|ignore)(?:\\b|-|:).*$");
        if (const auto match = head.match(line); match.hasMatch()) {
            for (const auto &[key, value] : attributesOf(match.captured(1))) {
                if (key == "logicalfilepath")
                    m_log.logicalPath = value;
            }
            return true;
        }
        if (const auto match = set.match(line); match.hasMatch()) {
            begin(match);
            return true;
        }
        if (!m_isIn)
            return false;
        if (const auto match = rollback.match(line); match.hasMatch()) {
            m_hasRollback = true;
            m_rollback += match.captured(1).toUtf8() + '\n';
            return true;
        }
        if (const auto match = valid.match(line); match.hasMatch()) {
            m_set.validSums << match.captured(1).trimmed().toUtf8();
            return true;
        }
        if (const auto match = comment.match(line); match.hasMatch() && m_sql.isEmpty()) {
            m_set.comment = match.captured(1).toUtf8();
            return true;
        }
        return m_sql.isEmpty() && ignored.match(line).hasMatch();
    }

    void begin(const QRegularExpressionMatch &match)
    {
        finish();
        m_isIn = true;
        m_set = {};
        m_raw = {};
        m_set.author = (match.captured(1) + match.captured(2) + match.captured(3)).trimmed().toUtf8();
        m_set.id = (match.captured(4) + match.captured(5) + match.captured(6)).trimmed().toUtf8();
        for (const auto &[key, value] : attributesOf(match.captured(7))) {
            if (key == "runonchange")
                m_set.runsOnChange = isYes(value);
            else if (key == "runalways")
                m_set.runsAlways = isYes(value);
            else if (key == "ignore")
                m_set.isIgnored = isYes(value);
            else if (key == "dbms")
                m_set.dbms = value;
            else if (key == "context" || key == "contextfilter")
                m_set.contexts = value;
            else if (key == "labels")
                m_set.labels = value;
            else if (key == "logicalfilepath")
                m_set.logicalPath = value;
            else if (key == "enddelimiter")
                m_raw.delimiter = value;
            else if (key == "splitstatements")
                m_raw.splits = isYes(value);
            else if (key == "stripcomments")
                m_raw.strips = isYes(value);
        }
    }

    void finish()
    {
        if (m_isIn) {
            m_raw.text = m_sql.trimmed();
            m_set.raw = {m_raw};
            m_set.sql = m_sql;
            const QByteArray way = m_rollback.trimmed().toLower();
            m_set.reversible = Reversible::No;
            if (!m_hasRollback)
                m_set.wayBack = QStringLiteral("no rollback");
            else if (way.isEmpty() || way == "empty" || way == "not required")
                m_set.wayBack = QStringLiteral("its rollback is declared empty");
            else
                m_set.reversible = Reversible::Yes;
            if (m_set.reversible == Reversible::Yes && !way.startsWith("changesetid:"))
                m_set.down = m_rollback;
            m_log.entries.emplace_back(std::move(m_set));
        }
        m_sql.clear();
        m_rollback.clear();
        m_isIn = m_hasRollback = m_inBlock = false;
    }

    LiquibaseChangelog m_log;
    LiquibaseChangeSet m_set;
    LiquibaseSql m_raw;
    QByteArray m_sql, m_rollback;
    bool m_isIn = false, m_hasRollback = false, m_inBlock = false;
};

} // namespace

std::optional<LiquibaseChangelog> formattedSqlChangelog(const QByteArray &content)
{
    static const QRegularExpression head
        = QRegularExpression(QStringLiteral("^\\x{feff}?\\s*--\\s*liquibase\\s+formatted\\s+sql\\b"),
                             QRegularExpression::CaseInsensitiveOption | QRegularExpression::MultilineOption);
    if (!head.match(QString::fromUtf8(content.left(4096))).hasMatch())
        return std::nullopt;
    return FormattedReader().read(content);
}

QByteArray liquibaseSumV9(const std::vector<LiquibaseSql> &changes)
{
    QByteArray all;
    for (const LiquibaseSql &change : changes) {
        if (!isPlain(change.text))
            return {};
        QByteArray bare;
        std::ranges::copy_if(change.text, std::back_inserter(bare), [](char byte) { return !isBlank(byte); });
        all += "9:" + md5(bare) + ':';
    }
    return changes.empty() ? QByteArray() : "9:" + md5(all);
}

QByteArray liquibaseSumV8(const std::vector<LiquibaseSql> &changes)
{
    QByteArray all;
    for (const LiquibaseSql &change : changes) {
        if (!isPlain(change.text))
            return {};
        const auto word = [](bool value) { return QByteArray(value ? "true" : "false"); };
        all += "8:"
            + md5(change.delimiter + ':' + word(change.splits) + ':' + word(change.strips) + ':'
                  + change.text.simplified())
            + ':';
    }
    return changes.empty() ? QByteArray() : "8:" + md5(all);
}

std::optional<LiquibaseChangelog> liquibaseChangelogOf(const QByteArray &name, const QByteArray &content)
{
    return name.toLower().endsWith(".sql") ? formattedSqlChangelog(content) : treeChangelog(name, content);
}

} // namespace taffrail::sources::migrations
