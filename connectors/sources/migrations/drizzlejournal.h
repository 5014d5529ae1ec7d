// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "namedhistory.h"

namespace taffrail::sources::migrations {

/// One entry of Drizzle's meta/_journal.json.
struct JournalEntry {
    qint64 when = 0; ///< milliseconds since 1970
    QByteArray tag;
};
/// The entries in the journal's order; an Error for what is no journal. At most 20 000 entries.
Result<std::vector<JournalEntry>> readJournal(const QByteArray &json);

/// A checkout's migrations as Drizzle sees them, in the order in which it looks at them.
struct DrizzleFiles {
    struct Step {
        QByteArray tag;
        std::optional<qint64> when; ///< nothing: told by the folder's name (version 1)
        RootedFile rooted; ///< file is null when the journal names one that is not there
    };
    std::vector<Step> steps;
    QStringList notes; ///< journals that can't be read, files that no journal names
    bool isUnreadable = false; ///< a journal is there but says nothing
};
DrizzleFiles drizzleSteps(const Roots &roots);

} // namespace taffrail::sources::migrations
