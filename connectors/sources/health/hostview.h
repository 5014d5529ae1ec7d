// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "healthsupport.h"

namespace taffrail::sources {

/// What the readers of one host's parts share: the replies of that host, and where their checks go.
struct HostView {
    const SourceEntry &entry;
    const Replies &replies;
    const Context &context;
    QString host;
    QString counterPrefix; ///< "" when the entry has one host, else "HOST/"
    bool isPartial = false; ///< captured answers of single parts are read: the others were never asked
    HealthReport &report;

    /// The reply of a part if it has something to read. Else adds an unknown check and returns null; a part that was
    /// never asked adds nothing.
    const ShellReply *reply(const char *part, const char *code) const;
    void count(const QString &name, double value) const { report.counters.insert(counterPrefix + name, value); }
    void add(HealthCheck check) const { report.checks.push_back(std::move(check)); }
};

/// Kernel figures: load, memory, pressure, handles, OOM kills, uptime, RAID; counters for rates.
void readKernelFacts(const HostView &view);
/// Clock of the host against ours, by the part "clock".
void readClock(const HostView &view);
/// Space and inodes of local file systems, read-only ones, network mounts that don't answer.
void readMounts(const HostView &view);
/// Failed, restarting and required units.
void readUnits(const HostView &view);
/// Listeners' backlog, time synchronisation, error count of the journal.
void readListeners(const HostView &view);
void readTimeSync(const HostView &view);
void readJournal(const HostView &view);
void readContainers(const HostView &view);
/// Slow lane: release, reboot needed, updates.
void readSystem(const HostView &view);

} // namespace taffrail::sources
