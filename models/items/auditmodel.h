// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "celltable.h"

#include "auditchain.h"

#include <map>
#include <set>

namespace taffrail::items {

/// What the last walk over the chain found.
struct ChainState {
    bool walked = false;
    AuditHead head; ///< the last entry that fits
    AuditFault fault; ///< seq 0 = none
    QDateTime at; ///< UTC

    bool operator==(const ChainState &) const = default;
};

/// Audit entries, newest first, read page by page from the newest on.
class AuditModel : public CellTable {
    Q_OBJECT

public:
    enum Column { Seq, Time, Actor, Environment, Action, Object, Detail, Chain, ColumnCount };
    Q_ENUM(Column)
    static constexpr int pageSize = 200;

    explicit AuditModel(QObject *parent = nullptr);

    /// Adds a page; entries that are there are not doubled. `more`: older ones exist.
    void add(const std::vector<AuditEntry> &entries, qint64 beforeSeq, bool more);
    void setChain(const ChainState &chain);
    /// Null for a row id that is not there.
    const AuditEntry *entryOf(const QString &rowId) const;
    /// Environments that the entries name, sorted.
    QStringList environments() const;
    qint64 oldest() const { return m_entries.empty() ? 0 : m_entries.begin()->first; }
    qint64 newest() const { return m_entries.empty() ? 0 : m_entries.rbegin()->first; }

    /// The number below which entries exist that were not read yet, although older ones were; 0 = none. Where an answer
    /// showed that there are none, the chain itself has the gap.
    qint64 gapBelow() const;

    bool canFetchMore(const QModelIndex &parent) const override;
    void fetchMore(const QModelIndex &parent) override;
    /// No page is on its way any more.
    void giveUp() { m_fetching = false; }

signals:
    /// Wants the entries below this number; 0 = the newest.
    void pageWanted(qint64 beforeSeq, int limit);
    void environmentsChanged();

private:
    CellRow rowOf(const AuditEntry &entry) const;

    std::map<qint64, AuditEntry> m_entries;
    std::set<QString> m_environments;
    std::set<qint64> m_holes; // below these the chain itself has none
    ChainState m_chain;
    bool m_more = false;
    bool m_fetching = false;
};

/// The detail of an entry for reading: its JSON with one value a line. Bytes that are no JSON come as they are. Fit to
/// show.
QString readableDetail(const QByteArray &detail);

} // namespace taffrail::items
