// SPDX-License-Identifier: GPL-3.0-or-later
// Seeds: configs
#include "configcheck.h"

using namespace taffrail;
using namespace taffrail::sources;

namespace {

/// The input in two files, as configSetOf() would have read them.
ConfigSet setOf(const QByteArray &bytes, const char *first, const char *second, ConfigParser parse)
{
    ConfigSet set;
    const qsizetype middle = bytes.size() / 2;
    for (const auto &[path, part] : {std::pair(first, bytes.left(middle)), std::pair(second, bytes.mid(middle))}) {
        ConfigFile file;
        file.path = QString::fromLatin1(path);
        for (ConfigEntry &entry : parse(part, {}).entries) {
            entry.file = file.path;
            set.entries.push_back(std::move(entry));
        }
        set.files.push_back(std::move(file));
    }
    return set;
}

void checkKeys(const ConfigSet &set)
{
    for (const ConfigEntry &entry : set.entries) {
        if (entry.key.isEmpty() || entry.file.isEmpty() || entry.line < 0)
            std::abort();
    }
}

} // namespace

/// The input is a unit with a drop-in, and two files of sysctl.d.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    checkParsed(bytes, parseUnitFile);
    checkParsed(bytes, parseSysctl);
    ConfigSet units
        = setOf(bytes, "/usr/lib/systemd/system/a.service", "/etc/systemd/system/a.service.d/b.conf", parseUnitFile);
    effectiveUnits(units);
    checkKeys(units);
    ConfigSet settings = setOf(bytes, "/usr/lib/sysctl.d/a.conf", "/etc/sysctl.d/b.conf", parseSysctl);
    effectiveSysctl(settings);
    checkKeys(settings);
    return 0;
}
