// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "inventory.h"

namespace taffrail::items {

inline constexpr int leastCompared = 2, mostCompared = 50;

/// Those with a config entry: only they can be compared.
std::vector<EnvironmentSpecPtr> comparable(const std::vector<EnvironmentSpecPtr> &all);
/// The environment and its relatives (those that promote to or from it, then others of its service) that can be
/// compared, from production down.
QStringList relativesOf(const std::vector<EnvironmentSpecPtr> &all, const QString &environment);
/// What the others are held against: the last one of the chain of promotion, else the first production, else the first.
QString usualReference(const std::vector<EnvironmentSpecPtr> &all, const QStringList &chosen);
/// Ids of the config entries of these environments, in the order in which they come.
QStringList configEntries(const std::vector<EnvironmentSpecPtr> &all, const QStringList &chosen);

} // namespace taffrail::items
