// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QSslError>
#include <QString>

namespace taffrail::http {

/// Why a chain is not trusted, in one line: the reasons that a person can act on first, without the ones that only
/// follow from them. "" for an empty list.
QString verifyText(const QList<QSslError> &errors, const QString &wantedName);
/// What to do about it; may be "".
QString verifyHint(const QList<QSslError> &errors);
/// The errors that concern the chain, without the one about the name.
QList<QSslError> chainErrors(const QList<QSslError> &errors);

} // namespace taffrail::http
