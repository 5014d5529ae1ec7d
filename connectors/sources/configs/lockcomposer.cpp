// SPDX-License-Identifier: GPL-3.0-or-later
#include "linedjson.h"
#include "lockformats.h"

namespace taffrail::sources {

namespace {

void readPackages(ParsedConfig &parsed, const LinedJson *list, const QString &note, LockedVersions &versions)
{
    for (const LinedJson &package : list ? list->items : std::vector<LinedJson>()) {
        LockedPackage locked{package.string(u"name"), package.scalar(u"version"), {}, note, package.line, true};
        if (locked.name.isEmpty() || locked.version.isEmpty()) {
            addError(parsed, package.line, QStringLiteral("a package with \"name\" and \"version\" is expected"));
            continue;
        }
        const LinedJson *source = package.find(u"source"), *dist = package.find(u"dist");
        const LinedJson *origin = source ? source : dist;
        const QString reference = origin ? origin->string(u"reference") : QString();
        const bool isBranch
            = locked.version.startsWith(QLatin1String("dev-")) || locked.version.endsWith(QLatin1String("-dev"));
        if (isBranch && !reference.isEmpty()) // a branch's name says nothing of its commit
            locked.version += QStringLiteral(" @ ") + reference;
        else if (dist && dist->string(u"type") == QLatin1String("path"))
            locked.version += QStringLiteral(" (path %1)").arg(dist->string(u"url"));
        const QString sum = dist ? dist->string(u"shasum") : QString();
        locked.integrity = !sum.isEmpty() ? sum : reference;
        versions.add(std::move(locked));
    }
}

} // namespace

ParsedConfig parseComposerLock(const QByteArray &bytes, const SourceEntry &entry)
{
    ParsedConfig parsed;
    const ReadJson json = readJson(bytes);
    if (json.errorLine > 0)
        addError(parsed, json.errorLine, json.error);
    parsed.notes << json.repeated;
    if (!json.root.find(u"packages") && !json.root.find(u"packages-dev")) {
        addError(parsed, 1, QStringLiteral("this is no composer.lock: \"packages\" is expected"));
        return parsed;
    }
    for (const char16_t *key : {u"content-hash", u"minimum-stability", u"plugin-api-version"}) {
        if (!json.root.string(key).isEmpty())
            addEntry(parsed, joinKey(QStringLiteral("metadata"), QString::fromUtf16(key)), json.root.string(key),
                     json.root.find(key)->line);
    }
    for (const char16_t *group : {u"platform", u"platform-dev", u"platform-overrides"}) {
        if (const LinedJson *wanted = json.root.find(group)) {
            for (const LinedJson::Member &member : wanted->members)
                addEntry(parsed, joinKey(QStringLiteral("metadata.") + QString::fromUtf16(group), member.name),
                         member.value.text, member.value.line);
        }
    }
    LockedVersions versions;
    readPackages(parsed, json.root.find(u"packages"), {}, versions);
    readPackages(parsed, json.root.find(u"packages-dev"), QStringLiteral("dev"), versions);
    versions.write(parsed, entry);
    return parsed;
}

} // namespace taffrail::sources
