// SPDX-License-Identifier: GPL-3.0-or-later
#include "told.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources {

namespace {

QString appOf(const SourceEntry &entry, const QString &told)
{
    const QString named = entry.options.value(QStringLiteral("app")).toString();
    return !named.isEmpty() ? named : !told.isEmpty() ? told : entry.id;
}

/// Several hosts that ask one cluster tell the same; hosts of their own tell of themselves.
class Joiner {
public:
    explicit Joiner(const char *source) { m_history.source = QLatin1String(source); }

    void add(const QString &host, const Result<Told> &told)
    {
        HostRelease state;
        if (told)
            state = told->host;
        else
            state.error = told.error();
        state.host = host;
        m_history.hosts.push_back(state);
        if (!told) {
            m_history.notes << sentence(told.error());
            return;
        }
        ++m_readable;
        if (m_history.app.isEmpty())
            m_history.app = told->app;
        if (!m_history.locked)
            m_history.locked = told->locked;
        m_history.keepReleases = std::max(m_history.keepReleases, told->keepReleases);
        for (const QString &note : told->notes) {
            if (!m_history.notes.contains(note))
                m_history.notes << note;
        }
        for (const Release &release : told->releases)
            addRelease(host, release, state.live);
        for (const DeployEvent &event : told->events)
            addEvent(host, event);
    }

    DeploymentHistory take()
    {
        QStringList live;
        for (const HostRelease &host : m_history.hosts) {
            if (!host.error)
                live << host.live;
        }
        live.removeDuplicates();
        if (live.size() == 1)
            m_history.live = live.first();
        else if (live.size() > 1)
            m_history.notes.prepend(QStringLiteral("the hosts disagree about what is live"));
        for (DeployEvent &event : m_history.events) {
            if (m_readable == 1 || event.host.split(QStringLiteral(", ")).size() == m_readable)
                event.host.clear();
        }
        return std::move(m_history);
    }

private:
    void addRelease(const QString &host, const Release &release, const QString &live)
    {
        auto found = std::ranges::find(m_history.releases, release.id, &Release::id);
        if (found == m_history.releases.end()) {
            m_history.releases.push_back(release);
            found = std::prev(m_history.releases.end());
            found->presentOn.clear();
            found->liveOn.clear();
        }
        if (!release.presentOn.isEmpty() && !found->presentOn.contains(host))
            found->presentOn << host;
        if (release.id == live && !live.isEmpty() && !found->liveOn.contains(host))
            found->liveOn << host;
        addWords(found->note, release.note);
    }

    void addEvent(const QString &host, const DeployEvent &event)
    {
        const auto same = std::ranges::find_if(m_history.events, [&](const DeployEvent &other) {
            return other.release == event.release && other.at == event.at && other.kind == event.kind
                && other.raw == event.raw && !other.host.split(QStringLiteral(", ")).contains(host);
        });
        if (same != m_history.events.end()) {
            same->host += QStringLiteral(", ") + host;
            return;
        }
        m_history.events.push_back(event);
        m_history.events.back().host = host;
    }

    DeploymentHistory m_history;
    qsizetype m_readable = 0;
};

Result<Told> readReply(const SourceEntry &entry, const QString &host, const Reply *reply, const ReadHost &read)
{
    const QString step = QStringLiteral("ask ") + entry.source;
    if (!reply)
        return failure(ErrorKind::Internal, step, host, QStringLiteral("there is no answer"));
    if (reply->error())
        return failure(*reply->error());
    const ShellReply *shell = reply->as<ShellReply>();
    if (!shell)
        return failure(ErrorKind::Internal, step, host, QStringLiteral("not the answer of a shell"));
    return read(host, *shell);
}

} // namespace

Result<Value> historyOfHosts(const char *source, const SourceEntry &entry, const Replies &replies, const ReadHost &read)
{
    Joiner joiner(source);
    std::optional<Error> first;
    int failed = 0, all = 0;
    QString app;
    const auto add = [&](const QString &host, const Reply *reply) {
        const Result<Told> told = readReply(entry, host, reply, read);
        ++all;
        if (!told) {
            ++failed;
            if (!first)
                first = told.error();
        }
        joiner.add(host, told);
    };
    for (const QString &host : entry.hosts)
        add(host, replyOf(replies, {}, host));
    // Captured output that is read by hand names no hosts.
    if (entry.hosts.isEmpty()) {
        for (const Reply *reply : repliesNamed(replies, {}))
            add(reply->subject, reply);
    }
    if (all == 0)
        return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id, QStringLiteral("no host is named"));
    if (failed == all) {
        if (all > 1)
            first->text += QStringLiteral(" (and %1 further hosts could not be read)").arg(all - 1);
        return failure(*first);
    }
    DeploymentHistory history = joiner.take();
    history.app = appOf(entry, history.app);
    return Value(std::move(history));
}

Value historyOfPlace(const char *source, const SourceEntry &entry, Told told)
{
    DeploymentHistory history;
    history.source = QLatin1String(source);
    history.app = appOf(entry, told.app);
    history.live = told.host.live;
    history.releases = std::move(told.releases);
    history.events = std::move(told.events);
    history.locked = told.locked;
    history.keepReleases = told.keepReleases;
    history.notes = told.notes;
    // No host is known to hold them.
    for (Release &release : history.releases) {
        release.presentOn.clear();
        release.liveOn.clear();
    }
    return Value(std::move(history));
}

void addWords(QString &note, const QString &words)
{
    if (!words.isEmpty() && !note.contains(words))
        note += note.isEmpty() ? words : QStringLiteral("; ") + words;
}

bool isPlainWord(const QString &text)
{
    static const QRegularExpression shape(QStringLiteral("\\A[A-Za-z0-9_.@:/][A-Za-z0-9_.@:/+-]{0,252}\\z"));
    return shape.match(text).hasMatch();
}

} // namespace taffrail::sources
