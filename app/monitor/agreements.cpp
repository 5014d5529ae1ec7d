// SPDX-License-Identifier: GPL-3.0-or-later
#include "agreements.h"

#include "comparecodec.h"
#include "expectedfile.h"

#include <QFile>
#include <QFileInfo>

namespace taffrail {

namespace {

constexpr qint64 largestFile = 64LL * 1024 * 1024;

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.size() <= largestFile && file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

Agreements::Agreements(QString expectedFile, QString baselineFolder)
    : m_expectedFile(std::move(expectedFile)),
      m_baselineFolder(std::move(baselineFolder))
{
}

Agreements::Stamp Agreements::stampOf(const QString &path)
{
    const QFileInfo info(path);
    return info.exists() ? Stamp{info.lastModified(), info.size()} : Stamp();
}

Agreements::Baseline Agreements::baselineOf(const QString &environment)
{
    if (m_baselineFolder.isEmpty())
        return {};
    const QString path = m_baselineFolder + QLatin1Char('/') + environment + QStringLiteral(".json");
    const Stamp stamp = stampOf(path);
    auto &[known, baseline] = m_baselines[environment];
    if (known == stamp)
        return baseline;
    known = stamp;
    baseline = {};
    if (stamp.size >= 0) {
        if (auto saved = codec::readBaseline(contentOf(path)))
            baseline = {saved->environment, saved->savedAt};
    }
    return baseline;
}

Agreements::Expected Agreements::expected()
{
    if (m_expectedFile.isEmpty())
        return {};
    const Stamp stamp = stampOf(m_expectedFile);
    if (stamp == m_expectedStamp)
        return m_expected;
    m_expectedStamp = stamp;
    m_expected.reset();
    if (stamp.size >= 0) {
        if (auto read = inventory::readExpected(contentOf(m_expectedFile), m_expectedFile))
            m_expected = std::make_shared<const std::vector<ExpectedDifference>>(std::move(*read));
    }
    return m_expected;
}

} // namespace taffrail
