// SPDX-License-Identifier: GPL-3.0-or-later
#include "statementtrees.h"

namespace taffrail::schema::trees {

namespace {

std::string utf8(const QString &text)
{
    return text.toStdString();
}

Json stringNode(const QString &text)
{
    return {{"String", {{"sval", utf8(text)}}}};
}

/// "schema.name" as a RangeVar.
Json rangeVar(const QString &table)
{
    const qsizetype dot = table.lastIndexOf(QLatin1Char('.'));
    Json node{{"relname", utf8(table.mid(dot + 1))}};
    if (dot > 0)
        node["schemaname"] = utf8(table.left(dot));
    return node;
}

Json command(const QString &table, const char *subtype, const QString &name, const Json &definition = {})
{
    Json node{{"subtype", subtype}};
    if (!name.isEmpty())
        node["name"] = utf8(name);
    if (!definition.is_null())
        node["def"] = definition;
    const Json commands = Json::array({Json{{"AlterTableCmd", std::move(node)}}});
    return {{"AlterTableStmt", {{"relation", rangeVar(table)}, {"cmds", commands}}}};
}

Json constraint(const char *kind)
{
    return {{"Constraint", {{"contype", kind}}}};
}

Json nameList(const QString &dotted)
{
    Json items = Json::array();
    for (const QString &part : dotted.split(QLatin1Char('.')))
        items.push_back(stringNode(part));
    return {{"List", {{"items", items}}}};
}

Json renamed(const char *type, const QString &relation, const QString &sub, const QString &fresh)
{
    Json node{{"renameType", type}, {"relation", rangeVar(relation)}, {"newname", utf8(fresh)}};
    if (!sub.isEmpty())
        node["subname"] = utf8(sub);
    return {{"RenameStmt", std::move(node)}};
}

} // namespace

Json createTable(const QString &table, bool ifNotExists)
{
    return {{"CreateStmt", {{"relation", rangeVar(table)}, {"if_not_exists", ifNotExists}}}};
}

Json dropTable(const QString &table, bool cascades)
{
    const char *behavior = cascades ? "DROP_CASCADE" : "DROP_RESTRICT";
    return {{"DropStmt",
             {{"removeType", "OBJECT_TABLE"}, {"behavior", behavior}, {"objects", Json::array({nameList(table)})}}}};
}

Json drop(const char *objectType, const QString &name, bool concurrently)
{
    return {{"DropStmt",
             {{"removeType", objectType}, {"concurrent", concurrently}, {"objects", Json::array({nameList(name)})}}}};
}

Json renameTable(const QString &table, const QString &fresh)
{
    return renamed("OBJECT_TABLE", table, {}, fresh);
}

Json renameColumn(const QString &table, const QString &column, const QString &fresh)
{
    return renamed("OBJECT_COLUMN", table, column, fresh);
}

Json renameIndex(const QString &index, const QString &fresh)
{
    return renamed("OBJECT_INDEX", index, {}, fresh);
}

Json addColumn(const QString &table, const NewColumn &column, bool ifNotExists)
{
    Json constraints = Json::array();
    if (column.notNull)
        constraints.push_back(constraint("CONSTR_NOTNULL"));
    if (column.hasDefault) {
        Json value = constraint("CONSTR_DEFAULT");
        if (column.callsFunction)
            value["Constraint"]["raw_expr"] = {{"FuncCall", Json::object()}};
        constraints.push_back(std::move(value));
    }
    if (column.isIdentity)
        constraints.push_back(constraint("CONSTR_IDENTITY"));
    if (column.isGenerated)
        constraints.push_back(constraint("CONSTR_GENERATED"));
    if (column.isPrimary)
        constraints.push_back(constraint("CONSTR_PRIMARY"));
    if (column.isUnique)
        constraints.push_back(constraint("CONSTR_UNIQUE"));
    if (column.references)
        constraints.push_back(constraint("CONSTR_FOREIGN"));
    if (column.checks)
        constraints.push_back(constraint("CONSTR_CHECK"));
    const Json typeName{{"names", Json::array({stringNode(column.type)})}};
    const Json definition{
        {"ColumnDef", {{"colname", utf8(column.name)}, {"typeName", typeName}, {"constraints", constraints}}}};
    Json statement = command(table, "AT_AddColumn", {}, definition);
    if (ifNotExists)
        statement["AlterTableStmt"]["cmds"][0]["AlterTableCmd"]["missing_ok"] = true;
    return statement;
}

Json dropColumn(const QString &table, const QString &column)
{
    return command(table, "AT_DropColumn", column);
}

Json changeType(const QString &table, const QString &column)
{
    return command(table, "AT_AlterColumnType", column);
}

Json setNotNull(const QString &table, const QString &column)
{
    return command(table, "AT_SetNotNull", column);
}

Json dropNotNull(const QString &table, const QString &column)
{
    return command(table, "AT_DropNotNull", column);
}

Json setDefault(const QString &table, const QString &column)
{
    return command(table, "AT_ColumnDefault", column, Json::object());
}

Json dropDefault(const QString &table, const QString &column)
{
    return command(table, "AT_ColumnDefault", column);
}

Json addConstraint(const QString &table, const char *kind, const QString &name, const QStringList &columns,
                   const QString &usingIndex)
{
    Json node{{"contype", kind}, {"conname", utf8(name)}};
    Json &names = node[qstrcmp(kind, "CONSTR_FOREIGN") == 0 ? "fk_attrs" : "keys"] = Json::array();
    for (const QString &column : columns)
        names.push_back(stringNode(column));
    if (!usingIndex.isEmpty())
        node["indexname"] = utf8(usingIndex);
    return command(table, "AT_AddConstraint", {}, {{"Constraint", std::move(node)}});
}

Json dropConstraint(const QString &table, const QString &name)
{
    return command(table, "AT_DropConstraint", name);
}

Json validateConstraint(const QString &table, const QString &name)
{
    return command(table, "AT_ValidateConstraint", name);
}

Json createIndex(const NewIndex &index)
{
    Json node{{"relation", rangeVar(index.table)},
              {"unique", index.unique},
              {"concurrent", index.concurrently},
              {"if_not_exists", index.ifNotExists}};
    for (const QString &column : index.columns)
        node["indexParams"].push_back(Json{{"IndexElem", {{"name", utf8(column)}}}});
    if (!index.name.isEmpty())
        node["idxname"] = utf8(index.name);
    return {{"IndexStmt", std::move(node)}};
}

Json changeRows(const char *statement, const QString &table, bool hasWhere)
{
    Json node{{"relation", rangeVar(table)}};
    if (hasWhere)
        node["whereClause"] = Json::object();
    return {{statement, std::move(node)}};
}

Json plain(const char *statement)
{
    return {{statement, Json::object()}};
}

} // namespace taffrail::schema::trees
