// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationworld.h"

/// Small files and tables of the further tools.
namespace taffrail::tests {

using Rows = QList<QByteArrayList>;

inline constexpr char gooseFile[] = "-- +goose Up\nCREATE TABLE a ();\n-- +goose Down\nDROP TABLE a;\n";
inline constexpr char dbmateFile[] = "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;\n";
inline constexpr char sqlMigrateFile[] = "-- +migrate Up\nCREATE TABLE a ();\n-- +migrate Down\n";
inline constexpr char elixir[] = "defmodule A do\n  def change do\n    create table(:a)\n  end\nend\n";
inline constexpr char csharp[]
    = "class A : Migration {\n protected override void Up(MigrationBuilder b) { b.Sql(\"}\"); }\n"
      " protected override void Down(MigrationBuilder b) { /* nothing } */ }\n}\n";
inline constexpr char php[]
    = "<?php\nreturn new class extends Migration {\n public function up() { Schema::create('a'); }\n"
      " public function down() { Schema::drop('a'); }\n};\n";

inline MigrationHistory read(const char *tool, const QByteArray &columns, const Rows &rows, const Files &files)
{
    const sources::SqlReply reply = rowsOf(columns, rows);
    const sources::migrations::FileRoot root = rootOf(files);
    return sources::migrations::toolNamed(QLatin1String(tool))
        ->read(inputOf(&reply, files.isEmpty() ? nullptr : &root));
}

inline QByteArray columnsOf(const QByteArray &tool)
{
    static const QMap<QByteArray, QByteArray> columns{
        {"goose", "id version_id is_applied tstamp"},
        {"dbmate", "version"},
        {"golang-migrate", "version dirty"},
        {"diesel", "version run_on"},
        {"sqlx", "version description installed_on success checksum execution_time"},
        {"refinery", "version name applied_on checksum"},
        {"postgrator", "version name md5 run_at"},
        {"graphile-migrate", "hash previous_hash filename date"},
        {"yoyo", "migration_hash migration_id applied_at_utc"},
        {"ecto", "version inserted_at"},
        {"efcore", "MigrationId ProductVersion"},
        {"laravel", "id migration batch"},
        {"phinx", "version migration_name start_time end_time breakpoint"},
        {"doctrine", "version executed_at execution_time"},
        {"sql-migrate", "id applied_at"},
        {"pgroll", "schema name parent done migration_type created_at"},
        {"atlas", "version description type applied total executed_at execution_time error error_stmt hash"},
        {"liquibase", "id author filename dateexecuted orderexecuted exectype md5sum tag"},
    };
    return columns.value(tool);
}

} // namespace taffrail::tests
