// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparison.h"

#include <QHash>

namespace taffrail {

/// What people have said about settings and the rules hold against: saved baselines and expected differences. Read
/// again when the files change. Belongs to one thread.
class Agreements {
public:
    struct Baseline {
        std::shared_ptr<const ComparedEnvironment> environment; ///< null: none was saved, or it cannot be read
        QDateTime savedAt; ///< UTC
    };
    using Expected = std::shared_ptr<const std::vector<ExpectedDifference>>;

    /// Empty paths: there are none.
    Agreements(QString expectedFile, QString baselineFolder);

    Baseline baselineOf(const QString &environment);
    /// Null while there is no file, or when it cannot be read.
    Expected expected();

private:
    struct Stamp {
        QDateTime modified;
        qint64 size = -1;
        bool operator==(const Stamp &) const = default;
    };
    static Stamp stampOf(const QString &path);

    QString m_expectedFile;
    QString m_baselineFolder;
    Stamp m_expectedStamp;
    Expected m_expected;
    QHash<QString, std::pair<Stamp, Baseline>> m_baselines;
};

} // namespace taffrail
