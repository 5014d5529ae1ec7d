// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configfiles.h"
#include "nginxtree.h"

namespace taffrail::sources {

/// The settings of a tree by keys that are the same in another environment, see nginxflatten.cpp. Each entry's `file`
/// holds its directive's number of a file as text.
ParsedConfig flattenedNginx(const std::vector<NginxDirective> &directives);

} // namespace taffrail::sources
