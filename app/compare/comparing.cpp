// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparing.h"

#include "agreedfiles.h"
#include "expectedfile.h"
#include "savefile.h"
#include "text.h"

#include <QDir>

#include <algorithm>

namespace taffrail {

namespace {

constexpr int mostEnvironments = 50;

Error compareError(ErrorKind kind, const QString &subject, const QString &text, const QString &hint = {})
{
    return {kind, QStringLiteral("compare"), subject, text, hint};
}

/// A copy without the secrets that have no digest: what was saved has none, so that nothing can be said of them.
std::shared_ptr<const ComparedEnvironment> withoutUndigested(const ComparedEnvironment &environment)
{
    auto copy = std::make_shared<ComparedEnvironment>(environment);
    for (ComparedSource &source : copy->sources) {
        if (!source.set)
            continue;
        auto set = std::make_shared<ConfigSet>(*source.set);
        std::erase_if(set->entries, [](const ConfigEntry &entry) { return entry.secret; });
        source.set = std::move(set);
    }
    return copy;
}

} // namespace

Comparing::Comparing(std::vector<EnvironmentSpecPtr> environments, Transports transports, Options options,
                     QObject *parent)
    : QObject(parent),
      m_environments(std::move(environments)),
      m_options(std::move(options)),
      m_courier(std::make_unique<Courier>(transports, this))
{
}

Comparing::~Comparing()
{
    m_reader.reset(); // readers use the courier
    for (ConfigReader *reader : findChildren<ConfigReader *>())
        delete reader;
}

void Comparing::refuse(const Error &error)
{
    emit refused(error);
}

void Comparing::compare(const items::CompareQuestion &question)
{
    std::vector<EnvironmentSpecPtr> environments;
    for (const QString &id : question.environments) {
        const auto found
            = std::ranges::find(m_environments, id, [](const EnvironmentSpecPtr &each) { return each->id; });
        if (found == m_environments.end())
            return refuse(
                compareError(ErrorKind::BadConfig, id, QStringLiteral("the inventory has no such environment")));
        environments.push_back(*found);
    }
    const size_t least = question.baseline ? 1 : 2;
    if (environments.size() < least || environments.size() > mostEnvironments)
        return refuse(compareError(ErrorKind::BadConfig, {},
                                   QStringLiteral("%1 to %2 environments can be compared, not %3")
                                       .arg(least)
                                       .arg(mostEnvironments)
                                       .arg(environments.size())));
    const auto isWanted = [&question](const SourceEntry &entry) {
        return entry.pane == PaneKind::Configs && (question.entries.isEmpty() || question.entries.contains(entry.id));
    };
    const bool isEmpty = std::ranges::none_of(environments, [&](const EnvironmentSpecPtr &environment) {
        return std::ranges::any_of(environment->entries, isWanted);
    });
    if (isEmpty)
        return refuse(
            compareError(ErrorKind::BadConfig, question.environments.join(QStringLiteral(", ")),
                         QStringLiteral("the inventory names no configs to compare there"),
                         QStringLiteral("Add \"configs\" entries; taffrail sources lists what can be read.")));
    m_question = question;
    m_read.clear();
    // Secrets are never compared with what was saved: their digests are worth nothing after a comparison.
    m_reader = std::make_unique<ConfigReader>(std::move(environments), question.entries, !question.baseline, *m_courier,
                                              nullptr);
    connect(m_reader.get(), &ConfigReader::progress, this, &Comparing::reading);
    connect(m_reader.get(), &ConfigReader::finished, this, &Comparing::take);
    m_reader->start();
}

void Comparing::take(const Environments &environments)
{
    m_reader.release()->deleteLater();
    m_read = environments;
    judge();
}

void Comparing::judgeAgain(const items::CompareQuestion &question)
{
    if (m_read.empty() || question.environments != m_question.environments || question.entries != m_question.entries
        || question.baseline != m_question.baseline)
        return compare(question);
    m_question = question;
    judge();
}

Result<Comparing::Environments> Comparing::withBaselines(const Environments &environments) const
{
    Environments pairs;
    for (const auto &environment : environments) {
        auto saved = baselineIn(m_options.baselineFolder, environment->id);
        if (!saved)
            return failure(saved.error());
        if (!*saved)
            return failure(compareError(ErrorKind::NotFound, environment->id,
                                        QStringLiteral("no baseline was saved of it"),
                                        QStringLiteral("Save what is there now as the baseline to compare with later: "
                                                       "taffrail compare %1 --save-baseline")
                                            .arg(environment->id)));
        auto named = std::make_shared<ComparedEnvironment>(*withoutUndigested(*(*saved)->environment));
        named->name = named->id = QStringLiteral("%1 at %2").arg(environment->id, rfc3339((*saved)->savedAt));
        if (!m_question.entries.isEmpty())
            std::erase_if(named->sources,
                          [this](const ComparedSource &source) { return !m_question.entries.contains(source.entry); });
        pairs.push_back(std::move(named));
        pairs.push_back(withoutUndigested(*environment));
    }
    return pairs;
}

void Comparing::judge()
{
    const auto kept = expectedIn(m_options.expectedFile);
    if (!kept)
        return refuse(kept.error());
    std::vector<ExpectedDifference> expected = kept->value_or(std::vector<ExpectedDifference>());
    Result<Environments> environments = m_question.baseline ? withBaselines(m_read) : Result<Environments>(m_read);
    if (!environments)
        return refuse(environments.error());
    const auto reference
        = std::ranges::find(*environments, m_question.reference, [](const auto &each) { return each->id; });
    const bool isFirst = m_question.baseline || reference == environments->end();
    const int column = isFirst ? 0 : int(reference - environments->begin());
    if (m_question.baseline)
        expected.clear(); // they are about one environment against another
    auto comparison = std::make_shared<items::Comparison>();
    comparison->question = m_question;
    comparison->expectedFile = m_options.expectedFile;
    comparison->matrix = compareConfigs(std::move(*environments), column, m_question.normalisers, expected,
                                        QDateTime::currentDateTimeUtc());
    emit compared(comparison);
}

void Comparing::changeExpected(const std::function<void(std::vector<ExpectedDifference> &)> &change)
{
    if (m_options.expectedFile.isEmpty())
        return refuse(compareError(ErrorKind::Unsupported, {},
                                   QStringLiteral("there is no inventory file beside which "
                                                  "expected differences could be kept")));
    const auto kept = expectedIn(m_options.expectedFile); // read again: somebody may have edited it meanwhile
    if (!kept)
        return refuse(kept.error());
    std::vector<ExpectedDifference> expected = kept->value_or(std::vector<ExpectedDifference>());
    change(expected);
    constexpr unsigned readableByAll = 0644; // it is kept in git beside the inventory and holds no secret
    if (const auto saved = saveFile(m_options.expectedFile, inventory::expectedText(expected), readableByAll); !saved)
        return refuse(saved.error());
    if (!m_read.empty())
        judge();
}

void Comparing::expect(const ExpectedDifference &difference)
{
    if (difference.reason.trimmed().isEmpty() || difference.environments.isEmpty() || difference.key.isEmpty()
        || !difference.until.isValid())
        return refuse(
            compareError(ErrorKind::BadConfig, difference.key,
                         QStringLiteral("an expected difference needs a key, environments, a reason and a day "
                                        "until which it holds")));
    changeExpected([&](std::vector<ExpectedDifference> &expected) { expected.push_back(difference); });
}

void Comparing::withdraw(const ExpectedDifference &difference)
{
    changeExpected([&](std::vector<ExpectedDifference> &expected) { std::erase(expected, difference); });
}

void Comparing::saveBaseline(const QString &environment)
{
    const auto byId = [](const auto &each) { return each->id; };
    if (const auto read = std::ranges::find(m_read, environment, byId); read != m_read.end()) {
        keepBaseline(**read);
        return;
    }
    const auto found = std::ranges::find(m_environments, environment, byId);
    if (found == m_environments.end()) {
        emit baselineSaved(environment, QStringLiteral("the inventory has no such environment"));
        return;
    }
    auto *reader = new ConfigReader({*found}, {}, false, *m_courier, this);
    connect(reader, &ConfigReader::progress, this, &Comparing::reading);
    connect(reader, &ConfigReader::finished, this, [this, reader](const Environments &environments) {
        reader->deleteLater();
        keepBaseline(*environments.front());
    });
    reader->start();
}

void Comparing::keepBaseline(const ComparedEnvironment &environment)
{
    const auto unread = std::ranges::find_if(environment.sources, [](const ComparedSource &each) { return !each.set; });
    if (environment.sources.empty() || unread != environment.sources.end()) {
        const QString why = environment.sources.empty() ? QStringLiteral("the inventory names no configs there")
            : unread->error ? QStringLiteral("%1 could not be read: %2").arg(unread->entry, sentence(*unread->error))
                            : QStringLiteral("%1 could not be read").arg(unread->entry);
        emit baselineSaved(environment.id, why);
        return;
    }
    QDir().mkpath(m_options.baselineFolder);
    const auto saved = saveFile(baselinePath(m_options.baselineFolder, environment.id),
                                codec::baselineText(environment, QDateTime::currentDateTimeUtc()));
    emit baselineSaved(environment.id, saved ? QString() : sentence(saved.error()));
}

void Comparing::exportReport(const items::ComparisonPtr &comparison, MatrixView view, const QString &format,
                             const QString &path)
{
    const Result<void> saved = saveReport(comparison->matrix, view, format, path);
    emit exported(path, saved ? QString() : sentence(saved.error()));
}

} // namespace taffrail
