// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostlists.h"

#include "registry.h"

#include "configsecrets.h"

#include <QRegularExpression>

#include <algorithm>
#include <tuple>

namespace taffrail::sources {

namespace {

// A crontab's path stands before its lines; a user's own table is "user NAME". Timers come as properties.
constexpr char script[] = R"sh(
for f in /etc/crontab /etc/cron.d/*; do [ -f "$f" ] || continue
n=${f##*/}; case $n in *.*|*~) [ "$f" = /etc/crontab ] || continue ;; esac
if [ -r "$f" ]; then printf '@file %s\n' "$f"; cat -- "$f"; echo; else printf '@hidden %s\n' "$f"; fi; done
for p in hourly daily weekly monthly; do for f in /etc/cron.$p/*; do [ -f "$f" ] && [ -x "$f" ] && printf '@periodic %s %s\n' "$p" "${f##*/}"; done; done
m=$(id -un)
if command -v crontab >/dev/null 2>&1; then
t=$(crontab -l 2>/dev/null) && { printf '@user %s\n' "$m"; printf '%s\n' "$t"; }
if [ "$(id -u)" = 0 ]; then
for d in /var/spool/cron/crontabs /var/spool/cron; do for f in "$d"/*; do [ -f "$f" ] || continue
u=${f##*/}; [ "$u" = "$m" ] && continue; printf '@user %s\n' "$u"; cat -- "$f"; echo; done; done
else echo '@others'; fi
fi
[ ! -r /etc/anacrontab ] || { printf '@anacron\n'; cat /etc/anacrontab; echo; }
if command -v systemctl >/dev/null 2>&1; then echo @timers
systemctl show '*.timer' -p Id -p Unit -p TimersCalendar -p TimersMonotonic -p UnitFileState -p ActiveState -p Persistent -p RandomizedDelayUSec --no-pager 2>/dev/null; fi
echo; echo @done
)sh";

struct Job {
    QString user, schedule, command, program, note;
    int line = 0;
};

const QStringList &monthNames()
{
    static const QStringList names{QStringLiteral("jan"), QStringLiteral("feb"), QStringLiteral("mar"),
                                   QStringLiteral("apr"), QStringLiteral("may"), QStringLiteral("jun"),
                                   QStringLiteral("jul"), QStringLiteral("aug"), QStringLiteral("sep"),
                                   QStringLiteral("oct"), QStringLiteral("nov"), QStringLiteral("dec")};
    return names;
}
const QStringList &dayNames()
{
    static const QStringList names{QStringLiteral("sun"), QStringLiteral("mon"), QStringLiteral("tue"),
                                   QStringLiteral("wed"), QStringLiteral("thu"), QStringLiteral("fri"),
                                   QStringLiteral("sat")};
    return names;
}

/// "Mon" → "1", "07" → "7", Sunday is 0.
QString normalField(QString field, int place)
{
    field = field.toLower();
    const QStringList &names = place == 3 ? monthNames() : dayNames();
    for (int i = 0; place >= 3 && i < names.size(); ++i)
        field.replace(QRegularExpression(QStringLiteral("\\b%1\\b").arg(names.at(i))),
                      QString::number(place == 3 ? i + 1 : i));
    static const QRegularExpression zeros(QStringLiteral("\\b0+(?=\\d)"));
    field.remove(zeros);
    if (field == QLatin1String("*/1"))
        return QStringLiteral("*");
    return place == 4 && field == QLatin1String("7") ? QStringLiteral("0") : field;
}

/// The program's own name: what runs it (sudo, flock, nice, env …), its variables and folders are stepped over.
QString programOf(const QString &command)
{
    static const QRegularExpression step(QStringLiteral(
        "\\A(?:\\s*(?:cd|pushd)\\s+\\S+\\s*(?:&&|;)|\\s*(?:test|\\[)\\s[^&|;]*(?:&&|\\|\\||;)|\\s*[A-Za-z_]\\w*=(?:\"[^"
        "\"]*\"|'[^']*'|\\S*)"
        "|\\s*(?:\\S*/"
        ")?(?:sudo|nice|ionice|chronic|env|exec|time|nohup|setsid|command|flock|timeout|chpst|runuser|systemd-cat|"
        "systemd-run)"
        "(?=\\s)(?:\\s+-{1,2}\\S+(?:\\s+\\d+)?)*(?:\\s+(?:\\d+[smhd]?|/\\S*lock\\S*))?(?:\\s+--)?(?:\\s+-c)?)\\s*"));
    QString rest = command;
    for (int i = 0; i < 20; ++i) {
        const QRegularExpressionMatch match = step.match(rest);
        if (!match.hasMatch() || match.capturedLength() == 0)
            break;
        rest = rest.mid(match.capturedLength());
    }
    static const QRegularExpression word(QStringLiteral("\\A[\"'({\\s]*([^\\s;&|<>()\"']+)"));
    const QString path = word.match(rest).captured(1);
    const QString name = path.section(QLatin1Char('/'), -1);
    // A name that is a secret would stand in a key.
    static const QRegularExpression plain(QStringLiteral("\\A[A-Za-z0-9_.+:@-]{1,60}\\z"));
    return plain.match(name).hasMatch() && !name.contains(QLatin1String("TFMASK")) ? name : QStringLiteral("job");
}

class CronReader {
public:
    ParsedConfig read(const QByteArray &bytes)
    {
        const QByteArrayList lines = linesWithoutReturn(bytes);
        // Without frames it is one crontab, as `crontab -l` prints it.
        const bool isFramed
            = std::any_of(lines.begin(), lines.end(), [](const QByteArray &line) { return line == "@done"; });
        m_isWhole = isFramed;
        if (!isFramed && std::none_of(lines.begin(), lines.end(), [](const QByteArray &line) {
                return line.startsWith("@file ");
            }))
            m_where = Where::Own, m_user = QStringLiteral("user"), m_isWhole = true;
        for (const QByteArray &line : lines) {
            ++m_number;
            if (!isFrame(exactText(line)))
                readLine(exactText(line));
        }
        endTimer();
        if (!m_isWhole)
            addError(m_parsed, 0, QStringLiteral("the answer is cut"));
        writeJobs();
        return std::move(m_parsed);
    }

private:
    enum class Where { Nowhere, System, Own, Anacron, Timers };

    bool isFrame(const QString &line)
    {
        const auto rest = [&](const char *word) { return line.mid(qsizetype(qstrlen(word))); };
        if (line.startsWith(QLatin1String("@file /")))
            enter(Where::System, rest("@file "));
        else if (line.startsWith(QLatin1String("@user "))) {
            enter(Where::Own, {});
            m_user = rest("@user ");
        } else if (line == QLatin1String("@anacron"))
            enter(Where::Anacron, QStringLiteral("/etc/anacrontab"));
        else if (line == QLatin1String("@timers"))
            enter(Where::Timers, {});
        else if (line.startsWith(QLatin1String("@hidden /")))
            leftOut(QStringLiteral("no right to read %1").arg(rest("@hidden ")));
        else if (line.startsWith(QLatin1String("@periodic ")))
            addEntry(m_parsed, joinKey(QStringLiteral("periodic"), line.section(QLatin1Char(' '), 2)),
                     line.section(QLatin1Char(' '), 1, 1), 0);
        else if (line == QLatin1String("@others"))
            leftOut(QStringLiteral("crontabs of other users are not seen without root"));
        else
            return line == QLatin1String("@done");
        return true;
    }

    void leftOut(const QString &what)
    {
        m_parsed.partial = true;
        addNote(m_parsed, what);
    }

    void enter(Where where, const QString &file)
    {
        endTimer();
        m_where = where;
        m_file = file;
        m_user.clear();
        m_line = 0;
    }

    void readLine(const QString &raw)
    {
        ++m_line;
        const QString text = raw.trimmed();
        if (m_where == Where::Timers) {
            readProperty(text);
            return;
        }
        if (text.isEmpty() || text.startsWith(QLatin1Char('#')) || m_where == Where::Nowhere)
            return;
        static const QRegularExpression variable(QStringLiteral("\\A[\"']?([A-Za-z_][\\w]*)[\"']?\\s*=\\s*(.*)\\z"));
        const QRegularExpressionMatch match = variable.match(text);
        if (match.hasMatch()) {
            QString value = match.captured(2).trimmed();
            if (value.size() > 1 && (value.startsWith(QLatin1Char('"')) || value.startsWith(QLatin1Char('\'')))
                && value.endsWith(value.at(0)))
                value = value.mid(1, value.size() - 2);
            const QString owner = m_where == Where::Own ? m_user : m_file.section(QLatin1Char('/'), -1);
            addEntry(m_parsed, joinKey(joinKey(owner, QStringLiteral("variables")), match.captured(1)), value, place());
            return;
        }
        readJob(text);
    }

    int place() const { return m_file.isEmpty() && m_isWhole && m_user == QLatin1String("user") ? m_number : m_line; }

    void readJob(const QString &text)
    {
        static const QRegularExpression space(QStringLiteral("\\s+"));
        const bool isNamed = text.startsWith(QLatin1Char('@'));
        const int fields = m_where == Where::Anacron ? 3 : isNamed ? 1 : 5;
        const bool hasUser = m_where == Where::System;
        QStringList words;
        QString rest = text;
        for (int i = 0; i < fields + (hasUser ? 1 : 0); ++i) {
            const QRegularExpressionMatch match = space.match(rest);
            if (!match.hasMatch())
                break;
            words << rest.left(match.capturedStart());
            rest = rest.mid(match.capturedEnd());
        }
        static const QRegularExpression field(QStringLiteral("\\A[0-9*,/~A-Za-z-]+\\z"));
        bool isGood = words.size() == fields + (hasUser ? 1 : 0) && !rest.isEmpty();
        for (int i = 0; isGood && !isNamed && m_where != Where::Anacron && i < fields; ++i)
            isGood = field.match(words.at(i)).hasMatch();
        if (!isGood) {
            addError(m_parsed, place(),
                     QStringLiteral("a schedule%1 and a command are expected%2")
                         .arg(hasUser ? QStringLiteral(", a user") : QString(),
                              m_file.isEmpty() ? QString() : QStringLiteral(" in ") + m_file));
            return;
        }
        Job job;
        for (int i = 0; i < fields; ++i)
            job.schedule += (i ? QStringLiteral(" ") : QString())
                + (isNamed || m_where == Where::Anacron ? words.at(i).toLower() : normalField(words.at(i), i));
        job.user = hasUser ? words.last() : m_where == Where::Anacron ? QStringLiteral("anacron") : m_user;
        job.command = rest;
        job.program = programOf(rest);
        job.line = place();
        job.note = m_file;
        m_jobs.push_back(std::move(job));
    }

    void readProperty(const QString &text)
    {
        if (text.isEmpty()) {
            endTimer();
            return;
        }
        const QString name = text.section(QLatin1Char('='), 0, 0), value = text.section(QLatin1Char('='), 1);
        static const QRegularExpression rule(QStringLiteral("\\{ (On\\w+)=(.*?) ; next_elapse="));
        const QRegularExpressionMatch match = rule.match(value);
        if (name.startsWith(QLatin1String("Timers")) && match.hasMatch())
            m_rules << match.captured(1) + QLatin1Char('=') + match.captured(2);
        else
            m_timer.insert(name, value);
    }

    void endTimer()
    {
        const QString id = m_timer.value(QStringLiteral("Id"));
        if (!id.isEmpty()) {
            m_rules.sort();
            const QString key = joinKey(QStringLiteral("timers"), id);
            const auto property = [this](const char *name) { return m_timer.value(QLatin1String(name)); };
            addEntry(m_parsed, key, m_rules.join(QStringLiteral(", ")));
            addEntry(m_parsed, joinKey(key, QStringLiteral("starts")), property("Unit"));
            addEntry(m_parsed, joinKey(key, QStringLiteral("enabled")), property("UnitFileState"));
            addEntry(m_parsed, joinKey(key, QStringLiteral("state")), property("ActiveState"));
            if (property("Persistent") == QLatin1String("yes"))
                addEntry(m_parsed, joinKey(key, QStringLiteral("persistent")), QStringLiteral("yes"), 0,
                         ConfigType::Boolean);
            if (!property("RandomizedDelayUSec").isEmpty() && property("RandomizedDelayUSec") != QLatin1String("0"))
                addEntry(m_parsed, joinKey(key, QStringLiteral("random_delay")), property("RandomizedDelayUSec"));
        }
        m_timer.clear();
        m_rules.clear();
    }

    /// Jobs of one user and program are told apart by their place among them, sorted by command and schedule, so that
    /// neither comments nor the order in the file make a difference.
    void writeJobs()
    {
        std::stable_sort(m_jobs.begin(), m_jobs.end(), [](const Job &a, const Job &b) {
            return std::tie(a.user, a.program, a.command, a.schedule)
                < std::tie(b.user, b.program, b.command, b.schedule);
        });
        int count = 0;
        for (size_t i = 0; i < m_jobs.size(); ++i) {
            const Job &job = m_jobs[i];
            const bool isFurther = i > 0 && m_jobs[i - 1].user == job.user && m_jobs[i - 1].program == job.program;
            count = isFurther ? count + 1 : 0;
            QString key = joinKey(joinKey({}, job.user), job.program);
            if (count > 0)
                key = joinIndex(key, count);
            addEntry(m_parsed, key, job.schedule, job.line, ConfigType::Text, job.note);
            addEntry(m_parsed, joinKey(key, QStringLiteral("command")), job.command, job.line, ConfigType::Text,
                     job.note);
        }
    }

    ParsedConfig m_parsed;
    std::vector<Job> m_jobs;
    QHash<QString, QString> m_timer;
    QStringList m_rules;
    Where m_where = Where::Nowhere;
    QString m_file, m_user;
    int m_number = 0, m_line = 0;
    bool m_isWhole = false;
};

/// Command lines are where passwords hide: what stands behind an option or a variable that is named like one.
void settleCommand(ConfigEntry &entry)
{
    if (entry.key.endsWith(QLatin1String(".command"))) {
        // In front of the well-known shapes, as long as the words are whole.
        static const QRegularExpression behind(
            QStringLiteral("((?:--?|\\b)[\\w-]{0,64}(?:pass|pwd|secret|token|api[_-]?key|credential|auth|private[_-]?"
                           "key|dsn)[\\w-]{0,64}"
                           "(?:=|:\\s?|\\s+))(?!TFMASK_)(\"[^\"]*\"|'[^']*'|[^\\s\"']+)"),
            QRegularExpression::CaseInsensitiveOption);
        static const QRegularExpression login(
            QStringLiteral("((?:^|\\s)(?:-u|--user)[\\s=]*[^\\s:]{1,128}:)(?!TFMASK_)(\\S+)")),
            glued(QStringLiteral("(\\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|sshpass)\\b[^|;&]*?\\s-p)(?!"
                                 "TFMASK_)([^\\s]+)"));
        for (const QRegularExpression *shape : {&behind, &login, &glued})
            entry.value.replace(*shape, QStringLiteral("\\1TFMASK_none_"));
    }
    // A job's key holds the name of a program, and no program is a secret; a variable is judged by its name.
    if (entry.key.contains(QLatin1String(".variables.")))
        settleSecrets(entry);
    else
        settleShapes(entry);
}

std::vector<Request> cronRequests(const SourceEntry &entry, const Replies &soFar)
{
    std::vector<Request> requests;
    const QByteArray masked = maskedCommandScript(entry, script, QStringLiteral("cron"), MaskForm::Lines);
    for (const QString &host : soFar.empty() ? entry.hosts : QStringList())
        requests.push_back(
            {QStringLiteral("files"), host, ShellPart{masked, std::chrono::seconds(20), 2 * 1024 * 1024}, Lane::Slow});
    return requests;
}

Result<Value> parseCronReplies(const SourceEntry &entry, const Replies &replies, const Context &)
{
    return configSetOf(entry, replies, parseCron, settleCommand);
}

} // namespace

ParsedConfig parseCron(const QByteArray &bytes, const SourceEntry &)
{
    return CronReader().read(bytes);
}

const Source cronSource{
    PaneKind::Configs,
    "cron",
    "Cron and timers",
    true,
    false,
    {},
    {"files"},
    cronRequests,
    parseCronReplies,
    nullptr,
    "read access to the crontabs; those of other users only as root",
};

} // namespace taffrail::sources
