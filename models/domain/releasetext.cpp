// SPDX-License-Identifier: GPL-3.0-or-later
#include "releasetext.h"

#include <QRegularExpression>

namespace taffrail {

QString shortRelease(const QString &id)
{
    static const QRegularExpression image(QStringLiteral("\\Asha256:([0-9a-f]{12})[0-9a-f]{52}\\z"));
    const auto match = image.match(id);
    return match.hasMatch() ? match.captured(1) : id;
}

QStringList shortReleases(QStringList ids)
{
    for (QString &id : ids)
        id = shortRelease(id);
    return ids;
}

QString releaseName(const QString &id, const QString &version)
{
    return version.isEmpty() || id.contains(version) ? shortRelease(id)
                                                     : QStringLiteral("%1 (%2)").arg(version, shortRelease(id));
}

} // namespace taffrail
