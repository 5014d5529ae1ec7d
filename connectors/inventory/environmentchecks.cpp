// SPDX-License-Identifier: GPL-3.0-or-later
#include "environmentbuilder.h"

#include "schemacheck.h"
#include "text.h"

#include <QRegularExpression>

#include <algorithm>
#include <array>

/// The checks of EnvironmentBuilder that concern what the values mean.
namespace taffrail::inventory {

namespace {

struct ConninfoWord {
    QString key, value;
};

/// libpq's key=value words (PostgreSQL documentation, "Connection Strings"); nothing when the text is none.
std::optional<std::vector<ConninfoWord>> parseConninfo(const QString &text)
{
    std::vector<ConninfoWord> words;
    qsizetype at = 0;
    const auto skipBlanks = [&] {
        while (at < text.size() && text[at].isSpace())
            ++at;
    };
    for (skipBlanks(); at < text.size(); skipBlanks()) {
        ConninfoWord word;
        while (at < text.size() && text[at] != QLatin1Char('=') && !text[at].isSpace())
            word.key += text[at++];
        skipBlanks();
        if (word.key.isEmpty() || at >= text.size() || text[at] != QLatin1Char('='))
            return {};
        ++at;
        skipBlanks();
        const bool isQuoted = at < text.size() && text[at] == QLatin1Char('\'');
        if (isQuoted)
            ++at;
        while (at < text.size() && (isQuoted ? text[at] != QLatin1Char('\'') : !text[at].isSpace())) {
            if (text[at] == QLatin1Char('\\') && at + 1 < text.size())
                ++at;
            word.value += text[at++];
        }
        if (isQuoted && at >= text.size())
            return {};
        if (isQuoted)
            ++at;
        words.push_back(std::move(word));
    }
    return words;
}

QString knownIds(const char *what, const QStringList &known)
{
    QStringList quoted;
    for (const QString &id : known.mid(0, 20))
        quoted << QLatin1Char('"') + sanitizedLine(id.toUtf8(), 63) + QLatin1Char('"');
    if (known.isEmpty())
        return QStringLiteral("the id of a %1 of this environment (it has none)").arg(QLatin1String(what));
    return QStringLiteral("the id of a %1 of this environment: %2")
        .arg(QLatin1String(what), quoted.join(QStringLiteral(", ")));
}

QString didYouMean(const QString &word, const QStringList &known)
{
    const QString nearest = nearestWord(word, known);
    return nearest.isEmpty() ? QString() : QStringLiteral("Did you mean \"%1\"?").arg(nearest);
}

} // namespace

void EnvironmentBuilder::checkReference(const JsonNode &node, const QString &path, const char *what,
                                        const QStringList &known)
{
    if (!known.contains(node.text))
        add(node, path, knownIds(what, known), describe(node), didYouMean(node.text, known));
}

void EnvironmentBuilder::checkDsn(const JsonNode &node, const QString &path)
{
    const QString expected = QStringLiteral("libpq's key=value words without a password");
    const QString hint = QStringLiteral(
        "Give the password as a reference: \"password\": \"env:NAME\" (or file:, command:, keychain:, prompt).");
    if (node.text.startsWith(QLatin1String("postgres://")) || node.text.startsWith(QLatin1String("postgresql://")))
        return add(node, path, expected, QStringLiteral("an address (postgresql://…)"),
                   QStringLiteral("Write it as \"host=… dbname=… user=…\"."));
    const auto words = parseConninfo(node.text);
    if (!words)
        return add(node, path, expected, QStringLiteral("a text of another form"),
                   QStringLiteral("Values with blanks go in single quotes: application_name='my console'."));
    for (const ConninfoWord &word : *words) {
        const QString key = word.key.toLower();
        if (key == QLatin1String("password") || key == QLatin1String("sslpassword"))
            return add(node, path, expected, QStringLiteral("an inline %1").arg(key), hint);
        // dbname may itself be a whole connection string
        if (key == QLatin1String("dbname")
            && (word.value.contains(QLatin1String("password"), Qt::CaseInsensitive)
                || word.value.contains(QLatin1String("://"))))
            return add(node, path, expected, QStringLiteral("a connection string as dbname"), hint);
    }
}

/// Options that name a host: "via", and "host" inside of an object such as "files".
void EnvironmentBuilder::checkOptions(const JsonNode &node, const QString &path, const EnvironmentSpec &spec)
{
    QStringList hosts;
    for (const HostSpec &host : spec.hosts)
        hosts << host.id;
    for (const JsonMember &member : node.members) {
        const QString memberAt = memberPath(path, member.key);
        if (member.key == QLatin1String("via") && member.value.isString())
            checkReference(member.value, memberAt, "host", hosts);
        if (member.key != QLatin1String("files"))
            continue;
        if (const JsonNode *host = member.value.member(QStringLiteral("host")); host && host->isString())
            checkReference(*host, memberPath(memberAt, QStringLiteral("host")), "host", hosts);
    }
}

void EnvironmentBuilder::checkRollback(const JsonNode *rollback, const QString &path, const EnvironmentSpec &spec)
{
    if (!rollback)
        return;
    struct Reference {
        const char *key;
        PaneKind pane;
        const char *what;
    };
    constexpr std::array<Reference, 3> references{{{"health_gate", PaneKind::Health, "health entry"},
                                                   {"migrations", PaneKind::Migrations, "migrations entry"},
                                                   {"backups", PaneKind::Backups, "backups entry"}}};
    for (const Reference &reference : references) {
        QStringList known;
        for (const SourceEntry &entry : spec.entries) {
            if (entry.pane == reference.pane)
                known << entry.id;
        }
        const JsonNode *value = rollback->member(QString::fromLatin1(reference.key));
        const QString valuePath = memberPath(path, QString::fromLatin1(reference.key));
        if (value && value->isString())
            checkReference(*value, valuePath, reference.what, known);
        for (size_t i = 0; value && i < value->items.size(); ++i) {
            if (value->items[i].isString())
                checkReference(value->items[i], itemPath(valuePath, i), reference.what, known);
        }
    }
}

/// A password inside of an address, anywhere in an environment.
void EnvironmentBuilder::refuseInlineSecrets(const JsonNode &node, const QString &path)
{
    static const QRegularExpression userInfo(QStringLiteral("[A-Za-z][A-Za-z0-9+.-]*://[^/@\\s:]*:[^/@\\s]+@"));
    if (node.isString() && !path.endsWith(QLatin1String(".dsn")) && userInfo.match(node.text).hasMatch())
        add(node, path, QStringLiteral("an address without a password"), QStringLiteral("an inline password"),
            QStringLiteral("Secrets never stand in the inventory; sign in by a reference (env:NAME, file:PATH …) where "
                           "the source offers one."));
    for (const JsonMember &member : node.members)
        refuseInlineSecrets(member.value, memberPath(path, member.key));
    for (size_t i = 0; i < node.items.size(); ++i)
        refuseInlineSecrets(node.items[i], itemPath(path, i));
}

} // namespace taffrail::inventory
