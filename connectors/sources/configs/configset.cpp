// SPDX-License-Identifier: GPL-3.0-or-later
#include "configfiles.h"
#include "configsecrets.h"

#include <QRegularExpression>
#include <QSet>

#include <algorithm>

namespace taffrail::sources {

namespace {

void addNote(ConfigEntry &entry, const QString &note)
{
    entry.note += (entry.note.isEmpty() ? QString() : QStringLiteral("; ")) + note;
}

/// Every key once: the last one counts and says where it stood before, and whether it said something else there.
std::vector<ConfigEntry> folded(std::vector<ConfigEntry> entries)
{
    QHash<QString, std::vector<size_t>> places;
    for (size_t i = 0; i < entries.size(); ++i)
        places[entries[i].key].push_back(i);
    std::vector<ConfigEntry> kept;
    for (size_t i = 0; i < entries.size(); ++i) {
        ConfigEntry &entry = entries[i];
        const std::vector<size_t> &same = places[entry.key];
        if (same.back() != i)
            continue;
        if (same.size() > 1) {
            QStringList lines;
            bool differs = false;
            bool isUnknown = false;
            for (size_t other : same) {
                if (other == i)
                    continue;
                if (entries[other].line > 0)
                    lines << QString::number(entries[other].line);
                const bool isHidden = entry.secret || entries[other].secret;
                if (isHidden && (entry.fingerprint.isEmpty() || entries[other].fingerprint.isEmpty()))
                    isUnknown = true;
                differs |= entries[other].value != entry.value || entries[other].fingerprint != entry.fingerprint;
            }
            QString note
                = same.size() == 2 ? QStringLiteral("set twice") : QStringLiteral("set %1 times").arg(same.size());
            if (!lines.isEmpty())
                note += QStringLiteral(" (also in line %1)").arg(lines.join(QStringLiteral(", ")));
            if (!isUnknown)
                note += differs ? QStringLiteral(" with different values") : QStringLiteral(" with the same value");
            addNote(entry, note + QStringLiteral(", the last one counts"));
        }
        kept.push_back(entry);
    }
    return kept;
}

using Settler = void (*)(ConfigEntry &);

/// {"name": "DB_PASSWORD", "value": "x"}: the value is a secret by its sibling. A host masks such pairs itself; this is
/// for what came unmasked.
void settlePairs(std::vector<ConfigEntry> &entries)
{
    static const QRegularExpression nameKey(
        QStringLiteral(
            R"(^(.*\.)?@?(name|key|id|var|variable|env|option|property|parameter|header|parametername|parameterkey)$)"),
        QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression valueKey(
        QStringLiteral(R"(^@?(value|values|val|default|default_?value|content|parametervalue)([.\[].*)?$)"),
        QRegularExpression::CaseInsensitiveOption);
    QHash<QString, QString> names;
    for (const ConfigEntry &entry : entries) {
        const QRegularExpressionMatch match = nameKey.match(entry.key);
        if (match.hasMatch() && namesSecret(entry.value))
            names.insert(match.captured(1), entry.value);
    }
    if (names.isEmpty())
        return;
    for (ConfigEntry &entry : entries) {
        for (qsizetype dot = entry.key.indexOf(QLatin1Char('.')); !entry.secret;
             dot = entry.key.indexOf(QLatin1Char('.'), dot + 1)) {
            const QString prefix = entry.key.left(dot + 1);
            const auto name = names.constFind(prefix);
            if (name != names.cend() && valueKey.match(entry.key.mid(dot + 1)).hasMatch()) {
                ConfigEntry named = entry;
                named.key = joinKey({}, *name);
                settleSecrets(named);
                if (named.secret) {
                    entry.value = named.value;
                    entry.secret = true;
                    entry.fingerprint = named.fingerprint;
                }
                break;
            }
            if (dot < 0)
                break;
        }
    }
}

void addFile(ConfigSet &set, const SourceEntry &entry, ReadFile read, ConfigParser parse, Settler settle)
{
    if (!read.file.error) {
        ParsedConfig parsed = parse(read.bytes, entry);
        for (ConfigEntry &each : parsed.entries) {
            each.host = read.file.host;
            each.file = read.file.path;
            settle(each);
        }
        if (settle == settleSecrets)
            settlePairs(parsed.entries);
        for (ConfigEntry &each : folded(std::move(parsed.entries)))
            set.entries.push_back(std::move(each));
        if (parsed.error) {
            read.file.error = parsed.error;
            if (read.file.error->subject.isEmpty())
                read.file.error->subject = read.file.path;
        }
        read.file.partial = parsed.partial;
        for (const QString &note : parsed.notes)
            set.notes << QStringLiteral("%1: %2").arg(read.file.path, note);
        keepText(set, entry, read);
    }
    set.files.push_back(std::move(read.file));
}

} // namespace

void settleTogether(std::vector<ConfigEntry> &entries)
{
    for (ConfigEntry &each : entries)
        settleSecrets(each);
    settlePairs(entries);
}

void keepText(ConfigSet &set, const SourceEntry &entry, ReadFile &read)
{
    if (!entry.options.contains(QStringLiteral("compare_key")))
        return;
    read.file.text = lockedText(QString::fromUtf8(read.bytes));
    if (read.undigested > 0)
        set.notes << QStringLiteral("%1: %2 of its secrets are not compared: too many or too long for one file")
                         .arg(read.file.path, QString::number(read.undigested));
}

std::vector<const Reply *> repliesByHost(const Replies &replies, const QString &name)
{
    std::vector<const Reply *> parts = repliesNamed(replies, name);
    std::stable_sort(parts.begin(), parts.end(),
                     [](const Reply *a, const Reply *b) { return a->subject < b->subject; });
    return parts;
}

Result<Value> configSetOf(const SourceEntry &entry, const Replies &replies, ConfigParser parse, Settler settle)
{
    ConfigSet set;
    set.source = entry.source;
    const Error *lastError = nullptr;
    bool isAnswered = false;
    for (const Reply *reply : repliesByHost(replies, QStringLiteral("files"))) {
        if (const Error *error = reply->error()) {
            lastError = error;
            ConfigFile file;
            file.host = reply->subject;
            file.error = *error;
            set.files.push_back(file);
            continue;
        }
        isAnswered = true;
        QSet<QString> seen;
        for (ReadFile &read : filesOf(*reply)) {
            if (!read.file.path.isEmpty() && seen.contains(read.file.path) && !read.file.error)
                continue; // two patterns name it
            seen.insert(read.file.path);
            addFile(set, entry, std::move(read), parse, settle ? settle : settleSecrets);
        }
    }
    if (isAnswered)
        return Value(std::move(set));
    if (lastError)
        return failure(*lastError);
    return failure(ErrorKind::BadData, QStringLiteral("parse"), entry.id, QStringLiteral("no host has answered"));
}

} // namespace taffrail::sources
