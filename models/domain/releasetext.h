// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

namespace taffrail {

/// A release's id as tables show it: of an image's id ("sha256:" and 64 digits) the first 12 digits, as Docker itself
/// shows it. Any other id as it is.
QString shortRelease(const QString &id);
QStringList shortReleases(QStringList ids);
/// A release as people speak of it: "1.2 (75ed4f2c5f49)", or its id alone where that says the version, or none is
/// known.
QString releaseName(const QString &id, const QString &version);

} // namespace taffrail
