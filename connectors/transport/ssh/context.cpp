// SPDX-License-Identifier: GPL-3.0-or-later
#include "context.h"

#include "hostkeygate.h"

#include <chrono>
#include <optional>

namespace taffrail::ssh {

namespace {

// More handshakes at once only make each slower, until the first ones pass their time limit.
constexpr int mostLogins = 64;
constexpr auto patienceWithPerson = std::chrono::minutes(2);

} // namespace

Prompter::Prompter(Asking asking) : m_asking(std::move(asking)) {}

void Prompter::askHostKey(HostKeyQuestion question, const std::function<void(QString)> &answered)
{
    const QString key = question.host + QLatin1Char(' ') + question.fingerprint
        + (question.production ? QStringLiteral(" production") : QString());
    bool isConfirmed = false;
    {
        const std::lock_guard lock(m_shared->mutex);
        isConfirmed = m_shared->confirmedHostKeys.contains(key);
        if (!isConfirmed) {
            auto &waiting = m_shared->openHostKeys[key];
            waiting.push_back(answered);
            if (waiting.size() > 1)
                return;
        }
    }
    if (isConfirmed) { // by a person a moment ago; perhaps it is not in the file yet
        answered(question.fingerprint);
        return;
    }
    question.id = m_nextId++;
    m_asking.hostKey(question, [shared = m_shared, key, shown = question.fingerprint](const QString &given) {
        std::vector<std::function<void(QString)>> waiting;
        {
            const std::lock_guard lock(shared->mutex);
            const auto open = shared->openHostKeys.find(key);
            if (open == shared->openHostKeys.end())
                return;
            waiting = std::move(open->second);
            shared->openHostKeys.erase(open);
            if (HostKeyGate::sameFingerprint(given, shown))
                shared->confirmedHostKeys.insert(key);
        }
        for (const auto &each : waiting)
            each(given);
    });
}

void Prompter::askSecret(SecretQuestion question, std::function<void(QByteArray)> answered)
{
    question.id = m_nextId++;
    m_asking.secret(question, std::move(answered));
}

QByteArray Prompter::askSecretAndWait(const SecretQuestion &question)
{
    if (!canAskSecret())
        return {};
    const auto answer = std::make_shared<std::optional<QByteArray>>();
    askSecret(question, [answer, shared = m_shared](QByteArray given) {
        const std::lock_guard lock(shared->mutex);
        *answer = std::move(given);
        shared->changed.notify_all();
    });
    std::unique_lock lock(m_shared->mutex);
    m_shared->changed.wait_for(lock, patienceWithPerson, [&] { return answer->has_value() || m_shared->closed; });
    return answer->value_or(QByteArray());
}

void Prompter::close()
{
    const std::lock_guard lock(m_shared->mutex);
    m_shared->closed = true;
    m_shared->changed.notify_all();
}

void Slots::take(EventLoop &loop, std::function<void(Slot)> taken)
{
    if (!m_state) {
        m_state = std::make_shared<State>();
        m_state->free = m_free;
    }
    m_state->waiting.push_back(std::move(taken));
    give(m_state, &loop);
}

void Slots::give(const std::shared_ptr<State> &state, EventLoop *loop)
{
    while (state->free > 0 && !state->waiting.empty()) {
        const auto next = std::move(state->waiting.front());
        state->waiting.pop_front();
        --state->free;
        const Slot slot(state.get(), [weak = std::weak_ptr(state), loop](void *) {
            if (const auto kept = weak.lock()) {
                ++kept->free;
                // Not at once: the one who gives back may be in the middle of its own end.
                if (!kept->waiting.empty())
                    loop->defer([kept, loop] { give(kept, loop); });
            }
        });
        next(slot);
    }
}

Context::Context(Settings given)
    : settings(std::move(given)),
      prompter(std::make_shared<Prompter>(settings.asking)),
      resolver(std::make_shared<ConfigResolver>(settings.configFile)),
      logins(mostLogins),
      lookups(8),
      signers(16)
{
}

std::shared_ptr<KnownHosts> Context::knownHosts(const ResolvedHost &host)
{
    const bool own = !settings.knownHostsFiles.isEmpty();
    const QStringList user = own ? settings.knownHostsFiles : host.userKnownHostsFiles;
    const QStringList global = own ? QStringList() : host.globalKnownHostsFiles;
    auto &index = m_knownHosts[user.join(QLatin1Char('\n')) + QStringLiteral("\n\n") + global.join(QLatin1Char('\n'))];
    if (!index)
        index = std::make_shared<KnownHosts>(user, global);
    return index;
}

} // namespace taffrail::ssh
