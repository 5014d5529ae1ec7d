// SPDX-License-Identifier: GPL-3.0-or-later
#include "windowmodels.h"

namespace taffrail::ui {

WindowModels::WindowModels(items::ConsoleModels &models, QObject *parent) : QObject(parent), console(models) {}

void WindowModels::setNextPoll(const QDateTime &at)
{
    if (std::exchange(m_nextPoll, at) != at)
        emit nextPollChanged();
}

void WindowModels::tell(Status severity, const QString &text, const QString &detail)
{
    emit told(severity, text, detail);
}

} // namespace taffrail::ui
