// SPDX-License-Identifier: GPL-3.0-or-later
#include "auditmodel.h"

#include "text.h"
#include "words.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace taffrail::items {

namespace {

constexpr int longestDetail = 100'000; // characters shown; an entry may hold a whole plan

QString rowIdOf(qint64 seq)
{
    return padded(999'999'999'999 - seq); // newest first in key order
}

// What happened in one line: the texts and numbers of the object's first level.
QString summaryOf(const QByteArray &detail)
{
    const QJsonObject object = QJsonDocument::fromJson(detail).object();
    QStringList parts;
    for (const QString &key : {QStringLiteral("outcome"), QStringLiteral("trouble"), QStringLiteral("message"),
                               QStringLiteral("reason"), QStringLiteral("target"), QStringLiteral("to")}) {
        const QString text = object.value(key).toVariant().toString();
        if (!text.isEmpty())
            parts << text;
    }
    const QString digest = object.value(QStringLiteral("plan_digest")).toString();
    if (parts.isEmpty() && !digest.isEmpty())
        parts << AuditModel::tr("plan %1").arg(digest.left(8));
    const QString line
        = parts.isEmpty() && object.isEmpty() ? QString::fromUtf8(detail) : parts.join(QStringLiteral(" \u00b7 "));
    return sanitizedLine(line.toUtf8(), 200);
}

} // namespace

QString readableDetail(const QByteArray &detail)
{
    const QJsonDocument document = QJsonDocument::fromJson(detail);
    const QString text = sanitized(document.isNull() ? detail : document.toJson(QJsonDocument::Indented));
    return text.size() <= longestDetail ? text
                                        : text.left(longestDetail)
            + AuditModel::tr("\n\u2026 %1 more characters; export the audit to see them")
                  .arg(text.size() - longestDetail);
}

AuditModel::AuditModel(QObject *parent)
    : CellTable({{tr("Seq"), 7},
                 {tr("Time"), 18},
                 {tr("Actor"), 13},
                 {tr("Environment"), 16},
                 {tr("Action"), 14},
                 {tr("Object"), 14},
                 {tr("Result and detail"), 30, true},
                 {tr("Chain"), 16}},
                parent)
{
}

CellRow AuditModel::rowOf(const AuditEntry &entry) const
{
    Worded chain{tr("Not verified"), Status::None};
    if (m_chain.walked && m_chain.fault.seq > 0 && entry.seq == m_chain.fault.seq)
        chain = {tr("Broken here"), Status::Critical};
    else if (m_chain.walked && m_chain.fault.seq > 0 && entry.seq > m_chain.fault.seq)
        chain = {tr("After the break"), Status::Unknown};
    else if (m_chain.walked && entry.seq <= m_chain.head.seq)
        chain = {tr("Verified"), Status::Ok};
    CellRow row;
    row.id = rowIdOf(entry.seq);
    row.status = chain.status == Status::Critical ? chain.status : Status::None;
    row.environment = entry.environment;
    row.cells = {numberCell(QString::number(entry.seq), entry.seq),
                 timeCell(entry.time()),
                 textCell(sanitizedLine(entry.actor.toUtf8())),
                 textCell(sanitizedLine(entry.environment.toUtf8())),
                 textCell(sanitizedLine(entry.action.toUtf8())),
                 textCell(sanitizedLine(entry.object.toUtf8())),
                 textCell(summaryOf(entry.detail)),
                 statusCell(chain.status, chain.text)};
    row.extras = {{tr("Written by"), sanitizedLine(entry.app.toUtf8()), {}},
                  {tr("Hash"), QString::fromLatin1(entry.hash.toHex()), {}},
                  {tr("Hash before"), QString::fromLatin1(entry.previous.toHex()), {}},
                  {tr("Detail"), readableDetail(entry.detail), {}}};
    row.filterFields
        = {QStringLiteral("env:") + entry.environment.toLower(), QStringLiteral("actor:") + entry.actor.toLower(),
           QStringLiteral("action:") + entry.action.toLower()};
    return row;
}

void AuditModel::add(const std::vector<AuditEntry> &entries, qint64 beforeSeq, bool more)
{
    m_fetching = false;
    const qint64 oldestBefore = oldest();
    // The answer to "the newest" says nothing of what is older than what is there already.
    if (oldestBefore == 0 || (beforeSeq > 0 && beforeSeq <= oldestBefore))
        m_more = more;
    if (beforeSeq > 0 && (entries.empty() || entries.front().seq != beforeSeq - 1))
        m_holes.insert(beforeSeq);
    const size_t environments = m_environments.size();
    std::vector<CellRow> rows;
    for (int row = 0; row < rowCount(); ++row)
        rows.push_back(rowAt(row));
    for (const AuditEntry &entry : entries) {
        if (!m_entries.emplace(entry.seq, entry).second)
            continue;
        rows.push_back(rowOf(entry));
        if (!entry.environment.isEmpty())
            m_environments.insert(entry.environment);
    }
    apply(std::move(rows));
    if (environments != m_environments.size())
        emit environmentsChanged();
}

void AuditModel::setChain(const ChainState &chain)
{
    if (chain == m_chain)
        return;
    m_chain = chain;
    std::vector<CellRow> rows;
    for (const auto &[seq, entry] : m_entries)
        rows.push_back(rowOf(entry));
    apply(std::move(rows));
}

const AuditEntry *AuditModel::entryOf(const QString &rowId) const
{
    const auto found = m_entries.find(999'999'999'999 - rowId.toLongLong());
    return rowId.isEmpty() || found == m_entries.end() ? nullptr : &found->second;
}

QStringList AuditModel::environments() const
{
    return {m_environments.begin(), m_environments.end()};
}

qint64 AuditModel::gapBelow() const
{
    qint64 above = 0;
    for (auto entry = m_entries.rbegin(); entry != m_entries.rend(); ++entry) {
        if (above > 0 && entry->first != above - 1 && !m_holes.contains(above))
            return above;
        above = entry->first;
    }
    return 0;
}

bool AuditModel::canFetchMore(const QModelIndex &parent) const
{
    return !parent.isValid() && m_more && !m_fetching && !m_entries.empty();
}

void AuditModel::fetchMore(const QModelIndex &parent)
{
    if (!canFetchMore(parent))
        return;
    m_fetching = true;
    emit pageWanted(oldest(), pageSize);
}

} // namespace taffrail::items
