// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "kubernetesprobe.h"
#include "told.h"

namespace taffrail::sources::kubernetes {

/// The revisions of a workload as releases. A release is called by its number, which a rollback makes anew; its
/// Release::revision (the hash of its pod template) stays.
Told toldOf(const QString &host, const Facts &facts);
/// The number of the revision that the workload is set to; -1 = not known.
qint64 wantedRevision(const Facts &facts);

} // namespace taffrail::sources::kubernetes
