// SPDX-License-Identifier: GPL-3.0-or-later
#include "nginxflatten.h"

#include "configtext.h"

#include <QHash>
#include <QSet>

#include <algorithm>

/// Keys are made so that the same setting has the same key in another environment:
/// - a block is called by its name and arguments, "http"."location /api", not by its number;
/// - a server by the ports it listens on ("server 443"), which environments share, and by its names only where two
///   servers listen on the same ports;
/// - what sets one of many named things is called by that name: "add_header.X-Frame-Options", "set.$backend";
/// - what may stand several times is a list: "listen[0]"; allow and deny are one list, for their order counts;
/// - blocks that are still called the same get their number.
/// Where the order of rewrite steps or of regular expression locations counts, it is a setting of its own.
namespace taffrail::sources {

namespace {

const QSet<QString> &namedDirectives()
{
    static const QSet<QString> names{
        QStringLiteral("add_header"),       QStringLiteral("add_trailer"),
        QStringLiteral("proxy_set_header"), QStringLiteral("set"),
        QStringLiteral("grpc_set_header"),  QStringLiteral("fastcgi_param"),
        QStringLiteral("uwsgi_param"),      QStringLiteral("scgi_param"),
        QStringLiteral("log_format"),       QStringLiteral("auth_request_set"),
    };
    return names;
}

const QSet<QString> &listDirectives()
{
    static const QSet<QString> names{
        QStringLiteral("listen"),    QStringLiteral("include"),          QStringLiteral("load_module"),
        QStringLiteral("env"),       QStringLiteral("access_log"),       QStringLiteral("error_page"),
        QStringLiteral("rewrite"),   QStringLiteral("server"),           QStringLiteral("proxy_hide_header"),
        QStringLiteral("limit_req"), QStringLiteral("limit_conn"),       QStringLiteral("limit_req_zone"),
        QStringLiteral("error_log"), QStringLiteral("set_real_ip_from"),
    };
    return names;
}

/// Blocks whose lines are values and results, not directives.
bool holdsPairs(const QString &name)
{
    static const QSet<QString> names{QStringLiteral("map"),           QStringLiteral("geo"),
                                     QStringLiteral("types"),         QStringLiteral("charset_map"),
                                     QStringLiteral("split_clients"), QStringLiteral("geoip2")};
    return names.contains(name);
}

/// Arguments as one line that keeps apart what is apart: quotes where there are blanks or signs within.
QString joined(const QStringList &arguments)
{
    QStringList words;
    for (const QString &each : arguments) {
        const bool needsQuotes = each.isEmpty() || std::ranges::any_of(each, [](QChar sign) {
                                     return sign.isSpace() || sign == QLatin1Char('"') || sign == QLatin1Char('\'');
                                 });
        QString word = each;
        if (needsQuotes) {
            word.replace(QLatin1Char('\\'), QLatin1String("\\\\"));
            word.replace(QLatin1Char('"'), QLatin1String("\\\""));
            word = QLatin1Char('"') + word + QLatin1Char('"');
        }
        words << word;
    }
    return words.join(QLatin1Char(' '));
}

QString blockName(const NginxDirective &block)
{
    return block.arguments.isEmpty() ? block.name : block.name + QLatin1Char(' ') + joined(block.arguments);
}

QString portOf(const QString &listen)
{
    if (listen.startsWith(QLatin1String("unix:")))
        return listen;
    const qsizetype colon = listen.lastIndexOf(QLatin1Char(':'));
    const QString port = colon > listen.lastIndexOf(QLatin1Char(']')) ? listen.mid(colon + 1) : listen;
    return !port.isEmpty() && std::ranges::all_of(port, [](QChar each) { return each.isDigit(); })
        ? port
        : QStringLiteral("80");
}

struct ServerName {
    QString ports, names;
};

ServerName serverName(const NginxDirective &server)
{
    QStringList ports, names;
    for (const NginxDirective &each : server.children) {
        if (each.name == QLatin1String("listen") && !each.arguments.isEmpty())
            ports << portOf(each.arguments.first());
        else if (each.name == QLatin1String("server_name"))
            names << each.arguments;
    }
    if (ports.isEmpty())
        ports << QStringLiteral("80");
    ports.removeDuplicates();
    ports.sort();
    return {QStringLiteral("server ") + ports.join(QLatin1Char(' ')), names.join(QLatin1Char(' '))};
}

class NginxFlattener {
public:
    void takeLevel(const std::vector<NginxDirective> &directives, const QString &prefix, bool arePairs);
    ConfigReading &reading() { return m_reading; }

private:
    /// What each directive of a level is called, before numbers are given to those called the same.
    std::vector<QString> namesOf(const std::vector<NginxDirective> &directives, const QString &prefix, bool arePairs);
    void addOrders(const std::vector<NginxDirective> &directives, const QString &prefix);
    void take(const NginxDirective &directive, const QString &key, bool arePairs);

    void addOrder(const QString &key, const QStringList &names, const NginxDirective &first)
    {
        add(first, key, names.join(QLatin1String(", ")));
    }
    void add(const NginxDirective &directive, const QString &key, const QString &value,
             ConfigType type = ConfigType::Text)
    {
        const size_t before = m_reading.entries().size();
        m_reading.add(key, value, directive.line, type, directive.note);
        if (m_reading.entries().size() > before)
            m_reading.entries().back().file = QString::number(directive.file);
    }

    ConfigReading m_reading;
};

bool isNamed(const NginxDirective &directive, bool arePairs)
{
    return !arePairs && !directive.isBlock && !directive.arguments.isEmpty()
        && namedDirectives().contains(directive.name);
}

bool isAccess(const NginxDirective &directive, bool arePairs)
{
    return !arePairs && !directive.isBlock
        && (directive.name == QLatin1String("allow") || directive.name == QLatin1String("deny"));
}

std::vector<QString> NginxFlattener::namesOf(const std::vector<NginxDirective> &directives, const QString &prefix,
                                             bool arePairs)
{
    QHash<QString, int> serversByPorts;
    for (const NginxDirective &each : directives) {
        if (each.isBlock && each.name == QLatin1String("server"))
            ++serversByPorts[serverName(each).ports];
    }
    std::vector<QString> keys;
    for (const NginxDirective &each : directives) {
        if (each.isBlock && each.name == QLatin1String("server")) {
            const ServerName name = serverName(each);
            const bool isAlone = serversByPorts.value(name.ports) == 1 || name.names.isEmpty();
            keys.push_back(joinKey(prefix, isAlone ? name.ports : name.ports + QLatin1Char(' ') + name.names));
        } else if (each.isBlock && each.code.isEmpty()) {
            keys.push_back(joinKey(prefix, blockName(each)));
        } else if (isNamed(each, arePairs)) {
            keys.push_back(joinKey(joinKey(prefix, each.name), each.arguments.first()));
        } else if (isAccess(each, arePairs)) {
            keys.push_back(joinKey(prefix, QStringLiteral("allow/deny")));
        } else {
            keys.push_back(joinKey(prefix, each.name));
        }
    }
    return keys;
}

void NginxFlattener::addOrders(const std::vector<NginxDirective> &directives, const QString &prefix)
{
    QStringList steps, kinds, locations;
    const NginxDirective *stepStart = nullptr, *locationStart = nullptr;
    for (const NginxDirective &each : directives) {
        const bool isStep = each.name == QLatin1String("rewrite") || each.name == QLatin1String("set")
            || each.name == QLatin1String("if") || each.name == QLatin1String("return")
            || each.name == QLatin1String("break");
        if (isStep) {
            steps << (each.name == QLatin1String("if") ? blockName(each)
                          : isNamed(each, false)       ? each.name + QLatin1Char(' ') + each.arguments.first()
                                                       : each.name);
            stepStart = stepStart ? stepStart : &each;
            if (!kinds.contains(each.name))
                kinds << each.name;
        } else if (each.isBlock && each.name == QLatin1String("location") && each.arguments.size() > 1
                   && each.arguments.first().startsWith(QLatin1Char('~'))) {
            locations << joined(each.arguments);
            locationStart = locationStart ? locationStart : &each;
        }
    }
    if (kinds.size() > 1)
        addOrder(joinKey(prefix, QStringLiteral("(order of rewrite steps)")), steps, *stepStart);
    if (locations.size() > 1)
        addOrder(joinKey(prefix, QStringLiteral("(order of locations)")), locations, *locationStart);
}

void NginxFlattener::take(const NginxDirective &directive, const QString &key, bool arePairs)
{
    if (directive.isBlock && !directive.code.isEmpty()) {
        const QString arguments = joined(directive.arguments);
        add(directive, key, arguments.isEmpty() ? directive.code : arguments + QLatin1Char('\n') + directive.code);
    } else if (directive.isBlock) {
        if (directive.children.empty())
            add(directive, key, {}, ConfigType::EmptyMap);
        else
            takeLevel(directive.children, key, holdsPairs(directive.name));
    } else if (isAccess(directive, arePairs)) {
        add(directive, key, directive.name + QLatin1Char(' ') + joined(directive.arguments));
    } else {
        add(directive, key, joined(isNamed(directive, arePairs) ? directive.arguments.mid(1) : directive.arguments));
    }
}

void NginxFlattener::takeLevel(const std::vector<NginxDirective> &directives, const QString &prefix, bool arePairs)
{
    const std::vector<QString> keys = namesOf(directives, prefix, arePairs);
    QHash<QString, int> counts, numbers;
    for (const QString &key : keys)
        ++counts[key];
    for (size_t at = 0; at < directives.size() && !m_reading.isFull(); ++at) {
        const NginxDirective &each = directives[at];
        const bool isList
            = !arePairs && !each.isBlock && (listDirectives().contains(each.name) || isAccess(each, false));
        const bool isNumbered = isList || counts.value(keys[at]) > 1;
        take(each, isNumbered ? joinIndex(keys[at], numbers[keys[at]]++) : keys[at], arePairs);
    }
    if (!arePairs)
        addOrders(directives, prefix);
}

} // namespace

ParsedConfig flattenedNginx(const std::vector<NginxDirective> &directives)
{
    NginxFlattener flattener;
    flattener.takeLevel(directives, {}, false);
    return flattener.reading().take();
}

} // namespace taffrail::sources
