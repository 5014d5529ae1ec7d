// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "operationlog.h"
#include "pythoncalls.h"

namespace taffrail::schema {

/// One call op.name(…) or batch_op.name(…).
struct AlembicCall {
    const PythonTokens &tokens;
    const PythonCall &call;
    const PythonTexts &texts;
    std::optional<QString> batchTable; ///< of batch_alter_table: the calls inside do not name it
};

/// Judges it; false when it is no operation that this knows.
bool judgeAlembicCall(const AlembicCall &call, OperationLog &log);
/// A name that is written out, or in a constant; nothing when it is made when it runs.
std::optional<QString> alembicName(const PythonTokens &tokens, const TokenSpan *span, const PythonTexts &texts);
/// "schema.table" of the positional argument or the keyword `name`, with the keyword "schema".
std::optional<QString> alembicTable(const PythonTokens &tokens, const PythonCall &call, int position, const char *name,
                                    const PythonTexts &texts);

} // namespace taffrail::schema
