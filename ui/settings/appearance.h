// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme.h"

#include <QObject>

#include <optional>

namespace taffrail::ui {

class ColorScheme;

/// Light, dark, or what the desktop says.
class Appearance : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    /// "light", "dark"; any other word follows the desktop (light until it answers, if another was chosen before).
    void choose(const QString &word);

private:
    ColorScheme *m_desktop = nullptr; // asked only when it is followed
    std::optional<Scheme> m_told;
    bool m_follows = false;
    bool m_wasChosen = false;
};

} // namespace taffrail::ui
