// SPDX-License-Identifier: GPL-3.0-or-later
// What is risky in CREATE TABLE and ALTER TABLE.
#include "migrationlint.h"

#include <algorithm>
#include <ranges>

namespace taffrail::schema {

namespace {

/// The last part of a type's name: "pg_catalog.int4" → "int4".
QString typeOf(const Json &column)
{
    return dottedName(member(member(column, "typeName"), "names")).section(QLatin1Char('.'), -1);
}

bool hasConstraint(const Json &column, const char *kind)
{
    const Json &constraints = member(column, "constraints");
    return std::any_of(constraints.begin(), constraints.end(), [kind](const Json &each) {
        return textMember(member(each, "Constraint"), "contype") == QLatin1String(kind);
    });
}

const Json *defaultOf(const Json &column)
{
    const Json &constraints = member(column, "constraints");
    for (const Json &each : constraints) {
        const Json &constraint = member(each, "Constraint");
        if (textMember(constraint, "contype") == QLatin1String("CONSTR_DEFAULT"))
            return &member(constraint, "raw_expr");
    }
    return nullptr;
}

bool callsFunction(const Json &node)
{
    return node.is_object() && node.dump().find("\"FuncCall\"") != std::string::npos;
}

bool isStableNow(const Json &node)
{
    static const char *stable[] = {"\"now\"", "\"current_timestamp\"", "\"transaction_timestamp\""};
    const std::string text = node.dump();
    return std::ranges::any_of(stable, [&text](const char *each) { return text.find(each) != std::string::npos; });
}

} // namespace

void MigrationLint::alterTable(const Json &node)
{
    const QString relation = relationName(member(node, "relation"));
    if (isOurs(relation))
        return;
    for (const Json &each : member(node, "cmds"))
        command(member(each, "AlterTableCmd"), relation);
}

void MigrationLint::command(const Json &command, const QString &relation)
{
    const QString subtype = textMember(command, "subtype");
    const QString column = textMember(command, "name");
    const Json &definition = member(command, "def");
    if (subtype == QLatin1String("AT_ValidateConstraint") || subtype == QLatin1String("AT_SetStatistics"))
        return; // both let others read and write
    if (subtype == QLatin1String("AT_DetachPartition")) {
        if (!flagMember(member(definition, "PartitionCmd"), "concurrent"))
            add("require-concurrent-partition-detach",
                QStringLiteral("detaching a partition of %1 blocks its readers: DETACH … CONCURRENTLY").arg(relation));
        waits(relation, "AccessExclusiveLock");
        return;
    }
    const bool isForeign = textMember(member(definition, "Constraint"), "contype") == QLatin1String("CONSTR_FOREIGN");
    waits(relation, isForeign ? "ShareRowExclusiveLock" : "AccessExclusiveLock");
    if (subtype == QLatin1String("AT_AddColumn"))
        newColumn(member(definition, "ColumnDef"), relation);
    else if (subtype == QLatin1String("AT_AddConstraint"))
        constraint(member(definition, "Constraint"), relation, false);
    else if (subtype == QLatin1String("AT_DropColumn"))
        add("ban-drop-column", QStringLiteral("column %1 of %2 is dropped: its data is gone").arg(column, relation));
    else if (subtype == QLatin1String("AT_AlterColumnType"))
        add("changing-column-type",
            QStringLiteral("the type of %1.%2 changes: mostly the whole table is written anew under "
                           "AccessExclusiveLock; add a column, fill it, switch over")
                .arg(relation, column));
    else if (subtype == QLatin1String("AT_SetNotNull"))
        add("adding-not-nullable-field",
            QStringLiteral("SET NOT NULL reads all of %1 under AccessExclusiveLock: first CHECK (%2 IS NOT NULL) NOT "
                           "VALID, then VALIDATE")
                .arg(relation, column));
    else if (subtype == QLatin1String("AT_DropNotNull"))
        add("ban-drop-not-null",
            QStringLiteral("%1.%2 may be NULL: older code may not expect it").arg(relation, column));
    else if (subtype == QLatin1String("AT_DropConstraint"))
        add("constraint-drop",
            QStringLiteral("a guard of %1 is gone: it may be impossible to add again").arg(relation));
    else if (subtype == QLatin1String("AT_SetUnLogged") || subtype == QLatin1String("AT_SetLogged")
             || subtype == QLatin1String("AT_SetTableSpace"))
        add("table-rewrite", QStringLiteral("all of %1 is written anew under AccessExclusiveLock").arg(relation));
    else if (subtype == QLatin1String("AT_EnableRowSecurity") || subtype == QLatin1String("AT_ForceRowSecurity"))
        add("authz-update", QStringLiteral("row security on %1: rows may vanish for the application").arg(relation));
}

void MigrationLint::newColumn(const Json &column, const QString &relation)
{
    const QString path = QStringLiteral("%1.%2").arg(relation, textMember(column, "colname"));
    const Json *value = defaultOf(column);
    const QString type = typeOf(column);
    columnType(column, relation);
    if (type.contains(QLatin1String("serial")))
        add("adding-serial-primary-key-field",
            QStringLiteral("%1 is a serial: the whole table is written anew under AccessExclusiveLock").arg(path));
    if (hasConstraint(column, "CONSTR_GENERATED"))
        add("stored-generated-column",
            QStringLiteral("%1 is generated and stored: the whole table is written anew").arg(path));
    if (hasConstraint(column, "CONSTR_NOTNULL") && !value && !hasConstraint(column, "CONSTR_IDENTITY")
        && !hasConstraint(column, "CONSTR_GENERATED") && !type.contains(QLatin1String("serial")))
        add("adding-required-field",
            QStringLiteral("%1 is NOT NULL without a default: it fails on a table that has rows").arg(path));
    if (value && callsFunction(*value) && !isStableNow(*value))
        add("adding-field-with-default",
            QStringLiteral("the default of %1 is computed per row: the whole table is written anew").arg(path));
    for (const Json &each : member(column, "constraints"))
        constraint(member(each, "Constraint"), relation, true);
}

void MigrationLint::constraint(const Json &node, const QString &relation, bool isColumn)
{
    const QString kind = textMember(node, "contype");
    const bool isLater = flagMember(node, "skip_validation");
    if (kind == QLatin1String("CONSTR_FOREIGN") && !isLater && !isColumn)
        add("adding-foreign-key-constraint",
            QStringLiteral("a foreign key on %1 is checked for every row under ShareRowExclusiveLock on both tables: "
                           "NOT VALID first, then VALIDATE CONSTRAINT")
                .arg(relation));
    else if (kind == QLatin1String("CONSTR_FOREIGN") && isColumn)
        add("adding-foreign-key-constraint",
            QStringLiteral("a reference added with its column locks both tables: add it NOT VALID by itself"));
    else if (kind == QLatin1String("CONSTR_CHECK") && !isLater)
        add("constraint-missing-not-valid",
            QStringLiteral("a check on %1 reads every row under AccessExclusiveLock: NOT VALID first, then VALIDATE")
                .arg(relation));
    else if ((kind == QLatin1String("CONSTR_UNIQUE") || kind == QLatin1String("CONSTR_PRIMARY"))
             && textMember(node, "indexname").isEmpty())
        add("disallowed-unique-constraint",
            QStringLiteral("an index is built on %1 under AccessExclusiveLock: build it CONCURRENTLY, then USING INDEX")
                .arg(relation));
    else if (kind == QLatin1String("CONSTR_EXCLUSION"))
        add("adding-exclusion-constraint",
            QStringLiteral("an exclusion constraint builds its index on %1 under AccessExclusiveLock").arg(relation));
}

void MigrationLint::columnType(const Json &column, const QString &relation)
{
    const QString type = typeOf(column);
    const QString path = QStringLiteral("%1.%2").arg(relation, textMember(column, "colname"));
    if (type == QLatin1String("bpchar"))
        add("ban-char-field", QStringLiteral("%1 is char(n): padded with blanks; text is meant mostly").arg(path));
    else if (type == QLatin1String("json"))
        add("json-column", QStringLiteral("%1 is json, which cannot be compared (DISTINCT fails): jsonb").arg(path));
    else if (type == QLatin1String("timestamp"))
        add("prefer-timestamptz", QStringLiteral("%1 has no zone: timestamptz").arg(path));
}

void MigrationLint::createTable(const Json &node)
{
    const Json &relation = member(node, "relation");
    if (!flagMember(node, "if_not_exists"))
        m_ours.insert(QStringLiteral("table ") + relationName(relation));
    for (const Json &each : member(node, "tableElts")) {
        const Json &column = member(each, "ColumnDef");
        if (!column.is_object())
            continue;
        columnType(column, relationName(relation));
        const QString type = typeOf(column);
        if (hasConstraint(column, "CONSTR_PRIMARY")
            && (type == QLatin1String("int4") || type == QLatin1String("serial")))
            add("prefer-bigint-over-int",
                QStringLiteral("the key of %1 ends at 2147483647: bigint").arg(relationName(relation)));
    }
}

} // namespace taffrail::schema
