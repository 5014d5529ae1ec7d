// SPDX-License-Identifier: GPL-3.0-or-later
#include "configformats.h"
#include "configtext.h"
#include "unitlists.h"

#include <QHash>

#include <algorithm>
#include <map>
#include <tuple>

namespace taffrail::sources {

namespace {

/// One file of a unit on one host, with its assignments in order.
struct UnitPart {
    QString path;
    std::vector<ConfigEntry> entries; ///< keys without the index of parseUnitFile()
};

QString nameOf(const QString &path)
{
    return path.mid(path.lastIndexOf(QLatin1Char('/')) + 1);
}

/// "shop.service" of ".../shop.service.d/10.conf" and of ".../shop.service".
QString unitOf(const QString &path)
{
    const QString folder = nameOf(path.left(path.lastIndexOf(QLatin1Char('/'))));
    return path.endsWith(QLatin1String(".conf")) && folder.endsWith(QLatin1String(".d")) ? folder.chopped(2)
                                                                                         : nameOf(path);
}

bool isDropIn(const QString &path)
{
    return unitOf(path) != nameOf(path);
}

/// Folders in the order of systemd.unit(5): what is configured by hand before what is made, before what is installed.
int rootRank(const QString &path)
{
    static const QStringList roots{
        QStringLiteral("/etc/systemd/system.control/"),
        QStringLiteral("/run/systemd/system.control/"),
        QStringLiteral("/run/systemd/transient/"),
        QStringLiteral("/run/systemd/generator.early/"),
        QStringLiteral("/etc/systemd/"),
        QStringLiteral("/run/systemd/system/"),
        QStringLiteral("/run/systemd/generator/"),
        QStringLiteral("/usr/local/lib/systemd/"),
        QStringLiteral("/usr/lib/systemd/"),
        QStringLiteral("/lib/systemd/"),
        QStringLiteral("/run/systemd/generator.late/"),
    };
    for (qsizetype rank = 0; rank < roots.size(); ++rank) {
        if (path.startsWith(roots[rank]))
            return int(rank);
    }
    return int(roots.size());
}

/// Within one folder drop-ins for the unit itself count more than those for its template or its prefix
/// ("shop-.service.d"); those for its type count least in all folders.
int closeness(const QString &path, const QString &unit)
{
    const QString own = unitOf(path);
    return own == unit ? 0 : 1 + int(unit.size() - own.size());
}

/// Whether files of `owner` belong to `unit`: itself, its template, its prefix with '-', its type.
bool appliesTo(const QString &owner, const QString &unit)
{
    const qsizetype dot = unit.lastIndexOf(QLatin1Char('.'));
    const QString stem = unit.left(dot), type = unit.mid(dot + 1);
    if (owner == unit || owner == type)
        return true;
    if (!owner.endsWith(QLatin1Char('.') + type))
        return false;
    const QString ownerStem = owner.left(owner.size() - type.size() - 1);
    if (ownerStem.endsWith(QLatin1Char('@')))
        return stem.startsWith(ownerStem);
    return ownerStem.endsWith(QLatin1Char('-')) && stem.startsWith(ownerStem);
}

class UnitMerge {
public:
    void take(const ConfigEntry &entry);
    std::vector<ConfigEntry> entries() const;

private:
    struct Setting {
        QString key;
        bool isList = false;
        QString group; ///< "Condition" or "Assert": dropped together
        std::vector<ConfigEntry> items;
    };
    Setting &settingOf(const QString &key);
    void drop(const QString &prefix);

    std::vector<Setting> m_settings; ///< by first mention
    QHash<QString, size_t> m_places;
};

UnitMerge::Setting &UnitMerge::settingOf(const QString &key)
{
    const auto found = m_places.constFind(key);
    if (found != m_places.constEnd())
        return m_settings[*found];
    m_places.insert(key, m_settings.size());
    m_settings.push_back({key, false, {}, {}});
    return m_settings.back();
}

void UnitMerge::drop(const QString &prefix)
{
    for (Setting &each : m_settings) {
        if (each.key.startsWith(prefix))
            each.items.clear();
    }
}

void UnitMerge::take(const ConfigEntry &entry)
{
    const QStringList segments = keySegments(entry.key);
    if (segments.size() < 2)
        return;
    const UnitKeyKind kind = unitKeyKind(segments[0], segments[1]);
    const bool isEmpty = entry.value.isEmpty() && !entry.secret;
    const QString section = joinKey({}, segments[0]) + QLatin1Char('.');
    if (kind == UnitKeyKind::Environment && segments.size() == 2)
        return drop(entry.key + QLatin1Char('.'));
    if (kind == UnitKeyKind::Conditions && isEmpty)
        return drop(section + QLatin1String("Condition"));
    if (kind == UnitKeyKind::Assertions && isEmpty)
        return drop(section + QLatin1String("Assert"));
    Setting &setting = settingOf(entry.key);
    if (kind == UnitKeyKind::Single || kind == UnitKeyKind::Environment) {
        ConfigEntry now = entry;
        if (!setting.items.empty())
            appendNote(now.note,
                       QStringLiteral("also set in %1 line %2")
                           .arg(setting.items.front().file, QString::number(setting.items.front().line)));
        setting.items.clear();
        if (!isEmpty || kind == UnitKeyKind::Environment)
            setting.items.push_back(std::move(now));
        return;
    }
    setting.isList = true;
    if (isEmpty) {
        if (kind != UnitKeyKind::Dependencies)
            setting.items.clear();
        return;
    }
    if (kind == UnitKeyKind::List || kind == UnitKeyKind::Conditions || kind == UnitKeyKind::Assertions
        || entry.secret) {
        setting.items.push_back(entry);
        return;
    }
    for (const QString &word : unitWords(entry.value)) {
        ConfigEntry item = entry;
        item.value = word;
        setting.items.push_back(std::move(item));
    }
}

std::vector<ConfigEntry> UnitMerge::entries() const
{
    std::vector<ConfigEntry> all;
    for (const Setting &setting : m_settings) {
        for (size_t index = 0; index < setting.items.size(); ++index) {
            ConfigEntry entry = setting.items[index];
            entry.key = setting.isList ? joinIndex(setting.key, int(index)) : setting.key;
            all.push_back(std::move(entry));
        }
    }
    return all;
}

/// The parts of one host's unit in the order in which systemd reads them.
std::vector<UnitPart> ordered(std::vector<UnitPart> parts, const QString &unit, QStringList &notes)
{
    std::stable_sort(parts.begin(), parts.end(), [&](const UnitPart &left, const UnitPart &right) {
        const auto orderOf = [&](const UnitPart &part) {
            const bool isOver = isDropIn(part.path);
            const bool isForType = !unitOf(part.path).contains(QLatin1Char('.'));
            return std::tuple(isOver, isOver ? nameOf(part.path) : QString(), isForType, rootRank(part.path),
                              closeness(part.path, unit));
        };
        return orderOf(left) < orderOf(right);
    });
    std::vector<UnitPart> kept;
    for (UnitPart &part : parts) {
        // Only the first fragment counts, and of drop-ins with one name the first.
        const bool isMasked = !kept.empty() && isDropIn(part.path) == isDropIn(kept.back().path)
            && (!isDropIn(part.path) || nameOf(part.path) == nameOf(kept.back().path));
        if (isMasked)
            notes << QStringLiteral("%1: not read by systemd, %2 stands before it").arg(part.path, kept.back().path);
        else
            kept.push_back(std::move(part));
    }
    return kept;
}

/// The entries of one file as read, apart by the headers of `systemctl cat`.
void addParts(const std::vector<ConfigEntry> &entries, const QString &path, std::vector<UnitPart> &parts)
{
    UnitPart part{path, {}};
    int headerLine = 0;
    for (ConfigEntry entry : entries) {
        const qsizetype index = entry.key.lastIndexOf(QLatin1Char('['));
        if (entry.key.startsWith(QLatin1String("File["))) {
            if (headerLine > 0 || !part.entries.empty())
                parts.push_back(std::move(part));
            part = {entry.value, {}};
            headerLine = entry.line;
            continue;
        }
        entry.key.truncate(std::max<qsizetype>(index, 0));
        entry.file = part.path;
        entry.line -= headerLine;
        part.entries.push_back(std::move(entry));
    }
    parts.push_back(std::move(part));
}

} // namespace

void effectiveUnits(ConfigSet &set)
{
    std::map<QString, std::map<QString, std::vector<ConfigEntry>>> read;
    for (ConfigEntry &entry : set.entries)
        read[entry.host][entry.file].push_back(std::move(entry));
    set.entries.clear();
    std::map<QString, std::vector<UnitPart>> hosts;
    for (ConfigFile &file : set.files) {
        file.name.clear();
        // A file that is there but cannot be read, or is no file (a link to /dev/null), still hides others of its name.
        if (!file.error || file.error->kind != ErrorKind::NotFound)
            addParts(read[file.host][file.path], file.path, hosts[file.host]);
    }
    for (auto &[host, parts] : hosts) {
        QStringList units;
        for (const UnitPart &part : parts) {
            if (!isDropIn(part.path) && !units.contains(unitOf(part.path)))
                units << unitOf(part.path);
        }
        for (const UnitPart &part : parts) {
            const bool isFree
                = std::ranges::none_of(units, [&](const QString &unit) { return appliesTo(unitOf(part.path), unit); });
            if (isFree)
                units << unitOf(part.path);
        }
        for (const QString &unit : units) {
            std::vector<UnitPart> own;
            std::ranges::copy_if(parts, std::back_inserter(own),
                                 [&](const UnitPart &part) { return appliesTo(unitOf(part.path), unit); });
            UnitMerge merge;
            for (const UnitPart &part : ordered(std::move(own), unit, set.notes)) {
                for (const ConfigEntry &entry : part.entries)
                    merge.take(entry);
            }
            for (ConfigEntry entry : merge.entries()) {
                if (units.size() > 1)
                    entry.key = joinKey({}, unit) + QLatin1Char('.') + entry.key;
                set.entries.push_back(std::move(entry));
            }
        }
    }
}

} // namespace taffrail::sources
