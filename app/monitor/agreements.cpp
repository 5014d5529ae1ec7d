// SPDX-License-Identifier: GPL-3.0-or-later
#include "agreements.h"

#include "agreedfiles.h"

#include <QFileInfo>

namespace taffrail {

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
    const Stamp stamp = stampOf(baselinePath(m_baselineFolder, environment));
    auto &[known, baseline] = m_baselines[environment];
    if (known == stamp)
        return baseline;
    known = stamp;
    baseline = {};
    if (const auto saved = baselineIn(m_baselineFolder, environment); saved && *saved)
        baseline = {(*saved)->environment, (*saved)->savedAt};
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
    if (auto read = expectedIn(m_expectedFile); read && *read)
        m_expected = std::make_shared<const std::vector<ExpectedDifference>>(std::move(**read));
    return m_expected;
}

} // namespace taffrail
