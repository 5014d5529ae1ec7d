// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringView>

namespace taffrail::sources {

/// Whether a path matches a pattern as glob(3) and a shell see it: * ? [a-z] [!a] within one name, a dot that leads a
/// name only by a dot, a backslash takes the next sign as it is. In time proportional to the product of the lengths.
bool matchesPattern(QStringView pattern, QStringView path);

} // namespace taffrail::sources
