// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "result.h"

#include <vector>

namespace taffrail::inventory {

/// One mistake in an inventory file.
struct Problem {
    QString file;
    int line = 0, column = 0; ///< from 1; 0 = the file as a whole
    QString path; ///< JSON path, "$.environments[0].hosts[1].ssh.port"
    QString expected; ///< "a whole number from 1 to 65535"
    QString found; ///< "the text \"22\""; never a secret
    QString hint; ///< "Did you mean \"hosts\"?" or ""

    bool operator==(const Problem &) const = default;
};
using Problems = std::vector<Problem>;

/// "FILE:LINE:COLUMN: PATH: expected …, found …. Hint", the form that editors can follow.
QString problemText(const Problem &problem);
/// All of them as one BadConfig error: the first in words, and how many more there are.
Error inventoryError(const Problems &problems);
/// The candidate that `word` was probably meant to be, or "".
QString nearestWord(const QString &word, const QStringList &candidates);

} // namespace taffrail::inventory
