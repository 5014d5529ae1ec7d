// SPDX-License-Identifier: GPL-3.0-or-later
#include "lockformats.h"

#include <libfyaml.h>

#include <QRegularExpression>

#include <memory>

namespace taffrail::sources {

namespace {

struct DocumentFree {
    void operator()(fy_document *document) const { fy_document_destroy(document); }
};
struct DiagnosticsFree {
    void operator()(fy_diag *diagnostics) const { fy_diag_destroy(diagnostics); }
};
using Document = std::unique_ptr<fy_document, DocumentFree>;
using Diagnostics = std::unique_ptr<fy_diag, DiagnosticsFree>;

struct Field {
    QString name;
    fy_node *value = nullptr;
    int line = 0;
};

QString scalarOf(fy_node *node)
{
    size_t length = 0;
    const char *text = node && fy_node_is_scalar(node) ? fy_node_get_scalar(node, &length) : nullptr;
    return text ? exactText(QByteArray(text, qsizetype(length))) : QString();
}

std::vector<Field> fieldsOf(fy_node *node)
{
    std::vector<Field> fields;
    void *previous = nullptr;
    while (fy_node_pair *pair = node && fy_node_is_mapping(node) ? fy_node_mapping_iterate(node, &previous) : nullptr) {
        fy_node *key = fy_node_pair_key(pair);
        fy_token *token = key && fy_node_is_scalar(key) ? fy_node_get_scalar_token(key) : nullptr;
        const fy_mark *mark = token ? fy_token_start_mark(token) : nullptr;
        fields.push_back({scalarOf(key), fy_node_pair_value(pair), mark ? mark->line + 1 : 0});
    }
    return fields;
}

fy_node *child(fy_node *node, const char *name)
{
    for (const Field &field : fieldsOf(node)) {
        if (field.name == QLatin1String(name))
            return field.value;
    }
    return nullptr;
}

QString textOf(fy_node *node, const char *name)
{
    return scalarOf(child(node, name));
}

/// "/@babel/core/7.12.3_peer@1", "/lodash@4.17.21(peer@1)", "lodash@4.17.21": name and version; peers are left out.
bool splitKey(QString key, QString &name, QString &version)
{
    const qsizetype peers = key.indexOf(QLatin1Char('('));
    if (peers > 0)
        key.truncate(peers);
    const bool hadSlash = key.startsWith(QLatin1Char('/'));
    if (hadSlash)
        key.remove(0, 1);
    const qsizetype at = key.indexOf(QLatin1Char('@'), 1);
    static const QRegularExpression old(QStringLiteral("\\A((?:@[^/]+/)?[^/@]+)/([^/_]+)(?:_.*)?\\z"));
    const QRegularExpressionMatch match = old.match(key);
    if (hadSlash && match.hasMatch()) {
        name = match.captured(1);
        version = match.captured(2);
        return true;
    }
    if (at < 0)
        return false;
    name = key.left(at);
    version = key.mid(at + 1);
    return !version.isEmpty();
}

QString integrityOf(fy_node *resolution)
{
    const QString integrity = textOf(resolution, "integrity");
    return integrity.isEmpty() ? textOf(resolution, "commit") : integrity;
}

QString originOf(fy_node *resolution)
{
    const QString repository = textOf(resolution, "repo"), tarball = textOf(resolution, "tarball");
    if (!repository.isEmpty())
        return QStringLiteral(" (git %1 @ %2)").arg(repository, textOf(resolution, "commit"));
    if (!tarball.isEmpty() && !tarball.startsWith(QLatin1String("https://registry.npmjs.org/")))
        return QStringLiteral(" (from %1)").arg(tarball);
    const QString folder = textOf(resolution, "directory");
    return folder.isEmpty() ? QString() : QStringLiteral(" (path %1)").arg(folder);
}

void readPackages(ParsedConfig &parsed, fy_node *packages, LockedVersions &versions)
{
    for (const Field &field : fieldsOf(packages)) {
        fy_node *resolution = child(field.value, "resolution");
        LockedPackage locked;
        if (!splitKey(field.name, locked.name, locked.version)) {
            locked.name = textOf(field.value, "name"); // a tarball or a git place as the key
            locked.version = textOf(field.value, "version");
            if (locked.name.isEmpty()) {
                addError(parsed, field.line, QStringLiteral("a package such as lodash@4.17.21 is expected"));
                continue;
            }
        }
        locked.line = field.line;
        locked.integrity = integrityOf(resolution);
        if (!locked.version.contains(QLatin1String("://")))
            locked.version += originOf(resolution);
        if (textOf(field.value, "dev") == QLatin1String("true"))
            locked.note = QStringLiteral("dev");
        versions.add(std::move(locked));
    }
}

/// What the projects themselves ask for: "dependencies" at the top, or those of each importer.
void readWishes(ParsedConfig &parsed, fy_node *importer, const QString &prefix)
{
    for (const char *group : {"dependencies", "devDependencies", "optionalDependencies"}) {
        for (const Field &field : fieldsOf(child(importer, group))) {
            QString version = fy_node_is_scalar(field.value) ? scalarOf(field.value) : textOf(field.value, "version");
            version = version.section(QLatin1Char('('), 0, 0).section(QLatin1Char('_'), 0, 0);
            addEntry(parsed, joinKey(prefix, field.name), version, field.line, ConfigType::Text,
                     qstrcmp(group, "devDependencies") == 0 ? QStringLiteral("dev") : QString());
        }
    }
}

} // namespace

ParsedConfig parsePnpmLock(const QByteArray &bytes, const SourceEntry &entry)
{
    ParsedConfig parsed;
    fy_diag_cfg quiet;
    fy_diag_cfg_default(&quiet);
    quiet.fp = nullptr;
    const Diagnostics diagnostics(fy_diag_create(&quiet));
    if (diagnostics)
        fy_diag_set_collect_errors(diagnostics.get(), true);
    fy_parse_cfg settings{};
    settings.flags = FYPCF_QUIET;
    settings.diag = diagnostics.get();
    const Document document(fy_document_build_from_string(&settings, bytes.constData(), size_t(bytes.size())));
    fy_node *root = document ? fy_document_root(document.get()) : nullptr;
    if (!root || !fy_node_is_mapping(root)) {
        void *previous = nullptr;
        const fy_diag_error *error = diagnostics ? fy_diag_errors_iterate(diagnostics.get(), &previous) : nullptr;
        addError(parsed, error ? error->line : 1,
                 error && error->msg ? QString::fromUtf8(error->msg) : QStringLiteral("this is no pnpm-lock.yaml"));
        return parsed;
    }
    const QString version = textOf(root, "lockfileVersion");
    if (version.isEmpty())
        addError(parsed, 1, QStringLiteral("this is no pnpm-lock.yaml: lockfileVersion is expected"));
    else
        addEntry(parsed, QStringLiteral("metadata.lockfileVersion"), version, 1);
    for (const Field &field : fieldsOf(child(root, "overrides")))
        addEntry(parsed, joinKey(QStringLiteral("overrides"), field.name), scalarOf(field.value), field.line);
    readWishes(parsed, root, QStringLiteral("dependencies"));
    for (const Field &importer : fieldsOf(child(root, "importers")))
        readWishes(parsed, importer.value,
                   importer.name == QLatin1String(".") ? QStringLiteral("dependencies")
                                                       : joinKey(QStringLiteral("importers"), importer.name));
    LockedVersions versions;
    readPackages(parsed, child(root, "packages"), versions);
    versions.write(parsed, entry);
    return parsed;
}

} // namespace taffrail::sources
