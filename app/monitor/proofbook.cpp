// SPDX-License-Identifier: GPL-3.0-or-later
#include "proofbook.h"

#include "proofstore.h"

#include <algorithm>

namespace taffrail {

namespace {

/// Other programs of the same person write the file, too.
constexpr qint64 readIntervalMs = 60'000;

QString markOf(const BackupProof &proof)
{
    return QStringList{proof.environment,      proof.entry,
                       proof.location,         proof.backup,
                       trustWord(proof.depth), QString::number(proof.at.toMSecsSinceEpoch())}
        .join(QChar(0x1F));
}

} // namespace

ProofBook::ProofBook(QString path) : m_path(std::move(path))
{
    m_disk.setMaxThreadCount(1);
    m_sinceRead.start();
    const auto store = ProofStore::open(m_path);
    const auto known = store ? (*store)->proofs() : failure(store.error());
    if (store)
        m_trouble = (*store)->notice();
    if (known)
        take(*known);
    else
        m_trouble = sentence(known.error());
}

ProofBook::~ProofBook()
{
    m_disk.waitForDone();
}

QString ProofBook::trouble() const
{
    const QMutexLocker lock(&m_mutex);
    return m_trouble;
}

void ProofBook::take(const std::vector<BackupProof> &proofs)
{
    m_proofs.clear();
    m_told.clear();
    for (const BackupProof &proof : proofs) {
        m_proofs[{proof.environment, proof.entry}].push_back(proof);
        m_told.insert(markOf(proof));
    }
}

void ProofBook::replace(const std::vector<BackupProof> &proofs)
{
    const QMutexLocker lock(&m_mutex);
    take(proofs);
}

std::vector<BackupProof> ProofBook::proofs(const QString &environment, const QString &entry) const
{
    const QMutexLocker lock(&m_mutex);
    return m_proofs.value({environment, entry});
}

Attempt ProofBook::merged(const QString &environment, const QString &entry, const Attempt &attempt)
{
    const auto *set = attempt.result ? std::get_if<BackupSet>(attempt.result->get()) : nullptr;
    if (!set)
        return attempt;
    const QMutexLocker lock(&m_mutex);
    std::vector<BackupProof> news;
    for (BackupProof &proof : proofsIn(environment, entry, *set)) {
        if (!m_told.contains(markOf(proof)))
            news.push_back(std::move(proof));
    }
    if (!news.empty()) {
        std::vector<BackupProof> &known = m_proofs[{environment, entry}];
        known.insert(known.begin(), news.begin(), news.end());
        for (const BackupProof &proof : news)
            m_told.insert(markOf(proof));
        rememberSoon(std::move(news));
    }
    if (m_sinceRead.hasExpired(readIntervalMs))
        readSoon();
    const std::vector<BackupProof> known = m_proofs.value({environment, entry});
    const QStringList notes = restoreNotes(*set, known);
    if (known.empty() && notes.isEmpty())
        return attempt;
    BackupSet told = withProofs(*set, known);
    told.notes += notes;
    Attempt merged = attempt;
    merged.result = std::make_shared<const Value>(std::move(told));
    return merged;
}

void ProofBook::rememberSoon(std::vector<BackupProof> proofs)
{
    m_disk.start([this, proofs = std::move(proofs)] {
        const auto store = ProofStore::open(m_path);
        const auto kept = store ? (*store)->remember(proofs) : Result<void>(failure(store.error()));
        const QMutexLocker lock(&m_mutex);
        m_trouble = kept ? QString() : sentence(kept.error());
    });
}

void ProofBook::readSoon()
{
    m_sinceRead.restart();
    m_disk.start([this] {
        const auto store = ProofStore::open(m_path);
        const auto known = store ? (*store)->proofs() : failure(store.error());
        const QMutexLocker lock(&m_mutex);
        if (known)
            take(*known);
    });
}

} // namespace taffrail
