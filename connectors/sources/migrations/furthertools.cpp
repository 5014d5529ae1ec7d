// SPDX-License-Identifier: GPL-3.0-or-later
#include "furthertools.h"

namespace taffrail::sources::migrations {

std::span<const Tool *const> furtherTools()
{
    static const Tool *const tools[] = {
        &atlasTool,    &dbmateTool,   &dieselTool,     &doctrineTool,  &ectoTool,   &efcoreTool, &golangmigrateTool,
        &gooseTool,    &graphileTool, &laravelTool,    &liquibaseTool, &pgrollTool, &phinxTool,  &postgratorTool,
        &refineryTool, &sqitchTool,   &sqlmigrateTool, &sqlxTool,      &yoyoTool,
    };
    return tools;
}

} // namespace taffrail::sources::migrations
