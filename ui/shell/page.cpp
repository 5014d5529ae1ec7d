// SPDX-License-Identifier: GPL-3.0-or-later
#include "page.h"

#include "opstable.h"

namespace taffrail::ui {

void Page::takeFocus()
{
    if (OpsTable *table = mainTable())
        table->setFocus(Qt::OtherFocusReason);
}

} // namespace taffrail::ui
