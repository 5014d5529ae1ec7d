// SPDX-License-Identifier: GPL-3.0-or-later
#include "companions.h"

namespace taffrail::sources::migrations {

const FoundCompanion *companionOf(const Detected &found, const CompanionPart &part)
{
    const FoundCompanion *chosen = nullptr;
    int best = 0;
    for (const FoundCompanion &companion : found.companions) {
        if (companion.kind != QLatin1String(part.kind))
            continue;
        const QString &name = companion.table.name;
        const int rank = name.startsWith(found.table.name) ? 3 : name == QLatin1String(part.defaultTable) ? 2 : 1;
        if (rank > best) {
            chosen = &companion;
            best = rank;
        }
    }
    return chosen;
}

} // namespace taffrail::sources::migrations
