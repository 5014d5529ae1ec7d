// SPDX-License-Identifier: GPL-3.0-or-later
#include "inventoryreader.h"

#include "environmentbuilder.h"
#include "inventoryschema.h"
#include "jsontree.h"
#include "schemacheck.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QHash>
#include <QSet>
#include <QStandardPaths>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>

namespace taffrail::inventory {

namespace {

constexpr qint64 maxFileBytes = 16 * 1024 * 1024;

using Json = nlohmann::ordered_json;

Problem fileProblem(const QString &file, const QString &expected, const QString &found, const QString &hint = {})
{
    return {file, 0, 0, {}, expected, found, hint};
}

tl::expected<QByteArray, Problem> readFile(const QString &path)
{
    const QString readable = QStringLiteral("a readable file");
    const int fd = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return tl::unexpected(fileProblem(path, readable, QString::fromLocal8Bit(strerror(errno))));
    QFile file;
    struct stat status {};
    if (!file.open(fd, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle) || ::fstat(fd, &status) != 0
        || !S_ISREG(status.st_mode))
        return tl::unexpected(fileProblem(path, readable, QStringLiteral("something that is not a regular file")));
    if ((status.st_mode & 002) != 0)
        return tl::unexpected(fileProblem(path, QStringLiteral("a file that only its owner and group can write"),
                                          QStringLiteral("one that everybody can write"),
                                          QStringLiteral("Run: chmod o-w '%1'").arg(path)));
    if (status.st_size > maxFileBytes)
        return tl::unexpected(fileProblem(path, QStringLiteral("at most 16 MiB"),
                                          QStringLiteral("%1 MiB").arg(status.st_size / (1024 * 1024))));
    return file.read(maxFileBytes);
}

class Reader {
public:
    explicit Reader(const std::vector<const sources::Source *> &sources)
    {
        const QByteArray text = inventorySchema(sources);
        m_schema = Json::parse(text.constData(), text.constData() + text.size(), nullptr, false);
    }
    void addFile(const QString &path)
    {
        const auto bytes = readFile(path);
        if (bytes)
            addText(path, *bytes);
        else
            m_problems.push_back(bytes.error());
    }
    void addText(const QString &name, const QByteArray &text);
    InventoryReading finish(const QStringList &files);

private:
    void checkUniqueIds();
    void checkPromotions();
    void add(const Place &place, const QString &expected, const QString &found, const QString &hint = {})
    {
        m_problems.push_back({place.file, place.line, place.column, place.path, expected, found, hint});
    }

    Json m_schema;
    Problems m_problems;
    std::vector<EnvironmentDraft> m_drafts;
};

void Reader::addText(const QString &name, const QByteArray &text)
{
    const JsonReading reading = readJson(text);
    for (const JsonFault &fault : reading.faults)
        m_problems.push_back({name, fault.line, fault.column, {}, fault.expected, fault.found, {}});
    if (!reading.faults.empty())
        return;
    SchemaCheck(m_schema, name, m_problems).check(reading.root);
    auto drafts = EnvironmentBuilder(name, m_problems).build(reading.root);
    std::ranges::move(drafts, std::back_inserter(m_drafts));
}

void Reader::checkUniqueIds()
{
    QHash<QString, Place> seen;
    for (const EnvironmentDraft &draft : m_drafts) {
        if (draft.spec.id.isEmpty())
            continue;
        const auto first = seen.constFind(draft.spec.id);
        if (first == seen.constEnd())
            seen.insert(draft.spec.id, draft.id);
        else
            add(draft.id, QStringLiteral("an id that no other environment has"),
                QStringLiteral("the text \"%1\"").arg(draft.spec.id),
                QStringLiteral("It is also in %1, line %2.").arg(first->file, QString::number(first->line)));
    }
}

void Reader::checkPromotions()
{
    QHash<QString, const EnvironmentDraft *> byId;
    for (const EnvironmentDraft &draft : m_drafts)
        byId.insert(draft.spec.id, &draft);
    for (const EnvironmentDraft &draft : m_drafts) {
        const QString from = draft.spec.promotesFrom;
        if (from.isEmpty())
            continue;
        const EnvironmentDraft *origin = byId.value(from);
        if (!origin) {
            const QString nearest = nearestWord(from, byId.keys());
            add(draft.promotesFrom, QStringLiteral("the id of an environment"),
                QStringLiteral("the text \"%1\"").arg(from),
                nearest.isEmpty() ? QString() : QStringLiteral("Did you mean \"%1\"?").arg(nearest));
            continue;
        }
        if (origin->spec.service != draft.spec.service)
            add(draft.promotesFrom, QStringLiteral("an environment of the service \"%1\"").arg(draft.spec.service),
                QStringLiteral("one of \"%1\"").arg(origin->spec.service));
        QSet<QString> way{draft.spec.id};
        for (const EnvironmentDraft *step = origin; step; step = byId.value(step->spec.promotesFrom)) {
            if (step->spec.id == draft.spec.id) {
                add(draft.promotesFrom, QStringLiteral("an order of environments"),
                    QStringLiteral("a circle through \"%1\"").arg(from));
                break;
            }
            if (way.contains(step->spec.id))
                break; // a circle further on: it is told there
            way.insert(step->spec.id);
        }
    }
}

InventoryReading Reader::finish(const QStringList &files)
{
    checkUniqueIds();
    checkPromotions();
    if (!m_problems.empty()) {
        std::ranges::stable_sort(m_problems, [&](const Problem &a, const Problem &b) {
            const qsizetype fileA = files.indexOf(a.file);
            const qsizetype fileB = files.indexOf(b.file);
            return std::tie(fileA, a.line, a.column) < std::tie(fileB, b.line, b.column);
        });
        return tl::unexpected(std::move(m_problems));
    }
    Inventory inventory;
    inventory.files = files;
    for (EnvironmentDraft &draft : m_drafts)
        inventory.environments.push_back(std::make_shared<const EnvironmentSpec>(std::move(draft.spec)));
    return inventory;
}

} // namespace

QStringList inventoryFiles(const QStringList &given)
{
    QStringList files;
    for (const QString &file : given)
        files << QFileInfo(file).absoluteFilePath();
    if (!given.isEmpty())
        return files;
    const QString folder
        = QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) + QStringLiteral("/taffrail");
    if (const QString main = folder + QStringLiteral("/inventory.json"); QFileInfo::exists(main))
        files << main;
    const QDir more(folder + QStringLiteral("/inventory.d"));
    for (const QString &name : more.entryList({QStringLiteral("*.json")}, QDir::Files | QDir::Hidden, QDir::Name)) {
        if (!name.startsWith(QLatin1Char('.'))) // editors leave such files behind
            files << more.filePath(name);
    }
    return files;
}

InventoryReading readInventory(const QStringList &files, const std::vector<const sources::Source *> &sources)
{
    Reader reader(sources);
    QStringList paths;
    for (const QString &file : files) {
        const QString path = QFileInfo(file).absoluteFilePath();
        if (paths.contains(path))
            continue; // named twice: read once
        paths << path;
        reader.addFile(path);
    }
    return reader.finish(paths);
}

InventoryReading readInventoryText(const QString &name, const QByteArray &json,
                                   const std::vector<const sources::Source *> &sources)
{
    Reader reader(sources);
    reader.addText(name, json);
    return reader.finish({name});
}

} // namespace taffrail::inventory
