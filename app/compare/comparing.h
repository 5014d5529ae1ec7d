// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparedesk.h"
#include "configreader.h"

namespace taffrail {

/// Makes comparisons: reads, judges, keeps what people accept, saves baselines, writes reports. Lives in a thread of
/// its own (or the only one, on the command line): it writes files. Every signal is emitted there.
class Comparing : public QObject {
    Q_OBJECT
public:
    struct Options {
        QString expectedFile; ///< "" = nothing can be accepted
        QString baselineFolder;
        QString author; ///< who accepts differences
    };

    Comparing(std::vector<EnvironmentSpecPtr> environments, Transports transports, Options options,
              QObject *parent = nullptr);
    ~Comparing() override;

    const Options &options() const { return m_options; }

public slots:
    void compare(const taffrail::items::CompareQuestion &question);
    void judgeAgain(const taffrail::items::CompareQuestion &question);
    void expect(const taffrail::ExpectedDifference &difference);
    void withdraw(const taffrail::ExpectedDifference &difference);
    /// Saves what the last comparison read of it, or reads it for that.
    void saveBaseline(const QString &environment);
    void exportReport(const taffrail::items::ComparisonPtr &comparison, taffrail::MatrixView view,
                      const QString &format, const QString &path);

signals:
    void reading(const QString &what);
    void compared(const taffrail::items::ComparisonPtr &comparison);
    void refused(const taffrail::Error &error);
    void baselineSaved(const QString &environment, const QString &trouble);
    void exported(const QString &path, const QString &trouble);

private:
    using Environments = std::vector<std::shared_ptr<const ComparedEnvironment>>;

    void take(const Environments &environments);
    void judge();
    Result<Environments> withBaselines(const Environments &environments) const;
    void refuse(const Error &error);
    void keepBaseline(const ComparedEnvironment &environment);
    void changeExpected(const std::function<void(std::vector<ExpectedDifference> &)> &change);

    std::vector<EnvironmentSpecPtr> m_environments;
    Options m_options;
    std::unique_ptr<Courier> m_courier;
    std::unique_ptr<ConfigReader> m_reader;
    items::CompareQuestion m_question;
    Environments m_read;
};

/// The text of a report: "html" | "markdown" | "csv" | "json" | "pdf".
Result<QByteArray> reportOf(const Matrix &matrix, MatrixView view, const QString &format);
/// The same into a file that its owner's group may read.
Result<void> saveReport(const Matrix &matrix, MatrixView view, const QString &format, const QString &path);

} // namespace taffrail
