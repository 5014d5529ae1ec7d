// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QStringList>

namespace taffrail {

/// A difference that people have agreed to. Kept in a JSON file beside the inventory that is reviewed like code.
struct ExpectedDifference {
    QString entry; ///< config entry id, or a pattern (* ?) of them; "*" = any
    QString file; ///< ConfigFile::name pattern (* ?); "" = any
    QString key; ///< key pattern (* ?): "pool.*"
    QStringList environments; ///< ids whose cell may differ from the reference's; never empty
    QString reason; ///< never empty
    QString author;
    QDateTime since; ///< UTC; when it was accepted
    QDateTime until; ///< UTC; after it the difference comes back. Always set

    bool operator==(const ExpectedDifference &) const = default;
};

} // namespace taffrail
