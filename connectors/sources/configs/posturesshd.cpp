// SPDX-License-Identifier: GPL-3.0-or-later
// What sshd is told: `sshd -T` where we may, else its files by its own rule, the first value wins.
#include "posturereader.h"

#include <QMap>

#include <algorithm>

namespace taffrail::sources {

namespace {

const QStringList names{
    QStringLiteral("passwordauthentication"), QStringLiteral("kbdinteractiveauthentication"),
    QStringLiteral("permitrootlogin"),        QStringLiteral("permitemptypasswords"),
    QStringLiteral("pubkeyauthentication"),   QStringLiteral("usepam"),
    QStringLiteral("authenticationmethods"),
};

/// sshd_config(5): what counts where nothing is said.
const QMap<QString, QString> defaults{
    {names[0], QStringLiteral("yes")},
    {names[1], QStringLiteral("yes")},
    {names[2], QStringLiteral("prohibit-password")},
    {names[3], QStringLiteral("no")},
    {names[4], QStringLiteral("yes")},
    {names[5], QStringLiteral("no")},
};

struct Setting {
    QString name, value;
};

/// "Name value", "Name=value", "name \"value\"", with a comment behind it.
Setting settingOf(const QByteArray &line)
{
    const QString text = QString::fromUtf8(line).trimmed();
    const qsizetype end
        = std::min(text.indexOf(QLatin1Char(' ')) < 0 ? text.size() : text.indexOf(QLatin1Char(' ')),
                   std::min(text.indexOf(QLatin1Char('\t')) < 0 ? text.size() : text.indexOf(QLatin1Char('\t')),
                            text.indexOf(QLatin1Char('=')) < 0 ? text.size() : text.indexOf(QLatin1Char('='))));
    Setting setting;
    setting.name = text.left(end).toLower();
    QString value = text.mid(end).trimmed();
    if (value.startsWith(QLatin1Char('=')))
        value = value.mid(1).trimmed();
    if (value.startsWith(QLatin1Char('"')))
        value = value.mid(1).section(QLatin1Char('"'), 0, 0);
    else if (const qsizetype comment = value.indexOf(QLatin1String(" #")); comment >= 0)
        value = value.left(comment).trimmed();
    setting.value = value;
    if (setting.name == QLatin1String("challengeresponseauthentication")) // its name before OpenSSH 8.7
        setting.name = names[1];
    if (names.contains(setting.name) && setting.name != names[6])
        setting.value = setting.value.toLower();
    if (setting.name == names[2] && setting.value == QLatin1String("without-password"))
        setting.value = QStringLiteral("prohibit-password");
    return setting;
}

struct SshdView {
    QMap<QString, QString> effective; ///< of sshd -T
    QMap<QString, QString> first; ///< of the command line, then of the files, outside of Match
    QMap<QString, QString> places;
    QList<QPair<QString, Setting>> matched; ///< Match line → what it sets
    QStringList unread;
    QString config = QStringLiteral("/etc/ssh/sshd_config");
    bool isAbsent = false;
    bool hasFile = false;
};

class SshdLines {
public:
    explicit SshdLines(SshdView &view) : m_view(view) {}

    void take(const QByteArray &line)
    {
        const QByteArray rest = line.mid(2);
        switch (line.isEmpty() ? 0 : line.at(0)) {
        case 'T': keep(m_view.effective, settingOf(rest)); break;
        case 'O': keep(m_view.first, settingOf(rest)); break;
        case 'C': m_view.config = QString::fromUtf8(rest); break;
        case 'X': m_view.unread << QString::fromUtf8(rest); break;
        case 'F': begin(rest); break;
        case 'E': end(); break;
        case 'L': setting(rest); break;
        default: m_view.isAbsent = m_view.isAbsent || line == "none";
        }
    }

private:
    struct Open {
        QString file, match;
    };

    static bool keep(QMap<QString, QString> &map, const Setting &setting)
    {
        if (!names.contains(setting.name) || map.contains(setting.name))
            return false;
        map.insert(setting.name, setting.value);
        return true;
    }

    void begin(const QByteArray &file)
    {
        m_view.hasFile = true;
        // A file that is included within a Match block counts for that match; what it begins itself ends with it.
        m_open.append({QString::fromUtf8(file), m_open.isEmpty() ? QString() : m_open.last().match});
    }

    void end()
    {
        if (!m_open.isEmpty())
            m_open.removeLast();
    }

    void setting(const QByteArray &numbered)
    {
        const qsizetype colon = numbered.indexOf(':');
        const Setting found = settingOf(numbered.mid(colon + 1));
        if (m_open.isEmpty())
            return;
        if (found.name == QLatin1String("match")) {
            m_open.last().match
                = found.value.compare(QLatin1String("all"), Qt::CaseInsensitive) == 0 ? QString() : found.value;
            return;
        }
        if (!m_open.last().match.isEmpty())
            m_view.matched.append({m_open.last().match, found});
        else if (keep(m_view.first, found))
            m_view.places.insert(
                found.name,
                QStringLiteral("%1 line %2").arg(m_open.last().file, QString::fromLatin1(numbered.left(colon))));
    }

    SshdView &m_view;
    QList<Open> m_open;
};

} // namespace

void readSshd(PostureReader &reader, const QByteArray &text)
{
    SshdView view;
    SshdLines lines(view);
    for (const QByteArray &line : postureLines(text))
        lines.take(line);
    const auto key = [](const QString &name) { return QStringLiteral("sshd.") + name; };
    if (view.isAbsent) {
        reader.flag(key(QStringLiteral("present")), false);
        return;
    }
    const bool isEffective = !view.effective.isEmpty();
    if (!isEffective && (!view.hasFile || !view.unread.isEmpty())) {
        reader.trouble(QStringLiteral("sshd"), ErrorKind::Denied,
                       view.unread.isEmpty()
                           ? QStringLiteral("no configuration of sshd was found")
                           : QStringLiteral("no right to read %1").arg(view.unread.join(QStringLiteral(", "))));
        return;
    }
    reader.flag(key(QStringLiteral("present")), true);
    reader.text(key(QStringLiteral("source")), isEffective ? QStringLiteral("sshd -T") : view.config);
    for (const QString &name : names) {
        // The command line wins over -T, which was not told of it.
        const QString written = view.first.value(name);
        const bool onCommandLine = !written.isEmpty() && !view.places.contains(name);
        QString value = isEffective && !onCommandLine ? view.effective.value(name) : written;
        value = value.isEmpty() ? defaults.value(name) : value;
        if (!value.isEmpty())
            reader.text(key(name), value, view.places.value(name, QStringLiteral("default")));
    }
    int number = 0;
    for (const auto &[match, setting] : view.matched) {
        const bool opens = setting.value == QLatin1String("yes")
            && (setting.name == names[0] || setting.name == names[1] || setting.name == names[3]);
        if (opens)
            reader.text(QStringLiteral("sshd_match.m%1").arg(++number),
                        QStringLiteral("%1 yes for Match %2").arg(setting.name, match));
    }
}

} // namespace taffrail::sources
