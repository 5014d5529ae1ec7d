// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "deployments.h"

#include <QHash>

#include <vector>

namespace taffrail::sources::apt {

/// One change of one package, as a log tells it.
struct LoggedChange {
    QString from, to; ///< versions; `from` "" = it was not installed, `to` "" = it was removed
    QString localTime; ///< "2026-11-20 15:52:13" as written, in whatever zone its writer had
    QDateTime at; ///< UTC, by the host's own zone; invalid = not known
    QString endTime; ///< local; "" = the log does not say that it ended
    QString actor; ///< who asked, through sudo or pkexec
    QString command; ///< apt's command line; "" for plain dpkg
    QString trouble; ///< apt's "Error:", or the state that dpkg left; "" = it went well
    bool isApt = false;
    bool isReinstall = false;
};

/// Lines of the probe for one package (see aptprobe.cpp) read into changes, oldest first. `times`: local time → seconds
/// since 1970.
std::vector<LoggedChange> readAptHistory(const QByteArrayList &fields, const QHash<QString, qint64> &times);
std::vector<LoggedChange> readDpkgLog(const QByteArrayList &lines, const QHash<QString, qint64> &times);
/// Both in one: what dpkg wrote while apt ran is the same change; what it wrote otherwise was `dpkg -i`.
std::vector<LoggedChange> mergeLogs(const std::vector<LoggedChange> &apt, const std::vector<LoggedChange> &dpkg);

} // namespace taffrail::sources::apt
