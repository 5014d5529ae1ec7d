// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "inventory.h"

namespace taffrail {

/// What a person typed or ticked to set up one environment; the inventory file is written from it.
struct EnvironmentDraft {
    QString id;
    QString name; ///< "" = the id
    std::optional<Tier> tier; ///< nothing = not known: written as development, locked, until a person says more
    QString host; ///< address, name or alias of ~/.ssh/config; "" = none
    QString user; ///< "" = as OpenSSH says
    QString dsn; ///< libpq's key=value words without a password; "" = no database
    QString capistranoPath; ///< the folder with releases/ and current; "" = none

    bool operator==(const EnvironmentDraft &) const = default;
};

/// What other tools already know: concrete Host aliases and libpq services, in the order of their files.
struct ImportCandidates {
    QStringList sshAliases;
    QStringList services;
    QStringList readFiles; ///< absolute paths, for words
    QStringList problems; ///< what could not be read, in words

    bool operator==(const ImportCandidates &) const = default;
};

/// An id of letters, digits, ".", "_" and "-" made from a name; "" when nothing is left of it.
QString idFromName(const QString &name);

} // namespace taffrail
