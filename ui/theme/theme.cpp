// SPDX-License-Identifier: GPL-3.0-or-later
#include "theme.h"

#include <QApplication>
#include <QStyle>
#include <QStyleFactory>

#include <algorithm>
#include <cmath>

namespace taffrail::ui {

namespace {

QColor rgb(unsigned value)
{
    return QColor::fromRgb(value);
}

struct Roles {
    QColor base, alternate, window, text, highlight, highlighted, secondary, link, border;
};

QPalette paletteOf(const Roles &roles)
{
    QPalette palette;
    palette.setColor(QPalette::Base, roles.base);
    palette.setColor(QPalette::AlternateBase, roles.alternate);
    palette.setColor(QPalette::Window, roles.window);
    palette.setColor(QPalette::Button, roles.window);
    palette.setColor(QPalette::Text, roles.text);
    palette.setColor(QPalette::WindowText, roles.text);
    palette.setColor(QPalette::ButtonText, roles.text);
    palette.setColor(QPalette::BrightText, roles.text);
    palette.setColor(QPalette::Highlight, roles.highlight);
    palette.setColor(QPalette::HighlightedText, roles.highlighted);
    palette.setColor(QPalette::PlaceholderText, roles.secondary);
    palette.setColor(QPalette::Link, roles.link);
    palette.setColor(QPalette::LinkVisited, roles.link);
    palette.setColor(QPalette::ToolTipBase, roles.alternate);
    palette.setColor(QPalette::ToolTipText, roles.text);
    palette.setColor(QPalette::Light, roles.alternate);
    palette.setColor(QPalette::Midlight, roles.window);
    palette.setColor(QPalette::Mid, roles.border);
    palette.setColor(QPalette::Dark, roles.border);
    palette.setColor(QPalette::Shadow, roles.border);
    for (const auto role : {QPalette::Text, QPalette::WindowText, QPalette::ButtonText, QPalette::HighlightedText})
        palette.setColor(QPalette::Disabled, role, roles.secondary);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, roles.window);
    return palette;
}

Theme lightTheme()
{
    Theme theme;
    theme.scheme = Scheme::Light;
    theme.secondary = rgb(0x4D5762);
    theme.border = rgb(0x6B7682);
    theme.focus = rgb(0x0B57B7);
    theme.palette = paletteOf({rgb(0xFFFFFF), rgb(0xF3F5F8), rgb(0xE9ECF0), rgb(0x14181D), rgb(0xCFE3FA), rgb(0x14181D),
                               theme.secondary, rgb(0x0A4596), theme.border});
    theme.criticalPill = {rgb(0xFFFFFF), rgb(0xA30F2D)};
    theme.noticeError = {rgb(0x14181D), rgb(0xFBE3E7)};
    theme.noticeStale = {rgb(0x14181D), rgb(0xE6E9EE)};
    theme.bandProduction = {rgb(0xFFFFFF), rgb(0x7A1048)};
    theme.bandStripes = rgb(0x9E2A6A);
    theme.bandStaging = {rgb(0x3D2A00), rgb(0xF6E7BF)};
    theme.bandTesting = {rgb(0x06363A), rgb(0xCFEDEE)};
    theme.bandDevelopment = {rgb(0x262C33), rgb(0xDDE2E8)};
    theme.changed = rgb(0xFFF1CC);
    theme.changedInside = rgb(0xFFD873);
    theme.missing = rgb(0xF6DDE3);
    theme.expected = rgb(0xE6E9EE);
    return theme;
}

Theme darkTheme()
{
    Theme theme;
    theme.scheme = Scheme::Dark;
    theme.secondary = rgb(0xAEB7C0);
    theme.border = rgb(0x8A94A0);
    theme.focus = rgb(0x9CC7FF);
    theme.palette = paletteOf({rgb(0x1B1E22), rgb(0x22262B), rgb(0x2A2E34), rgb(0xE9ECEF), rgb(0x264668), rgb(0xE9ECEF),
                               theme.secondary, rgb(0x87B7F4), theme.border});
    theme.criticalPill = {rgb(0x1B1E22), rgb(0xFF9484)};
    theme.noticeError = {rgb(0xE9ECEF), rgb(0x4A2028)};
    theme.noticeStale = {rgb(0xE9ECEF), rgb(0x33383F)};
    theme.bandProduction = {rgb(0x1B1E22), rgb(0xF2A6D2)};
    theme.bandStripes = rgb(0xE07FB8);
    theme.bandStaging = {rgb(0xF6E7BF), rgb(0x4A3700)};
    theme.bandTesting = {rgb(0xCFEDEE), rgb(0x0C4549)};
    theme.bandDevelopment = {rgb(0xDDE2E8), rgb(0x39414A)};
    theme.changed = rgb(0x3D3418);
    theme.changedInside = rgb(0x6A5410);
    theme.missing = rgb(0x47242F);
    theme.expected = rgb(0x33383F);
    return theme;
}

double luminance(const QColor &color)
{
    const auto linear = [](double channel) {
        return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

} // namespace

QColor Theme::statusColor(Status status) const
{
    const bool light = scheme == Scheme::Light;
    switch (status) {
    case Status::Critical: return light ? rgb(0x850B24) : rgb(0xFF9484);
    case Status::Warning: return light ? rgb(0x934A0C) : rgb(0xFACE3A);
    case Status::Running:
    case Status::Notice: return light ? rgb(0x0A4596) : rgb(0x87B7F4);
    case Status::Ok: return light ? rgb(0x1F7050) : rgb(0x8CF5C8);
    case Status::Offline:
    case Status::Unknown:
    case Status::Stale:
    case Status::Muted:
    case Status::None: return light ? rgb(0x4F5A66) : rgb(0xB6BFC9);
    }
    return secondary;
}

const ColorPair &Theme::band(Tier tier) const
{
    switch (tier) {
    case Tier::Production: return bandProduction;
    case Tier::Staging: return bandStaging;
    case Tier::Testing: return bandTesting;
    case Tier::Development: break;
    }
    return bandDevelopment;
}

const Theme &themeOf(Scheme scheme)
{
    static const Theme light = lightTheme();
    static const Theme dark = darkTheme();
    return scheme == Scheme::Dark ? dark : light;
}

const Theme &themeOf(const QPalette &palette)
{
    return themeOf(palette.color(QPalette::Active, QPalette::Base).lightness() < 128 ? Scheme::Dark : Scheme::Light);
}

void applyTheme(QApplication &application, Scheme scheme)
{
    if (application.style()->name() != QLatin1String("fusion"))
        QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QApplication::setPalette(themeOf(scheme).palette);
}

double contrastRatio(const QColor &a, const QColor &b)
{
    const double first = luminance(a), second = luminance(b);
    return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

} // namespace taffrail::ui
