// SPDX-License-Identifier: GPL-3.0-or-later
#include "statementrules.h"

#include <QHash>

#include <algorithm>

namespace taffrail::schema {

namespace {

using lockmode::accessExclusive;
using lockmode::shareRowExclusive;
using lockmode::shareUpdateExclusive;

/// Any call of a function inside, at any depth.
bool callsFunction(const Json &node)
{
    if (node.is_object()) {
        for (const auto &[key, value] : node.items()) {
            if (key == "FuncCall" || callsFunction(value))
                return true;
        }
    } else if (node.is_array()) {
        for (const Json &each : node) {
            if (callsFunction(each))
                return true;
        }
    }
    return false;
}

/// DEFAULT NULL is none.
bool isNull(const Json &expression)
{
    return flagMember(member(expression, "A_Const"), "isnull");
}

struct ColumnFacts {
    bool notNull = false;
    bool fills
        = false; ///< a default, an identity or a generated value stands in for what the old release does not give
    bool rewrites = false;
    bool generatedStored = false;
    bool references = false;
    bool unique = false;
    bool checks = false;
};

ColumnFacts factsOf(const Json &column)
{
    ColumnFacts facts;
    const QString type = dottedName(member(member(column, "typeName"), "names")).section(QLatin1Char('.'), -1);
    if (type == QLatin1String("serial") || type == QLatin1String("bigserial") || type == QLatin1String("smallserial")
        || type == QLatin1String("serial4") || type == QLatin1String("serial8") || type == QLatin1String("serial2"))
        facts.fills = facts.rewrites = true;
    for (const Json &each : member(column, "constraints")) {
        const Json &constraint = member(each, "Constraint");
        const QString kind = textMember(constraint, "contype");
        if (kind == QLatin1String("CONSTR_NOTNULL")) {
            facts.notNull = true;
        } else if (kind == QLatin1String("CONSTR_DEFAULT")) {
            facts.fills = facts.fills || !isNull(member(constraint, "raw_expr"));
            // now() is stable and is evaluated once; which functions are volatile the text does not tell
            facts.rewrites = facts.rewrites || callsFunction(member(constraint, "raw_expr"));
        } else if (kind == QLatin1String("CONSTR_IDENTITY") || kind == QLatin1String("CONSTR_GENERATED")) {
            facts.fills = facts.rewrites = true;
        } else if (kind == QLatin1String("CONSTR_PRIMARY")) {
            facts.unique = facts.notNull = true;
        } else if (kind == QLatin1String("CONSTR_UNIQUE")) {
            facts.unique = true;
        } else if (kind == QLatin1String("CONSTR_FOREIGN")) {
            facts.references = true;
        } else if (kind == QLatin1String("CONSTR_CHECK")) {
            facts.checks = true;
        }
    }
    return facts;
}

void judgeNewColumn(const Json &column, Judgement &judgement)
{
    const QString name = textMember(column, "colname");
    const ColumnFacts facts = factsOf(column);
    judgement.locks(accessExclusive, facts.rewrites);
    judgement.add(MigrationKind::Expand);
    if (facts.notNull && !facts.fills)
        judgement.add(MigrationKind::Contract,
                      QStringLiteral("column %1 is required and has no default: an INSERT that does not know it fails")
                          .arg(name));
    else if (facts.unique && facts.fills && !facts.rewrites)
        judgement.add(
            MigrationKind::Contract,
            QStringLiteral("column %1 is unique with one default: a second INSERT that does not know it fails")
                .arg(name));
    else if (facts.checks && !facts.fills)
        judgement.add(MigrationKind::Unknown,
                      QStringLiteral("column %1 has a check that rows without a value may or may not pass").arg(name));
    if (facts.references)
        judgement.locks(shareRowExclusive);
}

void judgeNewConstraint(const Json &constraint, const QString &relation, const CreatedObjects &created,
                        Judgement &judgement)
{
    const QString kind = textMember(constraint, "contype");
    const QString name = textMember(constraint, "conname");
    const bool isForeign = kind == QLatin1String("CONSTR_FOREIGN");
    judgement.locks(isForeign ? shareRowExclusive : accessExclusive);
    const QString word = isForeign                ? QStringLiteral("foreign key")
        : kind == QLatin1String("CONSTR_CHECK")   ? QStringLiteral("check")
        : kind == QLatin1String("CONSTR_PRIMARY") ? QStringLiteral("primary key")
        : kind == QLatin1String("CONSTR_UNIQUE")  ? QStringLiteral("unique constraint")
                                                  : QStringLiteral("constraint");
    if (kind == QLatin1String("CONSTR_UNIQUE") && !textMember(constraint, "indexname").isEmpty()) {
        judgement.add(MigrationKind::Expand); // the unique index refused what this refuses already
        return;
    }
    const bool guardsColumns = isForeign || kind == QLatin1String("CONSTR_UNIQUE");
    if (guardsColumns && !flagMember(constraint, "nulls_not_distinct")
        && hasEmptyNewColumn(member(constraint, isForeign ? "fk_attrs" : "keys"), relation, created)) {
        judgement.add(MigrationKind::Expand);
        return;
    }
    judgement.add(MigrationKind::Contract,
                  QStringLiteral("new %1 %2: what an older release writes may be refused").arg(word, name).trimmed());
}

/// Subtypes whose meaning does not depend on more than themselves.
const QHash<QString, FixedRule> &simpleRules()
{
    using enum MigrationKind;
    static const QHash<QString, FixedRule> rules{
        {QStringLiteral("AT_SetNotNull"),
         {Contract, accessExclusive, false, "an older release may write NULL into %1"}},
        {QStringLiteral("AT_DropNotNull"),
         {Contract, accessExclusive, false, "NULL may now stand in %1, which an older release may not read"}},
        {QStringLiteral("AT_ValidateConstraint"), {Expand, shareUpdateExclusive, false, ""}},
        {QStringLiteral("AT_DropConstraint"),
         {Expand, accessExclusive, false, "adding %1 again fails where new rows violate it"}},
        {QStringLiteral("AT_SetStatistics"), {Expand, shareUpdateExclusive, false, ""}},
        {QStringLiteral("AT_SetOptions"), {Expand, shareUpdateExclusive, false, ""}},
        {QStringLiteral("AT_ResetOptions"), {Expand, shareUpdateExclusive, false, ""}},
        {QStringLiteral("AT_SetStorage"), {Expand, shareUpdateExclusive, false, ""}},
        {QStringLiteral("AT_SetCompression"), {Expand, accessExclusive, false, ""}},
        {QStringLiteral("AT_SetRelOptions"), {Expand, shareUpdateExclusive, false, ""}},
        {QStringLiteral("AT_ResetRelOptions"), {Expand, shareUpdateExclusive, false, ""}},
        {QStringLiteral("AT_ReplicaIdentity"), {Expand, accessExclusive, false, ""}},
        {QStringLiteral("AT_ClusterOn"), {Expand, shareUpdateExclusive, false, ""}},
        {QStringLiteral("AT_DropCluster"), {Expand, shareUpdateExclusive, false, ""}},
        {QStringLiteral("AT_SetLogged"), {Expand, accessExclusive, true, ""}},
        {QStringLiteral("AT_SetUnLogged"),
         {Data, accessExclusive, true, "the table is emptied by a crash of the server"}},
        {QStringLiteral("AT_SetTableSpace"), {Expand, accessExclusive, true, ""}},
        {QStringLiteral("AT_SetAccessMethod"), {Expand, accessExclusive, true, ""}},
        {QStringLiteral("AT_EnableTrig"),
         {Unknown, shareRowExclusive, false, "a trigger acts on what an older release writes"}},
        {QStringLiteral("AT_EnableAlwaysTrig"),
         {Unknown, shareRowExclusive, false, "a trigger acts on what an older release writes"}},
        {QStringLiteral("AT_EnableReplicaTrig"),
         {Unknown, shareRowExclusive, false, "a trigger acts on what an older release writes"}},
        {QStringLiteral("AT_EnableTrigAll"),
         {Unknown, shareRowExclusive, false, "triggers act on what an older release writes"}},
        {QStringLiteral("AT_EnableTrigUser"),
         {Unknown, shareRowExclusive, false, "triggers act on what an older release writes"}},
        {QStringLiteral("AT_DisableTrig"),
         {Contract, shareRowExclusive, false, "a trigger that an older release relies on no longer acts"}},
        {QStringLiteral("AT_DisableTrigAll"),
         {Contract, shareRowExclusive, false, "triggers that an older release relies on no longer act"}},
        {QStringLiteral("AT_DisableTrigUser"),
         {Contract, shareRowExclusive, false, "triggers that an older release relies on no longer act"}},
        {QStringLiteral("AT_EnableRowSecurity"),
         {Contract, accessExclusive, false, "rows may vanish for the role of an older release"}},
        {QStringLiteral("AT_ForceRowSecurity"),
         {Contract, accessExclusive, false, "rows may vanish for the role of an older release"}},
        {QStringLiteral("AT_DisableRowSecurity"),
         {Contract, accessExclusive, false, "an older release may see rows that it must not"}},
        {QStringLiteral("AT_NoForceRowSecurity"),
         {Contract, accessExclusive, false, "an older release may see rows that it must not"}},
        {QStringLiteral("AT_ChangeOwner"),
         {Contract, accessExclusive, false, "the role of an older release may lose its rights"}},
        {QStringLiteral("AT_AddIdentity"),
         {Unknown, accessExclusive, false, "explicit values of an older release may be refused in %1"}},
        {QStringLiteral("AT_SetIdentity"),
         {Unknown, accessExclusive, false, "explicit values of an older release may be refused in %1"}},
        {QStringLiteral("AT_DropIdentity"), {Contract, accessExclusive, false, "an INSERT without %1 fails"}},
        {QStringLiteral("AT_DropExpression"), {Contract, accessExclusive, false, "%1 is no longer computed"}},
        {QStringLiteral("AT_AttachPartition"),
         {Unknown, shareUpdateExclusive, false, "rows of the partition appear in the table"}},
        {QStringLiteral("AT_DetachPartition"),
         {Contract, accessExclusive, false, "rows of the partition vanish from the table"}},
        {QStringLiteral("AT_DetachPartitionFinalize"),
         {Contract, shareUpdateExclusive, false, "rows of the partition vanish from the table"}},
        {QStringLiteral("AT_AddInherit"),
         {Unknown, shareUpdateExclusive, false, "rows of the child appear in the parent"}},
        {QStringLiteral("AT_DropInherit"),
         {Contract, accessExclusive, false, "rows of the child vanish from the parent"}},
    };
    return rules;
}

/// A column that the set itself made: no older release names it, but an INSERT of one must still succeed. Its marks:
/// "filled t.c" has a default, "required t.c" refuses NULL.
void judgeNewColumnsChange(const QString &subtype, const QString &path, bool hasDefinition, CreatedObjects &created,
                           Judgement &judgement)
{
    const QString filled = QStringLiteral("filled ") + path;
    const QString required = QStringLiteral("required ") + path;
    judgement.add(MigrationKind::Expand);
    if (subtype == QLatin1String("AT_DropColumn")) {
        created -= {QStringLiteral("column ") + path, filled, required};
        return;
    }
    if (subtype == QLatin1String("AT_SetNotNull"))
        created.insert(required);
    else if (subtype == QLatin1String("AT_DropNotNull"))
        created.remove(required);
    else if (subtype == QLatin1String("AT_AddIdentity")
             || (subtype == QLatin1String("AT_ColumnDefault") && hasDefinition))
        created.insert(filled);
    else if (subtype == QLatin1String("AT_DropIdentity") || subtype == QLatin1String("AT_ColumnDefault"))
        created.remove(filled);
    if (subtype == QLatin1String("AT_SetNotNull") || subtype == QLatin1String("AT_AlterColumnType"))
        judgement.locks(accessExclusive, subtype == QLatin1String("AT_AlterColumnType"));
    if (created.contains(required) && !created.contains(filled))
        judgement.add(
            MigrationKind::Contract,
            QStringLiteral("new column %1 is required and has no default: an INSERT that does not know it fails")
                .arg(path.section(QLatin1Char('.'), -1)));
}

void judgeCommand(const Json &command, const QString &relation, CreatedObjects &created, Judgement &judgement)
{
    const QString subtype = textMember(command, "subtype");
    const QString column = textMember(command, "name");
    const Json &definition = member(command, "def");
    const QString path = QStringLiteral("%1.%2").arg(relation, column);
    if (created.contains(QStringLiteral("column ") + path)) {
        judgeNewColumnsChange(subtype, path, definition.is_object() && !isNull(definition), created, judgement);
        return;
    }
    if (subtype == QLatin1String("AT_AddColumn")) {
        judgeNewColumn(member(definition, "ColumnDef"), judgement);
    } else if (subtype == QLatin1String("AT_AddConstraint")) {
        judgeNewConstraint(member(definition, "Constraint"), relation, created, judgement);
    } else if (subtype == QLatin1String("AT_DropColumn")) {
        judgement.locks(accessExclusive);
        judgement.add(MigrationKind::Contract,
                      QStringLiteral("column %1 is gone: statements that name it fail").arg(column));
        judgement.add(MigrationKind::Irreversible, QStringLiteral("what stood in %1 is lost").arg(column));
    } else if (subtype == QLatin1String("AT_AlterColumnType")) {
        judgement.locks(accessExclusive, true);
        judgement.add(
            MigrationKind::Contract,
            QStringLiteral("column %1 has another type, which an older release may not read or write").arg(column));
    } else if (subtype == QLatin1String("AT_ColumnDefault")) {
        judgement.locks(accessExclusive);
        if (definition.is_object())
            judgement.add(MigrationKind::Unknown,
                          QStringLiteral("%1 has another default than an older release expects").arg(column));
        else
            judgement.add(
                MigrationKind::Contract,
                QStringLiteral("%1 has no default any more: an INSERT that relied on it may fail").arg(column));
    } else if (const auto rule = simpleRules().constFind(subtype); rule != simpleRules().cend()) {
        rule->applyTo(judgement, column);
    } else {
        judgement.locks(accessExclusive);
        judgement.add(MigrationKind::Unknown, QStringLiteral("no rule for %1").arg(subtype));
    }
}

} // namespace

bool hasEmptyNewColumn(const Json &names, const QString &relation, const CreatedObjects &created)
{
    return std::any_of(names.begin(), names.end(), [&](const Json &each) {
        const Json &element = member(each, "IndexElem");
        const QString name
            = element.is_object() ? textMember(element, "name") : textMember(member(each, "String"), "sval");
        const QString path = QStringLiteral("%1.%2").arg(relation, name);
        return created.contains(QStringLiteral("column ") + path)
            && !created.contains(QStringLiteral("filled ") + path);
    });
}

void judgeAlterTable(const Json &statement, CreatedObjects &created, Judgement &judgement)
{
    const QString relation = relationName(member(statement, "relation"));
    if (created.contains(QStringLiteral("table ") + relation)) {
        judgement.add(MigrationKind::Expand);
        return;
    }
    for (const Json &each : member(statement, "cmds"))
        judgeCommand(member(each, "AlterTableCmd"), relation, created, judgement);
    for (const Json &each : member(statement, "cmds")) {
        const Json &command = member(each, "AlterTableCmd");
        const bool mayExist = flagMember(command, "missing_ok"); // ADD COLUMN IF NOT EXISTS
        if (textMember(command, "subtype") != QLatin1String("AT_AddColumn") || mayExist)
            continue;
        const Json &column = member(member(command, "def"), "ColumnDef");
        const QString path = QStringLiteral("%1.%2").arg(relation, textMember(column, "colname"));
        const ColumnFacts facts = factsOf(column);
        created.insert(QStringLiteral("column ") + path);
        if (facts.fills)
            created.insert(QStringLiteral("filled ") + path);
        if (facts.notNull)
            created.insert(QStringLiteral("required ") + path);
    }
}

} // namespace taffrail::schema
