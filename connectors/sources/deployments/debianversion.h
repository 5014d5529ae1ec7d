// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace taffrail::sources {

/// Whether it is a version as dpkg writes it: [epoch:]upstream[-revision].
bool isDebianVersion(const QString &text);
/// Below, at or above 0, as dpkg --compare-versions orders them (Debian policy, 5.6.12).
int compareDebianVersions(const QString &left, const QString &right);

} // namespace taffrail::sources
