// SPDX-License-Identifier: GPL-3.0-or-later
// What Nomad prints, as facts: versions, deployments and the job itself in JSON, of the command line or of the
// interface.
#include "nomadhistory.h"

#include "jsonfields.h"
#include "kubernetesprobe.h"
#include "text.h"

#include <QRegularExpression>

#include <algorithm>

namespace taffrail::sources::nomad {

namespace {

using fields::Json;

constexpr size_t mostVersions = 2000;

constexpr char body[] = R"sh(tf_probe() {
command -v "$P" >/dev/null 2>&1 || { echo NOTOOL; return; }
tf_part job M job inspect "$J"
if [ "$tf_code" = 0 ]; then tf_part versions M job history -json "$J"; tf_part deployments M job deployments -json "$J"; fi
printf '\nDONE\n'
}
tf_probe
)sh";

/// Only what a person wrote; the rest changes by itself.
QString contentOf(Json job)
{
    for (const char *key : {"Version", "Stable", "Status", "StatusDescription", "SubmitTime", "CreateIndex",
                            "ModifyIndex", "JobModifyIndex", "NomadTokenID", "ConsulToken", "VaultToken", "VersionTag",
                            "Stop", "DispatchIdempotencyToken", "ConsulNamespace", "VaultNamespace"})
        job.erase(key);
    return fields::digest(job);
}

void readImages(const Json &job, Version &version)
{
    const Json &groups = fields::at(job, {"TaskGroups"});
    if (!groups.is_array())
        return;
    for (const Json &group : groups) {
        const Json &tasks = fields::at(group, {"Tasks"});
        if (!tasks.is_array())
            continue;
        for (const Json &task : tasks) {
            const QString image = fields::textOf(fields::at(task, {"Config", "image"}), 300);
            if (!image.isEmpty() && !version.images.contains(image) && version.images.size() < 20)
                version.images << image;
        }
    }
}

std::optional<Version> versionOf(const Json &job)
{
    Version version;
    version.number = fields::number(job, "Version").value_or(-1);
    if (version.number < 0 || !job.is_object())
        return std::nullopt;
    version.modifyIndex = fields::number(job, "JobModifyIndex").value_or(-1);
    version.isStable = fields::isTrue(job, "Stable");
    version.isStopped = fields::isTrue(job, "Stop");
    version.at = fields::nanoTime(job, "SubmitTime");
    version.type = fields::text(job, "Type", 40);
    version.tag = fields::text(fields::at(job, {"VersionTag"}), "Name");
    const Json &meta = fields::at(job, {"Meta"});
    for (const char *key : {"deployed_by", "deployer", "user", "actor"}) {
        if (version.actor.isEmpty())
            version.actor = fields::text(meta, key);
    }
    readImages(job, version);
    version.content = contentOf(job);
    return version;
}

class Reader {
public:
    explicit Reader(const Settings &settings) : m_settings(settings) {}

    void take(const Json &value, int depth = 0)
    {
        if (depth > 3)
            return;
        if (value.is_array()) {
            for (const Json &item : value)
                take(item, depth + 1);
            return;
        }
        if (const Json &several = fields::at(value, {"Versions"}); several.is_array()) {
            m_isKnown = true;
            take(several, depth + 1);
        } else if (const Json &job = fields::at(value, {"Job"}); job.is_object()) {
            takeJob(job, true);
        } else if (value.contains("JobVersion") && value.contains("Status")) {
            takeRollout(value);
        } else if (value.contains("TaskGroups") && value.contains("Version")) {
            takeJob(value, depth == 0);
        }
    }

    bool isKnown() const { return m_isKnown; }
    const QStringList &jobs() const { return m_jobs; }
    Facts &facts() { return m_facts; }

private:
    bool isWanted(const QString &job)
    {
        if (!job.isEmpty() && !m_jobs.contains(job) && (m_settings.job.isEmpty() || job == m_settings.job))
            m_jobs << job;
        return m_settings.job.isEmpty() || job.isEmpty() || job == m_settings.job;
    }

    /// `isCurrent`: this is the job as it is now, not one of its versions.
    void takeJob(const Json &job, bool isCurrent)
    {
        m_isKnown = true;
        const auto version = versionOf(job);
        if (!isWanted(fields::text(job, "ID")) || !version || m_facts.versions.size() >= mostVersions)
            return;
        if (isCurrent) {
            m_facts.current = version->number;
            m_facts.isStopped = version->isStopped;
        }
        const auto same = std::ranges::find(m_facts.versions, version->number, &Version::number);
        if (same == m_facts.versions.end())
            m_facts.versions.push_back(*version);
        else if (!isCurrent)
            *same = *version;
    }

    void takeRollout(const Json &value)
    {
        m_isKnown = true;
        m_facts.hasRollouts = true;
        Rollout rollout;
        rollout.version = fields::number(value, "JobVersion").value_or(-1);
        rollout.status = fields::text(value, "Status", 40).toLower();
        rollout.words = redacted(fields::text(value, "StatusDescription", 300));
        rollout.startedAt = fields::nanoTime(value, "CreateTime");
        rollout.endedAt = fields::nanoTime(value, "ModifyTime");
        rollout.index = fields::number(value, "CreateIndex").value_or(-1);
        if (isWanted(fields::text(value, "JobID")) && rollout.version >= 0 && m_facts.rollouts.size() < mostVersions)
            m_facts.rollouts.push_back(rollout);
    }

    const Settings &m_settings;
    Facts m_facts;
    QStringList m_jobs;
    bool m_isKnown = false;
};

} // namespace

Result<Settings> settingsOf(const SourceEntry &entry, bool isAsked)
{
    const auto option = [&](const char *name) { return entry.options.value(QLatin1String(name)).toString(); };
    const auto wrong = [&](const QString &text) {
        return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id, text);
    };
    Settings settings{option("job"),
                      option("namespace"),
                      option("region"),
                      option("address"),
                      option("program"),
                      -1,
                      entry.options.value(QStringLiteral("sudo")).toBool()};
    if (isAsked && settings.job.isEmpty())
        return wrong(QStringLiteral("\"job\" is missing"));
    if (settings.job.startsWith(QLatin1Char('-')) || settings.job.contains(QChar::Null))
        return wrong(QStringLiteral("\"job\" is no name of a job"));
    if (settings.program.isEmpty())
        settings.program = QStringLiteral("nomad");
    if (!isPlainWord(settings.program))
        return wrong(QStringLiteral("\"program\" is not one plain word"));
    const QVariant keeps = entry.options.value(QStringLiteral("tracked_versions"));
    if (keeps.isValid())
        settings.keeps = std::clamp(keeps.toInt(), 1, 100'000);
    return settings;
}

QByteArray nomadCommand(const Settings &settings)
{
    QByteArray text;
    const auto set = [&](const char *name, const QString &value) {
        if (!value.isEmpty())
            text += QByteArray(name) + '=' + shellQuoted(value) + "\nexport " + name + '\n';
    };
    set("NOMAD_ADDR", settings.address);
    set("NOMAD_NAMESPACE", settings.space);
    set("NOMAD_REGION", settings.region);
    return text + "NOMAD_CLI_NO_COLOR=1\nexport NOMAD_CLI_NO_COLOR\nM() { "
        + (settings.sudo ? "sudo -n -E -- " : "command ") + shellQuoted(settings.program) + " \"$@\"; }\n";
}

QByteArray probeScript(const Settings &settings)
{
    return partFunction() + nomadCommand(settings) + "P=" + shellQuoted(settings.program)
        + "\nJ=" + shellQuoted(settings.job) + '\n' + body;
}

Result<Facts> readFacts(const QString &host, const Settings &settings, const ShellReply &reply)
{
    const auto wrong
        = [&](ErrorKind kind, const QString &text) { return failure(kind, QStringLiteral("ask nomad"), host, text); };
    if (reply.out.startsWith("NOTOOL") || reply.out.contains("\nNOTOOL\n"))
        return wrong(ErrorKind::NotFound, QStringLiteral("there is no program %1").arg(settings.program));
    const std::vector<ToolPart> parts = toolParts(reply);
    const bool isCaptured = parts.front().name.isEmpty();
    Reader reader(settings);
    for (const ToolPart &part : parts) {
        const bool isMain = isCaptured || part.name == "job";
        if (part.exitCode != 0 && isMain)
            return failure(toolError(QStringLiteral("nomad"), host, part));
        const fields::Documents read = part.exitCode == 0 ? fields::documents(part.out) : fields::Documents();
        // No deployment yet: some versions print a sentence, some "null".
        const QByteArray plain = part.out.trimmed();
        const bool isNone = plain == "null" || plain == "[]" || plain.startsWith("No deployments found");
        if (part.exitCode != 0) {
            reader.facts().notes << sentence(toolError(QStringLiteral("nomad"), host, part));
        } else if (!read.trouble.isEmpty() && !isNone) {
            return wrong(ErrorKind::BadData, read.trouble);
        } else {
            reader.facts().hasRollouts |= part.name == "deployments";
            for (const Json &document : read.values)
                reader.take(document);
        }
    }
    if (!isCaptured && !reply.out.contains("\nDONE"))
        return wrong(reply.exitCode == 124 || reply.exitCode == 143 ? ErrorKind::Timeout : ErrorKind::BadData,
                     QStringLiteral("the answer is not complete"));
    if (!reader.isKnown())
        return wrong(ErrorKind::BadData, QStringLiteral("the answer holds no job, version or deployment of Nomad"));
    if (reader.jobs().size() > 1)
        return wrong(ErrorKind::BadConfig, QStringLiteral("the answer holds several jobs: name one in \"job\""));
    Facts facts = std::move(reader.facts());
    facts.job = !settings.job.isEmpty() ? settings.job : reader.jobs().value(0);
    if (facts.versions.empty() && facts.rollouts.empty())
        return wrong(ErrorKind::NotFound, QStringLiteral("there is no version of job %1 in the answer").arg(facts.job));
    std::ranges::stable_sort(facts.versions, std::greater<>(), &Version::number);
    std::ranges::stable_sort(facts.rollouts, [](const Rollout &a, const Rollout &b) {
        return a.index != b.index ? a.index > b.index : a.startedAt > b.startedAt;
    });
    return facts;
}

} // namespace taffrail::sources::nomad
