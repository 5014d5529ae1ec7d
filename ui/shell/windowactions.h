// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace taffrail::ui {

class ActionRegistry;
class MainWindow;
class WindowModels;

/// Makes every action of the window and its menus.
void setupActions(MainWindow &window, WindowModels &models, ActionRegistry &actions);

} // namespace taffrail::ui
