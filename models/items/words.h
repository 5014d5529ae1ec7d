// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "celltable.h"

#include "assessment.h"

namespace taffrail::items {

/// The word of a domain state as people read it, and the status key that it maps to.
struct Worded {
    QString text;
    Status status = Status::None;
};
Worded worded(ReleaseStatus status);
Worded worded(MigrationState state);
Worded worded(BackupState state);
Worded worded(LinkState state);

QString paneTitle(PaneKind pane); ///< "Deployments"
QString tierTitle(Tier tier); ///< "Production"
QString backupTypeTitle(BackupType type); ///< "Full"
QString trustTitle(Trust trust); ///< "Restored"
QString reversibleTitle(Reversible reversible); ///< "Yes"

/// A figure with its unit: "4.1 %", "1.2 GiB", "38 s", "41"; "" for no figure.
QString figureText(std::optional<double> value, const QString &unit);
/// Joins what is not empty with ", ".
QString joined(const QStringList &parts);

/// Row keys sort as text: a number padded so that the order of text is the order of numbers.
QString padded(qint64 number);

/// The slots of one pane, in the order of the inventory.
std::vector<const Observation *> observationsOf(const EnvironmentState &state, PaneKind pane);
/// Lines on where and when a row was read: source, subject, observed at, took.
DetailLines provenanceLines(const Observation &observation);

} // namespace taffrail::items
