// SPDX-License-Identifier: GPL-3.0-or-later
#include "sshconfig.h"

#include "sshconfigscan.h"
#include "text.h"

#include <QFileInfo>
#include <QHash>
#include <QMutex>
#include <QProcess>
#include <QSet>
#include <QStandardPaths>
#include <QSysInfo>

#include <unistd.h>

#include <algorithm>

namespace taffrail::ssh {

namespace {

constexpr qsizetype maxAnswerBytes = 1024 * 1024;

const QStringList &defaultKeyNames()
{
    static const QStringList names{QStringLiteral("id_rsa"),        QStringLiteral("id_ecdsa"),
                                   QStringLiteral("id_ecdsa_sk"),   QStringLiteral("id_ed25519"),
                                   QStringLiteral("id_ed25519_sk"), QStringLiteral("id_xmss"),
                                   QStringLiteral("id_dsa")};
    return names;
}

auto badConfig(const QString &subject, const QString &text, const QString &hint = {})
{
    return failure(ErrorKind::BadConfig, QStringLiteral("resolve"), subject, text, hint);
}

/// A word that may be given to ssh as a host or user: no option, no blank, no quoting, no shell character.
bool isSafeWord(const QString &word)
{
    return !word.isEmpty() && word.size() <= 255 && !word.startsWith(QLatin1Char('-'))
        && std::ranges::none_of(word, [](QChar c) {
               return c.unicode() <= 0x20 || c.unicode() == 0x7f || (c.unicode() >= 0x80 && !c.isLetterOrNumber())
                   || QStringLiteral("'\"`$\\;&<>|(){}*?!,#").contains(c);
           });
}

/// ~, %-tokens (ssh_config(5), TOKENS) and ${NAME} of a path.
QString expandedPath(const QString &path, const ResolvedHost &host)
{
    QString out;
    for (qsizetype i = 0; i < path.size(); ++i) {
        const QChar c = path[i];
        const QChar next = i + 1 < path.size() ? path[i + 1] : QChar();
        if (i == 0 && c == QLatin1Char('~') && (next == QLatin1Char('/') || next.isNull())) {
            out += accountHome();
        } else if (c == QLatin1Char('$') && next == QLatin1Char('{') && path.indexOf(QLatin1Char('}'), i) > 0) {
            const qsizetype end = path.indexOf(QLatin1Char('}'), i);
            out += qEnvironmentVariable(path.mid(i + 2, end - i - 2).toLocal8Bit().constData());
            i = end;
        } else if (c == QLatin1Char('%') && !next.isNull()) {
            ++i;
            switch (next.unicode()) {
            case '%': out += QLatin1Char('%'); break;
            case 'd': out += accountHome(); break;
            case 'h': out += host.hostName; break;
            case 'i': out += QString::number(::geteuid()); break;
            case 'k': out += host.hostKeyAlias.isEmpty() ? host.alias : host.hostKeyAlias; break;
            case 'L': out += QSysInfo::machineHostName().section(QLatin1Char('.'), 0, 0); break;
            case 'l': out += QSysInfo::machineHostName(); break;
            case 'n': out += host.alias; break;
            case 'p': out += QString::number(host.port); break;
            case 'r': out += host.user; break;
            case 'u': out += accountName(); break;
            default: out.append(c).append(next);
            }
        } else {
            out += c;
        }
    }
    return out;
}

/// ssh -G prints lists of files with blanks between and without quotes: a word that does not start a path belongs to
/// the path before it.
QStringList pathList(const QString &value)
{
    QStringList paths;
    for (const QString &word : value.split(QLatin1Char(' '))) {
        const bool startsPath = !word.isEmpty() && QStringLiteral("/~%$").contains(word.at(0));
        if (paths.isEmpty() || startsPath)
            paths << word;
        else
            paths.last() += QLatin1Char(' ') + word;
    }
    paths.removeAll(QStringLiteral("none"));
    paths.removeAll(QString());
    return paths;
}

void expandAll(QStringList &paths, const ResolvedHost &host)
{
    for (QString &path : paths)
        path = expandedPath(path, host);
}

ResolvedHost plainHost(const QString &alias, const QString &user, int port)
{
    const QString folder = accountHome() + QStringLiteral("/.ssh/");
    ResolvedHost host;
    host.alias = alias;
    host.hostName = alias.toLower();
    host.port = port > 0 ? port : 22;
    host.user = user.isEmpty() ? accountName() : user;
    for (const QString &name : defaultKeyNames())
        host.defaultIdentityFiles << folder + name;
    host.userKnownHostsFiles = {folder + QStringLiteral("known_hosts"), folder + QStringLiteral("known_hosts2")};
    host.globalKnownHostsFiles
        = {QStringLiteral("/etc/ssh/ssh_known_hosts"), QStringLiteral("/etc/ssh/ssh_known_hosts2")};
    host.identityAgent = qEnvironmentVariable("SSH_AUTH_SOCK");
    return host;
}

/// IdentityAgent: none, SSH_AUTH_SOCK, $NAME or a path; absent means $SSH_AUTH_SOCK.
QString agentSocket(const QString &value, const ResolvedHost &host)
{
    if (value == QLatin1String("none"))
        return {};
    if (value.isEmpty() || value == QLatin1String("SSH_AUTH_SOCK"))
        return qEnvironmentVariable("SSH_AUTH_SOCK");
    if (value.startsWith(QLatin1Char('$')) && !value.startsWith(QLatin1String("${")))
        return qEnvironmentVariable(value.mid(1).toLocal8Bit().constData());
    return expandedPath(value, host);
}

void splitIdentityFiles(const QStringList &files, ResolvedHost &host)
{
    // without any IdentityFile, ssh -G prints its own list (4 or more names, by version); a configured list is shorter
    // or has other names
    const auto isDefault = [](const QString &file) {
        return file.startsWith(QLatin1String("~/.ssh/")) && defaultKeyNames().contains(file.mid(7));
    };
    const bool configured = files.size() < 4 || !std::ranges::all_of(files, isDefault);
    host.defaultIdentityFiles = configured ? QStringList() : files;
    host.identityFiles = configured ? files : QStringList();
    host.identityFiles.removeAll(QStringLiteral("none"));
}

Result<ResolvedHost> parseAnswer(const QByteArray &answer, const QString &alias)
{
    ResolvedHost host;
    host.alias = alias;
    QString agent;
    QStringList identityFiles;
    for (const QByteArray &raw : answer.split('\n')) {
        const QString line = QString::fromLocal8Bit(raw);
        const QString key = line.section(QLatin1Char(' '), 0, 0);
        const QString value = line.section(QLatin1Char(' '), 1);
        if (key == QLatin1String("hostname"))
            host.hostName = value;
        else if (key == QLatin1String("port"))
            host.port = value.toInt();
        else if (key == QLatin1String("user"))
            host.user = value;
        else if (key == QLatin1String("identityfile"))
            identityFiles << value;
        else if (key == QLatin1String("certificatefile"))
            host.certificateFiles << value;
        else if (key == QLatin1String("proxyjump") && value != QLatin1String("none"))
            host.proxyJump = value.split(QLatin1Char(','), Qt::SkipEmptyParts);
        else if (key == QLatin1String("userknownhostsfile"))
            host.userKnownHostsFiles = pathList(value);
        else if (key == QLatin1String("globalknownhostsfile"))
            host.globalKnownHostsFiles = pathList(value);
        else if (key == QLatin1String("identityagent"))
            agent = value;
        else if (key == QLatin1String("identitiesonly"))
            host.identitiesOnly = value == QLatin1String("yes");
        else if (key == QLatin1String("hostkeyalias"))
            host.hostKeyAlias = value;
        else if (key == QLatin1String("proxycommand") && value != QLatin1String("none"))
            return badConfig(alias,
                             QStringLiteral("its ssh configuration has a ProxyCommand, which Taffrail does not run"),
                             QStringLiteral("Use ProxyJump in ~/.ssh/config, or \"jump\" in the inventory."));
    }
    if (!isSafeWord(host.hostName) || host.port < 1 || host.port > 65535 || host.user.isEmpty())
        return badConfig(alias, QStringLiteral("ssh -G gave no usable host name, port and user"));
    splitIdentityFiles(identityFiles, host);
    for (QStringList *paths : {&host.identityFiles, &host.defaultIdentityFiles, &host.certificateFiles,
                               &host.userKnownHostsFiles, &host.globalKnownHostsFiles})
        expandAll(*paths, host);
    host.identityAgent = agentSocket(agent, host);
    return host;
}

Result<ResolvedHost> askSsh(const QString &program, const QStringList &arguments, const QString &alias,
                            std::chrono::milliseconds limit)
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("LC_ALL"), QStringLiteral("C"));
    process.setProcessEnvironment(environment);
    process.setStandardInputFile(QProcess::nullDevice());
    process.start(program, arguments);
    if (!process.waitForFinished(int(limit.count()))) {
        const bool absent = process.error() == QProcess::FailedToStart;
        process.kill();
        process.waitForFinished(1'000);
        if (absent)
            return badConfig(alias, QStringLiteral("ssh cannot be started: %1").arg(process.errorString()));
        return failure(ErrorKind::Timeout, QStringLiteral("resolve"), alias,
                       QStringLiteral("ssh -G gave no answer within %1").arg(durationText(limit)),
                       QStringLiteral("Try it by hand: ssh -G %1").arg(alias));
    }
    if (process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0) {
        const QByteArray complaint = process.readAllStandardError().left(4'000);
        return badConfig(alias, QStringLiteral("ssh refuses its configuration: %1").arg(sanitizedLine(complaint)),
                         QStringLiteral("Try it by hand: ssh -G %1").arg(alias));
    }
    return parseAnswer(process.readAllStandardOutput().left(maxAnswerBytes), alias);
}

} // namespace

struct ConfigResolver::Private {
    QString configFile;
    std::chrono::milliseconds limit;
    QMutex mutex;
    QStringList stamps; ///< of the configuration that `answers` come from
    QHash<QString, ResolvedHost> answers;
};

ConfigResolver::ConfigResolver(QString configFile, std::chrono::milliseconds limit) : d(std::make_unique<Private>())
{
    d->configFile = std::move(configFile);
    d->limit = limit;
}

ConfigResolver::~ConfigResolver() = default;

Result<ResolvedHost> ConfigResolver::resolve(const QString &alias, const QString &user, int port)
{
    if (alias.contains(QLatin1Char('@')) || alias.startsWith(QLatin1String("ssh://"))) {
        const Result<SshSpec> parts = parseDestination(alias);
        if (!parts)
            return failure(parts.error());
        return resolve(parts->alias, user.isEmpty() ? parts->user : user, port > 0 ? port : parts->port);
    }
    if (!isSafeWord(alias))
        return badConfig(sanitizedLine(alias.toUtf8(), 80), QStringLiteral("not a host name, address or alias"));
    if (port < 0 || port > 65535 || (!user.isEmpty() && !isSafeWord(user)))
        return badConfig(alias, QStringLiteral("the user or port cannot be used"));
    const Result<ConfigScan> scan = scanConfig(d->configFile);
    if (!scan)
        return failure(scan.error());
    const QString program = QStandardPaths::findExecutable(QStringLiteral("ssh"));
    if (scan->isIrrelevant || program.isEmpty())
        return plainHost(alias, user, port);
    const QString key = QStringList{alias, user, QString::number(port)}.join(QLatin1Char(' '));
    {
        const QMutexLocker lock(&d->mutex);
        if (d->stamps != scan->stamps) {
            d->answers.clear();
            d->stamps = scan->stamps;
        }
        if (const auto known = d->answers.constFind(key); known != d->answers.constEnd())
            return *known;
    }
    QStringList arguments{QStringLiteral("-G")};
    if (!d->configFile.isEmpty())
        arguments << QStringLiteral("-F") << QFileInfo(d->configFile).absoluteFilePath();
    if (!user.isEmpty())
        arguments << QStringLiteral("-l") << user;
    if (port > 0)
        arguments << QStringLiteral("-p") << QString::number(port);
    Result<ResolvedHost> answer = askSsh(program, arguments << QStringLiteral("--") << alias, alias, d->limit);
    if (answer) {
        const QMutexLocker lock(&d->mutex);
        if (d->stamps == scan->stamps)
            d->answers.insert(key, *answer);
    }
    return answer;
}

void ConfigResolver::forget()
{
    const QMutexLocker lock(&d->mutex);
    d->answers.clear();
}

Result<SshSpec> parseDestination(const QString &text)
{
    const auto wrong = [&] {
        return badConfig(sanitizedLine(text.toUtf8(), 80), QStringLiteral("not [user@]host[:port]"),
                         QStringLiteral("An IPv6 address with a port is written [address]:port."));
    };
    SshSpec spec;
    QString rest = text;
    if (rest.startsWith(QLatin1String("ssh://"))) {
        rest = rest.mid(6);
        if (rest.endsWith(QLatin1Char('/')))
            rest.chop(1);
    }
    if (const qsizetype at = rest.lastIndexOf(QLatin1Char('@')); at >= 0) {
        spec.user = rest.left(at);
        rest = rest.mid(at + 1);
        if (!isSafeWord(spec.user))
            return wrong();
    }
    QString portText;
    if (rest.startsWith(QLatin1Char('['))) {
        const qsizetype end = rest.indexOf(QLatin1Char(']'));
        if (end < 0 || (end + 1 < rest.size() && rest[end + 1] != QLatin1Char(':')))
            return wrong();
        spec.alias = rest.mid(1, end - 1);
        if (end + 1 < rest.size())
            portText = rest.mid(end + 2).isEmpty() ? QStringLiteral("x") : rest.mid(end + 2);
    } else if (rest.count(QLatin1Char(':')) == 1) {
        spec.alias = rest.section(QLatin1Char(':'), 0, 0);
        portText = rest.section(QLatin1Char(':'), 1);
        if (portText.isEmpty())
            return wrong();
    } else {
        spec.alias = rest;
    }
    bool isNumber = true;
    spec.port = portText.isEmpty() ? 0 : portText.toInt(&isNumber);
    if (!isSafeWord(spec.alias) || spec.alias.contains(QLatin1Char('/')) || spec.alias.contains(QLatin1Char('@'))
        || !isNumber || (!portText.isEmpty() && (spec.port < 1 || spec.port > 65535)))
        return wrong();
    return spec;
}

} // namespace taffrail::ssh
