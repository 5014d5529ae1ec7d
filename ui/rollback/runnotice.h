// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "inlinemessage.h"

#include <QSet>

namespace taffrail::ui {

class WindowModels;

/// Rollbacks that have not ended, above the screens: also those that an earlier run of the console began. A person may
/// put it away; it comes back when a run stands otherwise.
class RunNotice : public InlineMessage {
    Q_OBJECT

public:
    RunNotice(WindowModels &models, QWidget *parent);

signals:
    void runWanted(const QString &run);

private:
    void showRuns();

    WindowModels &m_models;
    QSet<QString> m_putAway; // "run stage"
    QString m_shown; // id of the run whose words stand there
};

} // namespace taffrail::ui
