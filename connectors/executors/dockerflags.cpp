// SPDX-License-Identifier: GPL-3.0-or-later
#include "dockerflags.h"

#include "dockernetworks.h"
#include "dockersettings.h"

#include <QSet>

namespace taffrail::executors::docker {

namespace {

using nlohmann::json;

class Maker {
public:
    explicit Maker(const Looked &looked) : m_looked(looked) {}

    CreateFlags make()
    {
        hostConfig();
        config();
        mounts();
        addNetworks(m_looked, m_made);
        m_made.lost.removeDuplicates();
        m_made.lost.sort();
        return std::move(m_made);
    }

private:
    void flag(const char *name, const QString &value)
    {
        m_made.flags << QLatin1String(name) + QLatin1Char('=') + value;
    }
    void lose(const QString &name) { m_made.lost << name; }

    void flagEach(const char *name, const json &list)
    {
        for (const QString &word : wordsOf(list))
            flag(name, word);
    }

    void flagPairs(const char *name, const json &object, char between = '=')
    {
        for (auto item = object.begin(); object.is_object() && item != object.end(); ++item) {
            const QString value = textOf(*item);
            flag(name,
                 QString::fromStdString(item.key())
                     + (between == '=' || !value.isEmpty() ? QLatin1Char(between) + value : QString()));
        }
    }

    /// Settings whose flag takes the value as it is. Returns whether `key` was one.
    bool plainSetting(const std::string &key, const json &value)
    {
        static const std::map<std::string, const char *> plain{
            {"VolumeDriver", "--volume-driver"},
            {"CgroupnsMode", "--cgroupns"},
            {"IpcMode", "--ipc"},
            {"OomScoreAdj", "--oom-score-adj"},
            {"PidMode", "--pid"},
            {"Privileged", "--privileged"},
            {"PublishAllPorts", "--publish-all"},
            {"ReadonlyRootfs", "--read-only"},
            {"UTSMode", "--uts"},
            {"UsernsMode", "--userns"},
            {"ShmSize", "--shm-size"},
            {"Runtime", "--runtime"},
            {"CpuShares", "--cpu-shares"},
            {"Memory", "--memory"},
            {"CgroupParent", "--cgroup-parent"},
            {"BlkioWeight", "--blkio-weight"},
            {"CpuPeriod", "--cpu-period"},
            {"CpuQuota", "--cpu-quota"},
            {"CpuRealtimePeriod", "--cpu-rt-period"},
            {"CpuRealtimeRuntime", "--cpu-rt-runtime"},
            {"CpusetCpus", "--cpuset-cpus"},
            {"CpusetMems", "--cpuset-mems"},
            {"MemoryReservation", "--memory-reservation"},
            {"MemorySwap", "--memory-swap"},
            {"MemorySwappiness", "--memory-swappiness"},
            {"OomKillDisable", "--oom-kill-disable"},
            {"PidsLimit", "--pids-limit"},
            {"Init", "--init"},
        };
        const auto found = plain.find(key);
        if (found == plain.end())
            return false;
        if (value.is_array() || value.is_object())
            lose(QStringLiteral("HostConfig.") + QString::fromStdString(key));
        else
            flag(found->second, textOf(value));
        return true;
    }

    bool listSetting(const std::string &key, const json &value)
    {
        static const std::map<std::string, const char *> lists{
            {"VolumesFrom", "--volumes-from"},
            {"CapAdd", "--cap-add"},
            {"CapDrop", "--cap-drop"},
            {"Dns", "--dns"},
            {"DnsOptions", "--dns-option"},
            {"DnsSearch", "--dns-search"},
            {"ExtraHosts", "--add-host"},
            {"GroupAdd", "--group-add"},
            {"DeviceCgroupRules", "--device-cgroup-rule"},
        };
        static const std::map<std::string, const char *> pairs{
            {"Sysctls", "--sysctl"}, {"StorageOpt", "--storage-opt"}, {"Annotations", "--annotation"}};
        if (const auto found = lists.find(key); found != lists.end())
            flagEach(found->second, value);
        else if (const auto pair = pairs.find(key); pair != pairs.end())
            flagPairs(pair->second, value);
        else if (key == "Tmpfs")
            flagPairs("--tmpfs", value, ':');
        else
            return false;
        return true;
    }

    bool deviceSetting(const std::string &key, const json &value)
    {
        static const std::map<std::string, const char *> rates{{"BlkioDeviceReadBps", "--device-read-bps"},
                                                               {"BlkioDeviceWriteBps", "--device-write-bps"},
                                                               {"BlkioDeviceReadIOps", "--device-read-iops"},
                                                               {"BlkioDeviceWriteIOps", "--device-write-iops"},
                                                               {"BlkioWeightDevice", "--blkio-weight-device"}};
        if (const auto found = rates.find(key); found != rates.end()) {
            for (const json &each : value)
                flag(found->second,
                     textOf(at(each, "Path")) + QLatin1Char(':')
                         + textOf(at(each, key == "BlkioWeightDevice" ? "Weight" : "Rate")));
            return true;
        }
        if (key == "Devices") {
            for (const json &each : value)
                flag("--device",
                     textOf(at(each, "PathOnHost")) + QLatin1Char(':') + textOf(at(each, "PathInContainer"))
                         + QLatin1Char(':') + textOf(at(each, "CgroupPermissions")));
            return true;
        }
        if (key == "Ulimits") {
            for (const json &each : value)
                flag("--ulimit",
                     textOf(at(each, "Name")) + QLatin1Char('=') + textOf(at(each, "Soft")) + QLatin1Char(':')
                         + textOf(at(each, "Hard")));
            return true;
        }
        return false;
    }

    bool otherSetting(const std::string &key, const json &value)
    {
        if (key == "LogConfig") {
            flag("--log-driver", textOf(at(value, "Type")));
            flagPairs("--log-opt", at(value, "Config"));
        } else if (key == "RestartPolicy") {
            m_made.restart = textOf(at(value, "Name"));
            const json &most = at(value, "MaximumRetryCount");
            if (m_made.restart == QLatin1String("on-failure") && !isUnset(most))
                m_made.restart += QLatin1Char(':') + textOf(most);
        } else if (key == "PortBindings") {
            ports(value);
        } else if (key == "NanoCpus") {
            flag("--cpus", QString::number(value.is_number() ? value.get<double>() / 1e9 : 0, 'f', 9));
        } else if (key == "SecurityOpt") {
            securityOptions(value);
        } else if (key == "MaskedPaths" || key == "ReadonlyPaths") {
            // What the engine masks by itself; a container that masks less was told "systempaths=unconfined".
            if (!wordsOf(value).contains(QLatin1String(key == "MaskedPaths" ? "/proc/kcore" : "/proc/sysrq-trigger")))
                lose(QStringLiteral("HostConfig.") + QString::fromStdString(key));
        } else if (key != "NetworkMode" && key != "Binds" && key != "Mounts" && key != "ConsoleSize"
                   && key != "Links") { // those are handled with networks and mounts, or are no setting
            return false;
        }
        return true;
    }

    void hostConfig()
    {
        const json &host = m_looked.hostConfig;
        m_made.restart = QStringLiteral("no");
        const bool isPrivileged = at(host, "Privileged") == json(true);
        for (auto item = host.begin(); item != host.end(); ++item) {
            const bool isMask = item.key() == "MaskedPaths" || item.key() == "ReadonlyPaths";
            if (isMask && item->is_array() && item->empty() && !isPrivileged) {
                flagOnce(QStringLiteral("--security-opt=systempaths=unconfined"));
                continue;
            }
            // "No" and "none" were said there; null is what follows the engine.
            const bool saysNo = (item.key() == "Init" && item->is_boolean())
                || (item.key() == "MemorySwappiness" && *item == json(0));
            const bool isNone = item.key() == "MemorySwappiness" && *item == json(-1);
            if ((isUnset(*item) && !saysNo) || isNone)
                continue;
            if (!plainSetting(item.key(), *item) && !listSetting(item.key(), *item) && !deviceSetting(item.key(), *item)
                && !otherSetting(item.key(), *item))
                lose(QStringLiteral("HostConfig.") + QString::fromStdString(item.key()));
        }
        if (m_made.restart.isEmpty())
            m_made.restart = QStringLiteral("no");
        flag("--restart", m_made.restart);
    }

    void flagOnce(const QString &word)
    {
        if (!m_made.flags.contains(word))
            m_made.flags << word;
    }

    void ports(const json &bindings)
    {
        for (auto item = bindings.begin(); bindings.is_object() && item != bindings.end(); ++item) {
            const QString inside = QString::fromStdString(item.key());
            for (const json &each : item->is_array() ? *item : json::array()) {
                QString address = textOf(at(each, "HostIp"));
                const QString port = textOf(at(each, "HostPort"));
                if (address.contains(QLatin1Char(':')))
                    address = QLatin1Char('[') + address + QLatin1Char(']');
                if (port.isEmpty() || port == QLatin1String("0"))
                    m_made.warnings
                        << QStringLiteral("the engine chooses the host's port for %1: it will be another").arg(inside);
                flag("--publish",
                     (address.isEmpty() ? QString() : address + QLatin1Char(':'))
                         + (port.isEmpty() && address.isEmpty() ? QString() : port + QLatin1Char(':')) + inside);
            }
        }
    }

    // The command line has replaced the name of a seccomp file by its content, and would take the content for a name.
    void securityOptions(const json &options)
    {
        for (const QString &option : wordsOf(options)) {
            const bool isFile = option.startsWith(QLatin1String("seccomp"))
                && (option.contains(QLatin1Char('{')) || option.contains(QLatin1Char('\n')));
            if (isFile)
                lose(QStringLiteral("HostConfig.SecurityOpt (a seccomp profile)"));
            else
                flag("--security-opt", option);
        }
    }

    void config()
    {
        const json &config = m_looked.config, &image = m_looked.imageConfig;
        const auto fromImage = [&](const char *key) {
            return at(config, key) == at(image, key) || (isUnset(at(config, key)) && isUnset(at(image, key)));
        };
        const auto text = [&](const char *key, const char *name) {
            if (!fromImage(key))
                flag(name, textOf(at(config, key)));
        };
        text("User", "--user");
        text("WorkingDir", "--workdir");
        text("Domainname", "--domainname");
        text("StopSignal", "--stop-signal");
        text("MacAddress", "--mac-address");
        if (!at(config, "StopTimeout").is_null() && at(config, "StopTimeout") != at(image, "StopTimeout"))
            flag("--stop-timeout", textOf(at(config, "StopTimeout")));
        if (at(config, "Tty") == json(true))
            m_made.flags << QStringLiteral("--tty");
        if (at(config, "OpenStdin") == json(true))
            m_made.flags << QStringLiteral("--interactive");
        hostName();
        labels();
        exposed();
        command();
        health();
        static const QSet<QString> known{
            QStringLiteral("Hostname"),     QStringLiteral("Domainname"),   QStringLiteral("User"),
            QStringLiteral("AttachStdin"),  QStringLiteral("AttachStdout"), QStringLiteral("AttachStderr"),
            QStringLiteral("ExposedPorts"), QStringLiteral("Tty"),          QStringLiteral("OpenStdin"),
            QStringLiteral("StdinOnce"),    QStringLiteral("Cmd"),          QStringLiteral("Healthcheck"),
            QStringLiteral("ArgsEscaped"),  QStringLiteral("Image"),        QStringLiteral("Volumes"),
            QStringLiteral("WorkingDir"),   QStringLiteral("Entrypoint"),   QStringLiteral("MacAddress"),
            QStringLiteral("OnBuild"),      QStringLiteral("Labels"),       QStringLiteral("StopSignal"),
            QStringLiteral("StopTimeout")};
        for (auto item = config.begin(); item != config.end(); ++item) {
            const QString key = QString::fromStdString(item.key());
            if (!known.contains(key) && !isUnset(*item) && !fromImage(item.key().c_str()))
                lose(QStringLiteral("Config.") + key);
        }
    }

    // The engine names a container after itself, or after the machine whose network it uses; neither is a setting.
    void hostName()
    {
        const QString name = textOf(at(m_looked.config, "Hostname"));
        const QString network = textOf(at(m_looked.hostConfig, "NetworkMode"));
        const bool ofHost = network == QLatin1String("host") || !isUnset(at(m_looked.hostConfig, "UTSMode"));
        if (!name.isEmpty() && name != m_looked.id.left(12) && !network.startsWith(QLatin1String("container:"))
            && !(ofHost && name == m_looked.hostName))
            flag("--hostname", name);
    }

    void labels()
    {
        const json &labels = at(m_looked.config, "Labels"), &ofImage = at(m_looked.imageConfig, "Labels");
        for (auto item = labels.begin(); labels.is_object() && item != labels.end(); ++item) {
            const QString key = QString::fromStdString(item.key());
            if (key.startsWith(QLatin1String("taffrail.")) || at(ofImage, item.key().c_str()) == *item)
                continue;
            flag("--label", key + QLatin1Char('=') + textOf(*item));
            if (key == QLatin1String("com.docker.swarm.service.id"))
                lose(QStringLiteral("its place in a swarm service, which makes its containers itself"));
            if (key == QLatin1String("com.docker.compose.project"))
                m_made.warnings << QStringLiteral(
                    "docker compose made this container: its next \"up\" brings back what its file says");
        }
    }

    void exposed()
    {
        const json &ports = at(m_looked.config, "ExposedPorts"), &ofImage = at(m_looked.imageConfig, "ExposedPorts");
        const json &published = at(m_looked.hostConfig, "PortBindings");
        for (auto item = ports.begin(); ports.is_object() && item != ports.end(); ++item) {
            if (!(ofImage.is_object() && ofImage.contains(item.key()))
                && !(published.is_object() && published.contains(item.key())))
                flag("--expose", QString::fromStdString(item.key()));
        }
    }

    // --entrypoint takes one word; what an entry point of several words has more is the beginning of the arguments,
    // which is the same to the program.
    void command()
    {
        const QStringList entry = wordsOf(at(m_looked.config, "Entrypoint"));
        const QStringList words = wordsOf(at(m_looked.config, "Cmd"));
        const QStringList entryOfImage = wordsOf(at(m_looked.imageConfig, "Entrypoint"));
        const QStringList wordsOfImage = wordsOf(at(m_looked.imageConfig, "Cmd"));
        if (entry == entryOfImage && words == wordsOfImage)
            return;
        if (entry == entryOfImage && !words.isEmpty()) {
            m_made.arguments = words;
            return;
        }
        flag("--entrypoint", entry.value(0));
        m_made.arguments = entry.mid(1) + words;
    }

    void health()
    {
        const json &check = at(m_looked.config, "Healthcheck"), &ofImage = at(m_looked.imageConfig, "Healthcheck");
        if (check == ofImage || isUnset(check))
            return;
        const QStringList test = wordsOf(at(check, "Test"));
        if (test.value(0) == QLatin1String("NONE")) {
            m_made.flags << QStringLiteral("--no-healthcheck");
            return;
        }
        if (at(check, "Test") != at(ofImage, "Test")) {
            if (test.size() != 2 || test.first() != QLatin1String("CMD-SHELL"))
                lose(QStringLiteral("Config.Healthcheck (a command without a shell)"));
            flag("--health-cmd", test.value(1));
        }
        static const std::map<std::string, const char *> times{{"Interval", "--health-interval"},
                                                               {"Timeout", "--health-timeout"},
                                                               {"StartPeriod", "--health-start-period"},
                                                               {"StartInterval", "--health-start-interval"},
                                                               {"Retries", "--health-retries"}};
        for (auto item = check.begin(); item != check.end(); ++item) {
            const auto found = times.find(item.key());
            if (item.key() == "Test" || isUnset(*item) || at(ofImage, item.key().c_str()) == *item)
                continue;
            if (found == times.end())
                lose(QStringLiteral("Config.Healthcheck.") + QString::fromStdString(item.key()));
            else
                flag(found->second, textOf(*item) + (item.key() == "Retries" ? QString() : QStringLiteral("ns")));
        }
    }

    void mounts() { addMounts(m_looked, m_made); }

    const Looked &m_looked;
    CreateFlags m_made;
};

} // namespace

CreateFlags createFlags(const Looked &looked)
{
    return Maker(looked).make();
}

} // namespace taffrail::executors::docker
