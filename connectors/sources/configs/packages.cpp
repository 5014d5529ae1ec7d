// SPDX-License-Identifier: GPL-3.0-or-later
#include "hostlists.h"

#include "registry.h"

#include "text.h"

#include <QMap>
#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources {

namespace {

// A machine can have tools of several managers; only the one that has packages here matters.
constexpr char script[] = R"sh(t=$(printf '\t')
n=0
if command -v dpkg-query >/dev/null 2>&1; then n=1
dpkg-query -W -f "DPKG$t\${Package}$t\${Architecture}$t\${Version}$t\${db:Status-Want}$t\${db:Status-Status}$t\${db:Status-Eflag}\n" 2>/dev/null || echo "FAILED${t}dpkg-query"
fi
if command -v rpm >/dev/null 2>&1; then n=1
rpm -qa --qf "RPM$t%{NAME}$t%{ARCH}$t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n" 2>/dev/null || echo "FAILED${t}rpm"
fi
if command -v apk >/dev/null 2>&1; then n=1
apk info -v 2>/dev/null | sed "s/^/APK$t/" || echo "FAILED${t}apk"
fi
[ "$n" = 1 ] || echo NOTOOL
echo DONE
)sh";

struct Package {
    QStringList versions;
    QString note;
    int line = 0;
};

class PackageReader {
public:
    ParsedConfig read(const QByteArray &bytes)
    {
        const QByteArrayList lines = linesWithoutReturn(bytes);
        for (const QByteArray &line : lines)
            readLine(line.contains('\t') ? line.split('\t') : QByteArrayList{line});
        finish(bytes, lines);
        return std::move(m_parsed);
    }

private:
    void readLine(const QByteArrayList &words)
    {
        ++m_number;
        const QByteArray kind = words.value(0);
        if (kind == "DPKG" && words.size() >= 7)
            addDebian(exactText(words.at(1)), exactText(words.at(2)), exactText(words.at(3)), words.at(4), words.at(5),
                      words.at(6));
        else if (kind == "RPM" && words.size() >= 4)
            add(exactText(words.at(1))
                    + (words.at(2) == "(none)" ? QString() : QLatin1Char(':') + exactText(words.at(2))),
                exactText(words.at(3)), {});
        else if (kind == "APK" && words.size() >= 2)
            addJoined(words.at(1), m_apk);
        else if (kind == "FAILED")
            addError(m_parsed, 0, QStringLiteral("%1 failed").arg(exactText(words.value(1))));
        else if (kind == "NOTOOL")
            m_hasNoTool = true;
        else if (kind == "DONE")
            m_isDone = true;
        else
            readCaptured(words);
    }

    /// What `dpkg-query -W`, `dpkg -l`, `rpm -qa` and `apk info -v` print by themselves.
    void readCaptured(const QByteArrayList &words)
    {
        static const QRegularExpression list(
            QStringLiteral("\\A([a-z])([a-zA-Z])([R ])?\\s+(\\S+)\\s+(\\S+)\\s+(\\S+)"));
        const QByteArray first = words.value(0);
        if (first.trimmed().isEmpty())
            return;
        m_isCaptured = true;
        if (words.size() == 2) {
            const QString name = exactText(first), version = exactText(words.at(1));
            if (!version.isEmpty()) // removed, but its settings are kept
                add(name, version, {});
            return;
        }
        if (first.startsWith("Desired=") || first.startsWith("| ") || first.startsWith("|/ ") || first.startsWith("||/")
            || first.startsWith("+++-"))
            return;
        const QRegularExpressionMatch match = list.match(exactText(first));
        if (match.hasMatch()) {
            const QByteArray status = match.captured(2) == QLatin1String("i") ? "installed" : "not installed";
            const QString name = match.captured(4);
            addDebian(name.section(QLatin1Char(':'), 0, 0), match.captured(6), match.captured(5),
                      match.captured(1) == QLatin1String("h") ? "hold" : "install", status, {});
        } else if (!addJoined(first, m_apk) && !addJoined(first, m_rpm)) {
            addError(m_parsed, m_number, QStringLiteral("a package and its version are expected"));
        }
    }

    void addDebian(const QString &name, const QString &architecture, const QString &version, const QByteArray &want,
                   const QByteArray &status, const QByteArray &flag)
    {
        static const QByteArrayList gone{"not-installed", "config-files", "not installed"};
        if (name.isEmpty() || version.isEmpty() || gone.contains(status))
            return;
        QStringList notes;
        if (want == "hold")
            notes << QStringLiteral("held");
        if (status != "installed") {
            notes << exactText(status);
            m_broken << name;
        }
        if (!flag.isEmpty() && flag != "ok") {
            notes << exactText(flag);
            m_broken << name;
        }
        if (status == "installed" || status.startsWith("triggers"))
            add(name + QLatin1Char(':') + architecture, version, notes.join(QStringLiteral(", ")));
        else // half of it is there: never equal to a whole one
            add(name + QLatin1Char(':') + architecture, QStringLiteral("%1 (%2)").arg(version, exactText(status)),
                notes.join(QStringLiteral(", ")));
    }

    bool addJoined(const QByteArray &text, const QRegularExpression &shape)
    {
        const QRegularExpressionMatch match = shape.match(exactText(text.trimmed()));
        if (!match.hasMatch())
            return false;
        const QString architecture = match.captured(3);
        add(match.captured(1) + (architecture.isEmpty() ? QString() : QLatin1Char(':') + architecture),
            match.captured(2), {});
        return true;
    }

    void add(const QString &name, const QString &version, const QString &note)
    {
        Package &package = m_packages[name];
        if (!package.versions.contains(version))
            package.versions << version;
        package.note = note;
        package.line = m_isCaptured ? m_number : 0;
    }

    void finish(const QByteArray &bytes, const QByteArrayList &lines)
    {
        if (m_hasNoTool && m_packages.isEmpty())
            addError(m_parsed, 0, QStringLiteral("no dpkg, rpm or apk is here"));
        else if (!m_isDone && !m_isCaptured)
            addError(m_parsed, 0,
                     lines.isEmpty() ? QStringLiteral("the answer is empty") : QStringLiteral("the answer is cut"));
        else if (m_isCaptured && !bytes.endsWith('\n')) {
            m_parsed.partial = true;
            addNote(m_parsed, QStringLiteral("the last line has no end: more may be missing"));
        } else if (m_isDone && m_packages.isEmpty())
            addError(m_parsed, 0, QStringLiteral("no packages are installed, by what dpkg, rpm and apk say"));
        for (auto it = m_packages.begin(); it != m_packages.end(); ++it) {
            std::sort(it->versions.begin(), it->versions.end());
            addEntry(m_parsed, joinKey({}, it.key()), it->versions.join(QStringLiteral(", ")), it->line,
                     ConfigType::Text, it->note);
        }
        m_broken.removeDuplicates();
        if (!m_broken.isEmpty())
            addNote(m_parsed,
                    QStringLiteral("not fully installed: %1").arg(m_broken.mid(0, 20).join(QStringLiteral(", "))));
    }

    const QRegularExpression m_apk{QStringLiteral("\\A(\\S+?)-([0-9][^-\\s]*-r[0-9]+)\\z")};
    const QRegularExpression m_rpm{QStringLiteral(
        "\\A(\\S+)-([^-\\s]+-[^-\\s]+?)(?:\\.(noarch|x86_64|i[3-6]86|aarch64|armv7hl|ppc64le|s390x|src))?\\z")};
    ParsedConfig m_parsed;
    QMap<QString, Package> m_packages;
    QStringList m_broken;
    int m_number = 0;
    bool m_hasNoTool = false, m_isDone = false, m_isCaptured = false;
};

std::vector<Request> packagesRequests(const SourceEntry &entry, const Replies &soFar)
{
    std::vector<Request> requests;
    for (const QString &host : soFar.empty() ? entry.hosts : QStringList())
        requests.push_back({QStringLiteral("packages"), host,
                            ShellPart{script, std::chrono::seconds(30), 8 * 1024 * 1024}, Lane::Slow});
    return requests;
}

Result<Value> parsePackagesReplies(const SourceEntry &entry, const Replies &replies, const Context &)
{
    return configSetOfShell(entry, replies, parsePackages, settleShapes);
}

} // namespace

ParsedConfig parsePackages(const QByteArray &bytes, const SourceEntry &)
{
    return PackageReader().read(bytes);
}

const Source packagesSource{
    PaneKind::Configs,
    "packages",
    "Installed packages",
    true,
    false,
    {},
    {"packages"},
    packagesRequests,
    parsePackagesReplies,
    nullptr,
    "none: the package database is readable by all",
};

} // namespace taffrail::sources
