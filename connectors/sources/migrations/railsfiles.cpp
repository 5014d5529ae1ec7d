// SPDX-License-Identifier: GPL-3.0-or-later
#include "railsfiles.h"

#include <QRegularExpression>

namespace taffrail::sources::migrations {

QByteArray railsVersion(const QByteArray &digits)
{
    qsizetype zeros = 0;
    while (zeros + 1 < digits.size() && digits[zeros] == '0')
        ++zeros;
    return digits.mid(zeros);
}

bool isRailsFile(const FileRoot &root, const MigrationFile &file)
{
    static const QRegularExpression shape(QStringLiteral("^([0-9]+)_([_a-z0-9]*)\\.?([_a-z0-9]*)?\\.rb$"));
    if (!shape.match(QString::fromLatin1(file.name())).hasMatch())
        return false;
    // Below an application's root, other numbered Ruby files exist too.
    const QByteArray folder = file.folder();
    return folder.isEmpty() || root.rootName().endsWith("migrate") || ('/' + folder + '/').contains("migrate/");
}

} // namespace taffrail::sources::migrations
