// SPDX-License-Identifier: GPL-3.0-or-later
#include "statementrules.h"

namespace taffrail::schema {

using enum MigrationKind;
using lockmode::accessExclusive;
using lockmode::rowExclusive;
using lockmode::share;
using lockmode::shareRowExclusive;
using lockmode::shareUpdateExclusive;

const QHash<QString, FixedRule> &plainRules()
{
    static const QHash<QString, FixedRule> rules{
        {QStringLiteral("CreateSchemaStmt"), {Expand, 0, false, ""}},
        {QStringLiteral("CreateSeqStmt"), {Expand, 0, false, ""}},
        {QStringLiteral("CreateEnumStmt"), {Expand, 0, false, ""}},
        {QStringLiteral("CompositeTypeStmt"), {Expand, 0, false, ""}},
        {QStringLiteral("CreateRangeStmt"), {Expand, 0, false, ""}},
        {QStringLiteral("CreateDomainStmt"), {Expand, 0, false, ""}},
        {QStringLiteral("CreateExtensionStmt"), {Expand, 0, false, ""}},
        {QStringLiteral("AlterExtensionStmt"),
         {Unknown, 0, false, "another version of an extension may behave differently"}},
        {QStringLiteral("CreateStatsStmt"), {Expand, shareUpdateExclusive, false, ""}},
        {QStringLiteral("CreateCastStmt"), {Unknown, 0, false, "a new cast may change what existing expressions mean"}},
        {QStringLiteral("DefineStmt"),
         {Unknown, 0, false, "a new operator, aggregate or type may change what existing expressions mean"}},
        {QStringLiteral("CreateRoleStmt"), {Expand, 0, false, ""}},
        {QStringLiteral("CreatePublicationStmt"), {Expand, 0, false, ""}},
        {QStringLiteral("CreateSubscriptionStmt"), {Unknown, 0, false, "rows arrive from another server"}},
        {QStringLiteral("CreateForeignServerStmt"), {Expand, 0, false, ""}},
        {QStringLiteral("CreateFdwStmt"), {Expand, 0, false, ""}},
        {QStringLiteral("CreateUserMappingStmt"), {Expand, 0, false, ""}},
        {QStringLiteral("CreateForeignTableStmt"), {Expand, 0, false, ""}},
        {QStringLiteral("CommentStmt"), {Expand, 0, false, ""}},
        {QStringLiteral("SecLabelStmt"), {Expand, 0, false, ""}},
        {QStringLiteral("InsertStmt"), {Expand, rowExclusive, false, ""}},
        {QStringLiteral("CopyStmt"), {Data, rowExclusive, false, "rows are loaded"}},
        {QStringLiteral("MergeStmt"),
         {Data, rowExclusive, false, "rows are changed; what they held before is not kept"}},
        {QStringLiteral("RefreshMatViewStmt"), {Expand, accessExclusive, false, ""}},
        {QStringLiteral("ReindexStmt"), {Expand, share, false, ""}},
        {QStringLiteral("ClusterStmt"), {Expand, accessExclusive, true, ""}},
        {QStringLiteral("LockStmt"), {Expand, accessExclusive, false, ""}},
        {QStringLiteral("AlterSeqStmt"),
         {Unknown, shareRowExclusive, false, "a sequence may hand out numbers that are in use"}},
        {QStringLiteral("AlterObjectSchemaStmt"),
         {Contract, accessExclusive, false, "it stands in another schema now: statements that name it fail"}},
        {QStringLiteral("AlterOwnerStmt"), {Contract, 0, false, "the role of an older release may lose its rights"}},
        {QStringLiteral("AlterDomainStmt"), {Contract, 0, false, "values that an older release writes may be refused"}},
        {QStringLiteral("AlterFunctionStmt"), {Unknown, 0, false, "a function behaves differently"}},
        {QStringLiteral("AlterRoleStmt"), {Contract, 0, false, "the role of an older release may lose its rights"}},
        {QStringLiteral("AlterRoleSetStmt"), {Unknown, 0, false, "sessions of that role have other settings"}},
        {QStringLiteral("AlterDatabaseSetStmt"), {Unknown, 0, false, "sessions of that database have other settings"}},
        {QStringLiteral("DropRoleStmt"), {Contract, 0, false, "a role is gone"}},
        {QStringLiteral("DropOwnedStmt"),
         {Irreversible, accessExclusive, false, "everything that a role owns is dropped"}},
        {QStringLiteral("ReassignOwnedStmt"), {Contract, 0, false, "the role of an older release may lose its rights"}},
        {QStringLiteral("GrantRoleStmt"), {Unknown, 0, false, "memberships change"}},
        {QStringLiteral("AlterDefaultPrivilegesStmt"), {Unknown, 0, false, "rights of objects to come change"}},
        {QStringLiteral("CreatePolicyStmt"),
         {Contract, accessExclusive, false, "rows may vanish for the role of an older release"}},
        {QStringLiteral("AlterPolicyStmt"),
         {Contract, accessExclusive, false, "rows may vanish for the role of an older release"}},
        {QStringLiteral("RuleStmt"), {Unknown, accessExclusive, false, "a rule rewrites what an older release sends"}},
        {QStringLiteral("CreateEventTrigStmt"), {Unknown, 0, false, "a trigger acts on schema changes"}},
        {QStringLiteral("DoStmt"), {Unknown, 0, false, "a DO block may do anything"}},
        {QStringLiteral("CallStmt"), {Unknown, 0, false, "a procedure may do anything"}},
        {QStringLiteral("ExecuteStmt"), {Unknown, 0, false, "what was prepared is not in this text"}},
        {QStringLiteral("DropdbStmt"), {Irreversible, accessExclusive, false, "a database is dropped"}},
    };
    return rules;
}

} // namespace taffrail::schema
