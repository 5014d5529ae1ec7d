// SPDX-License-Identifier: GPL-3.0-or-later
#include "compareservice.h"

namespace taffrail {

CompareService::CompareService(const std::vector<EnvironmentSpecPtr> &environments, Transports transports,
                               const Comparing::Options &options, QObject *parent)
    : CompareDesk(parent),
      m_comparing(new Comparing(environments, transports, options)),
      m_author(options.author)
{
    m_comparing->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_comparing, &QObject::deleteLater);
    connect(m_comparing, &Comparing::reading, this, &CompareDesk::reading);
    connect(m_comparing, &Comparing::compared, this, &CompareDesk::compared);
    connect(m_comparing, &Comparing::refused, this, &CompareDesk::refused);
    connect(m_comparing, &Comparing::baselineSaved, this, &CompareDesk::baselineSaved);
    connect(m_comparing, &Comparing::exported, this, &CompareDesk::exported);
    m_thread.setObjectName(QStringLiteral("comparing"));
    m_thread.start();
}

CompareService::~CompareService()
{
    m_thread.quit();
    m_thread.wait();
}

void CompareService::compare(const items::CompareQuestion &question)
{
    tell([=](Comparing &comparing) { comparing.compare(question); });
}

void CompareService::judgeAgain(const items::CompareQuestion &question)
{
    tell([=](Comparing &comparing) { comparing.judgeAgain(question); });
}

void CompareService::expect(const ExpectedDifference &difference)
{
    tell([=](Comparing &comparing) { comparing.expect(difference); });
}

void CompareService::withdraw(const ExpectedDifference &difference)
{
    tell([=](Comparing &comparing) { comparing.withdraw(difference); });
}

void CompareService::saveBaseline(const QString &environment)
{
    tell([=](Comparing &comparing) { comparing.saveBaseline(environment); });
}

void CompareService::exportReport(const items::ComparisonPtr &comparison, MatrixView view, const QString &format,
                                  const QString &path)
{
    tell([=](Comparing &comparing) { comparing.exportReport(comparison, view, format, path); });
}

} // namespace taffrail
