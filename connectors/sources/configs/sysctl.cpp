// SPDX-License-Identifier: GPL-3.0-or-later
#include "configformats.h"
#include "configtext.h"
#include "registry.h"

#include <QHash>
#include <QSet>

#include <algorithm>
#include <map>
#include <tuple>

/// Kernel settings: with the option "path" as the files of sysctl.d(5) set them, else as the kernel runs with them.
namespace taffrail::sources {

namespace {

/// Folders by precedence, sysctl.d(5): of files with the same name the first folder's alone is read.
int folderRank(const QString &path)
{
    static const QStringList folders{QStringLiteral("/etc/sysctl.d/"), QStringLiteral("/run/sysctl.d/"),
                                     QStringLiteral("/usr/local/lib/sysctl.d/"), QStringLiteral("/usr/lib/sysctl.d/"),
                                     QStringLiteral("/lib/sysctl.d/")};
    const QString folder = path.left(path.lastIndexOf(QLatin1Char('/')) + 1);
    const qsizetype rank = folders.indexOf(folder);
    return int(rank < 0 ? folders.size() : rank);
}

QString nameOf(const QString &path)
{
    return path.mid(path.lastIndexOf(QLatin1Char('/')) + 1);
}

/// With '/' first, or a '/' before any '.', slashes part the names; otherwise dots do, and a slash stands for a dot.
QString dotted(QString name)
{
    qsizetype start = 0;
    while (start < name.size() && (name[start] == QLatin1Char('/') || name[start] == QLatin1Char('.')))
        ++start;
    name = name.mid(start);
    if (name.startsWith(QLatin1String("proc/sys/")))
        name.remove(0, 9);
    const qsizetype dot = name.indexOf(QLatin1Char('.')), slash = name.indexOf(QLatin1Char('/'));
    if (slash < 0 || (dot >= 0 && dot < slash))
        return name;
    for (QChar &each : name) {
        if (each == QLatin1Char('/'))
            each = QLatin1Char('.');
        else if (each == QLatin1Char('.'))
            each = QLatin1Char('/');
    }
    return name;
}

/// Counters and identifiers that the kernel changes by itself: no settings.
bool isState(const QString &key)
{
    static const QSet<QString> names{
        QStringLiteral("kernel.random.boot_id"),
        QStringLiteral("kernel.random.entropy_avail"),
        QStringLiteral("kernel.random.uuid"),
        QStringLiteral("kernel.ns_last_pid"),
        QStringLiteral("kernel.pty.nr"),
        QStringLiteral("fs.dentry-state"),
        QStringLiteral("fs.file-nr"),
        QStringLiteral("fs.inode-nr"),
        QStringLiteral("fs.inode-state"),
        QStringLiteral("fs.aio-nr"),
        QStringLiteral("fs.quota.syncs"),
        QStringLiteral("net.netfilter.nf_conntrack_count"),
        QStringLiteral("fs.binfmt_misc.register"),
        QStringLiteral("dev.cdrom.info"),
    };
    return names.contains(key) || key.startsWith(QLatin1String("fs.quota."))
        || key.startsWith(QLatin1String("kernel.sched_domain."));
}

/// A host's settings from all of its files, in the order in which they were set.
class SysctlMerge {
public:
    void take(const ConfigEntry &entry)
    {
        if (entry.type == ConfigType::Null)
            return; // "-name": only kept out of patterns
        const auto found = m_places.constFind(entry.key);
        if (found == m_places.constEnd()) {
            m_places.insert(entry.key, m_entries.size());
            m_entries.push_back(entry);
            return;
        }
        ConfigEntry &kept = m_entries[*found];
        const QString before = QStringLiteral("also set in %1 line %2").arg(kept.file, QString::number(kept.line));
        kept = entry;
        appendNote(kept.note, before);
    }
    std::vector<ConfigEntry> m_entries;

private:
    QHash<QString, size_t> m_places;
};

constexpr const char *runningScript = R"sh(PATH=$PATH:/sbin:/usr/sbin:/bin:/usr/bin
if command -v sysctl >/dev/null 2>&1; then sysctl -a 2>/dev/null
else find /proc/sys -type f 2>/dev/null | sort | while IFS= read -r f; do
v=$(cat "$f" 2>/dev/null) && printf '%s = %s\n' "${f#/proc/sys/}" "$(printf %s "$v" | tr '\n' ' ')"; done; fi; :)sh";

bool hasPath(const SourceEntry &entry)
{
    return entry.options.contains(QStringLiteral("path"));
}

std::vector<Request> sysctlRequests(const SourceEntry &entry, const Replies &soFar)
{
    if (!soFar.empty())
        return {};
    if (hasPath(entry))
        return fileRequests(entry, MaskForm::Lines);
    std::vector<Request> requests;
    for (const QString &host : entry.hosts)
        requests.push_back(
            {QStringLiteral("files"), host,
             ShellPart{maskedCommandScript(entry, runningScript, QStringLiteral("running"), MaskForm::Lines),
                       std::chrono::seconds(30), 4 * 1024 * 1024},
             Lane::Slow});
    return requests;
}

Result<Value> sysctlValue(const SourceEntry &entry, const Replies &replies, const Context &)
{
    Result<Value> value = configSetOf(entry, replies, parseSysctl);
    if (value) {
        if (auto *set = std::get_if<ConfigSet>(&*value))
            effectiveSysctl(*set);
    }
    return value;
}

std::vector<Option> sysctlOptions()
{
    std::vector<Option> options = fileOptions();
    for (Option &each : options) {
        if (QLatin1String(each.name) == QLatin1String("path"))
            each.required = false; // without it: what the kernel runs with
    }
    return options;
}

} // namespace

ParsedConfig parseSysctl(const QByteArray &bytes, const SourceEntry &)
{
    ConfigReading reading;
    for (const TextLine &line : textLines(bytes)) {
        if (!line.fault.isEmpty()) {
            reading.fail(line.number, QStringLiteral("UTF-8 text"), line.fault);
            continue;
        }
        QString text = line.text.trimmed();
        if (text.isEmpty() || text.startsWith(QLatin1Char('#')) || text.startsWith(QLatin1Char(';')))
            continue;
        const bool isLenient = text.startsWith(QLatin1Char('-'));
        if (isLenient)
            text = text.mid(1).trimmed();
        const qsizetype equals = text.indexOf(QLatin1Char('='));
        const QString key = dotted(text.left(equals).trimmed());
        if (key.isEmpty() || (equals < 0 && !isLenient)) {
            reading.fail(line.number, QStringLiteral("name = value"),
                         key.isEmpty() ? QStringLiteral("a line without a name") : QStringLiteral("no '='"));
        } else if (equals < 0) {
            reading.add(dottedKey(key), {}, line.number, ConfigType::Null,
                        QStringLiteral("kept out of the patterns that match it"));
        } else if (!isState(key)) {
            // The kernel writes tabs where people write blanks.
            reading.add(dottedKey(key), text.mid(equals + 1).simplified(), line.number, ConfigType::Text,
                        isLenient ? QStringLiteral("errors are ignored") : QString());
        }
    }
    return reading.take();
}

void effectiveSysctl(ConfigSet &set)
{
    // systemd-sysctl reads by name over all folders; procps reads /etc/sysctl.conf behind them.
    std::map<QString, std::vector<ConfigFile *>> filesByHost;
    for (ConfigFile &file : set.files)
        filesByHost[file.host].push_back(&file);
    std::map<QString, std::map<QString, std::vector<ConfigEntry>>> entries;
    for (ConfigEntry &entry : set.entries)
        entries[entry.host][entry.file].push_back(std::move(entry));
    set.entries.clear();
    for (auto &[host, files] : filesByHost) {
        std::stable_sort(files.begin(), files.end(), [](const ConfigFile *left, const ConfigFile *right) {
            const auto orderOf = [](const QString &path) {
                return std::tuple(path == QLatin1String("/etc/sysctl.conf"), nameOf(path), folderRank(path));
            };
            return orderOf(left->path) < orderOf(right->path);
        });
        SysctlMerge merge;
        QHash<QString, QString> readBefore;
        for (ConfigFile *file : files) {
            file->name.clear();
            const QString name = nameOf(file->path);
            if (readBefore.contains(name) && folderRank(file->path) < 5) {
                set.notes << QStringLiteral("%1: not read by the system, %2 has the same name")
                                 .arg(file->path, readBefore.value(name));
                continue;
            }
            readBefore.insert(name, file->path);
            for (const ConfigEntry &entry : entries[host][file->path])
                merge.take(entry);
        }
        set.entries.insert(set.entries.end(), merge.m_entries.begin(), merge.m_entries.end());
    }
}

const Source sysctlSource{
    PaneKind::Configs,
    "sysctl",
    "Kernel settings",
    true,
    false,
    sysctlOptions(),
    {"files"},
    sysctlRequests,
    sysctlValue,
    nullptr,
    "none: the kernel's settings and /etc/sysctl.d are readable by all",
};

} // namespace taffrail::sources
