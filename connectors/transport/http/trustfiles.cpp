// SPDX-License-Identifier: GPL-3.0-or-later
#include "trustfiles.h"

#include <QFile>
#include <QFileInfo>

namespace taffrail::http {

namespace {

constexpr qint64 maxFile = 1024 * 1024;
constexpr int threads = 4;

Error trouble(const QString &path, const QString &why)
{
    return {ErrorKind::BadConfig, QStringLiteral("trust"), path,
            QStringLiteral("the authority in %1 cannot be trusted: %2").arg(path, why),
            QStringLiteral("ca_file names a PEM file on this machine that you may read.")};
}

} // namespace

TrustFiles::TrustFiles() : m_shared(std::make_shared<Shared>())
{
    m_threads.setMaxThreadCount(threads);
}

int TrustFiles::readings() const
{
    const std::lock_guard lock(m_shared->mutex);
    return m_shared->readings;
}

void TrustFiles::load(const QString &path, Done<QList<QSslCertificate>> done)
{
    m_threads.start([shared = m_shared, path, done = std::move(done)] { done(read(*shared, path)); });
}

Result<QList<QSslCertificate>> TrustFiles::read(Shared &shared, const QString &path)
{
    const QFileInfo info(path);
    const QDateTime changedAt = info.lastModified();
    const qint64 size = info.size();
    {
        const std::lock_guard lock(shared.mutex);
        const auto known = shared.files.constFind(path);
        if (known != shared.files.cend() && info.exists() && known->changedAt == changedAt && known->size == size)
            return known->certificates;
    }
    QFile file(path);
    if (info.isDir())
        return failure(trouble(path, QStringLiteral("it is a folder")));
    if (!file.open(QIODevice::ReadOnly))
        return failure(trouble(path, file.errorString()));
    if (size > maxFile)
        return failure(trouble(path, QStringLiteral("it is larger than 1 MiB")));
    const QList<QSslCertificate> certificates = QSslCertificate::fromData(file.read(maxFile), QSsl::Pem);
    if (certificates.isEmpty())
        return failure(trouble(path, QStringLiteral("it holds no PEM certificate")));
    const std::lock_guard lock(shared.mutex);
    ++shared.readings;
    shared.files.insert(path, {changedAt, size, certificates});
    return certificates;
}

} // namespace taffrail::http
