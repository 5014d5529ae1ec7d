// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

namespace taffrail::sources {

/// One catalogue query of pg_schema. All give the same columns: k1 … k4, the names that make the key (NULL = none),
/// `value`, and `note` (NULL = none).
struct SchemaPart {
    const char *name;
    QByteArray sql; ///< $1: text[] of schemas or NULL; $2, $3 where secrets can stand: the pads of masktokens.h
    bool hasSecrets = false;
};
const std::vector<SchemaPart> &schemaParts();

} // namespace taffrail::sources
