// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

/// The options that every source of migrations has.
namespace taffrail::sources::migrations {

// An object, or a list of them.
inline constexpr Option filesOption{
    "files", "object", false,
    "Where the migration files lie: they tell what is pending, missing or changed. One place or a list; \"table\" "
    "names the "
    "history that they belong to, where there are several of one tool",
    R"("type":["object","array"],"required":["host","path"],"additionalProperties":false,)"
    R"("properties":{"host":{"type":"string"},"path":{"type":"string","pattern":"^/"},"table":{"type":"string"}},)"
    R"("items":{"type":"object","required":["host","path"],"additionalProperties":false,)"
    R"("properties":{"host":{"type":"string"},"path":{"type":"string","pattern":"^/"},"table":{"type":"string"}}})"};

inline constexpr Option tableOption{"table", "string", false, "Only this history table: name or schema.name",
                                    R"("minLength":1)"};

} // namespace taffrail::sources::migrations
