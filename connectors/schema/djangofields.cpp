// SPDX-License-Identifier: GPL-3.0-or-later
#include "djangofields.h"

#include <algorithm>

namespace taffrail::schema {

namespace {

/// True or False; `isMade` for anything else that is written there.
bool flag(const PythonTokens &tokens, const PythonCall &call, const char *keyword, bool fallback, bool &isMade)
{
    const TokenSpan *span = call.keyword(keyword);
    if (!span)
        return fallback;
    const bool isTrue = isWord(tokens, *span, "True");
    isMade |= !isTrue && !isWord(tokens, *span, "False");
    return isTrue;
}

/// models.X, django.….X, or a class of django.contrib.postgres or gis as makemigrations writes them.
bool isDjangos(const QByteArrayList &head)
{
    return head.size() >= 2
        && (head[head.size() - 2] == "models" ? head.size() == 2 || head[0] == "django" : head[0] == "django");
}

/// A function that takes rows away or changes all of them: X.objects.all().delete(), X.objects.update(…).
bool changesAllRows(const PythonTokens &tokens, size_t at)
{
    const auto isAt = [&](size_t back, const char *word) { return at >= back && tokens[at - back].is(word); };
    const bool afterAll = isAt(1, ".") && isAt(2, ")") && isAt(3, "(") && isAt(4, "all");
    const bool afterManager = isAt(1, ".") && isAt(2, "objects");
    return afterAll || afterManager;
}

class CodeReader {
public:
    CodeReader(const PythonTokens &tokens, OperationLog &log) : m_tokens(tokens), m_log(log) {}

    void read(const PythonFunction &function)
    {
        const size_t depth = m_log.perhaps();
        bool changesRows = false;
        for (size_t at = function.body.first; at + 1 < function.body.last; ++at) {
            if (m_tokens[at].kind != PythonToken::Name || !m_tokens[at + 1].is("("))
                continue;
            changesRows = true;
            call(at, function.body.last);
        }
        m_log.endPerhaps(depth);
        if (changesRows)
            m_log.add(MigrationKind::Data, QStringLiteral("%1() changes rows").arg(QString::fromUtf8(function.name)));
    }

private:
    void call(size_t at, size_t end)
    {
        const QByteArray name = m_tokens[at].text;
        const bool isMethod = at > 0 && m_tokens[at - 1].is(".");
        if (isMethod && (name == "execute" || name == "executemany")) {
            execute(at, end);
        } else if (isMethod && (name == "delete" || name == "update") && changesAllRows(m_tokens, at)) {
            m_log.add(MigrationKind::Irreversible,
                      name == "delete" ? QStringLiteral("every row of a model is deleted")
                                       : QStringLiteral("every row of a model is changed"));
        } else if ((isMethod && at > 1 && m_tokens[at - 2].is("schema_editor")) || name == "call_command"
                   || name == "getattr" || name == "eval" || name == "exec") {
            m_log.unknown(QStringLiteral("%1() may do anything").arg(QString::fromUtf8(name)));
        }
    }

    void execute(size_t at, size_t end)
    {
        const auto arguments = pythonArgumentsAt(m_tokens, at + 1, end);
        if (!arguments || arguments->positional.empty()) {
            m_log.unknown(QStringLiteral("its SQL is not written out"));
            return;
        }
        const TokenSpan &sql = arguments->positional.front();
        if (const auto literal = pythonLiteral(m_tokens, sql))
            m_log.sql(QByteArray(*literal).replace("%s", "NULL"), m_tokens[at].line, false);
        else
            m_log.sql(pythonHint(m_tokens, sql), m_tokens[at].line, true);
    }

    const PythonTokens &m_tokens;
    OperationLog &m_log;
};

} // namespace

DjangoField djangoField(const PythonTokens &tokens, const TokenSpan *field, const QString &name)
{
    DjangoField result;
    result.column.name = name;
    const auto call = field ? pythonCallAt(tokens, field->first, field->last) : std::nullopt;
    if (!call || call->span.last != field->last) {
        result.isMade = true;
        return result;
    }
    const QByteArray kind = call->name();
    result.isKnown = isDjangos(call->head) && !call->isSpread;
    result.isManyToMany = kind == "ManyToManyField";
    result.hasOwnThrough = call->keyword("through") != nullptr;
    trees::NewColumn &column = result.column;
    const bool isForeign = kind == "ForeignKey" || kind == "OneToOneField";
    const bool isAuto = kind == "AutoField" || kind == "BigAutoField" || kind == "SmallAutoField";
    column.notNull = !flag(tokens, *call, "null", kind == "NullBooleanField", result.isMade);
    column.isUnique = flag(tokens, *call, "unique", kind == "OneToOneField", result.isMade);
    column.isPrimary = flag(tokens, *call, "primary_key", false, result.isMade);
    column.isIdentity = isAuto;
    column.isGenerated = kind == "GeneratedField";
    column.references = isForeign && flag(tokens, *call, "db_constraint", true, result.isMade);
    if (const TokenSpan *value = call->keyword("db_default")) {
        column.hasDefault = !isWord(tokens, *value, "None");
        column.callsFunction = containsCall(tokens, *value);
    }
    const TokenSpan *own = call->keyword("db_column");
    const auto literal = own ? pythonLiteral(tokens, *own) : std::nullopt;
    if (literal)
        column.name = QString::fromUtf8(*literal);
    else if (isForeign)
        column.name += QLatin1String("_id");
    result.isIndexed = !column.isUnique
        && flag(tokens, *call, "db_index", kind == "ForeignKey" || kind == "SlugField", result.isMade);
    return result;
}

void judgeDjangoCode(const PythonTokens &tokens, const std::vector<PythonFunction> &functions, const TokenSpan &code,
                     OperationLog &log)
{
    const bool isName = code.last - code.first == 1 && tokens[code.first].kind == PythonToken::Name;
    const PythonFunction *function = isName ? functionNamed(functions, tokens[code.first].text) : nullptr;
    if (!function) {
        log.unknown(QStringLiteral("the function that it runs is not in this file"));
        return;
    }
    CodeReader(tokens, log).read(*function);
}

} // namespace taffrail::schema
