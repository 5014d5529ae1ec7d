// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "executor.h"
#include "stepscript.h"

/// What the executors of tools share that keep releases/NAME and a link "current" to the live one.
namespace taffrail::executors {

/// Read-only look: variables A, NEW and the records GONE, NOTARGET, LINK, READONLY, RESTART, CONFIG, LOST, GAINED.
/// Ends in the folder of the application. `repository`: its bare mirror of git, below that folder.
QByteArray linkedLook(const HostSwitch &part, const QString &path, const QString &repository);
/// What these records say; the steps and the script are the caller's. An error: why this host cannot be switched.
Result<HostSteps> linkedFindings(const HostSwitch &part, const QString &path, const sources::ShellReply &looked);

/// Shell text that sets A, FROM and TO.
QByteArray linkedVariables(const HostSwitch &part, const QString &path);
void addLinkedCheck(StepScript &script, const HostSwitch &part, const QString &path);
void addLinkedSwitch(StepScript &script, const HostSwitch &part);
/// `further`: shell text of the tool's own proof.
void addLinkedProof(StepScript &script, const HostSwitch &part, const QString &path, const QByteArray &further);
/// Where the target keeps what lies below "current".
Result<CarriedPlace> linkedPlace(const HostSwitch &part, const QString &root, const QString &path);

} // namespace taffrail::executors
