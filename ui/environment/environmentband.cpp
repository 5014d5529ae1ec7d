// SPDX-License-Identifier: GPL-3.0-or-later
#include "environmentband.h"

#include "bandpainter.h"
#include "words.h"

#include <QPainter>

namespace taffrail::ui {

namespace {

QString identityOf(const EnvironmentState &state)
{
    QStringList peers;
    int down = 0;
    if (state.snapshot) {
        for (const Link &link : state.snapshot->links) {
            if (link.state == LinkState::Up && !link.peer.isEmpty())
                peers << link.peer;
            else if (link.state == LinkState::Down)
                ++down;
        }
    }
    if (peers.isEmpty())
        peers << EnvironmentBand::tr("not connected");
    else if (down > 0)
        peers << EnvironmentBand::tr("%1 offline").arg(down);
    return peers.join(QStringLiteral(" \u00b7 "));
}

QString modeText(Mode mode)
{
    switch (mode) {
    case Mode::Locked: return EnvironmentBand::tr("Locked");
    case Mode::Guarded: return EnvironmentBand::tr("Guarded");
    case Mode::Open: return EnvironmentBand::tr("Open");
    }
    return {};
}

} // namespace

EnvironmentBand::EnvironmentBand(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void EnvironmentBand::setState(const EnvironmentStatePtr &state, bool isDemo)
{
    m_tier = state ? state->environment->tier : Tier::Development;
    m_name.clear();
    m_identity.clear();
    if (state) {
        const EnvironmentSpec &spec = *state->environment;
        m_name = items::tierTitle(spec.tier).toUpper() + QStringLiteral("  ")
            + (spec.name.isEmpty() ? spec.id : spec.name);
        m_identity = identityOf(*state) + QStringLiteral(" \u00b7 ") + modeText(spec.mode);
        if (isDemo)
            m_identity = tr("Demo data") + QStringLiteral(" \u00b7 ") + m_identity;
    }
    const QString text = m_identity.isEmpty() ? m_name : m_name + QStringLiteral("  ") + m_identity;
    if (std::exchange(m_text, text) == text)
        return;
    setAccessibleName(text);
    setToolTip({});
    update();
}

QSize EnvironmentBand::sizeHint() const
{
    return {400, int(fontMetrics().height() * 1.8)};
}

QSize EnvironmentBand::minimumSizeHint() const
{
    return {100, sizeHint().height()};
}

void EnvironmentBand::paintEvent(QPaintEvent *)
{
    const Theme &theme = themeOf(palette());
    QPainter painter(this);
    paintBand(painter, rect(), m_tier, theme);
    QFont bold = font();
    bold.setBold(true);
    const QFontMetrics boldMetrics(bold);
    const int lead = m_tier == Tier::Production ? 40 : 8;
    const int nameWidth = boldMetrics.horizontalAdvance(m_name);
    const int room = std::max(0, width() - 2 * lead - nameWidth - 24);
    const QString identity = fontMetrics().elidedText(m_identity, Qt::ElideMiddle, room);
    const int textWidth = nameWidth + 24 + fontMetrics().horizontalAdvance(identity);
    // Plain ground under the words; the stripes stay at both ends.
    const QRect ground(lead, 0, textWidth + 12, height());
    painter.fillRect(ground, theme.band(m_tier).background);
    painter.setPen(theme.band(m_tier).text);
    painter.setFont(bold);
    painter.drawText(ground.adjusted(6, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, m_name);
    painter.setFont(font());
    painter.drawText(ground.adjusted(6 + nameWidth + 18, 0, 0, 0),
                     Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine, identity);
}

} // namespace taffrail::ui
