// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "assessment.h"

#include <QHash>

#include <array>

namespace taffrail::items {

/// Row id → why the row belongs to what is selected, in words: "belongs to the selected release 2.14.3".
using RowMarks = QHash<QString, QString>;
/// The marks of every pane; those of the pane that the selection is in are empty.
using LinkedRows = std::array<RowMarks, paneCount>;

/// Ids of the rows that the panes show, without the environment before them.
QString releaseRowId(const QString &entry, const Release &release);
QString migrationRowId(const QString &entry, const MigrationHistory &history, const Migration &migration);
QString backupRowId(const QString &entry, const Backup &backup);
/// The id of a row of any environment: what a PaneModel's IdRole holds.
QString environmentRowId(const QString &environment, const QString &row);

/// What stands in the other panes with the row `id` (as IdRole gives it) of `pane`.
/// - A release: the migrations that name it, or that were applied between its deploy time and whatever was deployed or
///   rolled back next; of each backup source the newest usable backup before it and the first one after it.
/// - A migration: the release that brought it, by the same two ways.
/// - A backup: the release of each application that was live while it was made.
/// Nothing is guessed: rows and releases without a time, times that two releases share, backups that a deploy fell
/// into, moves whose time is only bounded, and times in environments with several applications stay unmarked.
LinkedRows linkedRows(const EnvironmentState &state, PaneKind pane, const QString &id);

} // namespace taffrail::items
