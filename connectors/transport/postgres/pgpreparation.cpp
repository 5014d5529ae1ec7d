// SPDX-License-Identifier: GPL-3.0-or-later
#include "pgpreparation.h"

#include <QRandomGenerator>

#include <algorithm>

namespace taffrail::pg {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds firstPause{1'000};
constexpr milliseconds loginPause{15'000};
constexpr milliseconds longestPause{60'000};

} // namespace

Result<ConnectPlan> prepareConnection(const Target &target, const SecretResolver &resolve)
{
    auto plan = readPlan(target);
    if (plan && !target.tunnel) // the far side of a tunnel knows its own names
        plan = withAddresses(std::move(*plan), target.spec.id);
    const QString &reference = target.spec.password;
    if (!plan || reference.isEmpty() || reference == QLatin1String("prompt"))
        return plan;
    if (!resolve)
        return failure(ErrorKind::Unsupported, QStringLiteral("password"), target.spec.id,
                       QStringLiteral("secret references cannot be resolved here"));
    auto secret = resolve(reference);
    if (!secret) {
        Error error = secret.error();
        error.subject = target.spec.id;
        return failure(std::move(error));
    }
    plan->password = makeSecret(std::move(*secret));
    return plan;
}

milliseconds BackOff::next(ErrorKind kind)
{
    milliseconds pause = std::min(longestPause, firstPause * (1 << std::clamp(m_failures, 0, 6)));
    ++m_failures;
    if (kind == ErrorKind::AuthRefused || kind == ErrorKind::AnswerNeeded)
        pause = std::max(pause, loginPause);
    const double jitter = 0.75 + 0.5 * QRandomGenerator::global()->generateDouble();
    return milliseconds(qint64(double(pause.count()) * jitter));
}

} // namespace taffrail::pg
