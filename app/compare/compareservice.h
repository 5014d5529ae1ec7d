// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparing.h"

#include <QThread>

namespace taffrail {

/// The window's comparisons over a Comparing in a thread of its own.
class CompareService : public items::CompareDesk {
    Q_OBJECT
public:
    /// The transports outlive this object.
    CompareService(const std::vector<EnvironmentSpecPtr> &environments, Transports transports,
                   const Comparing::Options &options, QObject *parent = nullptr);
    ~CompareService() override;

    void compare(const items::CompareQuestion &question) override;
    void judgeAgain(const items::CompareQuestion &question) override;
    void expect(const ExpectedDifference &difference) override;
    void withdraw(const ExpectedDifference &difference) override;
    void saveBaseline(const QString &environment) override;
    void exportReport(const items::ComparisonPtr &comparison, MatrixView view, const QString &format,
                      const QString &path) override;
    QString author() const override { return m_author; }

private:
    /// Calls a slot of the worker in its thread.
    template <typename Call> void tell(Call call)
    {
        QMetaObject::invokeMethod(
            m_comparing, [comparing = m_comparing, call = std::move(call)] { call(*comparing); }, Qt::QueuedConnection);
    }

    QThread m_thread;
    Comparing *m_comparing;
    QString m_author;
};

} // namespace taffrail
