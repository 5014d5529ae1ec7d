// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backupsupport.h"

namespace taffrail::sources {

bool isCheckPgbackrest(const Captured &captured);
/// `check_pgbackrest --service=archives|retention` as JSON, Nagios line or for people. The archives service of 2.3
/// counts a backup history file as the segment of the same name, so its "no hole" is not a proof; a note says so.
BackupSet readCheckPgbackrest(const Captured &captured);

} // namespace taffrail::sources
