// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configfiles.h"

namespace taffrail::sources {

/// The awk text that masks one file: standard input to lines that begin with '|', then "@TFC1 done LINES UNDIGESTED".
/// Reads TF_FORM (lines, json, yaml) and TF_KEY (64 hex digits or empty) from its environment. Runs in mawk, gawk,
/// busybox awk and the original awk; writes nothing but standard output.
const QByteArray &maskProgram();
/// The shell text before the list of what to read (resources/mask/files.sh) with all that it needs set.
QByteArray maskPrelude(const SourceEntry &entry, MaskForm form);
QByteArray maskFormWord(MaskForm form);
/// "max_bytes" of the entry within its limits.
qint64 maxFileBytes(const SourceEntry &entry);
/// "path" of the entry: one or several.
QStringList filePatterns(const SourceEntry &entry);

} // namespace taffrail::sources
