// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockernetworks.h"

#include "dockersettings.h"

namespace taffrail::executors::docker {

namespace {

using nlohmann::json;

QString textAt(const json &object, const char *key)
{
    return textOf(at(object, key));
}

/// Words for one network, with the spelling of `docker create` or of `docker network connect`.
QStringList endpointWords(const Looked &looked, const json &endpoint, bool isFirst)
{
    QStringList words;
    const json &aliases = at(endpoint, "Aliases");
    for (const json &alias : aliases.is_array() ? aliases : json::array()) {
        // The engine adds the container's own id by itself.
        const QString name = alias.is_string() ? QString::fromStdString(alias.get<std::string>()) : QString();
        if (!name.isEmpty() && name != looked.id.left(12))
            words << (isFirst ? QStringLiteral("--network-alias=") : QStringLiteral("--alias=")) + name;
    }
    const json &addresses = at(endpoint, "IPAMConfig");
    if (const QString four = textAt(addresses, "IPv4Address"); !four.isEmpty())
        words << QStringLiteral("--ip=") + four;
    if (const QString six = textAt(addresses, "IPv6Address"); !six.isEmpty())
        words << QStringLiteral("--ip6=") + six;
    const json &local = at(addresses, "LinkLocalIPs");
    for (const json &each : local.is_array() ? local : json::array())
        words << QStringLiteral("--link-local-ip=")
                + QString::fromStdString(each.is_string() ? each.get<std::string>() : "");
    return words;
}

/// Volumes and folders that -v made: HostConfig.Binds has their words.
QStringList bindTargets(const json &binds)
{
    QStringList targets;
    for (const json &bind : binds.is_array() ? binds : json::array()) {
        if (bind.is_string())
            targets << QString::fromStdString(bind.get<std::string>()).section(QLatin1Char(':'), 1, 1);
    }
    return targets;
}

/// A field of a comma-separated record.
QString field(const char *name, const QString &value)
{
    const QString text = QLatin1String(name) + QLatin1Char('=') + value;
    if (!text.contains(QLatin1Char(',')) && !text.contains(QLatin1Char('"')))
        return text;
    return QLatin1Char('"') + QString(text).replace(QLatin1Char('"'), QStringLiteral("\"\"")) + QLatin1Char('"');
}

/// Names of keys of `object` that are set and not in `known`.
void loseOthers(const json &object, const QStringList &known, const QString &prefix, CreateFlags &made)
{
    for (auto item = object.begin(); object.is_object() && item != object.end(); ++item) {
        const QString key = QString::fromStdString(item.key());
        if (!known.contains(key) && !isUnset(*item))
            made.lost << prefix + key;
    }
}

QString mountWord(const json &mount, CreateFlags &made)
{
    QStringList fields{field("type", textAt(mount, "Type"))};
    if (const QString source = textAt(mount, "Source"); !source.isEmpty())
        fields << field("source", source);
    fields << field("target", textAt(mount, "Target"));
    if (at(mount, "ReadOnly") == json(true))
        fields << QStringLiteral("readonly");
    if (const QString word = textAt(mount, "Consistency"); !word.isEmpty() && word != QLatin1String("default"))
        fields << field("consistency", word);
    const json &bind = at(mount, "BindOptions"), &volume = at(mount, "VolumeOptions"),
               &temporary = at(mount, "TmpfsOptions");
    if (const QString word = textAt(bind, "Propagation"); !word.isEmpty())
        fields << field("bind-propagation", word);
    if (at(volume, "NoCopy") == json(true))
        fields << QStringLiteral("volume-nocopy");
    if (const json &size = at(temporary, "SizeBytes"); !isUnset(size))
        fields << field("tmpfs-size", QString::fromStdString(size.dump()));
    if (const json &mode = at(temporary, "Mode"); !isUnset(mode) && mode.is_number_unsigned())
        fields << field("tmpfs-mode", QString::number(mode.get<uint>(), 8));
    loseOthers(bind, {QStringLiteral("Propagation")}, QStringLiteral("HostConfig.Mounts.BindOptions."), made);
    // A volume that is there already keeps its labels and driver.
    loseOthers(volume, {QStringLiteral("NoCopy"), QStringLiteral("Labels"), QStringLiteral("DriverConfig")},
               QStringLiteral("HostConfig.Mounts.VolumeOptions."), made);
    loseOthers(temporary, {QStringLiteral("SizeBytes"), QStringLiteral("Mode")},
               QStringLiteral("HostConfig.Mounts.TmpfsOptions."), made);
    loseOthers(mount,
               {QStringLiteral("Type"), QStringLiteral("Source"), QStringLiteral("Target"), QStringLiteral("ReadOnly"),
                QStringLiteral("Consistency"), QStringLiteral("BindOptions"), QStringLiteral("VolumeOptions"),
                QStringLiteral("TmpfsOptions")},
               QStringLiteral("HostConfig.Mounts."), made);
    return QStringLiteral("--mount=") + fields.join(QLatin1Char(','));
}

} // namespace

void addNetworks(const Looked &looked, CreateFlags &made)
{
    const QString mode = textAt(looked.hostConfig, "NetworkMode");
    made.flags << QStringLiteral("--network=") + (mode.isEmpty() ? QStringLiteral("default") : mode);
    const json &links = at(looked.hostConfig, "Links");
    for (const json &link : links.is_array() ? links : json::array()) {
        // "/db:/shop/database": the other container, then its name in this one
        const QString text = link.is_string() ? QString::fromStdString(link.get<std::string>()) : QString();
        made.flags << QStringLiteral("--link=") + text.section(QLatin1Char(':'), 0, 0).mid(1) + QLatin1Char(':')
                + text.section(QLatin1Char('/'), -1);
    }
    const json &networks = looked.networks;
    for (auto item = networks.begin(); networks.is_object() && item != networks.end(); ++item) {
        const QString name = QString::fromStdString(item.key());
        const bool isFirst = name == mode || textAt(*item, "NetworkID") == mode
            || (name == QLatin1String("bridge") && (mode == QLatin1String("default") || mode.isEmpty()));
        const QStringList words = endpointWords(looked, *item, isFirst);
        if (isFirst)
            made.flags += words;
        else
            made.connects.push_back(words + QStringList{name});
        for (const char *key : {"DriverOpts", "Links", "GwPriority"}) {
            if (!isUnset(at(*item, key)))
                made.lost << QStringLiteral("NetworkSettings.Networks.%1.%2").arg(name, QLatin1String(key));
        }
    }
}

void addMounts(const Looked &looked, CreateFlags &made)
{
    const json &binds = at(looked.hostConfig, "Binds"), &mounts = at(looked.hostConfig, "Mounts");
    QStringList targets = bindTargets(binds);
    for (const json &bind : binds.is_array() ? binds : json::array())
        made.flags << QStringLiteral("--volume=")
                + QString::fromStdString(bind.is_string() ? bind.get<std::string>() : "");
    for (const json &mount : mounts.is_array() ? mounts : json::array()) {
        // A volume without a name got one from the engine: it is carried below, by that name.
        if (textAt(mount, "Type") == QLatin1String("volume") && textAt(mount, "Source").isEmpty())
            continue;
        made.flags << mountWord(mount, made);
        targets << textAt(mount, "Target");
    }
    // Also those that --volumes-from brings: the same volume at the same place is no contradiction.
    for (const json &mount : looked.mounts.is_array() ? looked.mounts : json::array()) {
        const QString target = textAt(mount, "Destination");
        if (textAt(mount, "Type") != QLatin1String("volume") || targets.contains(target))
            continue;
        const bool isReadOnly = at(mount, "RW") == json(false);
        made.flags << QStringLiteral("--mount=type=volume,") + field("source", textAt(mount, "Name")) + QLatin1Char(',')
                + field("target", target) + (isReadOnly ? QStringLiteral(",readonly") : QString());
    }
}

} // namespace taffrail::executors::docker
