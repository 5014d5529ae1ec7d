// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "signatures.h"

/// The statements that read the tables of the tools of namedhistory.h: every row, in the order in which it was written.
namespace taffrail::sources::migrations {

QByteArray selectPrisma(const TableName &table);
QByteArray selectKnex(const TableName &table);
QByteArray selectNodePgMigrate(const TableName &table); ///< and db-migrate
QByteArray selectTypeOrm(const TableName &table);
QByteArray selectSequelize(const TableName &table);
QByteArray selectDrizzle(const TableName &table);
QByteArray selectMikroOrm(const TableName &table);
QByteArray selectKysely(const TableName &table);

} // namespace taffrail::sources::migrations
