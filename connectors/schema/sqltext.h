// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace taffrail::schema {

/// The text with everything blanked that PostgreSQL's grammar does not know but migration files hold: psql's
/// meta-commands (\set, \restrict …), rows after COPY … FROM stdin up to "\.", and ${placeholders} (made names). Every
/// byte keeps its place, so that positions still hold.
QByteArray parseableSql(QByteArray sql);

/// The line of a byte position, from 1.
int lineAt(const QByteArray &sql, qsizetype position);

} // namespace taffrail::schema
