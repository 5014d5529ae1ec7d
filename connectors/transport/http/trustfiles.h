// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "exec.h"

#include <QDateTime>
#include <QHash>
#include <QSslCertificate>
#include <QThreadPool>

#include <memory>
#include <mutex>

namespace taffrail::http {

/// Certificates of authorities in PEM files on this machine, each read again only when the file changed. Files are
/// looked at on threads of its own: a folder that does not answer stops nobody but who asked for it.
class TrustFiles {
public:
    TrustFiles();
    Q_DISABLE_COPY_MOVE(TrustFiles)

    /// The authorities of this file; `done` is called once, on another thread. A file that cannot be
    /// read, is larger than 1 MiB, or holds no certificate is an error: trust that was asked for is never left out in
    /// silence.
    void load(const QString &path, Done<QList<QSslCertificate>> done);
    /// How often the content of a file was read.
    int readings() const;

private:
    struct Known {
        QDateTime changedAt;
        qint64 size = -1;
        QList<QSslCertificate> certificates;
    };
    struct Shared {
        std::mutex mutex;
        QHash<QString, Known> files;
        int readings = 0;
    };
    static Result<QList<QSslCertificate>> read(Shared &shared, const QString &path);

    std::shared_ptr<Shared> m_shared;
    QThreadPool m_threads;
};

} // namespace taffrail::http
