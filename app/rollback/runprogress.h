// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "jobs.h"
#include "rollbackrun.h"

namespace taffrail {

/// What a job says, put into the journal's view of its host.
void applyStatus(HostRun &host, const jobs::JobStatus &status);
/// How a host's job ended. Waiting when it never was there.
void applyEnd(HostRun &host, const Result<jobs::JobStatus> &status);
/// The host is as before its first step; what comes is a job of its own.
void beginAnew(const RollbackRun &run, HostRun &host);

/// How many hosts stand at this stage.
int hostsAt(const RollbackRun &run, HostStage stage);
/// "2 of 3 hosts are switched".
QString progressWords(const RollbackRun &run);
/// What to do after a failure, by how far it came.
QString wayForward(const RollbackRun &run);

} // namespace taffrail
