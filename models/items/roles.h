// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QMetaType>
#include <QString>

#include <vector>

namespace taffrail::items {

/// What a view may ask beyond Qt's own roles. Meaning only: colours, glyphs and zones are the window's business.
enum Role {
    StatusRole = Qt::UserRole + 1, ///< int(Status) of the cell, or of the row for cells without one of their own
    HasStatusRole, ///< bool: the cell itself carries a status (paint its silhouette)
    SortRole, ///< raw value: number, text or UTC QDateTime
    IdRole, ///< QString, the stable key of the row
    TimeRole, ///< UTC QDateTime of an absolute time cell, to be written in the chosen zone
    AgeTimeRole, ///< UTC QDateTime of an age cell
    StaleRole, ///< bool: the row rests on data that is too old
    ReasonRole, ///< QString, the second line of a row, "" = none
    DetailRole, ///< DetailLines of the row
    EnvironmentRole, ///< QString, environment id of the row, "" = none
    TierRole, ///< int(Tier) of the environment, -1 = none
    MarkRole, ///< QString: why the row belongs to what is selected in another pane, "" = it does not
    FilterRole, ///< QStringList of "field:value" pairs that TableFilter matches
    WidthRole, ///< horizontal header only: usual width in characters
    StretchRole, ///< horizontal header only: bool, takes the room that is left
    ProtectedRole, ///< horizontal header only: bool, never elided in the middle
    DimmedRole, ///< bool: the row is there, but nothing can be done with it
};

/// One line of the details of a row. A valid time is written in full by the window, in UTC and local time.
struct DetailLine {
    QString name;
    QString value;
    QDateTime time;

    bool operator==(const DetailLine &) const = default;
};
using DetailLines = std::vector<DetailLine>;

} // namespace taffrail::items

Q_DECLARE_METATYPE(taffrail::items::DetailLines)
