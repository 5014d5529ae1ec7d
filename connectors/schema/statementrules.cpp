// SPDX-License-Identifier: GPL-3.0-or-later
#include "statementrules.h"

#include <QHash>

#include <algorithm>
#include <array>

namespace taffrail::schema {

namespace {

using enum MigrationKind;
using lockmode::accessExclusive;
using lockmode::rowExclusive;
using lockmode::share;
using lockmode::shareRowExclusive;
using lockmode::shareUpdateExclusive;

/// "table", "view" … of an ObjectType.
QString objectWord(const QString &type)
{
    QString word = type;
    word.remove(QLatin1String("OBJECT_"));
    return word == QLatin1String("MATVIEW") ? QStringLiteral("materialized view") : word.toLower();
}

QStringList droppedNames(const Json &statement)
{
    QStringList names;
    for (const Json &object : member(statement, "objects")) {
        if (object.contains("List"))
            names << dottedName(member(member(object, "List"), "items"));
        else if (object.contains("String"))
            names << textMember(member(object, "String"), "sval");
        else if (object.contains("ObjectWithArgs"))
            names << dottedName(member(member(object, "ObjectWithArgs"), "objname"));
        else if (object.contains("TypeName"))
            names << dottedName(member(member(object, "TypeName"), "names"));
    }
    return names;
}

void judgeDrop(const Json &statement, CreatedObjects &created, Judgement &judgement)
{
    const QString word = objectWord(textMember(statement, "removeType"));
    const bool cascades = textMember(statement, "behavior") == QLatin1String("DROP_CASCADE");
    for (const QString &name : droppedNames(statement)) {
        const bool isOurs = created.remove(word + QLatin1Char(' ') + name);
        if (isOurs && !cascades) {
            judgement.add(Expand);
            continue;
        }
        if (word == QLatin1String("index")) {
            judgement.locks(flagMember(statement, "concurrent") ? shareUpdateExclusive : accessExclusive);
            judgement.add(
                Expand,
                QStringLiteral("index %1 is gone: plans may be slower, and a unique one no longer guards").arg(name));
            continue;
        }
        judgement.locks(accessExclusive);
        judgement.add(Contract, QStringLiteral("%1 %2 is gone: statements that name it fail").arg(word, name));
        if (word == QLatin1String("table") || word == QLatin1String("schema") || word == QLatin1String("sequence")
            || word == QLatin1String("materialized view") || word == QLatin1String("extension"))
            judgement.add(Irreversible, QStringLiteral("what stood in %1 %2 is lost").arg(word, name));
        if (cascades)
            judgement.add(Irreversible, QStringLiteral("CASCADE drops whatever depends on it, too"));
    }
    if (judgement.kinds.empty())
        judgement.add(Contract, QStringLiteral("something is dropped"));
}

void judgeRename(const Json &statement, CreatedObjects &created, Judgement &judgement)
{
    const QString word = objectWord(textMember(statement, "renameType"));
    const QString relation = relationName(member(statement, "relation"));
    const QString name = textMember(statement, "subname").isEmpty() ? relation : textMember(statement, "subname");
    const QString fresh = textMember(statement, "newname");
    if (word == QLatin1String("table") && created.remove(QStringLiteral("table ") + relation)) {
        const qsizetype dot = relation.lastIndexOf(QLatin1Char('.'));
        created.insert(QStringLiteral("table ") + relation.left(dot + 1) + fresh);
        judgement.add(Expand);
        return;
    }
    if (created.contains(QStringLiteral("table ") + relation)
        || created.remove(QStringLiteral("column %1.%2").arg(relation, name))) {
        if (word == QLatin1String("column")) {
            created.insert(QStringLiteral("column %1.%2").arg(relation, fresh));
            for (const char *mark : {"filled", "required"}) {
                if (created.remove(QStringLiteral("%1 %2.%3").arg(QLatin1String(mark), relation, name)))
                    created.insert(QStringLiteral("%1 %2.%3").arg(QLatin1String(mark), relation, fresh));
            }
        }
        judgement.add(Expand);
        return;
    }
    if (word == QLatin1String("index")) {
        judgement.locks(shareUpdateExclusive);
        judgement.add(Expand);
        return;
    }
    judgement.locks(accessExclusive);
    if (word == QLatin1String("tabconstraint") || word == QLatin1String("trigger") || word == QLatin1String("policy"))
        judgement.add(
            Expand,
            QStringLiteral("code that names %1 (ON CONFLICT ON CONSTRAINT, error texts) no longer finds it").arg(name));
    else
        judgement.add(
            Contract,
            QStringLiteral("%1 %2 is named %3 now: statements that use the old name fail").arg(word, name, fresh));
}

void judgeIndex(const Json &statement, CreatedObjects &created, Judgement &judgement)
{
    const QString relation = relationName(member(statement, "relation"));
    const bool isOurs = created.contains(QStringLiteral("table ") + relation);
    if (!isOurs)
        judgement.locks(flagMember(statement, "concurrent") ? shareUpdateExclusive : share);
    judgement.add(Expand);
    const bool mindsNoOldRow = !flagMember(statement, "nulls_not_distinct")
        && hasEmptyNewColumn(member(statement, "indexParams"), relation, created);
    if (flagMember(statement, "unique") && !isOurs && !mindsNoOldRow)
        judgement.add(
            Contract,
            QStringLiteral("new unique index on %1: what an older release writes may be refused").arg(relation));
    if (!flagMember(statement, "if_not_exists") && !textMember(statement, "idxname").isEmpty()) {
        const QString schema = textMember(member(statement, "relation"), "schemaname");
        const QString name = textMember(statement, "idxname");
        created.insert(QStringLiteral("index ") + (schema.isEmpty() ? name : schema + QLatin1Char('.') + name));
    }
}

void judgeCreatedTable(const Json &statement, CreatedObjects &created, Judgement &judgement)
{
    const Json &relation = member(statement, "relation");
    judgement.add(Expand);
    if (!flagMember(statement, "if_not_exists"))
        created.insert(QStringLiteral("table ") + relationName(relation));
    if (member(statement, "partbound").is_object())
        judgement.locks(accessExclusive); // of the parent
}

/// A function, view or trigger: new ones disturb nobody, replaced ones may.
void judgeReplaceable(const Json &statement, const QString &word, const QString &name, CreatedObjects &created,
                      Judgement &judgement)
{
    if (flagMember(statement, "replace") && !created.contains(word + QLatin1Char(' ') + name)) {
        judgement.add(Unknown,
                      QStringLiteral("%1 %2 may be replaced: an older release gets the new behaviour").arg(word, name));
        return;
    }
    created.insert(word + QLatin1Char(' ') + name);
    judgement.add(Expand);
}

/// Whether an UPDATE fills nothing but columns that the set itself made: nothing that stood there before is lost.
bool fillsNewColumns(const Json &statement, const QString &relation, const CreatedObjects &created)
{
    const Json &targets = member(statement, "targetList");
    return targets.is_array() && !targets.empty()
        && std::all_of(targets.begin(), targets.end(), [&](const Json &target) {
               const QString name = textMember(member(target, "ResTarget"), "name");
               return created.contains(QStringLiteral("column %1.%2").arg(relation, name));
           });
}

void judgeChangedRows(const Json &statement, const char *verb, const CreatedObjects &created, Judgement &judgement)
{
    const QString relation = relationName(member(statement, "relation"));
    if (created.contains(QStringLiteral("table ") + relation)) {
        judgement.add(Expand);
        return;
    }
    judgement.locks(rowExclusive);
    if (fillsNewColumns(statement, relation, created)) {
        judgement.add(Expand);
        return;
    }
    if (member(statement, "whereClause").is_object())
        judgement.add(Data,
                      QStringLiteral("%1 changes rows of %2; what they held before is not kept")
                          .arg(QLatin1String(verb), relation));
    else
        judgement.add(Irreversible,
                      QStringLiteral("%1 without WHERE changes every row of %2").arg(QLatin1String(verb), relation));
}

void judgeTruncate(const Json &statement, const CreatedObjects &created, Judgement &judgement)
{
    for (const Json &each : member(statement, "relations")) {
        const QString relation = relationName(member(each, "RangeVar"));
        if (created.contains(QStringLiteral("table ") + relation)) {
            judgement.add(Expand);
            continue;
        }
        judgement.locks(accessExclusive);
        judgement.add(Irreversible, QStringLiteral("every row of %1 is lost").arg(relation));
    }
}

void judgeEnum(const Json &statement, Judgement &judgement)
{
    if (!textMember(statement, "oldVal").isEmpty()) {
        judgement.add(Contract, QStringLiteral("label %1 has another name now").arg(textMember(statement, "oldVal")));
        return;
    }
    judgement.add(Expand);
    judgement.add(Irreversible,
                  QStringLiteral("label %1 cannot be removed, and an older release may meet it")
                      .arg(textMember(statement, "newVal")));
}

void judgeVariable(const Json &statement, Judgement &judgement)
{
    const QString name = textMember(statement, "name");
    judgement.setsLockTimeout = name == QLatin1String("lock_timeout") || name == QLatin1String("statement_timeout");
    judgement.isSilent = true;
    judgement.add(Expand);
}

void judgeTrigger(const Json &statement, CreatedObjects &created, Judgement &judgement)
{
    const QString relation = relationName(member(statement, "relation"));
    if (created.contains(QStringLiteral("table ") + relation)) {
        judgement.add(Expand);
        return;
    }
    judgement.locks(shareRowExclusive);
    judgement.add(Unknown, QStringLiteral("a trigger on %1 acts on what an older release writes").arg(relation));
}

void judgeSelect(const Json &statement, Judgement &judgement)
{
    if (statement.dump().find("\"FuncCall\"") == std::string::npos)
        judgement.add(Expand);
    else
        judgement.add(Unknown, QStringLiteral("it calls a function, which may do anything"));
}

/// Statements that carry out nothing that a schema or its rows would show.
bool isSilent(const QString &kind)
{
    static const QStringList silent{
        QStringLiteral("TransactionStmt"), QStringLiteral("VariableShowStmt"), QStringLiteral("NotifyStmt"),
        QStringLiteral("ListenStmt"),      QStringLiteral("DiscardStmt"),      QStringLiteral("CheckPointStmt"),
        QStringLiteral("PrepareStmt"),     QStringLiteral("DeallocateStmt"),   QStringLiteral("ConstraintsSetStmt")};
    return silent.contains(kind);
}

/// EXPLAIN carries nothing out, EXPLAIN ANALYZE does.
bool runsExplained(const Json &explain)
{
    const Json options = member(explain, "options");
    return std::any_of(options.begin(), options.end(), [](const Json &option) {
        return textMember(member(option, "DefElem"), "defname") == QLatin1String("analyze");
    });
}

void judgeNamed(const QString &kind, const Json &node, CreatedObjects &created, Judgement &judgement)
{
    if (kind == QLatin1String("AlterTableStmt"))
        judgeAlterTable(node, created, judgement);
    else if (kind == QLatin1String("CreateStmt"))
        judgeCreatedTable(node, created, judgement);
    else if (kind == QLatin1String("CreateTableAsStmt")) {
        created.insert(QStringLiteral("table ") + relationName(member(member(node, "into"), "rel")));
        judgement.add(Expand);
    } else if (kind == QLatin1String("DropStmt"))
        judgeDrop(node, created, judgement);
    else if (kind == QLatin1String("RenameStmt"))
        judgeRename(node, created, judgement);
    else if (kind == QLatin1String("IndexStmt"))
        judgeIndex(node, created, judgement);
    else if (kind == QLatin1String("CreateFunctionStmt"))
        judgeReplaceable(node, QStringLiteral("function"), dottedName(member(node, "funcname")), created, judgement);
    else if (kind == QLatin1String("ViewStmt"))
        judgeReplaceable(node, QStringLiteral("view"), relationName(member(node, "view")), created, judgement);
    else if (kind == QLatin1String("CreateTrigStmt"))
        judgeTrigger(node, created, judgement);
    else if (kind == QLatin1String("UpdateStmt"))
        judgeChangedRows(node, "UPDATE", created, judgement);
    else if (kind == QLatin1String("DeleteStmt"))
        judgeChangedRows(node, "DELETE", created, judgement);
    else if (kind == QLatin1String("TruncateStmt"))
        judgeTruncate(node, created, judgement);
    else if (kind == QLatin1String("AlterEnumStmt"))
        judgeEnum(node, judgement);
    else if (kind == QLatin1String("VariableSetStmt"))
        judgeVariable(node, judgement);
    else if (kind == QLatin1String("SelectStmt"))
        judgeSelect(node, judgement);
    else if (kind == QLatin1String("GrantStmt")) {
        if (flagMember(node, "is_grant"))
            judgement.add(Expand);
        else
            judgement.add(Contract, QStringLiteral("the role of an older release may lose its rights"));
    } else if (kind == QLatin1String("VacuumStmt")) {
        const bool isFull = node.dump().find("\"defname\":\"full\"") != std::string::npos;
        judgement.locks(isFull ? accessExclusive : shareUpdateExclusive, isFull);
        judgement.add(Expand);
    } else if (const auto rule = plainRules().constFind(kind); rule != plainRules().cend()) {
        rule->applyTo(judgement);
    } else {
        judgement.add(Unknown, QStringLiteral("no rule for %1").arg(kind));
    }
}

/// WITH may hold statements that change rows, at any depth.
void judgeNested(const Json &node, CreatedObjects &created, Judgement &judgement)
{
    if (node.is_array()) {
        for (const Json &each : node)
            judgeNested(each, created, judgement);
        return;
    }
    if (!node.is_object())
        return;
    for (const auto &[key, value] : node.items()) {
        if (key == "UpdateStmt" || key == "DeleteStmt" || key == "MergeStmt" || key == "InsertStmt")
            judgeNamed(QString::fromStdString(key), value, created, judgement);
        judgeNested(value, created, judgement);
    }
}

} // namespace

void Judgement::add(MigrationKind kind, const QString &reason)
{
    kinds.insert(kind);
    if (!reason.isEmpty() && !why.contains(reason))
        why << reason;
}

void Judgement::locks(int mode, bool rewrite)
{
    lock = std::max(lock, mode);
    rewrites = rewrites || rewrite;
}

void FixedRule::applyTo(Judgement &judgement, const QString &column) const
{
    judgement.locks(lock, rewrites);
    judgement.add(kind, QString(QLatin1String(why)).replace(QLatin1String("%1"), column));
}

QString lockName(int mode)
{
    static constexpr std::array<const char *, 9> names{
        "",          "AccessShareLock",       "RowShareLock",  "RowExclusiveLock",   "ShareUpdateExclusiveLock",
        "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"};
    return QLatin1String(names[size_t(std::clamp(mode, 0, 8))]);
}

Judgement judgeStatement(const Json &statement, CreatedObjects &created)
{
    Judgement judgement;
    if (!statement.is_object() || statement.empty()) {
        judgement.add(Unknown, QStringLiteral("an empty statement"));
        return judgement;
    }
    const auto first = statement.begin();
    const QString kind = QString::fromStdString(first.key());
    if (kind == QLatin1String("ExplainStmt") && runsExplained(first.value()))
        return judgeStatement(member(first.value(), "query"), created);
    if (isSilent(kind) || kind == QLatin1String("ExplainStmt")) {
        judgement.isSilent = true;
        judgement.add(Expand);
        return judgement;
    }
    judgeNamed(kind, first.value(), created, judgement);
    judgeNested(first.value(), created, judgement);
    return judgement;
}

} // namespace taffrail::schema
