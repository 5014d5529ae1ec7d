// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "operationlog.h"
#include "pythoncalls.h"
#include "statementtrees.h"

namespace taffrail::schema {

/// The column of a field: models.ForeignKey(…, null=True).
struct DjangoField {
    trees::NewColumn column;
    bool isKnown = false; ///< one of Django's own classes, written out
    bool isMade = false; ///< whether it allows NULL is decided when it runs
    bool isManyToMany = false; ///< a table of its own, unless hasOwnThrough
    bool hasOwnThrough = false;
    bool isIndexed = false;
};
DjangoField djangoField(const PythonTokens &tokens, const TokenSpan *field, const QString &name);

/// The function of a RunPython: rows are changed, as far as its text is in this file.
void judgeDjangoCode(const PythonTokens &tokens, const std::vector<PythonFunction> &functions, const TokenSpan &code,
                     OperationLog &log);

} // namespace taffrail::schema
