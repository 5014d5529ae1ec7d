// SPDX-License-Identifier: GPL-3.0-or-later
#include "drizzlejournal.h"

#include "text.h"

#include <nlohmann/json.hpp>

#include <QSet>

#include <algorithm>

namespace taffrail::sources::migrations {

namespace {

using Json = nlohmann::json;

constexpr size_t mostEntries = 20'000;

Error journalError(const QString &text)
{
    return {ErrorKind::BadData, QStringLiteral("read the journal"), QStringLiteral("_journal.json"), text, {}};
}

const MigrationFile *fileAt(const FileRoot &root, const QByteArray &path)
{
    const auto found = std::ranges::lower_bound(root.files, path, {}, &MigrationFile::path);
    if (found != root.files.end() && found->path == path)
        return &*found;
    const auto slow = std::ranges::find(root.files, path, &MigrationFile::path);
    return slow == root.files.end() ? nullptr : &*slow;
}

/// "0003_add_status.sql"
bool isNumbered(const QByteArray &name)
{
    qsizetype digits = 0;
    while (digits < name.size() && name[digits] >= '0' && name[digits] <= '9')
        ++digits;
    return digits >= 4 && digits < name.size() && name[digits] == '_' && name.endsWith(".sql");
}

class Gatherer {
public:
    explicit Gatherer(const Roots &roots)
    {
        for (const FileRoot *root : roots)
            gather(*root);
    }
    DrizzleFiles take() { return std::move(m_files); }

private:
    void gather(const FileRoot &root)
    {
        for (const MigrationFile &file : root.files) {
            if (file.name() == "_journal.json")
                takeJournal(root, file);
            else if (file.name() == "migration.sql" && !file.folder().isEmpty())
                takeFolder(root, file);
        }
    }

    void takeJournal(const FileRoot &root, const MigrationFile &file)
    {
        const QString place = sanitizedLine(root.spec.shown().toUtf8() + '/' + file.path, 300);
        if (!file.isWhole) {
            m_files.isUnreadable = true;
            m_files.notes
                << QStringLiteral("%1 is too long or may not be read: its migrations are not known").arg(place);
            return;
        }
        const Result<std::vector<JournalEntry>> entries = readJournal(file.content);
        if (!entries) {
            m_files.isUnreadable = true;
            m_files.notes << QStringLiteral("%1: %2").arg(place, sentence(entries.error()));
            return;
        }
        const QByteArray meta = file.folder(); // "drizzle/meta"
        const qsizetype slash = meta.lastIndexOf('/');
        const QByteArray folder = slash < 0 ? QByteArray() : meta.left(slash + 1);
        QSet<QByteArray> named;
        for (const JournalEntry &entry : *entries) {
            const QByteArray path = folder + entry.tag + ".sql";
            named.insert(path);
            m_files.steps.push_back({entry.tag, entry.when, {&root, fileAt(root, path)}});
        }
        QStringList unnamed;
        for (const MigrationFile &other : root.files) {
            if (other.path.startsWith(folder) && !other.path.mid(folder.size()).contains('/')
                && isNumbered(other.name()) && !named.contains(other.path))
                unnamed << sanitizedLine(other.name(), 100);
        }
        if (!unnamed.isEmpty())
            m_files.notes << QStringLiteral("not in the journal, so never run: %1").arg(unnamed.mid(0, 5).join(u", "));
    }

    void takeFolder(const FileRoot &root, const MigrationFile &file)
    {
        const QByteArray folder = file.folder();
        m_files.steps.push_back({folder.mid(folder.lastIndexOf('/') + 1), std::nullopt, {&root, &file}});
    }

    DrizzleFiles m_files;
};

} // namespace

Result<std::vector<JournalEntry>> readJournal(const QByteArray &json)
{
    const Json journal = Json::parse(json.constData(), json.constData() + json.size(), nullptr, false);
    if (journal.is_discarded())
        return failure(journalError(QStringLiteral("it is not JSON, or it is cut off")));
    if (!journal.is_object() || !journal.contains("entries") || !journal.at("entries").is_array())
        return failure(journalError(QStringLiteral("it has no list of entries")));
    if (journal.at("entries").size() > mostEntries)
        return failure(journalError(QStringLiteral("it has too many entries")));
    std::vector<JournalEntry> entries;
    for (const Json &each : journal.at("entries")) {
        const bool isEntry = each.is_object() && each.contains("tag") && each.at("tag").is_string()
            && each.contains("when") && each.at("when").is_number();
        if (!isEntry)
            return failure(journalError(QStringLiteral("an entry has no tag or no time")));
        const Json &when = each.at("when");
        JournalEntry entry;
        if (when.is_number_unsigned() && when.get<quint64>() > quint64(std::numeric_limits<qint64>::max()))
            return failure(journalError(QStringLiteral("an entry's time is no time")));
        if (when.is_number_float()) {
            const double value = when.get<double>();
            if (!(value > -9.0e15 && value < 9.0e15))
                return failure(journalError(QStringLiteral("an entry's time is no time")));
            entry.when = static_cast<qint64>(value);
        } else {
            entry.when = when.get<qint64>();
        }
        entry.tag = QByteArray::fromStdString(each.at("tag").get<std::string>());
        if (entry.tag.isEmpty())
            return failure(journalError(QStringLiteral("an entry has no tag or no time")));
        entries.push_back(entry);
    }
    return entries;
}

DrizzleFiles drizzleSteps(const Roots &roots)
{
    return Gatherer(roots).take();
}

std::vector<NamedFile> drizzleFiles(const Roots &roots)
{
    std::vector<NamedFile> files;
    for (const DrizzleFiles::Step &step : drizzleSteps(roots).steps)
        files.push_back({step.tag, step.when ? QByteArray::number(*step.when) : QByteArray(), step.rooted, {}});
    return files;
}

} // namespace taffrail::sources::migrations
