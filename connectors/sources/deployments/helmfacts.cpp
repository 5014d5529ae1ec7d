// SPDX-License-Identifier: GPL-3.0-or-later
// What Helm prints, as facts: history, list and status in JSON, the table of "helm history", the Secrets that hold it.
#include "helmhistory.h"

#include "jsonfields.h"
#include "text.h"

#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <map>
#include <zlib.h>

namespace taffrail::sources::helm {

namespace {

using fields::Json;

constexpr size_t mostRevisions = 2000;
constexpr qsizetype mostInflated = 32 * 1024 * 1024;

constexpr char body[] = R"sh(tf_probe() {
if command -v "$P" >/dev/null 2>&1; then tf_part history H history "$N" -o json --max 256
elif command -v kubectl >/dev/null 2>&1; then tf_part labels K get secrets -l "owner=helm,name=$N" -o go-template='{{range .items}}{{.metadata.labels.version}}{{"\t"}}{{.metadata.labels.status}}{{"\t"}}{{.metadata.labels.createdAt}}{{"\t"}}{{.metadata.labels.modifiedAt}}{{"\t"}}{{.metadata.creationTimestamp}}{{"\n"}}{{end}}'
else echo NOTOOL; return; fi
printf '\nDONE\n'
}
tf_probe
)sh";

/// "2026-01-02 15:04:05.99 +0000 UTC" of "helm list", "Mon Jan  2 15:04:05 2026" of the table, or RFC 3339.
QDateTime timeFrom(const QString &text)
{
    if (const QDateTime plain = fromRfc3339(text); plain.isValid())
        return plain.toUTC();
    static const QRegularExpression go(QStringLiteral(
        "\\A(\\d{4}-\\d\\d-\\d\\d) (\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?) ([+-]\\d\\d)(\\d\\d)(?: \\S+)?\\z"));
    if (const auto match = go.match(text); match.hasMatch())
        return fromRfc3339(match.captured(1) + QLatin1Char('T') + match.captured(2) + match.captured(3)
                           + QLatin1Char(':') + match.captured(4))
            .toUTC();
    QDateTime words = QLocale::c().toDateTime(text.simplified(), QStringLiteral("ddd MMM d HH:mm:ss yyyy"));
    words.setTimeSpec(Qt::UTC);
    return words;
}

void readDescription(Revision &revision)
{
    static const QRegularExpression back(QStringLiteral("\\ARollback to (\\d{1,9})\\z"));
    if (const auto match = back.match(revision.description); match.hasMatch() && revision.backTo < 0)
        revision.backTo = match.captured(1).toLongLong();
}

/// One element of "helm history" or "helm list".
std::optional<Revision> revisionOf(const Json &object)
{
    Revision revision;
    revision.number = fields::number(object, "revision").value_or(-1);
    revision.status = fields::text(object, "status", 40).toLower();
    if (revision.number < 0 || revision.status.isEmpty())
        return std::nullopt;
    revision.at = timeFrom(fields::text(object, "updated", 60));
    revision.chart = fields::text(object, "chart");
    revision.appVersion = fields::text(object, "app_version");
    revision.description = redacted(fields::text(object, "description", 300));
    revision.backTo = fields::number(object, "rollback_revision").value_or(-1);
    if (revision.backTo <= 0)
        revision.backTo = -1;
    readDescription(revision);
    return revision;
}

/// What "helm status -o json" prints, which is also what a Secret holds.
std::optional<Revision> revisionOfRelease(const Json &object)
{
    const Json &info = fields::at(object, {"info"});
    Revision revision;
    revision.number = fields::number(object, "version").value_or(-1);
    revision.status = fields::text(info, "status", 40).toLower();
    if (revision.number < 0 || revision.status.isEmpty())
        return std::nullopt;
    revision.at = timeFrom(fields::text(info, "last_deployed", 60));
    revision.description = redacted(fields::text(info, "description", 300));
    revision.backTo = fields::number(info, "rollback_revision").value_or(-1);
    if (revision.backTo <= 0)
        revision.backTo = -1;
    const Json &metadata = fields::at(object, {"chart", "metadata"});
    if (metadata.is_object()) {
        revision.chart = fields::text(metadata, "name") + QLatin1Char('-') + fields::text(metadata, "version");
        revision.appVersion = fields::text(metadata, "appVersion");
    }
    readDescription(revision);
    return revision;
}

QByteArray inflated(const QByteArray &packed)
{
    z_stream stream{};
    if (inflateInit2(&stream, 15 + 32) != Z_OK)
        return {};
    QByteArray in = packed, out;
    stream.next_in = reinterpret_cast<Bytef *>(in.data());
    stream.avail_in = uInt(in.size());
    std::array<char, 16384> buffer{};
    int state = Z_OK;
    while (state == Z_OK && out.size() < mostInflated) {
        stream.next_out = reinterpret_cast<Bytef *>(buffer.data());
        stream.avail_out = uInt(buffer.size());
        state = inflate(&stream, Z_NO_FLUSH);
        out.append(buffer.data(), qsizetype(buffer.size()) - qsizetype(stream.avail_out));
    }
    inflateEnd(&stream);
    return state == Z_STREAM_END ? out : QByteArray();
}

/// base64 (of Kubernetes) of base64 of gzip of JSON.
std::optional<Revision> revisionOfSecret(const Json &secret)
{
    const Json &data = fields::at(secret, {"data", "release"});
    if (data.is_string()) {
        const QByteArray inner = QByteArray::fromBase64(QByteArray::fromStdString(data.get_ref<const std::string &>()));
        // A ConfigMap lacks the outer layer.
        const QByteArray packed = inner.startsWith("\x1f\x8b") ? inner : QByteArray::fromBase64(inner);
        const QByteArray plain = packed.startsWith("\x1f\x8b") ? inflated(packed) : packed;
        const fields::Documents read = fields::documents(plain);
        if (!read.values.empty()) {
            if (auto revision = revisionOfRelease(read.values.front()))
                return revision;
        }
    }
    const Json &labels = fields::at(secret, {"metadata", "labels"});
    Revision revision;
    revision.number = fields::number(labels, "version").value_or(-1);
    revision.status = fields::text(labels, "status", 40).toLower();
    if (revision.number < 0 || revision.status.isEmpty())
        return std::nullopt;
    const auto made = fields::number(labels, "modifiedAt"), first = fields::number(labels, "createdAt");
    revision.at = made || first ? QDateTime::fromSecsSinceEpoch(made.value_or(first.value_or(0)), Qt::UTC)
                                : fields::time(fields::at(secret, {"metadata"}), "creationTimestamp");
    return revision;
}

class Reader {
public:
    explicit Reader(const Settings &settings) : m_settings(settings) {}

    void take(const Json &value, int depth = 0)
    {
        if (depth > 3)
            return;
        if (value.is_array()) {
            m_isKnown = m_isKnown || value.empty() || revisionOf(value.front()).has_value();
            for (const Json &item : value)
                take(item, depth + 1);
            return;
        }
        const QString kind = fields::text(value, "kind");
        if (kind.endsWith(QLatin1String("List"))) {
            m_isKnown = m_isKnown || fields::at(value, {"items"}).is_array();
            const Json &items = fields::at(value, {"items"});
            if (items.is_array()) {
                for (const Json &item : items)
                    take(item, depth + 1);
            }
        } else if (kind == QLatin1String("Secret") || kind == QLatin1String("ConfigMap")) {
            const Json &labels = fields::at(value, {"metadata", "labels"});
            if (fields::text(labels, "owner").toLower() == QLatin1String("helm")) {
                add(fields::text(labels, "name"), revisionOfSecret(value));
            }
        } else if (fields::at(value, {"info"}).is_object()) {
            add(fields::text(value, "name"), revisionOfRelease(value));
        } else {
            // "helm list" names each; "helm history" was asked for one.
            add(fields::text(value, "name"), revisionOf(value));
        }
    }

    void takeLabels(const QByteArray &text)
    {
        for (const QByteArray &line : text.split('\n')) {
            const QByteArrayList cells = line.split('\t');
            bool isNumber = false;
            Revision revision;
            revision.number = cells.value(0).toLongLong(&isNumber);
            revision.status = sanitizedLine(cells.value(1), 40).toLower();
            qint64 at = cells.value(3).toLongLong();
            if (at <= 0)
                at = cells.value(2).toLongLong();
            revision.at = at > 0 ? QDateTime::fromSecsSinceEpoch(at, Qt::UTC)
                                 : fromRfc3339(QString::fromLatin1(cells.value(4)));
            if (isNumber && revision.number >= 0 && !revision.status.isEmpty())
                add({}, revision);
        }
        m_isKnown = m_fromLabels = true;
    }

    /// The table that "helm history" prints without -o.
    bool takeTable(const QByteArray &text)
    {
        bool hasHead = false;
        for (const QByteArray &raw : text.split('\n')) {
            const QByteArrayList cells = raw.split('\t');
            if (cells.first().trimmed() == "REVISION" && cells.size() >= 4) {
                hasHead = true;
                continue;
            }
            bool isNumber = false;
            Revision revision;
            revision.number = cells.first().trimmed().toLongLong(&isNumber);
            if (!hasHead || !isNumber || cells.size() < 4)
                continue;
            const auto cell = [&](int index) { return sanitizedLine(cells.value(index).trimmed(), 300); };
            revision.at = timeFrom(cell(1));
            revision.status = cell(2).toLower();
            revision.chart = cell(3);
            revision.appVersion = cells.size() > 5 ? cell(4) : QString();
            revision.description = redacted(cell(cells.size() > 5 ? 5 : 4));
            readDescription(revision);
            add({}, revision);
        }
        m_isKnown = m_isKnown || hasHead;
        return hasHead;
    }

    bool isKnown() const { return m_isKnown || !m_revisions.empty(); }
    QStringList names() const
    {
        QStringList names;
        for (const auto &[key, revision] : m_revisions) {
            if (!key.first.isEmpty() && !names.contains(key.first))
                names << key.first;
        }
        return names;
    }

    Facts facts()
    {
        Facts facts;
        const QStringList all = names();
        facts.name = !m_settings.name.isEmpty() ? m_settings.name : all.value(0);
        for (const auto &[key, revision] : m_revisions) {
            if (key.first.isEmpty() || key.first == facts.name)
                facts.revisions.push_back(revision);
        }
        std::ranges::stable_sort(facts.revisions, std::greater<>(), &Revision::number);
        if (m_fromLabels)
            facts.notes << QStringLiteral("helm is not there: read from the labels of its Secrets, which tell neither "
                                          "charts nor what was rolled back");
        if (m_strange > 0)
            facts.notes << QStringLiteral("%1 records cannot be read").arg(m_strange);
        return facts;
    }

private:
    void add(const QString &name, const std::optional<Revision> &revision)
    {
        if (!revision) {
            ++m_strange;
            return;
        }
        m_isKnown = true;
        if (m_revisions.size() < mostRevisions)
            m_revisions.insert_or_assign({name, revision->number}, *revision);
    }

    const Settings &m_settings;
    std::map<std::pair<QString, qint64>, Revision> m_revisions;
    bool m_isKnown = false, m_fromLabels = false;
    int m_strange = 0;
};

} // namespace

Result<Settings> settingsOf(const SourceEntry &entry, bool isAsked)
{
    const auto option = [&](const char *name) { return entry.options.value(QLatin1String(name)).toString(); };
    const auto wrong = [&](const QString &text) {
        return failure(ErrorKind::BadConfig, QStringLiteral("inventory"), entry.id, text);
    };
    static const QRegularExpression name(QStringLiteral("\\A[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\\z"));
    Settings settings{option("release"),
                      option("namespace"),
                      option("context"),
                      option("kubeconfig"),
                      option("program"),
                      -1,
                      entry.options.value(QStringLiteral("sudo")).toBool()};
    if (isAsked && settings.name.isEmpty())
        return wrong(QStringLiteral("\"release\" is missing"));
    if (!settings.name.isEmpty() && !name.match(settings.name).hasMatch())
        return wrong(QStringLiteral("\"release\" is no name of a Helm release"));
    if (!settings.space.isEmpty() && !name.match(settings.space).hasMatch())
        return wrong(QStringLiteral("\"namespace\" is no name of Kubernetes"));
    if (settings.program.isEmpty())
        settings.program = QStringLiteral("helm");
    if (!isPlainWord(settings.program))
        return wrong(QStringLiteral("\"program\" is not one plain word"));
    const QVariant keeps = entry.options.value(QStringLiteral("history_max"));
    if (keeps.isValid())
        settings.keeps = std::clamp(keeps.toInt(), 0, 100'000);
    return settings;
}

QByteArray helmCommand(const Settings &settings)
{
    const QByteArray sudo = settings.sudo ? "sudo -n -- " : "command ";
    const auto with = [&](const char *context) {
        QByteArray words;
        const auto add = [&](const QByteArray &flag, const QString &value) {
            if (!value.isEmpty())
                words += ' ' + shellQuoted(QString::fromLatin1(flag) + value);
        };
        add("--kubeconfig=", settings.kubeconfig);
        add(context, settings.context);
        add("--namespace=", settings.space);
        return words;
    };
    return "H() { " + sudo + shellQuoted(settings.program) + with("--kube-context=") + " \"$@\"; }\nK() { " + sudo
        + "kubectl" + with("--context=") + " --request-timeout=8s \"$@\"; }\n";
}

QByteArray probeScript(const Settings &settings)
{
    return partFunction() + helmCommand(settings) + "P=" + shellQuoted(settings.program)
        + "\nN=" + shellQuoted(settings.name) + '\n' + body;
}

Result<Facts> readFacts(const QString &host, const Settings &settings, const ShellReply &reply)
{
    const auto wrong
        = [&](ErrorKind kind, const QString &text) { return failure(kind, QStringLiteral("ask helm"), host, text); };
    if (reply.out.startsWith("NOTOOL") || reply.out.contains("\nNOTOOL\n"))
        return wrong(ErrorKind::NotFound, QStringLiteral("there is neither helm nor kubectl"));
    const std::vector<ToolPart> parts = toolParts(reply);
    const bool isCaptured = parts.front().name.isEmpty();
    Reader reader(settings);
    for (const ToolPart &part : parts) {
        if (part.exitCode != 0) {
            Error error
                = toolError(part.name == "labels" ? QStringLiteral("kubectl") : QStringLiteral("helm"), host, part);
            if (error.text.contains(QLatin1String("release: not found")))
                error.kind = ErrorKind::NotFound;
            return failure(error);
        }
        if (part.name == "labels") {
            reader.takeLabels(part.out);
            continue;
        }
        if (isCaptured && reader.takeTable(part.out))
            continue;
        if (part.out.trimmed() == "null")
            continue;
        const fields::Documents read = fields::documents(part.out);
        if (!read.trouble.isEmpty())
            return wrong(ErrorKind::BadData, read.trouble);
        for (const Json &document : read.values)
            reader.take(document);
    }
    if (!isCaptured && !reply.out.contains("\nDONE"))
        return wrong(reply.exitCode == 124 || reply.exitCode == 143 ? ErrorKind::Timeout : ErrorKind::BadData,
                     QStringLiteral("the answer is not complete"));
    if (!reader.isKnown())
        return wrong(ErrorKind::BadData, QStringLiteral("the answer holds no history of a Helm release"));
    if (settings.name.isEmpty() && reader.names().size() > 1)
        return wrong(ErrorKind::BadConfig,
                     QStringLiteral("the answer holds several releases: name one in \"release\""));
    Facts facts = reader.facts();
    if (facts.revisions.empty())
        return wrong(ErrorKind::NotFound,
                     settings.name.isEmpty()
                         ? QStringLiteral("there is no revision in the answer")
                         : QStringLiteral("there is no revision of release %1 in the answer").arg(settings.name));
    return facts;
}

} // namespace taffrail::sources::helm
