// SPDX-License-Identifier: GPL-3.0-or-later
#include "entryside.h"

#include <algorithm>

namespace taffrail {

namespace {

/// Whether an error is about more than one file: nothing says which files it kept from being read.
bool isWide(const ConfigFile &file)
{
    return file.path.isEmpty() || std::ranges::any_of(file.path, [](QChar each) {
               return each == QLatin1Char('*') || each == QLatin1Char('?');
           });
}

bool isWhole(const ConfigFile &file)
{
    return !file.error && !file.binary && !file.partial;
}

} // namespace

void FileNames::look(const ConfigSet &set)
{
    QHash<QString, QString> paths; // by name, of one host: files are ordered by host
    QSet<QString> doubled;
    const QString *host = nullptr;
    for (const ConfigFile &file : set.files) {
        if (!host || *host != file.host)
            paths.clear();
        host = &file.host;
        if (file.error && isWide(file))
            continue;
        const auto other = paths.constFind(file.name);
        if (other == paths.constEnd())
            paths.insert(file.name, file.path);
        else if (*other != file.path)
            doubled.insert(file.name);
    }
    if (!doubled.isEmpty())
        lookForClashes(set, doubled);
}

/// Several files may well be one to their reader, such as those of sysctl.d: then no key stands in two of them.
void FileNames::lookForClashes(const ConfigSet &set, const QSet<QString> &doubled)
{
    QHash<std::pair<QString, QString>, QString> names;
    for (const ConfigFile &file : set.files)
        names.insert({file.host, file.path}, file.name);
    QHash<std::pair<QString, QString>, QString> seen; // file by host and name + key
    for (const ConfigEntry &entry : set.entries) {
        const auto name = names.constFind({entry.host, entry.file});
        if (name == names.constEnd() || !doubled.contains(*name) || m_shared.contains(*name))
            continue;
        const std::pair<QString, QString> place(entry.host, *name + QChar(0x1F) + entry.key);
        const auto other = seen.constFind(place);
        if (other == seen.constEnd())
            seen.insert(place, entry.file);
        else if (*other != entry.file)
            m_shared << *name;
    }
}

int FileNames::numberOf(const QString &name, const QString &path)
{
    const QString &shown = m_shared.contains(name) ? path : name;
    const auto found = m_numbers.constFind(shown);
    if (found != m_numbers.constEnd())
        return *found;
    m_numbers.insert(shown, int(m_names.size()));
    m_names << shown;
    return int(m_names.size()) - 1;
}

EntrySide::EntrySide(int column, const ComparedSource *source) : m_column(column), m_source(source)
{
    if (source)
        m_rules = unitRulesOf(source->source);
}

int EntrySide::hostNumber(const QString &host)
{
    const qsizetype found = m_hosts.indexOf(host);
    if (found >= 0)
        return int(found);
    m_hosts << host;
    m_failedHosts.push_back(false);
    m_states.emplace_back();
    return int(m_hosts.size()) - 1;
}

void EntrySide::numberFiles(FileNames &names)
{
    const ConfigSet *set = this->set();
    if (!set)
        return;
    m_partial = set->partial || m_source->error.has_value();
    QHash<std::pair<QString, QString>, int> places;
    for (const ConfigFile &file : set->files) {
        const int host = hostNumber(file.host);
        if (file.error && isWide(file)) {
            m_failedHosts[size_t(host)] = true;
            continue;
        }
        const int number = names.numberOf(file.name, file.path);
        std::vector<FileState> &states = m_states[size_t(host)];
        states.resize(std::max(states.size(), size_t(number) + 1), FileState::NotSeen);
        if (states[size_t(number)] != FileState::Failed)
            states[size_t(number)] = isWhole(file) ? FileState::Read : FileState::Failed;
        places.insert({file.host, file.path}, number);
    }
    m_files.reserve(set->entries.size());
    m_entryHosts.reserve(set->entries.size());
    const ConfigEntry *before = nullptr;
    for (const ConfigEntry &entry : set->entries) {
        if (before && before->file == entry.file && before->host == entry.host) {
            m_files.push_back(m_files.back());
            m_entryHosts.push_back(m_entryHosts.back());
        } else {
            const auto place = places.constFind({entry.host, entry.file});
            m_files.push_back(place == places.constEnd() ? names.numberOf(entry.file, entry.file) : *place);
            m_entryHosts.push_back(hostNumber(entry.host));
        }
        before = &entry;
    }
}

EntrySide::FileState EntrySide::stateOf(int host, int file) const
{
    const std::vector<FileState> &states = m_states[size_t(host)];
    return size_t(file) < states.size() ? states[size_t(file)] : FileState::NotSeen;
}

bool EntrySide::isAbsenceKnown(int host, int file) const
{
    if (m_partial)
        return false;
    switch (stateOf(host, file)) {
    case FileState::Read: return true;
    case FileState::Failed: return false;
    case FileState::NotSeen: return !m_failedHosts[size_t(host)];
    }
    return false;
}

bool EntrySide::isAbsenceKnown(int file) const
{
    if (!set())
        return false;
    if (m_hosts.isEmpty())
        return !m_partial;
    for (int host = 0; host < m_hosts.size(); ++host) {
        if (!isAbsenceKnown(host, file))
            return false;
    }
    return true;
}

bool EntrySide::isReadToTheEnd() const
{
    const ConfigSet *read = set();
    return read && !m_partial && std::ranges::all_of(read->files, isWhole);
}

} // namespace taffrail
