// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparison.h"
#include "environmentrun.h"

#include <QStringList>

namespace taffrail {

/// Reads the config entries of several environments once, side by side, for one comparison: secrets come back as
/// digests under a key that was made for it and is forgotten with this object. Lives in its owner's thread; nothing
/// blocks.
class ConfigReader : public QObject {
    Q_OBJECT
public:
    /// `entries`: config entry ids to read, empty = all. With `withDigests` off no key is sent, and secrets come back
    /// without digests: for what is kept.
    ConfigReader(std::vector<EnvironmentSpecPtr> environments, const QStringList &entries, bool withDigests,
                 Courier &courier, QObject *parent);
    ~ConfigReader() override;

    void start();

signals:
    void progress(const QString &words);
    /// In the order of the environments; what could not be read is there with its error.
    void finished(const std::vector<std::shared_ptr<const taffrail::ComparedEnvironment>> &environments);

private:
    void take(size_t environment, size_t entry, const Attempt &attempt);
    void finishOne();
    void tellProgress();

    std::vector<EnvironmentSpecPtr> m_environments; ///< with their config entries alone
    Courier &m_courier;
    QThreadPool m_workers;
    std::vector<std::unique_ptr<SlowReplies>> m_slow;
    std::vector<std::unique_ptr<EnvironmentRun>> m_runs;
    std::vector<std::shared_ptr<ComparedEnvironment>> m_found;
    QStringList m_digests; ///< of the texts, in the order of their marks
    size_t m_left = 0;
};

} // namespace taffrail
