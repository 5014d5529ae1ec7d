// SPDX-License-Identifier: GPL-3.0-or-later
#include "statusglyph.h"

#include <QFontMetrics>
#include <QHash>
#include <QPainter>
#include <QPainterPathStroker>

#include <algorithm>
#include <map>
#include <tuple>

namespace taffrail::ui {

namespace {

QPainterPath stroked(const QPainterPath &line, qreal width, Qt::PenCapStyle cap = Qt::RoundCap)
{
    QPainterPathStroker stroker;
    stroker.setWidth(width);
    stroker.setCapStyle(cap);
    stroker.setJoinStyle(Qt::RoundJoin);
    return stroker.createStroke(line);
}

QPainterPath lines(const QList<QPolygonF> &strokes)
{
    QPainterPath path;
    for (const QPolygonF &stroke : strokes)
        path.addPolygon(stroke);
    return path;
}

QPainterPath polygon(const QPolygonF &points)
{
    QPainterPath path;
    path.addPolygon(points);
    path.closeSubpath();
    return path;
}

QPainterPath circle(qreal radius)
{
    QPainterPath path;
    path.addEllipse(QPointF(8, 8), radius, radius);
    return path;
}

QPainterPath dot(qreal x, qreal y, qreal radius)
{
    QPainterPath path;
    path.addEllipse(QPointF(x, y), radius, radius);
    return path;
}

QPainterPath criticalPath()
{
    QPainterPath square;
    square.addRoundedRect(QRectF(1, 1, 14, 14), 1.5, 1.5);
    return square.subtracted(stroked(lines({{{4.8, 4.8}, {11.2, 11.2}}, {{11.2, 4.8}, {4.8, 11.2}}}), 2.0));
}

QPainterPath offlinePath()
{
    QPainterPath ring = circle(7).subtracted(circle(5));
    return ring.united(stroked(lines({{{3.4, 12.6}, {12.6, 3.4}}}), 2.0));
}

QPainterPath unknownPath()
{
    QPainterPath box;
    box.addRoundedRect(QRectF(1.8, 1.8, 12.4, 12.4), 2.5, 2.5);
    QPainterPathStroker dashes;
    dashes.setWidth(1.6);
    dashes.setCapStyle(Qt::FlatCap);
    dashes.setDashPattern({1.6, 1.25});
    QPainterPath hook;
    hook.moveTo(6.0, 6.3);
    hook.cubicTo(6.0, 3.6, 10.2, 3.7, 10.1, 6.3);
    hook.cubicTo(10.0, 7.9, 8.0, 7.8, 8.0, 9.4);
    return dashes.createStroke(box).united(stroked(hook, 1.5)).united(dot(8, 11.7, 0.95));
}

QPainterPath warningPath()
{
    const QPainterPath triangle = polygon({{8, 0.8}, {15.6, 14.8}, {0.4, 14.8}});
    return triangle.subtracted(stroked(lines({{{8, 6.2}, {8, 9.8}}}), 1.8)).subtracted(dot(8, 12.4, 1.05));
}

QPainterPath stalePath()
{
    const QPainterPath ring = circle(7).subtracted(circle(5.4));
    return ring.united(stroked(lines({{{8, 4.6}, {8, 8.2}, {10.6, 9.8}}}), 1.6));
}

QPainterPath noticePath()
{
    const QPainterPath diamond = polygon({{8, 0.3}, {15.7, 8}, {8, 15.7}, {0.3, 8}});
    return diamond.subtracted(stroked(lines({{{8, 7.4}, {8, 11.2}}}), 1.8)).subtracted(dot(8, 4.8, 1.1));
}

QPainterPath okPath()
{
    return circle(7.2).subtracted(stroked(lines({{{4.6, 8.3}, {7.1, 10.8}, {11.5, 5.7}}}), 1.9));
}

QPainterPath pathOf(Status status)
{
    switch (status) {
    case Status::Critical: return criticalPath();
    case Status::Offline: return offlinePath();
    case Status::Unknown: return unknownPath();
    case Status::Warning: return warningPath();
    case Status::Stale: return stalePath();
    case Status::Running: return polygon({{3.2, 1.2}, {14.4, 8}, {3.2, 14.8}});
    case Status::Notice: return noticePath();
    case Status::Ok: return okPath();
    case Status::Muted: {
        QPainterPath bars;
        bars.addRect(QRectF(3.2, 2.4, 3.2, 11.2));
        bars.addRect(QRectF(9.6, 2.4, 3.2, 11.2));
        return bars;
    }
    case Status::None: {
        QPainterPath dash;
        dash.addRect(QRectF(3, 7, 10, 2));
        return dash;
    }
    }
    return {};
}

} // namespace

const QPainterPath &statusPath(Status status)
{
    static const QHash<int, QPainterPath> paths = [] {
        QHash<int, QPainterPath> made;
        for (int rank = int(Status::None); rank <= int(Status::Critical); rank += 10)
            made.insert(rank, pathOf(Status(rank)));
        return made;
    }();
    static const QPainterPath none;
    const auto found = paths.constFind(int(status));
    return found == paths.cend() ? none : *found;
}

void paintStatus(QPainter &painter, const QRectF &square, Status status, const QColor &color)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(square.topLeft());
    painter.scale(square.width() / 16.0, square.height() / 16.0);
    painter.fillPath(statusPath(status), color);
    painter.restore();
}

int glyphSide(const QFontMetrics &metrics)
{
    return std::max(16, metrics.height());
}

QPixmap statusPixmap(Status status, int side, const QColor &color, qreal devicePixelRatio)
{
    QPixmap pixmap(QSize(side, side) * devicePixelRatio);
    pixmap.setDevicePixelRatio(devicePixelRatio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    paintStatus(painter, QRectF(0, 0, side, side), status, color);
    return pixmap;
}

const QPixmap &cachedStatusPixmap(Status status, int side, const QColor &color, qreal devicePixelRatio)
{
    using Key = std::tuple<int, int, QRgb, int>;
    static std::map<Key, QPixmap> drawn;
    if (drawn.size() > 400)
        drawn.clear(); // fonts and themes were changed many times
    const Key key{int(status), side, color.rgba(), int(devicePixelRatio * 100)};
    const auto known = drawn.find(key);
    return known != drawn.end() ? known->second
                                : drawn.emplace(key, statusPixmap(status, side, color, devicePixelRatio)).first->second;
}

QIcon statusIcon(Status status, int side, const QColor &color)
{
    QIcon icon;
    for (const qreal ratio : {1.0, 2.0})
        icon.addPixmap(statusPixmap(status, side, color, ratio));
    return icon;
}

void paintClockBadge(QPainter &painter, const QRectF &square, const QColor &color, const QColor &background)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(background);
    painter.drawEllipse(square.adjusted(-1, -1, 1, 1));
    painter.restore();
    paintStatus(painter, square, Status::Stale, color);
}

} // namespace taffrail::ui
