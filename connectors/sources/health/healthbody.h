// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "status.h"

#include <QByteArray>
#include <QDateTime>
#include <QString>

#include <optional>
#include <vector>

namespace taffrail::sources {

/// One component that a health answer names: a Spring Boot component, an ASP.NET entry, a health+json check.
struct ComponentHealth {
    QString name;
    QString word; ///< as the answer writes it
    Status status = Status::Unknown;
    QString text; ///< output, description or error
    QDateTime at; ///< when the component was looked at, if told
};

/// What the body of a health endpoint says. `status` is empty when it says nothing that is understood.
struct BodyHealth {
    QString word;
    std::optional<Status> status;
    QString problem; ///< why the body can't be judged: "an HTML page", "no body"
    QString version; ///< the release that it reports
    std::vector<ComponentHealth> components;
};

/// Spring Boot Actuator, ASP.NET Core (word or JSON), health+json (draft 06), or one plain word.
BodyHealth readHealthBody(const QByteArray &body, const QByteArray &contentType);
/// UP, pass, Healthy → ok; warn, Degraded → warning; DOWN, fail, Unhealthy → critical; else nothing.
std::optional<Status> statusOfHealthWord(const QString &word);

} // namespace taffrail::sources
