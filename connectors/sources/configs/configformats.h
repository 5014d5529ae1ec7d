// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "configfiles.h"

/// One parser per file format. All are pure, take any bytes, never throw, and keep what stands before an error; those
/// of line formats keep what stands behind it, too. An error names the line and what was expected there, and never
/// quotes what was found: it may be a secret. A mask token (configsecrets.h) is text like any other.
namespace taffrail::sources {

/// KEY=value as the common readers of .env files agree on it: `export`, quotes ' " `, escapes within " only, values of
/// several lines in quotes, " #" begins a comment. "${NAME}" stays as written. A key without '=' is Null.
ParsedConfig parseDotenv(const QByteArray &bytes, const SourceEntry &entry);
/// Sections, = and :, lines that begin with ; or #, continuation by deeper indentation (Python's configparser) or a
/// backslash at the end, [a "b"] as a.b (git), `name[]` as a list (PHP). " ;" and " #" begin a comment unless the
/// option "inline_comments" is false. A key without = or : is Null.
ParsedConfig parseIni(const QByteArray &bytes, const SourceEntry &entry);
/// java.util.Properties. Valid UTF-8 is read as that, else the bytes are ISO-8859-1.
ParsedConfig parseProperties(const QByteArray &bytes, const SourceEntry &entry);
/// RFC 8259, with comments (said in a note). Numbers keep their text. Of a repeated key all plain values are kept, in
/// order; of repeated objects and lists the last one.
ParsedConfig parseJson(const QByteArray &bytes, const SourceEntry &entry);
/// YAML 1.2, core schema, with merge keys. Several documents: each key begins with its document's index, "[0].a". What
/// readers of YAML 1.1 take as something else has a note. A repeated key is an error, as the standard says.
ParsedConfig parseYaml(const QByteArray &bytes, const SourceEntry &entry);
/// TOML 1.0. Floats keep their text but for '_' and '+'; times as RFC 3339 writes them.
ParsedConfig parseToml(const QByteArray &bytes, const SourceEntry &entry);
/// Directives by the names of their blocks, see nginxflatten.cpp. One file alone: nginxsite.h puts those together that
/// include one another.
ParsedConfig parseNginx(const QByteArray &bytes, const SourceEntry &entry);
/// One unit file, or the output of `systemctl cat`, as it stands there: every assignment is an item of a list of its
/// key ("Service.ExecStart[0]"), `# /path` headers are items of "File". effectiveUnits() makes settings of these.
ParsedConfig parseUnitFile(const QByteArray &bytes, const SourceEntry &entry);
/// One sysctl.d file, or the output of `sysctl -a`. Keys with dots ("net.ipv4.conf.eth0/100.forwarding" is VLAN 100).
ParsedConfig parseSysctl(const QByteArray &bytes, const SourceEntry &entry);
/// Any text: one entry "content", how many lines and a digest of the masked text.
ParsedConfig parsePlainText(const QByteArray &bytes, const SourceEntry &entry);

/// What systemd makes of the files that parseUnitFile() read: drop-ins in their order, masked ones left out, lists
/// emptied by an empty assignment, Environment= by variable. Each entry keeps the file and line that count.
void effectiveUnits(ConfigSet &set);
/// What sysctl makes of its files: those of the same name in a later folder left out, by name, the last one counts.
void effectiveSysctl(ConfigSet &set);

} // namespace taffrail::sources
