// SPDX-License-Identifier: GPL-3.0-or-later
#include "configreader.h"

#include "configsecrets.h"

#include <QRandomGenerator>

#include <algorithm>
#include <array>

namespace taffrail {

namespace {

/// 256 bits from the system, as 64 hex digits.
QString freshKey()
{
    std::array<quint32, 8> words{};
    QRandomGenerator::system()->fillRange(words.data(), qsizetype(words.size()));
    return QString::fromLatin1(QByteArray(reinterpret_cast<const char *>(words.data()), sizeof words).toHex());
}

/// The environment with no other entries than those that are to be compared.
EnvironmentSpecPtr narrowed(const EnvironmentSpec &environment, const QStringList &entries, const QString &key)
{
    auto narrow = std::make_shared<EnvironmentSpec>(environment);
    std::erase_if(narrow->entries, [&](const SourceEntry &entry) {
        return entry.pane != PaneKind::Configs || (!entries.isEmpty() && !entries.contains(entry.id));
    });
    for (SourceEntry &entry : narrow->entries) {
        if (!key.isEmpty())
            entry.options.insert(QStringLiteral("compare_key"), key);
    }
    return narrow;
}

/// The set with its texts fit to be shown. Equal secrets get equal marks in all texts of one comparison.
std::shared_ptr<const ConfigSet> marked(const ValuePtr &value, const ConfigSet &set, QStringList &known)
{
    if (std::ranges::all_of(set.files, [](const ConfigFile &file) { return file.text.isEmpty(); }))
        return {value, &set}; // lives as long as the whole answer
    auto copy = std::make_shared<ConfigSet>(set);
    for (ConfigFile &file : copy->files)
        file.text = maskedText(file.text, known);
    return copy;
}

} // namespace

ConfigReader::ConfigReader(std::vector<EnvironmentSpecPtr> environments, const QStringList &entries, bool withDigests,
                           Courier &courier, QObject *parent)
    : QObject(parent),
      m_courier(courier)
{
    const QString key = withDigests ? freshKey() : QString();
    for (const EnvironmentSpecPtr &environment : environments) {
        m_environments.push_back(narrowed(*environment, entries, key));
        auto found = std::make_shared<ComparedEnvironment>();
        found->id = environment->id;
        found->name = environment->name;
        found->tier = environment->tier;
        m_found.push_back(std::move(found));
    }
    m_workers.setMaxThreadCount(2);
}

ConfigReader::~ConfigReader()
{
    m_runs.clear();
    m_workers.waitForDone();
}

void ConfigReader::start()
{
    m_left = m_environments.size();
    for (size_t index = 0; index < m_environments.size(); ++index) {
        const EnvironmentSpecPtr &environment = m_environments[index];
        std::vector<size_t> all;
        for (size_t entry = 0; entry < environment->entries.size(); ++entry) {
            all.push_back(entry);
            m_found[index]->sources.push_back(
                {environment->entries[entry].id, environment->entries[entry].source, {}, {}, {}});
        }
        auto run
            = std::make_unique<EnvironmentRun>(environment, std::move(all), m_courier,
                                               *m_slow.emplace_back(std::make_unique<SlowReplies>()), m_workers, true);
        connect(run.get(), &EnvironmentRun::observed, this,
                [this, index](size_t entry, const Attempt &attempt) { take(index, entry, attempt); });
        connect(run.get(), &EnvironmentRun::finished, this, &ConfigReader::finishOne);
        m_runs.push_back(std::move(run));
    }
    tellProgress();
    for (const std::unique_ptr<EnvironmentRun> &run : m_runs)
        run->start();
}

void ConfigReader::take(size_t environment, size_t entry, const Attempt &attempt)
{
    ComparedSource &source = m_found[environment]->sources[entry];
    source.readAt = attempt.at;
    if (!attempt.result)
        source.error = attempt.result.error();
    else if (const auto *set = std::get_if<ConfigSet>(attempt.result->get()))
        source.set = marked(*attempt.result, *set, m_digests);
}

void ConfigReader::finishOne()
{
    if (--m_left > 0)
        tellProgress();
    else
        emit finished({m_found.begin(), m_found.end()});
}

void ConfigReader::tellProgress()
{
    emit progress(tr("Reading settings: %1 of %2 read").arg(m_runs.size() - m_left).arg(m_runs.size()));
}

} // namespace taffrail
