// SPDX-License-Identifier: GPL-3.0-or-later
#include "configformats.h"
#include "configtext.h"
#include "registry.h"
#include "unitlists.h"

#include <QHash>
#include <QRegularExpression>

/// One unit as systemd has it: with the option "unit" as `systemctl cat` says, else from the files that "path" names.
namespace taffrail::sources {

namespace {

/// The header that `systemctl cat` puts before each file, the first in line 1, the others behind an empty line.
QString headerOf(const QString &line, bool mayBegin)
{
    static const QRegularExpression header(QStringLiteral(
        "^# (/\\S.*/systemd/\\S.*\\.(?:service|socket|timer|target|mount|automount|path|slice|scope|swap|"
        "device|conf))$"));
    if (!mayBegin || !line.startsWith(QLatin1String("# /")))
        return {};
    return header.match(line).captured(1);
}

class UnitFileReader {
public:
    explicit UnitFileReader(const QByteArray &bytes) : m_lines(textLines(bytes)) {}
    ParsedConfig read();

private:
    void takeLine(const TextLine &line);
    void takeLogical(int number, const QString &text);
    void add(const QString &key, const QString &value, int line)
    {
        m_reading.add(joinIndex(key, m_counts[key]++), value, line);
    }

    std::vector<TextLine> m_lines;
    ConfigReading m_reading;
    QHash<QString, int> m_counts;
    QString m_section;
    QString m_begun; ///< a line that goes on
    int m_begunLine = 0;
    bool m_isBlankBefore = true;
    bool m_hasHeaders = false;
};

ParsedConfig UnitFileReader::read()
{
    for (const TextLine &line : m_lines) {
        if (!m_reading.isFull())
            takeLine(line);
    }
    if (m_begunLine > 0)
        takeLogical(m_begunLine, m_begun);
    return m_reading.take();
}

void UnitFileReader::takeLine(const TextLine &line)
{
    if (!line.fault.isEmpty()) {
        m_begunLine = 0;
        m_begun.clear();
        return m_reading.fail(line.number, QStringLiteral("UTF-8 text"), line.fault);
    }
    const QString text = line.text.trimmed();
    const QString file = headerOf(line.text, line.number == 1 || (m_hasHeaders && m_isBlankBefore));
    m_isBlankBefore = text.isEmpty();
    if (!file.isEmpty()) {
        if (m_begunLine > 0)
            takeLogical(m_begunLine, m_begun);
        m_begunLine = 0;
        m_begun.clear();
        m_section.clear();
        m_hasHeaders = true;
        return add(QStringLiteral("File"), file, line.number);
    }
    if (text.startsWith(QLatin1Char('#')) || text.startsWith(QLatin1Char(';')))
        return; // within a line that goes on as well
    if (text.isEmpty() && m_begunLine == 0)
        return;
    if (m_begunLine == 0)
        m_begunLine = line.number;
    qsizetype backslashes = 0;
    while (backslashes < text.size() && text[text.size() - 1 - backslashes] == QLatin1Char('\\'))
        ++backslashes;
    if (backslashes % 2 == 1) {
        m_begun += text.chopped(1) + QLatin1Char(' ');
        return;
    }
    const QString logical = m_begun + text;
    const int number = m_begunLine;
    m_begun.clear();
    m_begunLine = 0;
    takeLogical(number, logical);
}

void UnitFileReader::takeLogical(int number, const QString &logical)
{
    const QString text = logical.trimmed();
    if (text.isEmpty())
        return;
    if (text.startsWith(QLatin1Char('['))) {
        if (!text.endsWith(QLatin1Char(']')) || text.size() < 3) {
            m_section = QString(QChar(0)); // its assignments have no place
            return m_reading.fail(number, QStringLiteral("[Section]"), QStringLiteral("a '[' without ']'"));
        }
        m_section = text.mid(1, text.size() - 2);
        return;
    }
    const qsizetype equals = text.indexOf(QLatin1Char('='));
    const QString name = text.left(std::max<qsizetype>(equals, 0)).trimmed();
    if (m_section == QString(QChar(0)))
        return;
    if (m_section.isEmpty())
        return m_reading.fail(number, QStringLiteral("[Section] before the first assignment"),
                              QStringLiteral("a line outside of any section"));
    if (name.isEmpty())
        return m_reading.fail(number, QStringLiteral("Name=value"),
                              equals < 0 ? QStringLiteral("no '='") : QStringLiteral("a line without a name"));
    const QString key = joinKey(joinKey({}, m_section), name);
    const QString value = text.mid(equals + 1).trimmed();
    if (unitKeyKind(m_section, name) != UnitKeyKind::Environment)
        return add(key, value, number);
    // By variable, so that a secret is known by its name. The list's own key marks the assignment.
    const QStringList words = unitWords(value);
    if (words.isEmpty())
        return add(key, {}, number);
    for (const QString &word : words) {
        const qsizetype at = word.indexOf(QLatin1Char('='));
        if (at <= 0)
            m_reading.fail(number, QStringLiteral("NAME=value in Environment"), QStringLiteral("a word without '='"));
        else
            add(joinKey(key, word.left(at)), word.mid(at + 1), number);
    }
}

/// `systemctl cat` where systemd runs; else the files where systemd looks for them, with the same headers.
QByteArray catCommand(const QString &unit)
{
    return "u=" + shellQuoted(unit) + R"sh(
systemctl cat --no-pager -- "$u" 2>/dev/null && return 0
b=$(printf '\t')
r=/etc/systemd/system:/run/systemd/system:/usr/local/lib/systemd/system:/usr/lib/systemd/system:/lib/systemd/system
tf_dirs() { printf '%s\n' "$r" | tr : '\n'; }
t=$(case $u in *@*.*) printf '%s@.%s' "${u%%@*}" "${u##*.}";; esac)
for n in "$u" $t; do f=$(tf_dirs | while IFS= read -r d; do [ -f "$d/$n" ] && printf '%s' "$d/$n" && break; done)
[ -n "$f" ] && break; done
[ -n "$f" ] || { printf 'no such unit\n' >&2; return 4; }
printf '# %s\n' "$f"; cat "$f"
{ tf_dirs | while IFS= read -r d; do printf '%s\n' "$d/$u.d" ${t:+"$d/$t.d"}; done
tf_dirs | while IFS= read -r d; do printf '%s\n' "$d/${u##*.}.d"; done; } |
while IFS= read -r d; do for f in "$d/"*.conf; do [ -f "$f" ] && printf '%s\t%s\n' "${f##*/}" "$f"; done; done |
sort -s -t "$b" -k1,1 -u | while IFS=$b read -r n f; do printf '\n# %s\n' "$f"; cat "$f"; done)sh";
}

std::vector<Request> systemdRequests(const SourceEntry &entry, const Replies &soFar)
{
    const QString unit = entry.options.value(QStringLiteral("unit")).toString();
    if (!soFar.empty())
        return {};
    if (unit.isEmpty())
        return fileRequests(entry, MaskForm::Lines);
    std::vector<Request> requests;
    for (const QString &host : entry.hosts)
        requests.push_back({QStringLiteral("files"), host,
                            ShellPart{maskedCommandScript(entry, catCommand(unit), unit, MaskForm::Lines),
                                      std::chrono::seconds(30), 4 * 1024 * 1024},
                            Lane::Slow});
    return requests;
}

Result<Value> systemdValue(const SourceEntry &entry, const Replies &replies, const Context &)
{
    Result<Value> value = configSetOf(entry, replies, parseUnitFile);
    if (value) {
        if (auto *set = std::get_if<ConfigSet>(&*value))
            effectiveUnits(*set);
    }
    return value;
}

std::vector<Option> systemdOptions()
{
    std::vector<Option> options = fileOptions(
        {{"unit", "string", false,
          "The unit whose settings, with its drop-ins, are read: \"shop-web.service\". Without it: \"path\" "
          "names the unit's files.",
          R"("pattern":"^[A-Za-z0-9:_.@\\\\-]+\\.[a-z]+$")"}});
    for (Option &each : options) {
        if (QLatin1String(each.name) == QLatin1String("path"))
            each.required = false; // "unit" stands for it
    }
    return options;
}

} // namespace

ParsedConfig parseUnitFile(const QByteArray &bytes, const SourceEntry &)
{
    return UnitFileReader(bytes).read();
}

const Source systemdSource{
    PaneKind::Configs,
    "systemd",
    "systemd unit",
    true,
    false,
    systemdOptions(),
    {"files"},
    systemdRequests,
    systemdValue,
    nullptr,
    "none: units are readable by all; secrets are masked on the host",
};

} // namespace taffrail::sources
