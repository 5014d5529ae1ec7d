// SPDX-License-Identifier: GPL-3.0-or-later
#include "questionbroker.h"

namespace taffrail {

QuestionBroker::QuestionBroker(QObject *parent) : QObject(parent) {}

QuestionBroker::~QuestionBroker()
{
    std::map<quint64, std::function<void(QString)>> hostKeys;
    std::map<quint64, std::function<void(QByteArray)>> secrets;
    {
        const std::lock_guard lock(m_mutex);
        hostKeys.swap(m_hostKeys);
        secrets.swap(m_secrets);
    }
    for (const auto &[id, answer] : hostKeys)
        answer({});
    for (const auto &[id, answer] : secrets)
        answer({});
}

ssh::Asking QuestionBroker::asking()
{
    ssh::Asking asking;
    asking.hostKey = [this](const HostKeyQuestion &question, std::function<void(QString)> answer) {
        HostKeyQuestion own = question;
        {
            const std::lock_guard lock(m_mutex);
            own.id = m_next++;
            m_hostKeys.emplace(own.id, std::move(answer));
        }
        QMetaObject::invokeMethod(
            this, [this, own] { emit hostKeyAsked(own); }, Qt::QueuedConnection);
    };
    asking.secret = [this](const SecretQuestion &question, std::function<void(QByteArray)> answer) {
        SecretQuestion own = question;
        {
            const std::lock_guard lock(m_mutex);
            own.id = m_next++;
            m_secrets.emplace(own.id, std::move(answer));
        }
        QMetaObject::invokeMethod(
            this, [this, own] { emit secretAsked(own); }, Qt::QueuedConnection);
    };
    return asking;
}

void QuestionBroker::answerHostKey(quint64 id, const QString &fingerprint)
{
    std::function<void(QString)> answer;
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_hostKeys.find(id);
        if (found == m_hostKeys.end())
            return;
        answer = std::move(found->second);
        m_hostKeys.erase(found);
    }
    answer(fingerprint);
    emit closed(id);
}

void QuestionBroker::answerSecret(quint64 id, QByteArray secret)
{
    std::function<void(QByteArray)> answer;
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_secrets.find(id);
        if (found == m_secrets.end())
            return;
        answer = std::move(found->second);
        m_secrets.erase(found);
    }
    answer(std::move(secret));
    emit closed(id);
}

} // namespace taffrail
