// SPDX-License-Identifier: GPL-3.0-or-later
#include "railswords.h"

#include <QHash>
#include <QSet>

#include <cctype>

namespace taffrail::schema {

QByteArray railsCommandOf(const QByteArray &inBlock)
{
    static const QHash<QByteArray, QByteArray> names{
        {"column", "add_column"},
        {"remove", "remove_columns"},
        {"rename", "rename_column"},
        {"change", "change_column"},
        {"change_default", "change_column_default"},
        {"change_null", "change_column_null"},
        {"index", "add_index"},
        {"remove_index", "remove_index"},
        {"rename_index", "rename_index"},
        {"references", "add_reference"},
        {"belongs_to", "add_reference"},
        {"remove_references", "remove_reference"},
        {"remove_belongs_to", "remove_reference"},
        {"timestamps", "add_timestamps"},
        {"remove_timestamps", "remove_timestamps"},
        {"foreign_key", "add_foreign_key"},
        {"remove_foreign_key", "remove_foreign_key"},
        {"check_constraint", "add_check_constraint"},
        {"remove_check_constraint", "remove_check_constraint"},
    };
    return names.value(inBlock);
}

bool isRailsColumnType(const QByteArray &word)
{
    static const QSet<QByteArray> types{
        "string",   "text",      "integer",     "bigint",   "float",   "decimal",     "numeric",
        "datetime", "timestamp", "timestamptz", "time",     "date",    "binary",      "boolean",
        "json",     "jsonb",     "uuid",        "inet",     "cidr",    "macaddr",     "hstore",
        "citext",   "ltree",     "xml",         "tsvector", "bit",     "bit_varying", "money",
        "interval", "point",     "line",        "lseg",     "box",     "path",        "polygon",
        "circle",   "int4range", "int8range",   "numrange", "tsrange", "tstzrange",   "daterange",
        "oid",      "serial",    "bigserial",   "virtual",  "enum",    "blob",        "primary_key"};
    return types.contains(word);
}

bool isRubyConstant(const QByteArray &word)
{
    return !word.isEmpty() && std::isupper(static_cast<unsigned char>(word.front())) != 0;
}

bool isRowMethod(const QByteArray &name)
{
    static const QSet<QByteArray> names{"update_all",
                                        "update",
                                        "update!",
                                        "update_columns",
                                        "update_column",
                                        "update_attribute",
                                        "update_attributes",
                                        "create",
                                        "create!",
                                        "insert",
                                        "insert!",
                                        "insert_all",
                                        "insert_all!",
                                        "upsert",
                                        "upsert_all",
                                        "save",
                                        "save!",
                                        "touch",
                                        "touch_all",
                                        "delete_all",
                                        "destroy_all",
                                        "delete_by",
                                        "destroy_by",
                                        "delete",
                                        "destroy",
                                        "destroy!",
                                        "find_or_create_by",
                                        "find_or_create_by!",
                                        "find_or_initialize_by",
                                        "first_or_create",
                                        "first_or_create!",
                                        "increment!",
                                        "decrement!",
                                        "toggle!",
                                        "increment_counter",
                                        "decrement_counter",
                                        "reset_counters",
                                        "find_each",
                                        "find_in_batches",
                                        "in_batches",
                                        "each"};
    return names.contains(name);
}

bool isReadMethod(const QByteArray &name)
{
    static const QSet<QByteArray> names{"where",
                                        "not",
                                        "all",
                                        "unscoped",
                                        "order",
                                        "limit",
                                        "joins",
                                        "left_joins",
                                        "left_outer_joins",
                                        "includes",
                                        "select",
                                        "distinct",
                                        "group",
                                        "having",
                                        "pluck",
                                        "ids",
                                        "find",
                                        "find_by",
                                        "find_by!",
                                        "first",
                                        "last",
                                        "count",
                                        "exists?",
                                        "any?",
                                        "none?",
                                        "to_a",
                                        "map",
                                        "new",
                                        "reset_column_information",
                                        "connection",
                                        "table_name",
                                        "references",
                                        "or",
                                        "merge",
                                        "unscope",
                                        "rewhere",
                                        "preload",
                                        "eager_load",
                                        "readonly",
                                        "lock",
                                        "sum",
                                        "maximum",
                                        "minimum",
                                        "size"};
    return names.contains(name);
}

} // namespace taffrail::schema
