// SPDX-License-Identifier: GPL-3.0-or-later
#include "nginxsite.h"

#include "configtext.h"
#include "filepattern.h"
#include "nginxflatten.h"
#include "text.h"

#include <algorithm>
#include <numeric>

namespace taffrail::sources {

namespace {

constexpr qsizetype mostDirectives = 200'000;
constexpr size_t mostNested = 16; // of a dump; from a host there are as many as rounds

/// As the frames of a reply name files.
QString shownPath(const QString &path)
{
    return sanitizedLine(path.toUtf8(), 4096);
}

bool isInclude(const NginxDirective &directive)
{
    return directive.name == QLatin1String("include") && !directive.isBlock && directive.arguments.size() == 1;
}

void stamp(std::vector<NginxDirective> &directives, int file)
{
    for (NginxDirective &each : directives) {
        each.file = file;
        stamp(each.children, file);
    }
}

} // namespace

const QStringList &NginxSite::includeParts()
{
    static const QStringList names{QStringLiteral("includes"), QStringLiteral("includes-2"),
                                   QStringLiteral("includes-3")};
    return names;
}

NginxSite::NginxSite(const SourceEntry &entry, const QString &host, const Replies &replies)
    : m_entry(entry),
      m_host(host),
      m_follows(entry.options.value(QStringLiteral("includes"), true).toBool())
{
    if (const Reply *reply = replyOf(replies, QStringLiteral("files"), host)) {
        if (const Error *error = reply->error()) {
            ReadFile file;
            file.file.host = host;
            file.file.error = *error;
            m_wide.push_back(std::move(file));
        } else {
            take(filesOf(*reply), true);
        }
    }
    for (const QString &part : includeParts()) {
        const Reply *reply = replyOf(replies, part, host);
        if (!reply)
            continue;
        if (const Error *error = reply->error())
            m_failure = error->text;
        else
            take(filesOf(*reply), false);
    }
}

void NginxSite::take(std::vector<ReadFile> files, bool areMain)
{
    for (ReadFile &read : files) {
        if (areMain && files.size() == 1 && read.file.path == QLatin1String("captured")) {
            takeCapture(std::move(read));
            return;
        }
        if (read.file.path.isEmpty()) {
            m_failure = !areMain && read.file.error ? read.file.error->text : m_failure;
            m_wide.push_back(std::move(read));
            continue;
        }
        const auto known = m_byPath.constFind(read.file.path);
        const size_t number = known == m_byPath.constEnd() ? m_files.size() : *known;
        if (!read.pattern.isEmpty())
            m_byPattern[read.pattern].push_back(number);
        if (number < m_files.size())
            continue; // two patterns name it
        if (areMain)
            m_mains.push_back(number);
        m_byPath.insert(read.file.path, number);
        m_trees.push_back(read.file.error ? NginxTree() : readNginxTree(read.bytes));
        stamp(m_trees.back().directives, int(m_files.size()));
        m_files.push_back(std::move(read));
    }
}

/// One file, or all that nginx -T prints: each file behind "# configuration file /etc/nginx/nginx.conf:".
void NginxSite::takeCapture(ReadFile read)
{
    m_isCaptured = true;
    static const QByteArray head("# configuration file /");
    const QByteArray bytes = '\n' + read.bytes;
    std::vector<ReadFile> files;
    qsizetype at = bytes.indexOf('\n' + head);
    while (at >= 0) {
        const qsizetype lineEnd = std::max(bytes.indexOf('\n', at + 1), at + 1);
        const QByteArray line = bytes.mid(at + 1, lineEnd - at - 1).trimmed();
        const qsizetype next = bytes.indexOf('\n' + head, lineEnd);
        if (line.endsWith(':')) {
            ReadFile file;
            file.file.host = read.file.host;
            file.file.path = shownPath(QString::fromUtf8(line.mid(head.size() - 1).chopped(1)));
            file.bytes = bytes.mid(lineEnd + 1, next < 0 ? -1 : next - lineEnd);
            file.file.sizeBytes = file.bytes.size();
            files.push_back(std::move(file));
        }
        at = next;
    }
    if (files.empty()) {
        m_byPath.insert(read.file.path, m_files.size());
        files.push_back(std::move(read));
    }
    for (ReadFile &file : files) {
        if (m_mains.empty())
            m_mains.push_back(0); // nginx prints the main file first
        m_byPath.insert(file.file.path, m_files.size());
        m_trees.push_back(readNginxTree(file.bytes));
        stamp(m_trees.back().directives, int(m_files.size()));
        m_files.push_back(std::move(file));
    }
}

/// Relative names start at the folder of nginx.conf. Where a path names the file of a site alone, that is the folder
/// above the usual ones of sites.
QString NginxSite::prefixOf(const QString &path) const
{
    const QString given = m_entry.options.value(QStringLiteral("prefix")).toString();
    if (!given.isEmpty())
        return given.endsWith(QLatin1Char('/')) ? given : given + QLatin1Char('/');
    if (!path.startsWith(QLatin1Char('/')))
        return {};
    static const QSet<QString> below{
        QStringLiteral("sites-enabled"), QStringLiteral("sites-available"), QStringLiteral("conf.d"),
        QStringLiteral("default.d"),     QStringLiteral("snippets"),        QStringLiteral("modules-enabled"),
        QStringLiteral("vhosts.d"),      QStringLiteral("http.d"),          QStringLiteral("servers"),
    };
    QString folder = path.left(path.lastIndexOf(QLatin1Char('/')));
    if (below.contains(folder.section(QLatin1Char('/'), -1)))
        folder = folder.left(folder.lastIndexOf(QLatin1Char('/')));
    return folder + QLatin1Char('/');
}

QString NginxSite::patternOf(const Site &site, const NginxDirective &include) const
{
    const QString name = include.arguments.first();
    if (name.isEmpty() || name.contains(QLatin1String("TFMASK_")))
        return {};
    if (name.startsWith(QLatin1Char('/')))
        return name;
    return site.prefix.isEmpty() ? QString() : site.prefix + name;
}

bool NginxSite::isAnswered(const QString &pattern) const
{
    const QString path = shownPath(pattern);
    return m_isCaptured || m_byPath.contains(path) || m_byPattern.contains(path);
}

NginxSite::Found NginxSite::find(const QString &pattern) const
{
    Found found;
    const QString path = shownPath(pattern);
    std::vector<size_t> files;
    if (!isGlob(pattern)) {
        const auto file = m_byPath.constFind(path);
        if (file != m_byPath.constEnd())
            files.push_back(*file);
    } else if (m_isCaptured) {
        for (size_t file = 0; file < m_files.size(); ++file) {
            if (matchesPattern(path, m_files[file].file.path))
                files.push_back(file);
        }
    } else {
        files = m_byPattern.value(path);
    }
    for (const size_t file : files) {
        const ConfigFile &each = m_files[file].file;
        if (!each.error || !isGlob(each.path))
            found.files.push_back(file);
        else if (each.error->kind != ErrorKind::NotFound) // a pattern that names nothing is no fault to nginx
            found.trouble = each.error->text;
    }
    std::ranges::sort(found.files, {}, [this](size_t file) { return m_files[file].file.path; });
    found.files.erase(std::unique(found.files.begin(), found.files.end()), found.files.end());
    return found;
}

void NginxSite::reach(const Site &site, const std::vector<NginxDirective> &directives, std::vector<size_t> &files,
                      QSet<QString> &unanswered) const
{
    for (const NginxDirective &each : directives) {
        reach(site, each.children, files, unanswered);
        const QString pattern = isInclude(each) ? patternOf(site, each) : QString();
        if (pattern.isEmpty())
            continue;
        if (!isAnswered(pattern))
            unanswered.insert(pattern);
        const Found found = find(pattern);
        files.insert(files.end(), found.files.begin(), found.files.end());
    }
}

void NginxSite::reach(Site &site, QSet<QString> &unanswered) const
{
    std::vector<size_t> files{site.main};
    for (size_t at = 0; at < files.size(); ++at) {
        if (at > 0 && (files[at] == site.main || site.reached.contains(files[at])))
            continue;
        site.reached.insert(files[at]);
        reach(site, m_trees[files[at]].directives, files, unanswered);
    }
    site.reached.remove(site.main);
}

/// The main files that no other one includes.
std::vector<NginxSite::Site> NginxSite::sites() const
{
    std::vector<Site> all;
    for (const size_t main : m_mains) {
        Site site;
        site.main = main;
        site.name = m_files[main].file.name;
        site.prefix = prefixOf(m_files[main].file.path);
        QSet<QString> unanswered;
        if (m_follows)
            reach(site, unanswered);
        all.push_back(std::move(site));
    }
    std::vector<Site> tops;
    for (size_t at = 0; at < all.size(); ++at) {
        bool isIncluded = false;
        for (size_t other = 0; other < all.size() && !isIncluded; ++other) {
            // Of those that include one another the first one stays.
            const bool isMutual = all[at].reached.contains(all[other].main);
            isIncluded = other != at && all[other].reached.contains(all[at].main) && (!isMutual || other < at);
        }
        if (!isIncluded)
            tops.push_back(all[at]);
    }
    return tops;
}

QStringList NginxSite::unanswered() const
{
    if (!m_follows || !m_failure.isEmpty())
        return {};
    QSet<QString> patterns;
    for (const size_t main : m_mains) {
        Site site;
        site.main = main;
        site.prefix = prefixOf(m_files[main].file.path);
        reach(site, patterns);
    }
    QStringList sorted(patterns.begin(), patterns.end());
    sorted.sort();
    return sorted.mid(0, mostPatterns);
}

void NginxSite::leaveOut(Site &site, NginxDirective &include, const QString &why)
{
    site.partial = true;
    include.note = why;
    const QString path = m_files[size_t(include.file)].file.path;
    site.notes
        << QStringLiteral("%1:%2: its include is not followed: %3").arg(path, QString::number(include.line), why);
}

void NginxSite::follow(Site &site, NginxDirective include, std::vector<size_t> &open, std::vector<NginxDirective> &into)
{
    const QString pattern = patternOf(site, include);
    const Found found = pattern.isEmpty() ? Found() : find(pattern);
    const bool isAlone = m_isCaptured && m_files.size() == 1;
    std::vector<NginxDirective> content;
    if (pattern.isEmpty()) {
        leaveOut(site, include, QStringLiteral("the folder that it starts from is not known"));
    } else if (open.size() > mostNested) {
        leaveOut(site, include, QStringLiteral("it stands too deep"));
    } else if (!found.trouble.isEmpty()) {
        leaveOut(site, include, found.trouble);
    } else if (found.files.empty() && (!isGlob(pattern) || !isAnswered(pattern) || isAlone)) {
        leaveOut(site, include,
                 isAlone                   ? QStringLiteral("this is one file alone")
                     : m_failure.isEmpty() ? QStringLiteral("it was not read")
                                           : m_failure);
    } else {
        include.note = found.files.empty() ? QStringLiteral("no file matches")
            : found.files.size() == 1      ? QStringLiteral("1 file, shown as a part of this one")
                                      : QStringLiteral("%1 files, shown as parts of this one").arg(found.files.size());
    }
    for (const size_t file : found.files) {
        if (open.size() > mostNested)
            break;
        ReadFile &read = m_files[file];
        if (std::ranges::find(open, file) != open.end()) {
            ConfigFile &from = m_files[size_t(include.file)].file;
            if (!from.error)
                from.error = lineError(include.line, QStringLiteral("includes that lead on"),
                                       QStringLiteral("one that leads back to %1").arg(read.file.path));
            leaveOut(site, include, QStringLiteral("it leads in a circle"));
            continue;
        }
        if (read.file.error && m_trees[file].directives.empty())
            leaveOut(site, include, read.file.error->text);
        open.push_back(file);
        std::vector<NginxDirective> inner = spliced(site, m_trees[file].directives, open);
        open.pop_back();
        std::ranges::move(inner, std::back_inserter(content));
    }
    into.push_back(std::move(include));
    std::ranges::move(content, std::back_inserter(into));
}

std::vector<NginxDirective> NginxSite::spliced(Site &site, const std::vector<NginxDirective> &directives,
                                               std::vector<size_t> &open)
{
    std::vector<NginxDirective> result;
    for (const NginxDirective &each : directives) {
        if (++m_directives > mostDirectives) {
            if (!site.partial || m_directives == mostDirectives + 1)
                site.notes << QStringLiteral("%1: only the first %2 directives are shown")
                                  .arg(m_files[site.main].file.path)
                                  .arg(mostDirectives);
            site.partial = true;
            break;
        }
        if (isInclude(each)) {
            follow(site, each, open, result);
            continue;
        }
        NginxDirective copy = each;
        copy.children = spliced(site, each.children, open);
        result.push_back(std::move(copy));
    }
    return result;
}

void NginxSite::addEntries(ConfigSet &set, Site &site)
{
    ConfigFile &main = m_files[site.main].file;
    std::vector<size_t> open{site.main};
    const std::vector<NginxDirective> &own = m_trees[site.main].directives;
    ParsedConfig parsed = flattenedNginx(m_follows ? spliced(site, own, open) : own);
    if (parsed.error && !main.error)
        main.error = parsed.error;
    for (ConfigEntry &each : parsed.entries) {
        const auto file = size_t(std::max(0, each.file.toInt()));
        each.host = main.host;
        each.file = m_files[file].file.path;
        if (m_owners[file] != &site) { // another site's, too: there it goes by its own file
            appendNote(each.note, QStringLiteral("in %1:%2").arg(each.file, QString::number(each.line)));
            each.file = main.path;
            each.line = 0;
        }
    }
    settleTogether(parsed.entries);
    std::ranges::move(parsed.entries, std::back_inserter(set.entries));
    main.partial = main.partial || site.partial;
    site.notes.removeDuplicates();
    set.notes << site.notes.mid(0, 20);
    if (site.notes.size() > 20)
        set.notes << QStringLiteral("%1: %2 more includes are not followed").arg(main.path).arg(site.notes.size() - 20);
}

void NginxSite::addTo(ConfigSet &set)
{
    for (size_t file = 0; file < m_files.size(); ++file) {
        ConfigFile &each = m_files[file].file;
        if (!each.error && m_trees[file].error) {
            each.error = m_trees[file].error;
            each.error->subject = each.error->subject.isEmpty() ? each.path : each.error->subject;
        }
    }
    std::vector<Site> tops = sites();
    m_owners.assign(m_files.size(), nullptr);
    for (Site &site : tops) {
        m_owners[site.main] = &site;
        for (const size_t file : site.reached) {
            if (!m_owners[file]) {
                m_owners[file] = &site;
                m_files[file].file.name = site.name;
            }
        }
    }
    for (Site &site : tops)
        addEntries(set, site);
    for (const ReadFile &wide : m_wide)
        set.files.push_back(wide.file);
    std::vector<size_t> order(m_files.size());
    std::iota(order.begin(), order.end(), size_t(0));
    std::ranges::sort(order, {}, [this](size_t file) { return m_files[file].file.path; });
    for (const size_t file : order) {
        ReadFile &read = m_files[file];
        // An include that names nothing, or not all of what it names, is said of the file that has it.
        const bool isPattern = read.file.error && isGlob(read.file.path);
        if (isPattern && std::ranges::find(m_mains, file) == m_mains.end())
            continue;
        keepText(set, m_entry, read);
        set.files.push_back(std::move(read.file));
    }
}

} // namespace taffrail::sources
