// SPDX-License-Identifier: GPL-3.0-or-later
#include "phpmigration.h"

namespace taffrail::sources::migrations {

void takePhp(DiskMigration &disk, const MigrationFile &file)
{
    disk.file = &file;
    takeCode(disk, QStringLiteral("a PHP migration"));
    if (!file.isWhole)
        return;
    const auto down = bracedBody(file.content, "\\bfunction\\s+down\\s*\\(");
    const auto change = bracedBody(file.content, "\\bfunction\\s+change\\s*\\(");
    if (!down && file.content.contains("function down"))
        return; // where it ends can't be told
    if (!down) {
        // Phinx turns `change` round itself, unless it runs SQL.
        disk.reversible
            = change ? (change->contains("execute") ? Reversible::Unknown : Reversible::Yes) : Reversible::No;
        if (!change)
            disk.note = QStringLiteral("no down");
        return;
    }
    const QByteArray body = QByteArray(*down).replace("parent::down", "");
    disk.reversible = Reversible::No;
    if (down->trimmed().isEmpty() || down->trimmed() == ";")
        disk.note = QStringLiteral("its down is empty");
    else if (body.contains("throwIrreversibleMigrationException") || body.contains("IrreversibleMigration"))
        disk.note = QStringLiteral("its down says that it cannot be taken back");
    else if (body.trimmed().startsWith("throw "))
        disk.note = QStringLiteral("its down throws an exception");
    else
        disk.reversible = Reversible::Yes;
}

} // namespace taffrail::sources::migrations
