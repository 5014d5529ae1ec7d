// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configentries.h"

/// What a host has: packages, runtimes, containers, jobs by the clock.
namespace taffrail::sources {

/// Lines of the source's own script, or what `dpkg-query -W`, `dpkg -l`, `rpm -qa`, `apk info -v` print. Key:
/// `name:architecture` where the manager says it, value: the version; several installed ones joined by ", ".
ParsedConfig parsePackages(const QByteArray &bytes, const SourceEntry &entry);

/// "TOOL <tab> exit code <tab> what it printed". A tool that is absent has no line; one that did not answer in time has
/// an entry that says so.
ParsedConfig parseRuntimes(const QByteArray &bytes, const SourceEntry &entry);

/// The JSON of containerCommand(). Keys: `<name>.image`, `<name>.env.PORT`, `<name>.mounts."/data"`, … The name is that
/// of the Compose or Swarm service where there is one, so that projects of other names compare.
ParsedConfig parseContainers(const QByteArray &bytes, const SourceEntry &entry);

/// The text of cronCommand(). Key of a job: `<user>.<program>`, with [1], [2] … behind it for further jobs of the same
/// program by the same user; its value is the schedule, `….command` the command line. Settings in a crontab are
/// `<user>.variables.PATH`; timers `timers.<unit>`.
ParsedConfig parseCron(const QByteArray &bytes, const SourceEntry &entry);

/// PEM text. Keys: `certificate[0].subject`, … by the order in the file; `chain`; a private key in the file is only
/// said to be there.
ParsedConfig parseCertificates(const QByteArray &bytes, const SourceEntry &entry);

} // namespace taffrail::sources
