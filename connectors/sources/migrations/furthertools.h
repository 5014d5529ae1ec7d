// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "migrationreader.h"

/// One constant per tool, each defined in the file of the tool.
namespace taffrail::sources::migrations {

extern const Tool atlasTool;
extern const Tool dbmateTool;
extern const Tool dieselTool;
extern const Tool doctrineTool;
extern const Tool ectoTool;
extern const Tool efcoreTool;
extern const Tool golangmigrateTool;
extern const Tool gooseTool;
extern const Tool graphileTool;
extern const Tool laravelTool;
extern const Tool liquibaseTool;
extern const Tool pgrollTool;
extern const Tool phinxTool;
extern const Tool postgratorTool;
extern const Tool refineryTool;
extern const Tool sqitchTool;
extern const Tool sqlmigrateTool;
extern const Tool sqlxTool;
extern const Tool yoyoTool;

} // namespace taffrail::sources::migrations
