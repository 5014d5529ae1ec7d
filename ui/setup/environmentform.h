// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "environmentdraft.h"

#include <QWidget>

class QComboBox;
class QLineEdit;

namespace taffrail::ui {

/// The few values that one environment needs to be read.
class EnvironmentForm : public QWidget {
    Q_OBJECT

public:
    explicit EnvironmentForm(QWidget *parent);

    EnvironmentDraft draft() const;
    QLineEdit *name() const { return m_name; }
    QLineEdit *host() const { return m_host; }
    QLineEdit *user() const { return m_user; }
    QLineEdit *dsn() const { return m_dsn; }
    QLineEdit *capistrano() const { return m_capistrano; }
    QComboBox *tier() const { return m_tier; }

signals:
    void edited();

private:
    QLineEdit *m_name;
    QComboBox *m_tier;
    QLineEdit *m_host;
    QLineEdit *m_user;
    QLineEdit *m_dsn;
    QLineEdit *m_capistrano;
};

} // namespace taffrail::ui
