// SPDX-License-Identifier: GPL-3.0-or-later
#include "appearance.h"

#include "colorscheme.h"

#include <QApplication>

namespace taffrail::ui {

void Appearance::choose(const QString &word)
{
    const std::optional<Scheme> chosen = schemeFromWord(word);
    m_follows = !chosen;
    if (chosen) {
        m_wasChosen = true;
        applyTheme(*qApp, *chosen);
        return;
    }
    if (m_told || m_wasChosen)
        applyTheme(*qApp, m_told.value_or(Scheme::Light));
    if (m_desktop)
        return;
    m_desktop = new ColorScheme(this);
    connect(m_desktop, &ColorScheme::changed, this, [this](Scheme scheme) {
        m_told = scheme;
        if (m_follows)
            applyTheme(*qApp, scheme);
    });
    m_desktop->follow();
}

} // namespace taffrail::ui
