// SPDX-License-Identifier: GPL-3.0-or-later
#include "djangooperations.h"

#include "djangofields.h"
#include "statementtrees.h"

#include <algorithm>

namespace taffrail::schema {

namespace {

constexpr int deepest = 10;

class Reader {
public:
    Reader(const PythonTokens &tokens, const QByteArray &app, OperationLog &log)
        : m_tokens(tokens),
          m_functions(pythonFunctions(tokens)),
          m_texts(pythonConstants(tokens)),
          m_app(QString::fromUtf8(app)),
          m_log(log)
    {
    }

    MigrationVerdict read()
    {
        const PythonAssignment value = findAssignment(m_tokens, "operations", -1);
        if (!value.isFound) {
            m_log.unknown(QStringLiteral("it has no list of operations"));
            return m_log.finished(Reversible::Unknown, QStringLiteral("it has no list of operations"));
        }
        int lists = 0;
        for (size_t i = 0; i + 1 < m_tokens.size(); ++i) {
            const bool isList = m_tokens[i].is("operations") && m_tokens[i].column > 0;
            const bool isGiven = m_tokens[i].startsLine && (m_tokens[i + 1].is("=") || m_tokens[i + 1].is(":"));
            const bool isOther = i > 0 && m_tokens[i - 1].is(".") && m_tokens[i].is("operations");
            lists += isList && isGiven ? 1 : 0;
            const bool addsMore = (m_tokens[i].startsLine && m_tokens[i].is("operations") && !isGiven)
                || (isOther && m_tokens[i + 1].is(".") && i > 1 && m_tokens[i - 2].is("Migration")) || lists > 1;
            const bool overrides = m_tokens[i].is("def")
                && (m_tokens[i + 1].is("apply") || m_tokens[i + 1].is("unapply") || m_tokens[i + 1].is("__init__"));
            if (addsMore || overrides)
                cannotTell(QStringLiteral("its operations are made when it runs"));
        }
        list({value.first, std::min(value.last, m_tokens.size())}, 0);
        return m_log.finished(m_reversible, m_wayBack);
    }

private:
    void cannotTell(const QString &why)
    {
        m_log.unknown(why);
        noWayBack(Reversible::Unknown, why);
    }

    /// No outweighs Unknown.
    void noWayBack(Reversible reversible, const QString &why)
    {
        if (m_reversible == Reversible::No || (m_reversible == reversible))
            return;
        m_reversible = reversible;
        m_wayBack = why;
    }

    void list(const TokenSpan &span, int depth)
    {
        const auto items = pythonItems(m_tokens, span);
        if (!items || depth > deepest) {
            cannotTell(QStringLiteral("its operations are not written out as one list"));
            return;
        }
        for (const TokenSpan &item : *items) {
            m_log.at(m_tokens[item.first].line, m_tokens[item.first].begin, m_tokens[item.last - 1].end);
            const auto call = pythonCallAt(m_tokens, item.first, item.last);
            if (!call || call->span.last != item.last)
                cannotTell(QStringLiteral("it is no operation that is written out"));
            else {
                const PythonCall *outer = m_call; // lists stand in calls
                operation(*call, depth);
                m_call = outer;
            }
        }
    }

    void operation(const PythonCall &call, int depth)
    {
        const QByteArray name = call.name();
        const bool isDjangos = call.head.size() >= 2 && call.head[call.head.size() - 2] == "migrations";
        m_call = &call;
        m_isMade = call.isSpread;
        if (isDjangos && (name == "RunSQL" || name == "RunPython"))
            run(name);
        else if (isDjangos && name == "SeparateDatabaseAndState")
            separate(depth);
        else if (!(isDjangos && judgeModel(name)) && !judgePostgres(name))
            cannotTell(QStringLiteral("%1 is no operation of Django's own").arg(QString::fromUtf8(name)));
        if (m_isMade)
            m_log.unknown(QStringLiteral("a name or value is made when it runs"));
    }

    QString text(int position, const char *keyword)
    {
        const TokenSpan *span = m_call->argument(position, keyword);
        const auto literal = span ? pythonLiteral(m_tokens, *span) : std::nullopt;
        m_isMade |= !literal.has_value();
        return literal ? QString::fromUtf8(*literal) : QStringLiteral("?");
    }

    QString tableOf(const QString &model) const { return m_app + QLatin1Char('_') + model.toLower(); }
    QString table()
    {
        return tableOf(text(0, m_call->keyword("name") && !m_call->keyword("model_name") ? "name" : "model_name"));
    }

    bool judgeModel(const QByteArray &name)
    {
        static const QHash<QByteArray, void (Reader::*)()> known{
            {"CreateModel", &Reader::createModel},
            {"DeleteModel", &Reader::deleteModel},
            {"RenameModel", &Reader::renameModel},
            {"AlterModelTable", &Reader::alterTable},
            {"AlterModelTableComment", &Reader::comment},
            {"AlterModelOptions", &Reader::nothing},
            {"AlterModelManagers", &Reader::nothing},
            {"AlterUniqueTogether", &Reader::uniqueTogether},
            {"AlterIndexTogether", &Reader::addIndex},
            {"AlterOrderWithRespectTo", &Reader::orderWith},
            {"AddField", &Reader::addField},
            {"RemoveField", &Reader::removeField},
            {"AlterField", &Reader::alterField},
            {"RenameField", &Reader::renameField},
            {"AddIndex", &Reader::addIndex},
            {"RemoveIndex", &Reader::removeIndex},
            {"RenameIndex", &Reader::renameIndex},
            {"AddConstraint", &Reader::addConstraint},
            {"RemoveConstraint", &Reader::removeConstraint},
            {"AlterConstraint", &Reader::nothing},
        };
        const auto judge = known.constFind(name);
        if (judge == known.cend())
            return false;
        (this->**judge)();
        return true;
    }

    /// Those of django.contrib.postgres.
    bool judgePostgres(const QByteArray &name)
    {
        if (name == "AddIndexConcurrently")
            m_log.judge(trees::createIndex({{}, table(), false, true, false, {}}));
        else if (name == "RemoveIndexConcurrently")
            m_log.judge(trees::drop("OBJECT_INDEX", text(1, "name"), true));
        else if (name == "AddConstraintNotValid")
            addConstraint();
        else if (name == "ValidateConstraint")
            m_log.judge(trees::validateConstraint(table(), text(1, "name")));
        else if (name == "CreateExtension" || name == "TrigramExtension" || name == "HStoreExtension"
                 || name == "UnaccentExtension" || name == "CITextExtension" || name == "CryptoExtension"
                 || name == "BtreeGinExtension" || name == "BtreeGistExtension" || name == "BloomExtension")
            m_log.judge(trees::plain("CreateExtensionStmt"));
        else
            return false;
        return true;
    }

    void nothing() { m_log.add(MigrationKind::Expand); }
    void comment() { m_log.judge(trees::plain("CommentStmt")); }

    /// {"managed": False} and its like among the options.
    bool hasOption(const char *option, const char *value) const
    {
        const TokenSpan *span = m_call->argument(2, "options");
        for (size_t at = span ? span->first : 0; span && at + 2 < span->last; ++at) {
            if (m_tokens[at].kind == PythonToken::String && m_tokens[at].text == option && m_tokens[at + 1].is(":")
                && m_tokens[at + 2].is(value))
                return true;
        }
        return false;
    }

    void createModel()
    {
        const QString name = text(0, "name");
        if (hasOption("managed", "False") || hasOption("proxy", "True")) {
            nothing(); // no table of its own
            return;
        }
        m_log.judge(trees::createTable(tableOf(name)));
        const TokenSpan *options = m_call->argument(2, "options");
        for (size_t at = options ? options->first : 0; options && at + 2 < options->last; ++at) {
            const bool isTable = m_tokens[at].text == "db_table" && m_tokens[at].kind == PythonToken::String
                && m_tokens[at + 2].kind == PythonToken::String;
            if (isTable) // SQL of this set may name it so
                m_log.judge(trees::createTable(QString::fromUtf8(unescaped(m_tokens[at + 2]))));
        }
    }

    void deleteModel() { m_log.judge(trees::dropTable(tableOf(text(0, "name")))); }
    void renameModel()
    {
        const QString old = tableOf(text(0, "old_name"));
        m_log.judge(trees::renameTable(old, tableOf(text(1, "new_name"))));
    }
    void alterTable()
    {
        const TokenSpan *fresh = m_call->argument(1, "table");
        const bool isDefault = fresh && isWord(m_tokens, *fresh, "None");
        m_log.judge(trees::renameTable(table(), isDefault ? QStringLiteral("?") : text(1, "table")));
    }

    void uniqueTogether()
    {
        const TokenSpan *value = m_call->argument(1, "unique_together");
        const bool hasNames = value
            && std::any_of(m_tokens.begin() + qptrdiff(value->first), m_tokens.begin() + qptrdiff(value->last),
                           [](const PythonToken &token) { return token.kind == PythonToken::String; });
        if (hasNames)
            m_log.judge(trees::addConstraint(table(), "CONSTR_UNIQUE", {}));
        else
            m_log.judge(trees::dropConstraint(table(), QStringLiteral("unique_together")));
    }

    void orderWith()
    {
        trees::NewColumn column;
        column.name = QStringLiteral("_order");
        column.notNull = true;
        m_log.judge(trees::addColumn(table(), column));
    }

    void addField()
    {
        const QString owner = table();
        const QString name = text(1, "name");
        const DjangoField field = djangoField(m_tokens, m_call->argument(2, "field"), name);
        if (!field.isKnown)
            m_log.unknown(QStringLiteral("its field is not one of Django's own, or not written out"));
        if (field.isManyToMany) {
            if (field.hasOwnThrough)
                nothing();
            else
                m_log.judge(trees::createTable(owner + QLatin1Char('_') + name));
            return;
        }
        m_isMade |= field.isMade;
        m_log.judge(trees::addColumn(owner, field.column));
        if (field.isIndexed)
            m_log.judge(trees::createIndex({{}, owner, false, false, false, {}}));
    }

    /// The column of a field: a foreign key's has "_id" behind its name.
    QString columnOf(const QString &owner, const QString &name) const
    {
        const QString reference = name + QLatin1String("_id");
        return m_log.isOurs(QStringLiteral("column %1.%2").arg(owner, reference)) ? reference : name;
    }

    void removeField()
    {
        const QString owner = table();
        const QString name = text(1, "name");
        const QString joined = owner + QLatin1Char('_') + name;
        if (m_log.isOurs(QStringLiteral("table ") + joined))
            m_log.judge(trees::dropTable(joined));
        else
            m_log.judge(trees::dropColumn(owner, columnOf(owner, name)));
    }

    // What stood there before is not in this file.
    void alterField()
    {
        const QString owner = table();
        const QString name = text(1, "name");
        const QString column = columnOf(owner, name);
        const bool isOurs = m_log.isOurs(QStringLiteral("table ") + owner)
            || m_log.isOurs(QStringLiteral("column %1.%2").arg(owner, column));
        if (!isOurs) {
            m_log.unknown(
                QStringLiteral("%1 is altered: whether its type, NULL or only a label is not in this file").arg(name));
            return;
        }
        const DjangoField field = djangoField(m_tokens, m_call->argument(2, "field"), name);
        if (!field.isKnown)
            m_log.unknown(QStringLiteral("its field is not one of Django's own, or not written out"));
        const bool isRequired = field.column.notNull && !field.column.hasDefault;
        m_log.judge(isRequired ? trees::setNotNull(owner, column) : trees::dropNotNull(owner, column));
    }

    void renameField()
    {
        const QString owner = table();
        const QString old = text(1, "old_name");
        const QString column = columnOf(owner, old);
        const QString fresh = text(2, "new_name");
        m_log.judge(trees::renameColumn(owner, column, column == old ? fresh : fresh + QLatin1String("_id")));
    }

    void addIndex() { m_log.judge(trees::createIndex({{}, table(), false, false, false, {}})); }
    void removeIndex() { m_log.judge(trees::drop("OBJECT_INDEX", text(1, "name"))); }
    void renameIndex() { m_log.judge(trees::renameIndex(QStringLiteral("?"), text(1, "new_name"))); }

    void addConstraint()
    {
        const TokenSpan *span = m_call->argument(1, "constraint");
        const auto constraint = span ? pythonCallAt(m_tokens, span->first, span->last) : std::nullopt;
        const QByteArray kind = constraint ? constraint->name() : QByteArray();
        const bool isUnique = kind == "UniqueConstraint";
        if (!isUnique && kind != "CheckConstraint" && kind != "ExclusionConstraint")
            m_log.unknown(QStringLiteral("its constraint is not one of Django's own, or not written out"));
        const TokenSpan *fields = constraint ? constraint->keyword("fields") : nullptr;
        QStringList columns;
        for (const TokenSpan &item :
             fields ? pythonItems(m_tokens, *fields).value_or(std::vector<TokenSpan>()) : std::vector<TokenSpan>())
            columns << QString::fromUtf8(pythonLiteral(m_tokens, item).value_or("?"));
        const TokenSpan *label = constraint ? constraint->keyword("name") : nullptr;
        const QByteArray name = label ? pythonLiteral(m_tokens, *label).value_or(QByteArray()) : QByteArray();
        m_log.judge(trees::addConstraint(table(), isUnique ? "CONSTR_UNIQUE" : "CONSTR_CHECK", QString::fromUtf8(name),
                                         columns));
    }
    void removeConstraint() { m_log.judge(trees::dropConstraint(table(), text(1, "name"))); }

    void separate(int depth)
    {
        const TokenSpan *span = m_call->argument(0, "database_operations");
        if (!span || isWord(m_tokens, *span, "None")) {
            nothing();
            return;
        }
        list(*span, depth + 1);
        m_isMade = false; // of the last operation inside, which has said so
    }

    bool isNoop(const TokenSpan &span) const
    {
        return m_tokens[span.last - 1].is("noop") || isWord(m_tokens, span, "None");
    }

    void run(const QByteArray &name)
    {
        const bool isSql = name == "RunSQL";
        const TokenSpan *code = m_call->argument(0, isSql ? "sql" : "code");
        const TokenSpan *reverse = m_call->argument(1, isSql ? "reverse_sql" : "reverse_code");
        if (!reverse || reverse->isEmpty() || isWord(m_tokens, *reverse, "None"))
            noWayBack(Reversible::No, QStringLiteral("%1 without a way back").arg(QString::fromUtf8(name)));
        if (!code || code->isEmpty())
            cannotTell(QStringLiteral("what it runs is not written out"));
        else if (isNoop(*code))
            nothing();
        else if (isSql)
            sql(*code, 0);
        else
            judgeDjangoCode(m_tokens, m_functions, *code, m_log);
    }

    /// A text, a list of texts, or of pairs of a text and its values.
    void sql(const TokenSpan &span, int depth)
    {
        const int line = m_tokens[span.first].line;
        const bool isConstant = span.last - span.first == 1 && m_texts.contains(m_tokens[span.first].text);
        if (const auto literal = pythonLiteral(m_tokens, span); literal || isConstant) {
            m_log.sql(literal ? *literal : m_texts.value(m_tokens[span.first].text), line, false);
            return;
        }
        const auto items = pythonItems(m_tokens, span);
        if (!items || depth > 2) {
            m_log.sql(pythonHint(m_tokens, span), line, true);
            return;
        }
        const bool isPair = m_tokens[span.first].is("(") && items->size() == 2 && depth == 1;
        for (const TokenSpan &item : *items) {
            const auto literal = pythonLiteral(m_tokens, item);
            if (literal && isPair)
                m_log.sql(QByteArray(*literal).replace("%s", "NULL"), m_tokens[item.first].line, false);
            else
                sql(item, depth + 1);
            if (isPair)
                return; // the second are values
        }
    }

    const PythonTokens &m_tokens;
    std::vector<PythonFunction> m_functions;
    PythonTexts m_texts;
    QString m_app;
    OperationLog &m_log;
    const PythonCall *m_call = nullptr;
    bool m_isMade = false; ///< something of the operation is not written out
    Reversible m_reversible = Reversible::Yes;
    QString m_wayBack;
};

} // namespace

MigrationVerdict classifyDjango(const QByteArray &python, const QByteArray &app, CreatedObjects &created)
{
    const QByteArray source = python.startsWith("\xEF\xBB\xBF") ? python.mid(3) : python;
    OperationLog log(source, created);
    if (source.size() > mostMigrationBytes) {
        log.unknown(QStringLiteral("it is too long to be read"));
        return log.finished(Reversible::Unknown, QStringLiteral("it is too long to be read"));
    }
    const PythonTokens tokens = pythonTokens(source);
    return Reader(tokens, app, log).read();
}

} // namespace taffrail::schema
