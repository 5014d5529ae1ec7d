// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "celltable.h"
#include "words.h"

#include "connectiontest.h"

namespace taffrail::items {

/// The stages of one connection test.
class StageModel : public CellTable {
    Q_OBJECT

public:
    enum Column { Stage, State, Took, Seen, Next, ColumnCount };
    Q_ENUM(Column)

    explicit StageModel(QObject *parent = nullptr);
    /// Null shows nothing.
    void show(const ConnectionTestPtr &test);
};

QString stageTitle(TestStage stage, TestedKind kind); ///< "Host key"
Worded worded(StageState state);
/// "Passed in 84 ms", "Failed at sign-in", "Testing", "Waiting"
Worded worded(const ConnectionTest &test);
/// "0.4 ms", "84 ms", "1.2 s"
QString tookText(std::chrono::microseconds took);

} // namespace taffrail::items
