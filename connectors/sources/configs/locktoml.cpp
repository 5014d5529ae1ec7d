// SPDX-License-Identifier: GPL-3.0-or-later
#include "lockformats.h"

#include <toml++/toml.h>

namespace taffrail::sources {

namespace {

QString textOf(const toml::node *node)
{
    if (!node)
        return {};
    if (const auto *text = node->as_string())
        return exactText(QByteArray::fromStdString(text->get()));
    if (const auto *number = node->as_integer())
        return QString::number(qlonglong(number->get()));
    return {};
}
QString textOf(const toml::table &table, const char *key)
{
    return textOf(table.get(key));
}

int lineOf(const toml::node &node)
{
    return int(node.source().begin.line);
}

/// The document, or an error with its line. The library throws; nothing of that leaves here.
std::optional<toml::table> readToml(const QByteArray &bytes, ParsedConfig &parsed)
{
    // A carriage return alone is an error in TOML; of line ends it takes both.
    try {
        return toml::parse(std::string_view(bytes.constData(), size_t(bytes.size())));
    } catch (const toml::parse_error &error) {
        addError(parsed, int(error.source().begin.line),
                 QString::fromUtf8(error.description().data(), qsizetype(error.description().size())));
    } catch (const std::exception &error) {
        addError(parsed, 0, QString::fromUtf8(error.what()));
    }
    return std::nullopt;
}

/// What of a file with an error can be read: the packages before the error.
QByteArray beforeError(const QByteArray &bytes, const ParsedConfig &parsed, int line)
{
    qsizetype at = 0;
    for (int i = 1; i < line; ++i) {
        const qsizetype next = bytes.indexOf('\n', at);
        if (next < 0)
            break;
        at = next + 1;
    }
    const qsizetype start = bytes.left(at).lastIndexOf("\n[[");
    return parsed.error && start > 0 ? bytes.left(start + 1) : QByteArray();
}

struct Document {
    std::optional<toml::table> root;
};

Document readPart(const QByteArray &bytes, ParsedConfig &parsed)
{
    Document document{readToml(bytes, parsed)};
    if (document.root || !parsed.error)
        return document;
    static const QString start = QStringLiteral("line ");
    const int line = parsed.error->text.startsWith(start)
        ? parsed.error->text.mid(start.size()).section(QLatin1Char(':'), 0, 0).toInt()
        : 0;
    ParsedConfig ignored;
    const QByteArray rest = beforeError(bytes, parsed, line);
    if (!rest.isEmpty())
        document.root = readToml(rest, ignored);
    return document;
}

QString poetryOrigin(const toml::table &package)
{
    const toml::node *node = package.get("source");
    const toml::table *source = node ? node->as_table() : nullptr;
    if (!source)
        return {};
    const QString type = textOf(*source, "type");
    if (!type.isEmpty()) {
        if (type == QLatin1String("legacy") || type == QLatin1String("pypi"))
            return QStringLiteral(" (from %1)").arg(textOf(*source, "url"));
        const QString commit = textOf(*source, "resolved_reference");
        return QStringLiteral(" (%1 %2%3)")
            .arg(type, textOf(*source, "url"), commit.isEmpty() ? QString() : QStringLiteral(" @ ") + commit);
    }
    for (const auto &[key, value] : *source) { // uv: { registry = "…" }, { git = "…" }, { editable = "." }
        const QString name = QString::fromUtf8(key.str().data(), qsizetype(key.str().size()));
        const QString where = textOf(&value);
        if (name == QLatin1String("registry") && where == QLatin1String("https://pypi.org/simple"))
            return {};
        return QStringLiteral(" (%1 %2)").arg(name == QLatin1String("registry") ? QStringLiteral("from") : name, where);
    }
    return {};
}

void addHashes(const toml::node *files, QStringList &hashes)
{
    const toml::array *list = files ? files->as_array() : nullptr;
    for (size_t i = 0; list && i < list->size(); ++i) {
        if (const toml::table *file = list->get(i)->as_table())
            hashes << textOf(*file, "hash");
    }
}

QStringList poetryHashes(const toml::table &package, const toml::table &root)
{
    QStringList hashes;
    addHashes(package.get("files"), hashes);
    addHashes(package.get("wheels"), hashes);
    if (const toml::node *sdist = package.get("sdist"); sdist && sdist->is_table())
        hashes << textOf(*sdist->as_table(), "hash");
    // Before 1.3 they stood at the end of the file.
    addHashes(root.at_path("metadata.files")[textOf(package, "name").toStdString()].node(), hashes);
    hashes.removeAll(QString());
    return hashes;
}

template <typename Read>
void eachPackage(const toml::table &root, const char *key, ParsedConfig &parsed, const Read &read)
{
    const toml::node *node = root.get(key);
    const toml::array *packages = node ? node->as_array() : nullptr;
    for (size_t i = 0; packages && i < packages->size(); ++i) {
        const toml::table *package = packages->get(i)->as_table();
        if (!package || textOf(*package, "name").isEmpty())
            addError(parsed, lineOf(*packages->get(i)), QStringLiteral("a package with a name is expected"));
        else
            read(*package);
    }
}

/// "registry+https://github.com/rust-lang/crates.io-index" is where crates usually come from.
QString cargoVersion(const toml::table &package)
{
    const QString version = textOf(package, "version"), source = textOf(package, "source");
    if (source.isEmpty())
        return version + QStringLiteral(" (path)");
    if (source == QLatin1String("registry+https://github.com/rust-lang/crates.io-index")
        || source == QLatin1String("sparse+https://index.crates.io/"))
        return version;
    return QStringLiteral("%1 (%2)").arg(version, source);
}

} // namespace

ParsedConfig parsePoetryLock(const QByteArray &bytes, const SourceEntry &entry)
{
    ParsedConfig parsed;
    const Document document = readPart(bytes, parsed);
    if (!document.root)
        return parsed;
    const toml::table &root = *document.root;
    LockedVersions versions;
    eachPackage(root, "package", parsed, [&](const toml::table &package) {
        LockedPackage locked{pythonName(textOf(package, "name")),
                             textOf(package, "version"),
                             joinedHashes(poetryHashes(package, root)),
                             textOf(package, "category"),
                             lineOf(package),
                             false};
        if (locked.version.isEmpty())
            locked.version = QStringLiteral("dynamic");
        locked.version += poetryOrigin(package);
        if (locked.note == QLatin1String("main"))
            locked.note.clear();
        versions.add(std::move(locked));
    });
    for (const char *key : {"version", "requires-python"}) {
        if (!textOf(root, key).isEmpty())
            addEntry(parsed, joinKey(QStringLiteral("metadata"), QString::fromLatin1(key)), textOf(root, key),
                     lineOf(*root.get(key)));
    }
    if (const toml::table *metadata = root["metadata"].as_table()) {
        for (const char *key : {"lock-version", "lock_version", "python-versions", "content-hash", "content_hash"}) {
            if (!textOf(*metadata, key).isEmpty())
                addEntry(parsed, joinKey(QStringLiteral("metadata"), QString::fromLatin1(key)), textOf(*metadata, key),
                         lineOf(*metadata->get(key)));
        }
    }
    versions.write(parsed, entry);
    if (parsed.entries.empty())
        addError(parsed, 1, QStringLiteral("this holds no package"));
    return parsed;
}

ParsedConfig parseCargoLock(const QByteArray &bytes, const SourceEntry &entry)
{
    ParsedConfig parsed;
    const Document document = readPart(bytes, parsed);
    if (!document.root)
        return parsed;
    const toml::table &root = *document.root;
    LockedVersions versions;
    const auto add = [&](const toml::table &package) {
        LockedPackage locked{
            textOf(package, "name"), cargoVersion(package), textOf(package, "checksum"), {}, lineOf(package), false};
        if (locked.integrity.isEmpty()) { // version 1 keeps them at the end
            const QString key = QStringLiteral("checksum %1 %2 (%3)")
                                    .arg(locked.name, textOf(package, "version"), textOf(package, "source"));
            locked.integrity = textOf(root["metadata"][key.toStdString()].node());
        }
        if (textOf(package, "version").isEmpty())
            addError(parsed, locked.line, QStringLiteral("%1 has no version").arg(locked.name.left(80)));
        else
            versions.add(std::move(locked));
    };
    eachPackage(root, "package", parsed, add);
    if (const toml::table *project = root["root"].as_table())
        add(*project);
    if (!textOf(root, "version").isEmpty())
        addEntry(parsed, QStringLiteral("metadata.version"), textOf(root, "version"), lineOf(*root.get("version")),
                 ConfigType::Integer);
    versions.write(parsed, entry);
    if (parsed.entries.empty())
        addError(parsed, 1, QStringLiteral("this holds no package"));
    return parsed;
}

} // namespace taffrail::sources
