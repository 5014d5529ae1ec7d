// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "opstable.h"

#include "status.h"

#include <QSet>

namespace taffrail::ui {

/// The order of the board: rank, then production first, then name; and the toggles of the count strip.
class BoardProxy : public OpsProxy {
    Q_OBJECT

public:
    using OpsProxy::OpsProxy;

    /// Only rows of these statuses; empty = all.
    void setStatuses(const QSet<int> &statuses);

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override;
    bool lessThan(const QModelIndex &left, const QModelIndex &right) const override;

private:
    QSet<int> m_statuses;
};

} // namespace taffrail::ui
