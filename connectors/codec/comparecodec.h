// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "codec.h"
#include "comparison.h"

namespace taffrail::codec {

/// `taffrail compare --json`:
/// {"version","generated_at","environments":[id…],"reference","rows":[{"source","file","key",
/// "state","cells":{ENV:{"value","line","secret","state"}}}],…}, the rows of one view.
Json comparisonJson(const Matrix &matrix, MatrixView view);

/// What was read of one environment, kept to be compared with later: masked, without fingerprints and texts.
QByteArray baselineText(const ComparedEnvironment &environment, const QDateTime &savedAt);
struct SavedBaseline {
    std::shared_ptr<const ComparedEnvironment> environment;
    QDateTime savedAt;
};
Result<SavedBaseline> readBaseline(const QByteArray &text);

} // namespace taffrail::codec
