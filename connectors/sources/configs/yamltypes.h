// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configs.h"

namespace taffrail::sources {

/// A plain or tagged scalar by YAML 1.2's core schema (specification 10.3.2).
struct YamlScalar {
    QString value; ///< canonical: "true", "null", decimal integers; floats keep their text
    ConfigType type = ConfigType::Text;
    QString note; ///< what readers of YAML 1.1 take it as, where that differs
};

/// `tag` is the name of a core tag ("int", "str") or "" to tell by the text alone.
YamlScalar yamlScalar(const QString &text, const QString &tag);

} // namespace taffrail::sources
