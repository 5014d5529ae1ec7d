// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configfiles.h"
#include "nginxtree.h"

#include <QHash>
#include <QSet>

namespace taffrail::sources {

/// The files of one host's nginx with what their `include` names put where the include stands, as nginx reads them:
/// relative to the folder of the main file, globs in the order of names. nginx 1.22, ngx_conf_include(), ngx_glob.c.
class NginxSite {
public:
    /// Takes the replies of `host` named "files", then those with the names of includeParts().
    NginxSite(const SourceEntry &entry, const QString &host, const Replies &replies);

    /// What includes name and no answer has: absolute paths and patterns, sorted, at most mostPatterns. Empty when a
    /// round failed, for then asking again would not help.
    QStringList unanswered() const;
    /// Files and entries of the host. A file that is included goes by the name of the main file, for the two are one to
    /// nginx. A main file with an include that is not known to be whole is marked as partial.
    void addTo(ConfigSet &set);

    static const QStringList &includeParts(); ///< one name per round
    static constexpr qsizetype mostPatterns = 256;

private:
    struct Site {
        QString prefix; ///< where relative includes start, with '/' at the end; "" = not known
        QString name; ///< ConfigFile::name of the main file
        size_t main = 0;
        QSet<size_t> reached;
        bool partial = false;
        QStringList notes;
    };
    struct Found {
        std::vector<size_t> files;
        QString trouble; ///< why nothing or not all is known
        bool whole = true;
    };

    void take(std::vector<ReadFile> files, bool areMain);
    void takeCapture(ReadFile read);
    QString prefixOf(const QString &path) const;
    QString patternOf(const Site &site, const NginxDirective &include) const;
    Found find(const QString &pattern) const;
    bool isAnswered(const QString &pattern) const;
    /// The files that the includes of the site's main file reach, and patterns that no answer has.
    void reach(Site &site, QSet<QString> &unanswered) const;
    void reach(const Site &site, const std::vector<NginxDirective> &directives, std::vector<size_t> &files,
               QSet<QString> &unanswered) const;
    std::vector<NginxDirective> spliced(Site &site, const std::vector<NginxDirective> &directives,
                                        std::vector<size_t> &open);
    void follow(Site &site, NginxDirective include, std::vector<size_t> &open, std::vector<NginxDirective> &into);
    void leaveOut(Site &site, NginxDirective &include, const QString &why);
    void addEntries(ConfigSet &set, Site &site);
    std::vector<Site> sites() const;

    const SourceEntry &m_entry;
    QString m_host;
    bool m_follows = true;
    bool m_isCaptured = false; ///< a dump of nginx -T, or one file: nothing can be asked for
    QString m_failure; ///< of a round of includes
    std::vector<ReadFile> m_files;
    std::vector<NginxTree> m_trees;
    std::vector<size_t> m_mains;
    QHash<QString, size_t> m_byPath;
    QHash<QString, std::vector<size_t>> m_byPattern;
    std::vector<const Site *> m_owners; ///< by file: the site that shows its lines as its own
    std::vector<ReadFile> m_wide; ///< errors about no file in particular
    qsizetype m_directives = 0;
};

} // namespace taffrail::sources
