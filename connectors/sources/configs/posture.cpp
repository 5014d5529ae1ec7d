// SPDX-License-Identifier: GPL-3.0-or-later
// How a host is set up to be safe, for the readiness scorecard: who gets in, what is readable, what is searched for
// secrets and what was found, counts and names only.
#include "healthsupport.h"
#include "posturereader.h"
#include "posturescript.h"
#include "registry.h"

#include "text.h"

#include <algorithm>

namespace taffrail::sources {

namespace {

struct PartReader {
    const char *name;
    void (*read)(PostureReader &, const QByteArray &);
};
constexpr PartReader partReaders[] = {
    {"sshd", readSshd},        {"updates", readUpdates}, {"files", readFiles},     {"code", readCode},
    {"logs", readLogs},        {"nginx", readNginx},     {"haproxy", readHaproxy}, {"containers", readContainers},
    {"listen", readListening},
};

std::vector<Request> postureRequests(const SourceEntry &entry, const Replies &soFar)
{
    std::vector<Request> requests;
    if (!soFar.empty())
        return requests;
    for (const QString &host : entry.hosts) {
        for (PosturePart &part : postureParts(entry))
            requests.push_back({QString::fromLatin1(part.name), host, std::move(part.part), Lane::Slow});
    }
    return requests;
}

/// What a part said is read even when its last command failed: each line stands for itself.
void readReply(PostureReader &reader, const Reply &reply)
{
    const ShellReply *shell = reply.as<ShellReply>();
    const auto known = std::ranges::find_if(
        partReaders, [&](const PartReader &each) { return reply.name == QLatin1String(each.name); });
    if (known == std::end(partReaders))
        return;
    const bool isCut = shell && (shell->exitCode == 124 || shell->exitCode == 137 || shell->exitCode == 143);
    if (!shell || isCut || (shell->exitCode == 127 && shell->out.trimmed().isEmpty())) {
        const Error *error = reply.error();
        reader.trouble(reply.name,
                       error       ? error->kind
                           : isCut ? ErrorKind::Timeout
                                   : ErrorKind::NotFound,
                       reasonOf(&reply));
        return;
    }
    known->read(reader, shell->out);
}

Result<Value> parsePosture(const SourceEntry &entry, const Replies &replies, const Context &)
{
    ConfigSet set;
    set.source = QStringLiteral("posture");
    const Error *firstError = nullptr;
    bool answered = false;
    for (const Reply &reply : replies) {
        answered = answered || reply.as<ShellReply>();
        firstError = firstError ? firstError : reply.error();
        PostureReader reader(set, reply.subject);
        readReply(reader, reply);
    }
    if (!answered)
        return firstError ? Result<Value>(failure(*firstError))
                          : Result<Value>(failure(ErrorKind::BadData, QStringLiteral("parse"), entry.id,
                                                  QStringLiteral("there is no answer to read")));
    std::ranges::stable_sort(set.entries, {}, &ConfigEntry::host);
    return Value(std::move(set));
}

} // namespace

void PostureReader::add(const QString &key, const QString &value, ConfigType type, const QString &note)
{
    const auto same = std::ranges::find_if(
        m_set.entries, [&](const ConfigEntry &each) { return each.key == key && each.host == m_host; });
    ConfigEntry entry;
    entry.host = m_host;
    entry.key = key;
    entry.value = sanitizedLine(redacted(value).toUtf8(), 300);
    entry.type = type;
    entry.note = sanitizedLine(redacted(note).toUtf8(), 300);
    if (same != m_set.entries.end())
        *same = entry;
    else
        m_set.entries.push_back(std::move(entry));
}

void PostureReader::text(const QString &key, const QString &value, const QString &note)
{
    add(key, value, ConfigType::Text, note);
}

void PostureReader::number(const QString &key, qint64 value, const QString &note)
{
    add(key, QString::number(value), ConfigType::Integer, note);
}

void PostureReader::flag(const QString &key, bool value, const QString &note)
{
    add(key, value ? QStringLiteral("true") : QStringLiteral("false"), ConfigType::Boolean, note);
}

void PostureReader::trouble(const QString &part, ErrorKind kind, const QString &why)
{
    if (isTroubled(part))
        return;
    ConfigFile file;
    file.host = m_host;
    file.name = part;
    file.error = Error{kind, part, m_host, sanitizedLine(redacted(why).toUtf8(), 200), {}};
    m_set.files.push_back(std::move(file));
}

bool PostureReader::isTroubled(const QString &part) const
{
    return std::ranges::any_of(m_set.files,
                               [&](const ConfigFile &file) { return file.host == m_host && file.name == part; });
}

QList<QByteArray> postureLines(const QByteArray &text)
{
    QList<QByteArray> lines = linesOf(text);
    return lines.size() > 5000 ? lines.mid(0, 5000) : lines;
}

const Source postureSource{
    PaneKind::Configs,
    "posture",
    "Posture of a host",
    true,
    false,
    {
        {"files", "array", false, "config files whose rights are looked at, globs allowed",
         R"("items":{"type":"string","pattern":"^/"})"},
        {"apps", "array", false, "directories of deployed apps, whose live release is searched for secrets",
         R"("items":{"type":"string","pattern":"^/"})"},
        {"logs", "array", false, "log files that are sampled, globs allowed",
         R"("items":{"type":"string","pattern":"^/"})"},
        {"units", "array", false, "systemd units whose journal is sampled",
         R"("items":{"type":"string","minLength":1})"},
    },
    {"sshd", "updates", "files", "code", "logs", "nginx", "haproxy", "containers", "listen"},
    postureRequests,
    parsePosture,
    nullptr,
    "read access to what is judged; sshd -T and other users' files need root (sudo -n)",
};

} // namespace taffrail::sources
