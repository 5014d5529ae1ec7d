// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "assessment.h"
#include "comparison.h"

namespace taffrail {

enum class PromotionArea { Release, Migrations, Config, Packages, Schema };
QString promotionAreaWord(PromotionArea area); ///< "release" | "migrations" | "config" | "packages" | "schema"

/// What promoting would do about one thing.
enum class PromotionState {
    Same,
    Ahead, ///< the earlier environment has what the later one lacks: it would come
    Behind, ///< the later one has what the earlier one lacks: it was never tried there
    Differs, ///< both have it, differently
    Unknown,
};
QString promotionStateWord(PromotionState state); ///< "same" | "ahead" | "behind" | "differs" | "unknown"

/// One thing that two neighbours in the order of promotion have, or do not have, in common.
struct PromotionRow {
    PromotionArea area = PromotionArea::Release;
    PromotionState state = PromotionState::Unknown;
    QString what; ///< "shop", "main public.alembic_version", "app-config: pool.max"; sanitised
    QString from, to; ///< what each has, sanitised and masked; "" = nothing to show
    QString words; ///< "2 migrations are applied in shop-staging only: add_index, drop_legacy"
    bool operator==(const PromotionRow &) const = default;
};

/// A step of the order: from staging to production.
struct PromotionStep {
    QString from, to; ///< environment ids
    std::vector<PromotionRow>
        rows; ///< by area; of config, packages and schema only what is not the same and not expected
    QStringList notes; ///< what could not be compared, sanitised
    bool operator==(const PromotionStep &) const = default;
};

/// The states of one service ordered so that each stands behind the one it promotes from. Those that are in no such
/// relation are left out; so are circles.
std::vector<EnvironmentStatePtr> promotionOrder(const std::vector<EnvironmentStatePtr> &states);

/// The steps between the states (any order; several may promote from one). `matrix` brings the settings of as many of
/// them as were read; its reference does not matter, its normalisers and agreements do. Pure.
std::vector<PromotionStep> promotionSteps(const std::vector<EnvironmentStatePtr> &states, const Matrix &matrix);

} // namespace taffrail
