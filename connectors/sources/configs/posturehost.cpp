// SPDX-License-Identifier: GPL-3.0-or-later
// Updates, files, code, logs, containers, listening sockets of a host.
#include "healthsupport.h"
#include "posturereader.h"

#include <QMap>
#include <QRegularExpression>
#include <QSet>

#include <algorithm>
#include <set>

namespace taffrail::sources {

namespace {

struct UpdateView {
    QMap<QString, QString> states; ///< timer → "enabled" …
    QMap<QString, QString> settings;
    QString package;
    bool hasSystemd = false, hasCron = false;
};

bool isOn(const QString &interval)
{
    return !interval.isEmpty() && interval != QLatin1String("0") && interval != QLatin1String("false");
}

void judgeApt(PostureReader &reader, const UpdateView &view)
{
    const auto setting = [&](const char *name) {
        return view.settings.value(QStringLiteral("APT::Periodic::") + QLatin1String(name));
    };
    const bool isInstalled = view.package == QLatin1String("install ok installed");
    QString lacks;
    if (!isInstalled)
        lacks = QStringLiteral("unattended-upgrades is not installed");
    else if (setting("Enable") == QLatin1String("0"))
        lacks = QStringLiteral("APT::Periodic::Enable is 0");
    else if (!isOn(setting("Update-Package-Lists")))
        lacks = QStringLiteral("APT::Periodic::Update-Package-Lists is off");
    else if (!isOn(setting("Unattended-Upgrade")))
        lacks = QStringLiteral("APT::Periodic::Unattended-Upgrade is off");
    for (const char *timer : {"apt-daily.timer", "apt-daily-upgrade.timer"}) {
        const QString state = view.states.value(QLatin1String(timer));
        if (lacks.isEmpty() && view.hasSystemd && state != QLatin1String("enabled") && state != QLatin1String("static"))
            lacks = QStringLiteral("%1 is %2").arg(QLatin1String(timer), state);
    }
    if (lacks.isEmpty() && !view.hasSystemd && !view.hasCron)
        lacks = QStringLiteral("neither systemd nor cron starts it");
    reader.flag(QStringLiteral("updates.enabled"), lacks.isEmpty(), lacks);
}

void judgeDnf(PostureReader &reader, const UpdateView &view)
{
    QString lacks;
    const auto enabled
        = [&](const char *timer) { return view.states.value(QLatin1String(timer)) == QLatin1String("enabled"); };
    const bool applies = enabled("dnf-automatic-install.timer")
        || ((enabled("dnf-automatic.timer") || enabled("dnf5-automatic.timer"))
            && view.settings.value(QStringLiteral("apply_updates")) == QLatin1String("yes"));
    if (view.package.isEmpty() || view.package.contains(QLatin1String("not installed")))
        lacks = QStringLiteral("dnf-automatic is not installed");
    else if (!applies)
        lacks = QStringLiteral("no timer of dnf-automatic applies updates");
    reader.flag(QStringLiteral("updates.enabled"), lacks.isEmpty(), lacks);
}

/// "N rest of the line" → rest; the word before it is of one letter.
QString restOf(const QByteArray &line)
{
    return QString::fromUtf8(line.mid(2));
}

QString joined(const QStringList &names, int limit)
{
    QStringList sorted = names;
    sorted.removeDuplicates();
    sorted.sort();
    const QString text = sorted.mid(0, limit).join(QStringLiteral(", "));
    return sorted.size() > limit ? QStringLiteral("%1 and %2 more").arg(text).arg(sorted.size() - limit) : text;
}

} // namespace

void readUpdates(PostureReader &reader, const QByteArray &text)
{
    UpdateView view;
    const QList<QByteArray> lines = postureLines(text);
    const QByteArray family = lines.isEmpty() ? QByteArray() : lines.first();
    bool hasJob = false;
    for (const QByteArray &line : lines.mid(1)) {
        const QString all = QString::fromUtf8(line);
        const QString word = all.section(QLatin1Char(' '), 0, 0), rest = all.section(QLatin1Char(' '), 1).trimmed();
        if (word == QLatin1String("package"))
            view.package = rest;
        else if (word.endsWith(QLatin1String(".timer")))
            view.states.insert(word, rest);
        else if (word.startsWith(QLatin1String("APT::")))
            view.settings.insert(word, rest);
        else if (word == QLatin1String("conf"))
            view.settings.insert(rest.section(QLatin1Char('='), 0, 0).trimmed().toLower(),
                                 rest.section(QLatin1Char('='), 1).trimmed().toLower());
        view.hasSystemd = view.hasSystemd || line == "systemd";
        view.hasCron = view.hasCron || line == "cron";
        hasJob = hasJob || word == QLatin1String("job");
    }
    if (family == "apt") {
        reader.text(QStringLiteral("updates.tool"), QStringLiteral("unattended-upgrades"));
        judgeApt(reader, view);
    } else if (family == "dnf") {
        reader.text(QStringLiteral("updates.tool"), QStringLiteral("dnf-automatic"));
        judgeDnf(reader, view);
    } else if (family == "apk") {
        reader.text(QStringLiteral("updates.tool"), QStringLiteral("apk"));
        reader.flag(QStringLiteral("updates.enabled"), hasJob,
                    hasJob ? QString() : QStringLiteral("no periodic job runs apk upgrade"));
    } else {
        reader.trouble(QStringLiteral("updates"), ErrorKind::Unsupported,
                       QStringLiteral("no package tool that is known here"));
    }
}

void readFiles(PostureReader &reader, const QByteArray &text)
{
    for (const QByteArray &line : postureLines(text)) {
        const QList<QByteArray> words = line.split(' ');
        if (words.size() < 5 || words[0] != "F")
            continue;
        const QString path = QString::fromUtf8(words.mid(4).join(' '));
        const QString key = joinKey(QStringLiteral("files"), path);
        bool isOctal = false;
        const int mode = words[1].toInt(&isOctal, 8);
        reader.text(joinKey(key, QStringLiteral("mode")),
                    isOctal ? QStringLiteral("%1").arg(mode, 4, 8, QLatin1Char('0')) : QString());
        reader.text(joinKey(key, QStringLiteral("owner")), QString::fromUtf8(words[2]));
        reader.number(joinKey(key, QStringLiteral("secrets")), integerOf(words[3]).value_or(-1));
    }
}

namespace {

struct CodeView {
    QString app;
    qint64 scanned = 0;
    QStringList secrets, inside, linked, unread;
    QString problem;
};

void finishApp(PostureReader &reader, const CodeView &view)
{
    if (view.app.isEmpty())
        return;
    const QString key = joinKey(QStringLiteral("code"), view.app);
    if (!view.problem.isEmpty()) {
        reader.text(joinKey(key, QStringLiteral("problem")), view.problem);
        return;
    }
    reader.number(joinKey(key, QStringLiteral("scanned")), view.scanned);
    if (!view.unread.isEmpty())
        reader.text(joinKey(key, QStringLiteral("problem")),
                    QStringLiteral("no right to read %1").arg(joined(view.unread, 3)));
    if (!view.secrets.isEmpty() || view.unread.isEmpty())
        reader.number(joinKey(key, QStringLiteral("secret_files")), view.secrets.size(), joined(view.secrets, 5));
    reader.text(joinKey(key, QStringLiteral("config_inside")), joined(view.inside, 5));
    reader.text(joinKey(key, QStringLiteral("config_linked")), joined(view.linked, 5));
}

} // namespace

void readCode(PostureReader &reader, const QByteArray &text)
{
    CodeView view;
    for (const QByteArray &line : postureLines(text)) {
        QString rest = restOf(line);
        if (rest.startsWith(QLatin1String("./")))
            rest = rest.mid(2);
        switch (line.at(0)) {
        case 'A':
            finishApp(reader, view);
            view = CodeView();
            view.app = rest;
            break;
        case 'P': view.problem = rest; break;
        case 'N': view.scanned = integerOf(line.mid(2)).value_or(0); break;
        case 'S': view.secrets << rest; break;
        case 'I': view.inside << rest; break;
        case 'K': view.linked << rest; break;
        case 'U': view.unread << rest; break;
        default: break;
        }
    }
    finishApp(reader, view);
}

void readLogs(PostureReader &reader, const QByteArray &text)
{
    for (const QByteArray &line : postureLines(text)) {
        const QString rest = restOf(line);
        if (line.startsWith("L ")) {
            const QString name = rest.section(QLatin1Char(' '), 2);
            const QString key = joinKey(QStringLiteral("logs"), name);
            reader.number(joinKey(key, QStringLiteral("lines")), rest.section(QLatin1Char(' '), 0, 0).toLongLong());
            reader.number(joinKey(key, QStringLiteral("secrets")), rest.section(QLatin1Char(' '), 1, 1).toLongLong());
        } else if (line.startsWith("X ")) {
            reader.text(joinKey(QStringLiteral("logs_unread"), rest.section(QLatin1Char(' '), 0, 0)),
                        rest.section(QLatin1Char(' '), 1));
        }
    }
}

void readContainers(PostureReader &reader, const QByteArray &text)
{
    for (const QByteArray &line : postureLines(text)) {
        const QString rest = restOf(line);
        if (line.startsWith("X "))
            reader.trouble(QStringLiteral("containers"), ErrorKind::Denied, rest);
        else if (line.startsWith("C ") && rest.contains(QLatin1Char(' ')))
            reader.text(joinKey(joinKey(QStringLiteral("containers"),
                                        rest.section(QLatin1Char(' '), 0, 0).remove(QLatin1Char('/'))),
                                QStringLiteral("image")),
                        rest.section(QLatin1Char(' '), 1));
    }
}

void readListening(PostureReader &reader, const QByteArray &text)
{
    std::set<int> ports;
    for (const QByteArray &line : postureLines(text)) {
        const QList<QByteArray> words = line.simplified().split(' ');
        const bool isListening = words.size() >= 5 && (words[0] == "LISTEN" || words[0].startsWith("tcp"));
        const int port = isListening ? words[3].mid(words[3].lastIndexOf(':') + 1).toInt() : 0;
        if (port > 0)
            ports.insert(port);
    }
    QStringList all;
    for (int port : ports)
        all << QString::number(port);
    reader.text(QStringLiteral("listen.ports"), all.mid(0, 60).join(QLatin1Char(',')));
}

} // namespace taffrail::sources
