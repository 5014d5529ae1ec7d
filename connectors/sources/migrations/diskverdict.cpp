// SPDX-License-Identifier: GPL-3.0-or-later
#include "diskverdict.h"

#include "text.h"

#include <algorithm>

namespace taffrail::sources::migrations {

using schema::CreatedObjects;
using schema::MigrationVerdict;
using schema::StatementVerdict;

namespace {

constexpr int shownStatement = 80;

QString shortened(const QString &text)
{
    return text.size() <= shownStatement ? text : text.left(shownStatement - 1) + QChar(0x2026);
}

MigrationVerdict unknown(const QString &why)
{
    MigrationVerdict verdict;
    StatementVerdict statement;
    statement.kinds = {MigrationKind::Unknown};
    statement.why = why;
    verdict.kinds = statement.kinds;
    verdict.operations.push_back(std::move(statement));
    return verdict;
}

} // namespace

MigrationVerdict classifyDisk(const DiskMigration &disk, CreatedObjects &created)
{
    if (!disk.opaque.isEmpty())
        return unknown(QStringLiteral("%1: what it does is not read").arg(disk.opaque));
    if (!disk.sql)
        return unknown(QStringLiteral("its file is not known as a whole"));
    const schema::SqlVerdict sql = schema::classifySql(*disk.sql, created);
    MigrationVerdict verdict;
    verdict.kinds = sql.kinds;
    verdict.reversible = disk.reversible;
    verdict.operations = sql.statements;
    for (StatementVerdict &statement : verdict.operations) {
        statement.line += disk.line - 1;
        if (!statement.why.isEmpty() && !statement.text.isEmpty())
            statement.why = QStringLiteral("%1: %2").arg(shortened(statement.text), statement.why);
    }
    return verdict;
}

QString lossOfWayBack(const DiskMigration &disk)
{
    if (!disk.down)
        return {};
    CreatedObjects none;
    const schema::SqlVerdict sql = schema::classifySql(*disk.down, none);
    const auto lossy = std::ranges::find_if(sql.statements, [](const StatementVerdict &statement) {
        return statement.kinds.contains(MigrationKind::Irreversible);
    });
    return lossy == sql.statements.end() ? QString()
                                         : QStringLiteral("its way back loses data: %1").arg(shortened(lossy->text));
}

} // namespace taffrail::sources::migrations
