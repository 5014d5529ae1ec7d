// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "theme.h"

#include <QObject>

#include <optional>

class QDBusVariant;

namespace taffrail::ui {

/// Light or dark as the desktop wants it, asked of org.freedesktop.portal.Settings without waiting. Silent where there
/// is no portal.
class ColorScheme : public QObject {
    Q_OBJECT

public:
    explicit ColorScheme(QObject *parent = nullptr);

    /// Sends the question; `changed` follows when there is an answer, and later on each change.
    void follow();

signals:
    void changed(taffrail::ui::Scheme scheme);

private slots:
    void takeSetting(const QString &group, const QString &key, const QDBusVariant &value);

private:
    void take(unsigned preference);

    std::optional<Scheme> m_told;
};

/// "light" or "dark"; nothing for "auto" and other words.
std::optional<Scheme> schemeFromWord(const QString &word);

} // namespace taffrail::ui
