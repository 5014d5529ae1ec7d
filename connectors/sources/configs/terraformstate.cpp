// SPDX-License-Identifier: GPL-3.0-or-later
#include "terraformstate.h"

#include "linedjson.h"
#include "masktokens.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources {

namespace {

/// Names and numbers of a place in the attributes: {"input", "0", "password"}.
using Place = QStringList;

/// Attributes of no fixed type are kept as {"value": …, "type": …}; the state's own paths leave that out.
const LinedJson *withoutTypeWrapper(const LinedJson &tree)
{
    const LinedJson *value = tree.find(u"value"), *type = tree.find(u"type");
    if (!tree.isObject() || tree.members.size() != 2 || !value || !type)
        return nullptr;
    const QString word = type->isArray() && !type->items.empty() ? type->items.front().text : type->text;
    static const QStringList simple{QStringLiteral("string"), QStringLiteral("number"), QStringLiteral("bool"),
                                    QStringLiteral("dynamic")};
    static const QStringList composed{QStringLiteral("object"), QStringLiteral("map"), QStringLiteral("list"),
                                      QStringLiteral("set"), QStringLiteral("tuple")};
    return (type->isArray() ? composed : simple).contains(word) ? value : nullptr;
}

/// One step of a path: {"type": "get_attr", "value": "password"}, {"type": "index", "value": {"value": 0, …}}.
std::optional<QString> stepOf(const LinedJson &step)
{
    if (step.kind == LinedJson::Kind::String)
        return step.text;
    const LinedJson *value = step.find(u"value");
    if (value && value->isObject())
        value = value->find(u"value");
    if (!value || (value->kind != LinedJson::Kind::String && value->kind != LinedJson::Kind::Number))
        return std::nullopt;
    return value->text;
}

const LinedJson *childOf(const LinedJson &tree, const QString &step)
{
    if (tree.isObject())
        return tree.find(step);
    bool isNumber = false;
    const int index = step.toInt(&isNumber);
    return tree.isArray() && isNumber && index >= 0 && size_t(index) < tree.items.size() ? &tree.items[size_t(index)]
                                                                                         : nullptr;
}

/// The place as far as it is found. Members of sets have no name to be found by.
Place foundPlace(const LinedJson &attributes, const LinedJson &path)
{
    Place place;
    const LinedJson *at = &attributes;
    for (const LinedJson &step : path.isArray() ? path.items : std::vector<LinedJson>{path}) {
        const std::optional<QString> name = stepOf(step);
        const LinedJson *next = name ? childOf(*at, *name) : nullptr;
        if (!next && name) {
            const LinedJson *inner = withoutTypeWrapper(*at);
            next = inner ? childOf(*inner, *name) : nullptr;
        }
        if (!next)
            break;
        place << *name;
        at = next;
    }
    return place;
}

bool isBelow(const Place &place, const Place &listed)
{
    return place.size() >= listed.size() && std::equal(listed.begin(), listed.end(), place.begin());
}

class StateReader {
public:
    StateReader(const SourceEntry &entry, ParsedConfig &parsed) : m_entry(entry), m_parsed(parsed) {}

    void read(const LinedJson &root)
    {
        if (!root.scalar(u"terraform_version").isEmpty())
            addEntry(m_parsed, QStringLiteral("terraform_version"), root.scalar(u"terraform_version"), root.line);
        if (const LinedJson *outputs = root.find(u"outputs"))
            readOutputs(*outputs);
        const LinedJson *resources = root.find(u"resources");
        for (const LinedJson &resource : resources ? resources->items : std::vector<LinedJson>())
            readResource(resource);
        const LinedJson *checks = root.find(u"check_results");
        for (const LinedJson &check : checks ? checks->items : std::vector<LinedJson>()) {
            const QString address = check.string(u"config_addr"), status = check.string(u"status");
            if (!address.isEmpty() && !status.isEmpty())
                addEntry(m_parsed, joinKey(QStringLiteral("checks"), address), status, check.line);
        }
        if (m_data > 0)
            addNote(m_parsed, QStringLiteral("%1 data sources are left out").arg(m_data));
        if (m_sensitive > 0)
            addNote(m_parsed,
                    QStringLiteral("%1 values are masked because the state marks them as sensitive").arg(m_sensitive));
    }

private:
    void readOutputs(const LinedJson &outputs)
    {
        for (const LinedJson::Member &output : outputs.members) {
            const LinedJson *value = output.value.find(u"value");
            if (!value) {
                addError(m_parsed, output.value.line, QStringLiteral("the output has no value"));
                continue;
            }
            const LinedJson *mark = output.value.find(u"sensitive");
            // What is marked by anything but a plain "no" is held to be a secret.
            const bool isSensitive
                = mark && !(mark->kind == LinedJson::Kind::Boolean && mark->text == QLatin1String("false"));
            m_listed = isSensitive ? std::vector<Place>{Place()} : std::vector<Place>();
            flatten(*value, joinKey(QStringLiteral("outputs"), output.name), {}, {});
        }
    }

    void readResource(const LinedJson &resource)
    {
        const QString type = resource.string(u"type"), name = resource.string(u"name");
        if (type.isEmpty() || name.isEmpty()) {
            addError(m_parsed, resource.line, QStringLiteral("a resource with \"type\" and \"name\" is expected"));
            return;
        }
        if (resource.string(u"mode") == QLatin1String("data")) {
            ++m_data;
            return;
        }
        // A module's address is written as its key would be, but for the keys of for_each.
        QString address = resource.string(u"module");
        address = joinKey(address, type) + QLatin1Char('.') + joinKey({}, name);
        if (!resource.string(u"provider").isEmpty())
            addEntry(m_parsed, joinKey(address, QStringLiteral("provider")), resource.string(u"provider"),
                     resource.line);
        const LinedJson *instances = resource.find(u"instances");
        for (const LinedJson &instance : instances ? instances->items : std::vector<LinedJson>())
            readInstance(instance, address);
    }

    void readInstance(const LinedJson &instance, const QString &address)
    {
        QString key = address;
        if (const LinedJson *index = instance.find(u"index_key")) {
            key = index->kind == LinedJson::Kind::Number ? address + QLatin1Char('[') + index->text + QLatin1Char(']')
                : index->kind == LinedJson::Kind::String ? joinKey(address, index->text)
                                                         : address;
        }
        if (const QString deposed = instance.string(u"deposed"); !deposed.isEmpty())
            key = joinKey(joinKey(key, QStringLiteral("deposed")), deposed);
        if (!instance.string(u"status").isEmpty())
            addEntry(m_parsed, joinKey(key, QStringLiteral("status")), instance.string(u"status"), instance.line);
        const LinedJson *attributes = instance.find(u"attributes");
        const LinedJson *flat = instance.find(u"attributes_flat");
        attributes = attributes && attributes->isObject() ? attributes : flat;
        if (!attributes || !attributes->isObject()) {
            addError(m_parsed, instance.line, QStringLiteral("an instance with \"attributes\" is expected"));
            return;
        }
        m_listed.clear();
        for (const char16_t *list : {u"sensitive_attributes", u"identity_sensitive_attributes"}) {
            const LinedJson *paths = instance.find(list);
            for (const LinedJson &path : paths ? paths->items : std::vector<LinedJson>())
                m_listed.push_back(foundPlace(*attributes, path));
        }
        if (attributes->members.empty())
            addEntry(m_parsed, key, QStringLiteral("{}"), attributes->line, ConfigType::EmptyMap);
        else
            flatten(*attributes, key, {}, {});
    }

    bool isListed(const Place &place, const Place &unwrapped) const
    {
        return std::any_of(m_listed.begin(), m_listed.end(),
                           [&](const Place &listed) { return isBelow(place, listed) || isBelow(unwrapped, listed); });
    }

    void flatten(const LinedJson &tree, const QString &key, const Place &place, const Place &unwrapped)
    {
        if (qsizetype(m_parsed.entries.size()) >= mostConfigEntries) {
            addEntry(m_parsed, key, {}); // leaves the note
            return;
        }
        if (const LinedJson *inner = withoutTypeWrapper(tree)) {
            flatten(*inner, key, place + Place{QStringLiteral("value")}, unwrapped);
            return;
        }
        for (const LinedJson::Member &member : tree.members)
            flatten(member.value, joinKey(key, member.name), place + Place{member.name},
                    unwrapped + Place{member.name});
        for (size_t i = 0; i < tree.items.size(); ++i)
            flatten(tree.items[i], joinIndex(key, int(i)), place + Place{QString::number(i)},
                    unwrapped + Place{QString::number(i)});
        if (tree.members.empty() && tree.items.empty())
            addLeaf(tree, key, isListed(place, unwrapped));
    }

    void addLeaf(const LinedJson &tree, const QString &key, bool isSensitive)
    {
        QString value = tree.text;
        ConfigType type = ConfigType::Text;
        switch (tree.kind) {
        case LinedJson::Kind::Null: type = ConfigType::Null, value = QStringLiteral("null"); break;
        case LinedJson::Kind::Boolean: type = ConfigType::Boolean; break;
        case LinedJson::Kind::Number:
            type = value.contains(QLatin1Char('.')) || value.contains(QLatin1Char('e'), Qt::CaseInsensitive)
                ? ConfigType::Number
                : ConfigType::Integer;
            break;
        case LinedJson::Kind::Array: type = ConfigType::EmptyList, value = QStringLiteral("[]"); break;
        case LinedJson::Kind::Object: type = ConfigType::EmptyMap, value = QStringLiteral("{}"); break;
        case LinedJson::Kind::String: break;
        }
        const bool hasValue = type != ConfigType::Null && type != ConfigType::EmptyList && type != ConfigType::EmptyMap;
        if (isSensitive && hasValue && !value.isEmpty()) {
            ++m_sensitive;
            type = ConfigType::Text;
            // The host has masked what it could see; the rest is masked here.
            static const QRegularExpression token(QStringLiteral("\\ATFMASK_(?:[0-9a-f]{64}|short|none)_\\z"));
            if (!token.match(value).hasMatch())
                value = maskTokenOf(value, m_entry);
        }
        addEntry(m_parsed, key, value, tree.line, type);
    }

    const SourceEntry &m_entry;
    ParsedConfig &m_parsed;
    std::vector<Place> m_listed; ///< sensitive places of the present value
    int m_data = 0, m_sensitive = 0;
};

/// Why this JSON is no state that can be read; nothing when it is one.
QString obstacleOf(const LinedJson &root)
{
    const QString version = root.scalar(u"version");
    if (root.find(u"encrypted_data") || root.find(u"encryption_version"))
        return QStringLiteral("this state is encrypted, and its key is not here");
    if (root.find(u"format_version") || root.find(u"planned_values"))
        return QStringLiteral("this is what \"terraform show -json\" prints; name the state file itself");
    if (const LinedJson *backend = root.find(u"backend"); backend && backend->isObject())
        return QStringLiteral("this file only names the backend \"%1\"; the state is kept there, not on this host")
            .arg(backend->string(u"type").left(40));
    if (version.isEmpty())
        return QStringLiteral("this is no Terraform state: \"version\" is expected");
    if (version != QLatin1String("4"))
        return QStringLiteral(
                   "this is a state of version %1, and only 4 is read; a newer Terraform writes it at its next apply")
            .arg(version.left(20));
    return {};
}

} // namespace

ParsedConfig parseTerraformState(const QByteArray &bytes, const SourceEntry &entry)
{
    ParsedConfig parsed;
    const int conflict = conflictLine(bytes);
    if (conflict > 0) {
        addError(parsed, conflict, QStringLiteral("a merge left its conflict marks here"));
        return parsed;
    }
    const ReadJson json = readJson(bytes);
    parsed.notes << json.repeated;
    const QString obstacle = json.errorLine > 0 && !json.root.find(u"version") ? QString() : obstacleOf(json.root);
    if (!obstacle.isEmpty()) {
        addError(parsed, 0, obstacle);
        return parsed;
    }
    if (json.errorLine > 0) {
        // Which values are sensitive stands behind them: of a cut state nothing is shown.
        addError(parsed, json.errorLine, json.error);
        return parsed;
    }
    StateReader(entry, parsed).read(json.root);
    return parsed;
}

} // namespace taffrail::sources
