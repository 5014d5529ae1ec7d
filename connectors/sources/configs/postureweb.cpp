// SPDX-License-Identifier: GPL-3.0-or-later
// What nginx and haproxy are told, from the named directives that the posture's script prints.
#include "posturereader.h"

#include <QMap>

#include <algorithm>

namespace taffrail::sources {

namespace {

struct WebServer {
    QString name;
    bool isPlain = false; ///< a listen without ssl
    bool isTls = false;
    bool redirects = false; ///< its own return or rewrite leads to https
    bool serves = false; ///< something else than a redirect is said in it or below it
    bool onLoopbackOnly = true;
    bool hasListen = false;
};

struct Upstream {
    int servers = 0, unchecked = 0;
};

struct NginxView {
    QStringList limitReq, limitConn, headers, protocols, tokens, unread, plainServing, plainRedirecting;
    QMap<QString, Upstream> upstreams;
    bool status = false;
    bool terminatesTls = false;
    int running = 0;
};

class NginxLines {
public:
    explicit NginxLines(NginxView &view) : m_view(view) {}

    void take(const QByteArray &line)
    {
        const QStringList words = QString::fromUtf8(line).split(QLatin1Char('\t'));
        if (words[0] == QLatin1String("N")) {
            ++m_view.running;
            m_blocks.clear();
        } else if (words[0] == QLatin1String("X")) {
            m_view.unread << words.value(1);
        } else if (words[0] == QLatin1String("B")) {
            open(words.mid(1));
        } else if (words[0] == QLatin1String("E")) {
            close();
        } else if (words[0] == QLatin1String("S")) {
            statement(words.value(1), words.mid(2));
        }
    }

private:
    void open(const QStringList &words)
    {
        m_blocks.append(words);
        if (words.value(0) == QLatin1String("server") && !isIn("upstream"))
            m_server = WebServer();
    }

    void close()
    {
        if (m_blocks.isEmpty())
            return;
        const QStringList block = m_blocks.takeLast();
        if (block.value(0) != QLatin1String("server") || isIn("stream") || isIn("mail"))
            return;
        m_view.terminatesTls = m_view.terminatesTls || m_server.isTls;
        if (!m_server.hasListen) // nginx's own default: *:80
            m_server.isPlain = true, m_server.onLoopbackOnly = false;
        if (!m_server.isPlain || m_server.isTls || m_server.onLoopbackOnly)
            return;
        const QString name = m_server.name.isEmpty() ? QStringLiteral("its default server") : m_server.name;
        (m_server.redirects && !m_server.serves ? m_view.plainRedirecting : m_view.plainServing) << name;
    }

    bool isIn(const char *name) const
    {
        return std::ranges::any_of(m_blocks,
                                   [&](const QStringList &block) { return block.value(0) == QLatin1String(name); });
    }

    void listening(const QStringList &words)
    {
        m_server.hasListen = true;
        const QString address = words.value(0);
        if (words.contains(QLatin1String("ssl")) || words.contains(QLatin1String("quic")))
            m_server.isTls = true;
        else if (!address.startsWith(QLatin1String("unix:")))
            m_server.isPlain = true;
        const bool isLoopback = address.startsWith(QLatin1String("127.")) || address.startsWith(QLatin1String("[::1]"))
            || address.startsWith(QLatin1String("localhost")) || address.startsWith(QLatin1String("unix:"));
        m_server.onLoopbackOnly = m_server.onLoopbackOnly && isLoopback;
    }

    void inUpstream(const QStringList &words)
    {
        Upstream &upstream = m_view.upstreams[m_blocks.last().value(1)];
        if (words.contains(QLatin1String("down")) || words.contains(QLatin1String("backup")))
            return;
        ++upstream.servers;
        upstream.unchecked += words.contains(QLatin1String("max_fails=0")) ? 1 : 0;
    }

    void statement(const QString &name, const QStringList &words)
    {
        if (name == QLatin1String("server") && isIn("upstream") && !m_blocks.isEmpty())
            inUpstream(words);
        else if (name == QLatin1String("listen"))
            listening(words);
        else if (name == QLatin1String("ssl") && words.value(0) == QLatin1String("on"))
            m_server.isTls = true;
        else if (name == QLatin1String("server_name"))
            m_server.name = words.value(0);
        else if (name == QLatin1String("limit_req"))
            m_view.limitReq << words.value(0);
        else if (name == QLatin1String("limit_conn"))
            m_view.limitConn << words.value(0);
        else if (name == QLatin1String("ssl_protocols"))
            m_view.protocols << words.join(QLatin1Char(' '));
        else if (name == QLatin1String("server_tokens"))
            m_view.tokens << words.value(0);
        else if (name == QLatin1String("add_header"))
            m_view.headers << words.value(0);
        else if (name == QLatin1String("stub_status"))
            m_view.status = true;
        else if (name == QLatin1String("return") || name == QLatin1String("rewrite"))
            answering(words);
        else if (name.endsWith(QLatin1String("_pass")) || name == QLatin1String("root")
                 || name == QLatin1String("try_files"))
            m_server.serves = m_server.serves || (isIn("location") && !isChallenge());
    }

    /// What certificate authorities ask over plain HTTP is no service.
    bool isChallenge() const
    {
        return std::ranges::any_of(m_blocks, [](const QStringList &block) {
            return block.value(0) == QLatin1String("location")
                && block.join(QLatin1Char(' ')).contains(QLatin1String("/.well-known/"));
        });
    }

    void answering(const QStringList &words)
    {
        const int code = words.value(0).toInt();
        if (words.value(1) == QLatin1String("https"))
            m_server.redirects = true;
        else if (words.value(0) != QLatin1String("rewrite") && code >= 400)
            m_server.redirects = m_server.redirects || !isIn("location"); // refuses all: serves nothing either
        else if (words.value(0) != QLatin1String("rewrite"))
            m_server.serves = true;
    }

    NginxView &m_view;
    QList<QStringList> m_blocks;
    WebServer m_server;
};

QString listOf(QStringList words)
{
    words.removeDuplicates();
    words.sort();
    return words.mid(0, 20).join(QStringLiteral(", "));
}

void tellUpstreams(PostureReader &reader, const QString &kind, const QMap<QString, Upstream> &upstreams)
{
    for (auto each = upstreams.begin(); each != upstreams.end(); ++each) {
        const QString key = joinKey(kind, each.key());
        reader.number(joinKey(key, QStringLiteral("servers")), each->servers);
        reader.number(joinKey(key, QStringLiteral("unchecked")), each->unchecked);
    }
}

} // namespace

void readNginx(PostureReader &reader, const QByteArray &text)
{
    NginxView view;
    NginxLines lines(view);
    for (const QByteArray &line : postureLines(text))
        lines.take(line);
    if (!view.unread.isEmpty()) {
        reader.trouble(QStringLiteral("nginx"), ErrorKind::Denied,
                       QStringLiteral("no right to read %1").arg(listOf(view.unread)));
        return;
    }
    const auto key = [](const char *name) { return QStringLiteral("nginx.") + QLatin1String(name); };
    reader.flag(key("running"), view.running > 0);
    if (view.running == 0)
        return;
    reader.text(key("limit_req"), listOf(view.limitReq));
    reader.text(key("limit_conn"), listOf(view.limitConn));
    reader.text(key("ssl_protocols"), listOf(view.protocols));
    reader.text(key("server_tokens"), listOf(view.tokens));
    reader.text(key("headers"), listOf(view.headers));
    reader.text(key("plain_serving"), listOf(view.plainServing));
    reader.text(key("plain_redirecting"), listOf(view.plainRedirecting));
    reader.flag(key("terminates_tls"), view.terminatesTls);
    reader.flag(key("stub_status"), view.status);
    tellUpstreams(reader, QStringLiteral("nginx_upstream"), view.upstreams);
}

void readHaproxy(PostureReader &reader, const QByteArray &text)
{
    QMap<QString, Upstream> backends;
    QString backend;
    bool checksByDefault = false, checksEverywhere = false;
    for (const QByteArray &line : postureLines(text)) {
        const QStringList words = QString::fromUtf8(line).simplified().split(QLatin1Char(' '));
        if (words[0] == QLatin1String("X")) {
            reader.trouble(QStringLiteral("haproxy"), ErrorKind::Denied,
                           QStringLiteral("no right to read %1").arg(words.mid(1).join(QLatin1Char(' '))));
            return;
        }
        if (words[0] == QLatin1String("B")) {
            const bool sends = words.value(1) == QLatin1String("backend") || words.value(1) == QLatin1String("listen");
            backend = sends ? words.value(2) : QString();
            checksByDefault = checksEverywhere;
            if (words.value(1) == QLatin1String("defaults")) {
                backend = QStringLiteral("defaults");
                checksByDefault = checksEverywhere = false;
            }
        } else if (words[0] == QLatin1String("S") && !backend.isEmpty()) {
            const bool checks = words.contains(QLatin1String("check")) || words.contains(QLatin1String("track"));
            if (words.value(1) == QLatin1String("default-server")) {
                checksByDefault = checks || (checksByDefault && !words.contains(QLatin1String("no-check")));
                checksEverywhere = backend == QLatin1String("defaults") ? checksByDefault : checksEverywhere;
                continue;
            }
            const bool isChecked = checks || (checksByDefault && !words.contains(QLatin1String("no-check")));
            ++backends[backend].servers;
            backends[backend].unchecked += isChecked ? 0 : 1;
        }
    }
    tellUpstreams(reader, QStringLiteral("haproxy_backend"), backends);
}

} // namespace taffrail::sources
