// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configs.h"

namespace taffrail::sources {

/// One directive of an nginx configuration: "name argument …;" or "name argument … { … }".
struct NginxDirective {
    QString name;
    QStringList arguments; ///< without quotes and escapes
    int line = 0;
    int file = 0; ///< number of the file it stands in, where several make one tree
    QString note; ///< about it, for people
    bool isBlock = false;
    QString code; ///< of a *_by_lua_block
    std::vector<NginxDirective> children;
};

struct NginxTree {
    std::vector<NginxDirective> directives;
    std::optional<Error> error; ///< what stands before it is in the tree
};

/// As ngx_conf_read_token() of nginx 1.22 reads it.
NginxTree readNginxTree(const QByteArray &bytes);

} // namespace taffrail::sources
