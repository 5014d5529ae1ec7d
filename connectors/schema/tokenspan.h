// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace taffrail::schema {

/// A stretch of a file's tokens.
struct TokenSpan {
    size_t first = 0, last = 0; ///< [first, last)

    bool isEmpty() const { return first >= last; }
    size_t size() const { return last > first ? last - first : 0; }
};

} // namespace taffrail::schema
