// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "unitfacts.h"

#include <map>

namespace taffrail::sources::gitdeploy {

/// What an entry of the inventory says about one application that is a checkout of git on its hosts.
struct Settings {
    QString app;
    QString path; ///< of the working tree: absolute
    QString unit, pidFile; ///< of the application: whether it was restarted since the switch
    QString command; ///< captured output only: "reflog", "log", "status"; "" = what it looks like
};
Result<Settings> settingsOf(const SourceEntry &entry);

/// The text that reads one host in one trip. It writes nothing and runs nothing that the repository's own settings
/// name; in a repository of another owner git itself would refuse, so there only what runs nothing is asked.
QByteArray probeScript(const Settings &settings);

/// One line of the reflog of HEAD.
struct Move {
    QString from, to; ///< commits; "" = not known
    QString by;
    QDateTime at;
    QString message; ///< "checkout: moving from main to v1.2"
    QString raw;
};
/// A line of .git/logs/HEAD.
std::optional<Move> readReflogLine(const QByteArray &line);
/// A line of `git log -g --format=%H<tab>%gd<tab>%gn<tab>%ge<tab>%gs` or of `git reflog`: without the commit before.
std::optional<Move> readLogLine(const QByteArray &line);

struct Commit {
    QDateTime at;
    QString author, subject;
};
struct Tag {
    QString name, commit;
    QDateTime at;
};

struct HostFacts {
    QString host;
    std::optional<Error> error; ///< nothing below is known then
    QString head, branch; ///< "" branch: detached
    bool hasGit = true;
    bool isForeign = false; ///< the repository has another owner: local edits are not known
    bool isBare = false, hasSubmodules = false;
    bool statusRead = false;
    int changed = 0, untracked = 0, unmerged = 0; ///< files, as far as they were counted
    QStringList changedFiles; ///< a few of them
    std::optional<int> ahead, behind; ///< of the branch that it follows, as last fetched
    QString upstream;
    QString unfinished; ///< "merge", "rebase", …: begun and not ended
    QStringList hooks; ///< that a switch would run
    std::optional<HeldLock> lock;
    std::vector<Move> moves; ///< oldest first
    bool movesCut = false, movesHidden = false;
    std::map<std::pair<QString, QString>, bool> isBack; ///< (from, to): whether `to` is an ancestor of `from`
    std::map<QString, Commit> commits; ///< that exist
    bool commitsRead = false;
    std::vector<Tag> tags;
    qint64 freeBytes = -1;
    unitfacts::UnitFacts unit;
};

HostFacts readHost(const QString &host, const Settings &settings, const Reply &reply);

bool isFullCommit(const QString &text); ///< 40 or 64 hex digits

} // namespace taffrail::sources::gitdeploy
