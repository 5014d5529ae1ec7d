// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "celltable.h"
#include "readinessdesk.h"

namespace taffrail::items {

/// Criteria as rows, environments as columns. The columns are those it is made with.
class ReadinessModel : public CellTable {
    Q_OBJECT

public:
    enum Column { Criterion, Group, FirstEnvironment };

    explicit ReadinessModel(const QStringList &environments, QObject *parent = nullptr);

    void take(const ReadinessCardPtr &card);
    void setNow(const QDateTime &now) override;
    const QStringList &environments() const { return m_environments; }
    /// Null when it was not judged yet.
    ReadinessCardPtr card(const QString &environment) const { return m_cards.value(environment); }
    /// What stands behind one row for one environment ("" = for all), for reading.
    QString evidenceText(const QString &rowId, const QString &environment) const;
    /// "shop-production 9 of 12 (was 8)"; "" before the first one.
    QString totals() const;

private:
    void fill();
    CellRow rowOf(size_t index) const;
    const ReadinessResult *resultOf(const QString &environment, const QString &code) const;

    QStringList m_environments;
    QHash<QString, ReadinessCardPtr> m_cards;
    QStringList m_words; ///< what the ages of the cells said at the last filling
};

/// "Pass" | "Fail" | "Unknown" | "Not applicable" | "Off", and the status that it is painted as.
struct ReadinessWord {
    QString text;
    Status status = Status::None;
};
ReadinessWord readinessShown(const ReadinessResult &result);

} // namespace taffrail::items
