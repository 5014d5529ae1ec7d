// SPDX-License-Identifier: GPL-3.0-or-later
#include "matrixbuilder.h"

#include "text.h"

#include <algorithm>

namespace taffrail {

namespace {

/// Files of one entry that are named one by one when they could not be read.
constexpr int maxNamedFiles = 10;

QString reasonOf(const Error &error)
{
    return error.text.isEmpty() ? errorKindWord(error.kind) : error.text;
}

QString foldedKey(const QString &key)
{
    return key.normalized(QString::NormalizationForm_C).toCaseFolded();
}

QString likenessOf(const QString &key, const QString &other)
{
    const bool sameForm
        = key.normalized(QString::NormalizationForm_C) == other.normalized(QString::NormalizationForm_C);
    return sameForm
        ? QStringLiteral("another key differs from this only in its Unicode form: %1")
              .arg(sanitizedLine(other.toUtf8()))
        : QStringLiteral("another key differs from this only in case: %1").arg(sanitizedLine(other.toUtf8()));
}

} // namespace

/// Keys that a reader takes for the same are two rows: each says so.
void MatrixBuilder::noteSimilarKeys(const Group &group)
{
    QHash<QString, qsizetype> seen;
    const QString *file = nullptr;
    for (auto at = group.firstRow; at < qsizetype(m_matrix.rows.size()); ++at) {
        MatrixRow &row = m_matrix.rows[size_t(at)];
        if (!file || *file != row.file)
            seen.clear();
        file = &row.file;
        const QString folded = foldedKey(row.key);
        const auto other = seen.constFind(folded);
        if (other == seen.constEnd()) {
            seen.insert(folded, at);
            continue;
        }
        MatrixRow &first = m_matrix.rows[size_t(*other)];
        row.note = likenessOf(row.key, first.key);
        if (first.note.isEmpty())
            first.note = likenessOf(first.key, row.key);
    }
}

void MatrixBuilder::note(const EntrySide &side, const QString &text)
{
    const QString &id = m_matrix.environments[size_t(side.column())]->id;
    m_matrix.notes << sanitizedLine(redacted(QStringLiteral("%1: %2").arg(id, text)).toUtf8());
}

void MatrixBuilder::noteSide(const Group &group, const EntrySide &side)
{
    if (!side.isInInventory()) {
        note(side, QStringLiteral("there is no entry \"%1\" here").arg(group.entry));
        return;
    }
    const ComparedEnvironment &environment = *m_matrix.environments[size_t(side.column())];
    const auto source = std::ranges::find(environment.sources, group.entry, &ComparedSource::entry);
    if (!side.set() || source->error) {
        const QString why = source->error ? reasonOf(*source->error) : QStringLiteral("no answer");
        note(side,
             QStringLiteral("%1 was not read%2: %3")
                 .arg(group.entry, side.set() ? QStringLiteral(" to its end") : QString(), why));
    }
    if (!side.set())
        return;
    int named = 0;
    for (const ConfigFile &file : side.set()->files) {
        if (!file.error && !file.binary)
            continue;
        if (++named > maxNamedFiles)
            continue;
        const QString where = file.host.isEmpty() ? file.path : QStringLiteral("%1 on %2").arg(file.path, file.host);
        note(side,
             QStringLiteral("%1: %2: %3")
                 .arg(group.entry, where,
                      file.error ? reasonOf(*file.error) : QStringLiteral("is no text and was not read")));
    }
    if (named > maxNamedFiles)
        note(side, QStringLiteral("%1: %2 more files were not read").arg(group.entry).arg(named - maxNamedFiles));
    for (const QString &each : side.set()->notes)
        note(side, QStringLiteral("%1: %2").arg(group.entry, each));
}

void MatrixBuilder::noteReading(const Group &group)
{
    std::vector<Reading> readings;
    for (const EntrySide &side : group.sides) {
        noteSide(group, side);
        readings.push_back(!side.isInInventory()       ? Reading::NotInInventory
                               : side.isReadToTheEnd() ? Reading::Whole
                                                       : Reading::Partial);
    }
    m_readings.emplace_back(group.entry, std::move(readings));
}

/// Covered nothing, though everything that it speaks of was read: in the reference, and in each of its environments.
bool MatrixBuilder::isStale(const ExpectedDifference &expected) const
{
    const auto reference = size_t(m_matrix.reference);
    bool looked = false;
    for (const QString &id : expected.environments) {
        const auto found = std::ranges::find(m_matrix.environments, id, &ComparedEnvironment::id);
        const auto column = size_t(found - m_matrix.environments.begin());
        if (found == m_matrix.environments.end() || column == reference)
            return false;
        for (const auto &[entry, readings] : m_readings) {
            if (!fitsPattern(entry, expected.entry) || readings[column] == Reading::NotInInventory
                || readings[reference] == Reading::NotInInventory)
                continue;
            if (readings[column] != Reading::Whole || readings[reference] != Reading::Whole)
                return false;
            looked = true;
        }
    }
    return looked;
}

void MatrixBuilder::finish()
{
    for (const MatrixRow &row : m_matrix.rows)
        ++m_matrix.counts[size_t(row.state)];
    m_matrix.expired = m_expected.expired();
    for (const int i : m_expected.unused()) {
        if (isStale(m_matrix.expected[size_t(i)]))
            m_matrix.stale.push_back(i);
    }
    for (const QString &pattern : m_judge.invalidPatterns())
        m_matrix.notes << sanitizedLine(
            QStringLiteral("the host name pattern \"%1\" is no regular expression: it is not used")
                .arg(pattern)
                .toUtf8());
}

} // namespace taffrail
