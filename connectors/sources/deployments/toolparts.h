// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "source.h"

namespace taffrail::sources {

/// What one command of a probe printed.
struct ToolPart {
    QByteArray name; ///< "" = captured by hand: which command it was shows in what it printed
    int exitCode = 0;
    QByteArray out;
    QString said; ///< its words on standard error, one line, without secrets
    bool isWhole = true; ///< false: the answer ended within it
};

/// Shell text that defines `tf_part NAME COMMAND…`: runs the command and prints its output in a frame with its exit
/// code and its words.
QByteArray partFunction();
/// The frames of an answer. Text without a frame is one part, with the answer's own exit code and words.
std::vector<ToolPart> toolParts(const ShellReply &reply);
const ToolPart *partNamed(const std::vector<ToolPart> &parts, const QByteArray &name);

/// Why a command of kubectl, helm, nomad or the like gave no answer, from its exit code and its words.
Error toolError(const QString &tool, const QString &host, const ToolPart &part);

} // namespace taffrail::sources
