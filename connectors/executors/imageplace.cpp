// SPDX-License-Identifier: GPL-3.0-or-later
#include "imageplace.h"

#include "text.h"

#include <QUuid>

namespace taffrail::executors {

using sources::shellQuoted;

Result<CarriedPlace> imagePlace(const HostSwitch &part, const sources::docker::Settings &engine, const QString &image,
                                const QString &path)
{
    if (!path.startsWith(QLatin1Char('/')) || path.contains(QChar::Null))
        return failure(ErrorKind::BadConfig, QStringLiteral("plan"), part.host,
                       QStringLiteral("%1 is no absolute path inside the image").arg(sanitized(path)));
    const QString folder = QStringLiteral("/tmp/.taffrail-") + QUuid::createUuid().toString(QUuid::WithoutBraces);
    const QByteArray before = sources::docker::engineCommand(engine) + "(umask 077; mkdir -- " + shellQuoted(folder)
        + ") && tf_made=$(d create --network=none -- " + shellQuoted(image)
        + " true) && { d cp \"$tf_made\":" + shellQuoted(path) + ' ' + shellQuoted(folder + QStringLiteral("/carried"))
        + " >/dev/null; d rm \"$tf_made\" >/dev/null; }\n";
    return CarriedPlace{before, folder + QStringLiteral("/carried"), "rm -rf -- " + shellQuoted(folder) + '\n'};
}

} // namespace taffrail::executors
